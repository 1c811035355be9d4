// A file's rows as the mapping's columns, as text, in the file's order. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/mapping.h"
#include "cli/text_input.h"

namespace tessera::cli {

using RawValues = std::vector<std::optional<std::string>>;  // one for each column of the mapping; nothing: nullopt

struct RawRow {
  std::uint64_t line = 0;  // of the file, from 1, where the row begins; in Parquet the row's number
  RawValues values;
  std::string problem;  // why the row cannot be read; empty if it can. The values are then what could be read.
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  // The next row; false at the end. An error means that the file cannot be read on.
  virtual Result<bool> next(RawRow& row) = 0;
  // How much of the file was read, from 0 to 1.
  virtual double done() const = 0;
};

// The type of the file by the mapping, or by the name: .csv .tsv .txt, .ndjson .jsonl .json, each also with .gz;
// .parquet. kInvalidArgument if neither says, or if the file lacks a column of the mapping.
Result<FileType> file_type(const std::string& path, const FileFormat& format);
// The columns of a CSV or Parquet file; of CSV without a header "1", "2", … as in its first record.
Result<std::vector<std::string>> column_names(const std::string& path, const FileFormat& format);
Result<std::unique_ptr<RowReader>> open_rows(const std::string& path, const Mapping& mapping);

Result<std::unique_ptr<RowReader>> open_csv_rows(std::unique_ptr<TextInput> input, const Mapping& mapping);
Result<std::unique_ptr<RowReader>> open_ndjson_rows(std::unique_ptr<TextInput> input, const Mapping& mapping);
Result<std::unique_ptr<RowReader>> open_parquet_rows(const std::string& path, const Mapping& mapping);
Result<std::vector<std::string>> parquet_column_names(const std::string& path);

}  // namespace tessera::cli
