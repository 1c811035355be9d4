#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/document.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"
#include "table/database.h"
#include "table/rows.h"

namespace tessera::cli {

namespace {

class ParquetRows : public RowReader {
 public:
  static Result<std::unique_ptr<RowReader>> open(const std::string& path, const Mapping& mapping) {
    auto out = std::unique_ptr<ParquetRows>(new ParquetRows);
    TRY(out->connect());
    const std::string from = from_file(path);
    TRY(out->check_columns(from, mapping));
    TRY_ASSIGN(table::Rows counted, out->connection_->query("SELECT count(*)" + from));
    TRY_ASSIGN(const auto counts, table::read_all(std::move(counted)));
    out->total_ = std::stoull(counts[0][0].value_or("0"));
    std::string columns;
    for (const Column& column : mapping.columns) {
      columns +=
          (columns.empty() ? "" : ", ") + std::string("CAST(") + table::quoted_name(column.from) + " AS VARCHAR)";
    }
    TRY_ASSIGN(table::Rows rows, out->connection_->query("SELECT " + columns + from));
    out->rows_ = std::make_unique<table::Rows>(std::move(rows));
    out->nulls_ = mapping.format.nulls;
    return out;
  }

  static Result<std::vector<std::string>> names(const std::string& path) {
    ParquetRows file;
    TRY(file.connect());
    return file.column_names(from_file(path));
  }

  ~ParquetRows() override { rows_.reset(); }

  Result<bool> next(RawRow& row) override {
    while (at_ == size_) {
      TRY_ASSIGN(const bool more, rows_->next_chunk());
      if (!more) return false;
      size_ = rows_->chunk_rows();
      at_ = 0;
    }
    row.line = ++number_;
    row.problem.clear();
    row.values.assign(rows_->columns().size(), std::nullopt);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (rows_->is_null(i, at_)) continue;
      const std::string_view text = rows_->text(i, at_);
      if (std::ranges::find(nulls_, text) == nulls_.end()) row.values[i] = text;
    }
    ++at_;
    return true;
  }

  double done() const override {
    return total_ == 0 ? 1.0 : static_cast<double>(number_) / static_cast<double>(total_);
  }

 private:
  ParquetRows() = default;

  static std::string from_file(const std::string& path) { return " FROM read_parquet(" + table::quoted(path) + ")"; }

  Status connect() {
    TRY_ASSIGN(database_, table::Database::open({.path = "",
                                                 .memory_limit_bytes = std::size_t{512} << 20,
                                                 .threads = 1,
                                                 .external_access = true,
                                                 .temp_directory = "",
                                                 .settings = {}}));
    TRY_ASSIGN(connection_, database_->connect());
    return {};
  }

  Result<std::vector<std::string>> column_names(const std::string& from) {
    TRY_ASSIGN(const table::Rows rows, connection_->query("SELECT *" + from + " LIMIT 0"));
    std::vector<std::string> names;
    for (const table::Column& column : rows.columns()) names.push_back(column.name);
    return names;
  }

  Status check_columns(const std::string& from, const Mapping& mapping) {
    TRY_ASSIGN(const std::vector<std::string> names, column_names(from));
    for (const Column& column : mapping.columns) {
      if (std::ranges::find(names, column.from) != names.end()) continue;
      return error(Code::kInvalidArgument, "the file has no column \"" + column.from + "\"; it has: " + listed(names));
    }
    return {};
  }

  std::unique_ptr<table::Database> database_;
  std::unique_ptr<table::Connection> connection_;
  std::unique_ptr<table::Rows> rows_;
  std::vector<std::string> nulls_;
  std::size_t at_ = 0;    // in the chunk
  std::size_t size_ = 0;  // of the chunk
  std::uint64_t number_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_parquet_rows(const std::string& path, const Mapping& mapping) {
  auto rows = ParquetRows::open(path, mapping);
  if (!rows) return annotate(std::move(rows).error(), path);
  return rows;
}

Result<std::vector<std::string>> parquet_column_names(const std::string& path) {
  auto names = ParquetRows::names(path);
  if (!names) return annotate(std::move(names).error(), path);
  return names;
}

}  // namespace tessera::cli
