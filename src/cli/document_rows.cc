#include "cli/document_rows.h"

#include "base/json.h"
#include "cli/line_reader.h"
#include "cli/rejects.h"
#include "cli/row_reader.h"
#include "cli/text.h"

namespace tessera::cli {

namespace {

// Of CSV and Parquet: every column as text.
class ColumnDocuments final : public DocumentRows {
 public:
  static Result<std::unique_ptr<DocumentRows>> open(const std::string& path, const FileFormat& format,
                                                    const std::string& rejects) {
    Mapping columns;
    columns.format = format;
    TRY_ASSIGN(const std::vector<std::string> names, column_names(path, format));
    for (const std::string& name : names) columns.columns.push_back({.name = name, .from = name});
    TRY_ASSIGN(std::unique_ptr<RowReader> reader, open_rows(path, columns));
    return std::unique_ptr<DocumentRows>(new ColumnDocuments(std::move(columns), std::move(reader), rejects));
  }

  Result<bool> next(RowDocument& row) override {
    TRY_ASSIGN(const bool any, reader_->next(row_));
    if (!any) return false;
    row.line = row_.line;
    row.problem = row_.problem;
    row.json.clear();
    JsonWriter json(row.json);
    json.begin_object();
    for (std::size_t i = 0; i < columns_.columns.size(); ++i) {
      json.key(columns_.columns[i].name);
      const std::optional<std::string>& value = row_.values[i];
      if (value && !is_utf8(*value) && row.problem.empty()) {
        row.problem =
            columns_.columns[i].name + ": not UTF-8; if the file is in Latin-1, say so in the mapping's format";
      }
      if (value) {
        json.string(*value);
      } else {
        json.null();
      }
    }
    json.end_object();
    return true;
  }

  double done() const override { return reader_->done(); }
  Status reject(std::string_view reason) override { return rejected_.add(row_.line, row_.values, reason); }
  Status finish() override { return rejected_.finish(); }
  std::uint64_t rejected() const override { return rejected_.count(); }
  Refused refused() const override { return {rejected_.path(), rejected_.examples()}; }

 private:
  ColumnDocuments(Mapping columns, std::unique_ptr<RowReader> reader, const std::string& rejects)
      : columns_(std::move(columns)), reader_(std::move(reader)), rejected_(rejects, columns_) {}

  const Mapping columns_;
  std::unique_ptr<RowReader> reader_;
  RejectedRows rejected_;
  RawRow row_;
};

class LineDocuments final : public DocumentRows {
 public:
  LineDocuments(std::unique_ptr<TextInput> input, std::string rejects)
      : lines_(std::move(input)), rejected_(std::move(rejects)) {}

  Result<bool> next(RowDocument& row) override {
    TRY_ASSIGN(const bool any, lines_.next(line_));
    if (!any) return false;
    row.line = lines_.number();
    row.json = line_;
    row.problem.clear();
    return true;
  }

  double done() const override { return lines_.done(); }
  Status reject(std::string_view reason) override { return rejected_.add(lines_.number(), line_, reason); }
  Status finish() override { return rejected_.finish(); }
  std::uint64_t rejected() const override { return rejected_.count(); }
  Refused refused() const override { return {rejected_.path(), rejected_.examples()}; }

 private:
  LineReader lines_;
  RejectedDocuments rejected_;
  std::string line_;
};

}  // namespace

Result<std::unique_ptr<DocumentRows>> open_document_rows(const std::string& path, const FileFormat& format,
                                                         const std::string& rejects) {
  TRY_ASSIGN(const FileType type, file_type(path, format));
  const auto kept_in = [&](std::string_view ending) { return rejects.empty() ? path + std::string(ending) : rejects; };
  if (type != FileType::kNdjson) return ColumnDocuments::open(path, format, kept_in(".rejects.csv"));
  TRY_ASSIGN(std::unique_ptr<TextInput> input, TextInput::open(path));
  return std::make_unique<LineDocuments>(std::move(input), kept_in(".rejects.ndjson"));
}

}  // namespace tessera::cli
