// What the history says of people, by brute force: SQL over all rows of it, in DuckDB.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "table/database.h"
#include "told.h"

namespace tessera::meaning {

class Oracle {
 public:
  Oracle();

  // The history as it is, and which part is whose: the rest is asked of that.
  void read(Life& life);

  // `since`: by Question::feature(), the record after which what happened is in its answer. `with_answers`: of each
  // question in force, too.
  ToldOfAll people(const Questions& questions, const Published& published,
                   const std::map<std::string, std::uint64_t>& since);
  ToldOfAll parts();

 private:
  void run(const std::string& sql);
  std::vector<std::vector<std::optional<std::string>>> all(const std::string& sql);
  void add_events(const std::string& by, ToldOfAll& told);

  std::unique_ptr<table::Database> database_;
  std::unique_ptr<table::Connection> connection_;
};

// One for all scripts, which it forgets between them.
Oracle& the_oracle();

}  // namespace tessera::meaning
