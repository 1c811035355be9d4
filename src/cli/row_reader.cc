#include "cli/row_reader.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/csv_reader.h"
#include "cli/document.h"
#include "cli/mapping.h"
#include "cli/text.h"
#include "cli/text_input.h"

namespace tessera::cli {

namespace {

std::vector<std::string> header_names(std::vector<std::string> fields, const FileFormat& format) {
  for (std::string& name : fields) name = std::string(trimmed(format.latin1 ? latin1_to_utf8(name) : name));
  return fields;
}

class CsvRows : public RowReader {
 public:
  CsvRows(std::unique_ptr<TextInput> input, const Mapping& mapping)
      : reader_(std::move(input), {.delimiter = mapping.format.delimiter, .quote = mapping.format.quote}),
        format_(mapping.format),
        width_(mapping.columns.size()) {}

  // Reads the header and finds each column's place.
  Status start(const Mapping& mapping) {
    if (!format_.header) {
      for (std::size_t i = 0; i < width_; ++i) places_.push_back(i);
      fields_ = width_;
      return {};
    }
    TRY_ASSIGN(const bool any, reader_.next(record_));
    if (!any) return error(Code::kInvalidArgument, "the file is empty: it has no header line");
    record_.fields = header_names(std::move(record_.fields), format_);
    for (const Column& column : mapping.columns) {
      const auto found = std::ranges::find(record_.fields, column.from);
      if (found == record_.fields.end()) {
        return error(Code::kInvalidArgument, "the header line has no column \"" + column.from + "\"; it has: " +
                                                 listed(record_.fields) + ". Are the names and the delimiter right?");
      }
      places_.push_back(static_cast<std::size_t>(found - record_.fields.begin()));
    }
    fields_ = record_.fields.size();
    return {};
  }

  Result<bool> next(RawRow& row) override {
    TRY_ASSIGN(const bool any, reader_.next(record_));
    if (!any) return false;
    row.line = record_.line;
    row.problem = std::move(record_.problem);
    if (row.problem.empty() && record_.fields.size() != fields_) {
      row.problem = std::to_string(record_.fields.size()) + " fields where there should be " + std::to_string(fields_);
    }
    row.values.assign(width_, std::nullopt);
    for (std::size_t i = 0; i < width_; ++i) {
      if (places_[i] >= record_.fields.size()) continue;
      std::string& field = record_.fields[places_[i]];
      if (std::ranges::find(format_.nulls, field) != format_.nulls.end()) continue;
      // Copied: two columns of the mapping may come from one of the file.
      row.values[i] = format_.latin1 ? latin1_to_utf8(field) : field;
    }
    return true;
  }

  double done() const override { return reader_.done(); }

 private:
  CsvReader reader_;
  CsvRecord record_;
  FileFormat format_;
  std::size_t width_;
  std::size_t fields_ = 0;           // that a record must have
  std::vector<std::size_t> places_;  // of each column among the record's fields
};

}  // namespace

Result<FileType> file_type(const std::string& path, const FileFormat& format) {
  if (format.type != FileType::kByName) return format.type;
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  constexpr std::array<std::pair<std::string_view, FileType>, 7> kEndings = {{{".csv", FileType::kCsv},
                                                                              {".tsv", FileType::kCsv},
                                                                              {".txt", FileType::kCsv},
                                                                              {".ndjson", FileType::kNdjson},
                                                                              {".jsonl", FileType::kNdjson},
                                                                              {".json", FileType::kNdjson},
                                                                              {".parquet", FileType::kParquet}}};
  for (const auto& [ending, type] : kEndings) {
    if (name.ends_with(ending)) return type;
  }
  return error(
      Code::kInvalidArgument,
      path + ": its name does not tell its type: put `format: {type: csv}` (or ndjson, parquet) into the mapping");
}

Result<std::vector<std::string>> column_names(const std::string& path, const FileFormat& format) {
  TRY_ASSIGN(const FileType type, file_type(path, format));
  if (type == FileType::kParquet) return parquet_column_names(path);
  TRY_ASSIGN(std::unique_ptr<TextInput> input, TextInput::open(path));
  CsvReader reader(std::move(input), {.delimiter = format.delimiter, .quote = format.quote});
  CsvRecord record;
  TRY_ASSIGN(const bool any, reader.next(record));
  if (!any) return error(Code::kInvalidArgument, path + ": the file is empty");
  if (format.header) return header_names(std::move(record.fields), format);
  for (std::size_t i = 0; i < record.fields.size(); ++i) record.fields[i] = std::to_string(i + 1);
  return std::move(record.fields);
}

Result<std::unique_ptr<RowReader>> open_csv_rows(std::unique_ptr<TextInput> input, const Mapping& mapping) {
  auto rows = std::make_unique<CsvRows>(std::move(input), mapping);
  TRY(rows->start(mapping));
  return rows;
}

Result<std::unique_ptr<RowReader>> open_rows(const std::string& path, const Mapping& mapping) {
  TRY_ASSIGN(const FileType type, file_type(path, mapping.format));
  if (type == FileType::kParquet) return open_parquet_rows(path, mapping);
  TRY_ASSIGN(std::unique_ptr<TextInput> input, TextInput::open(path));
  auto rows = type == FileType::kNdjson ? open_ndjson_rows(std::move(input), mapping)
                                        : open_csv_rows(std::move(input), mapping);
  if (!rows) return annotate(std::move(rows).error(), path);
  return rows;
}

}  // namespace tessera::cli
