// What the history says of people, by brute force: SQL over all rows of it, in DuckDB.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "sample.h"
#include "table/database.h"
#include "told.h"

namespace tessera::meaning {

// Instants to be asked about. From the record `from` on nothing but time has told of anything: that counts from its own
// instant on. 0: all that is known counts at each.
struct Moments {
  std::vector<Timestamp> all;
  std::uint64_t from = 0;
};

// A part, whose it is, and on which lists.
struct Owned {
  std::uint64_t part = 0;
  std::uint64_t profile = 0;
  std::array<bool, 2> listed{};
};

class Oracle {
 public:
  Oracle();

  // The history as it is, and which part is whose: the rest is asked of that.
  void read(Life& life);
  void read(const std::vector<Row>& history, const std::vector<Owned>& owned);

  // What the answers, traits, groups and memberships of everybody were at each moment.
  std::map<Timestamp, ToldOfAll> people_at(const Moments& moments, const Questions& questions,
                                           const Published& published);
  // What they did how often.
  void add_what_happened(ToldOfAll& people);
  ToldOfAll parts();

 private:
  void run(const std::string& sql);
  std::vector<std::vector<std::optional<std::string>>> all(const std::string& sql);
  void add_events(const std::string& by, ToldOfAll& told);

  std::unique_ptr<table::Database> database_;
  std::unique_ptr<table::Connection> connection_;
  std::vector<table::Statement> fills_;  // of the tables that all else is asked of
};

// One for all scripts, which it forgets between them.
Oracle& the_oracle();

}  // namespace tessera::meaning
