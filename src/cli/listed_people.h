// A file that names people: one column of a CSV, or one value a line. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/csv_reader.h"

namespace tessera::cli {

struct ListedPerson {
  std::uint64_t line = 0;  // of the file, from 1
  std::string value;       // as the file has it
  std::string entry;       // as the API takes it: a profile's id, or type:value
  std::string problem;     // why it cannot name anybody; empty if it can
};

class ListedPeople {
 public:
  // The values are those of the column that is named `identifier`, "profile" or a type of identifier; where that is
  // empty, of the column "profile", or else of the first that is named as one of `types`. A file of one column need not
  // name it: its values are of the type `identifier`, or say it themselves (profiles' ids, type:value).
  // kInvalidArgument says what the file lacks; kNotFound: it cannot be read.
  static Result<ListedPeople> open(const std::string& path, const std::string& identifier,
                                   const std::vector<std::string>& types);

  // The next value that is not blank; false at the end.
  Result<bool> next(ListedPerson& person);

  const std::string& column() const { return column_; }  // "profile" or a type; empty: each value says it itself

 private:
  explicit ListedPeople(std::unique_ptr<TextInput> input) : reader_(std::move(input), {}) {}
  Status find_column(const std::string& path, const std::string& identifier, const std::vector<std::string>& types);
  void read(ListedPerson& person) const;

  CsvReader reader_;
  CsvRecord record_;
  bool is_first_read_ = false;  // record_ is the file's first, and has a value
  std::size_t place_ = 0;       // of the column
  std::string column_;
};

}  // namespace tessera::cli
