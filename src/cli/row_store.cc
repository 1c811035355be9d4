#include "cli/row_store.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/row_reader.h"
#include "cli/temporary_folder.h"
#include "table/appender.h"
#include "table/database.h"
#include "table/rows.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kFlushRows = 20'000;
constexpr std::size_t kFixedColumns = 2;  // line, refused

// Reads rows of (line, refused, key, values…) and cuts them where the key changes.
class SortedGroups : public GroupReader {
 public:
  SortedGroups(table::Rows rows, bool single) : rows_(std::move(rows)), single_(single) {}

  Result<bool> next(RowGroup& group) override {
    group = {};
    while (true) {
      TRY_ASSIGN(const bool any, ensure_row());
      if (!any) return !group.rows.empty();
      const std::string_view key = single_ ? std::string_view() : rows_.text(2, at_);
      if (group.rows.empty()) {
        group.key = key;
        group.too_large = overflowing_ && *overflowing_ == key;
      } else if (single_ || group.key != key) {
        return true;
      } else if (group.rows.size() == kMaxGroupRows) {
        group.too_large = true;
        overflowing_ = group.key;
        return true;
      }
      group.rows.push_back(stored_row());
      ++at_;
    }
  }

 private:
  Result<bool> ensure_row() {
    while (at_ == size_) {
      TRY_ASSIGN(const bool more, rows_.next_chunk());
      if (!more) return false;
      size_ = rows_.chunk_rows();
      at_ = 0;
    }
    return true;
  }

  StoredRow stored_row() const {
    StoredRow row{.line = rows_.unsigned_integer(0, at_), .refused = rows_.boolean(1, at_), .values = {}};
    for (std::size_t i = kFixedColumns + (single_ ? 0 : 1); i < rows_.columns().size(); ++i) {
      row.values.push_back(rows_.is_null(i, at_) ? std::nullopt : std::optional<std::string>(rows_.text(i, at_)));
    }
    return row;
  }

  table::Rows rows_;
  bool single_;
  std::optional<std::string> overflowing_;  // the key of the last group that was too large
  std::size_t at_ = 0;
  std::size_t size_ = 0;
};

std::string key_name(std::size_t grouping) {
  return "key_" + std::to_string(grouping);
}

}  // namespace

struct RowStore::State {
  Options options;
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<table::Database> database;
  std::unique_ptr<table::Connection> connection;
  std::unique_ptr<table::Appender> appender;
  std::size_t waiting = 0;  // rows not flushed

  // "r.c0, r.c1, …"
  std::string columns() const {
    std::string out;
    for (std::size_t i = 0; i < options.columns; ++i) out += ", r.c" + std::to_string(i);
    return out;
  }
};

RowStore::RowStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowStore::~RowStore() {
  state_->appender.reset();
  state_->connection.reset();
  state_->database.reset();
}

Result<std::unique_ptr<RowStore>> RowStore::open(const Options& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  TRY_ASSIGN(state->folder, TemporaryFolder::make(options.folder, "name another folder with --temp-dir"));
  TRY_ASSIGN(state->database, table::Database::open({.path = state->folder->path() + "/rows.duckdb",
                                                     .memory_limit_bytes = options.memory_bytes,
                                                     .threads = 2,
                                                     .temp_directory = state->folder->path() + "/spill",
                                                     .settings = {}}));
  TRY_ASSIGN(state->connection, state->database->connect());
  std::string create = "CREATE TABLE stored (line UBIGINT, refused BOOLEAN";
  for (std::size_t i = 0; i < options.groupings; ++i) create += ", " + key_name(i) + " VARCHAR";
  for (std::size_t i = 0; i < options.columns; ++i) create += ", c" + std::to_string(i) + " VARCHAR";
  TRY(state->connection->execute(create + ")"));
  TRY_ASSIGN(state->appender, table::Appender::open(*state->connection, "stored"));
  return std::unique_ptr<RowStore>(new RowStore(std::move(state)));
}

Status RowStore::add(const RawRow& row, bool refused, std::span<const std::optional<std::string>> keys) {
  table::Appender& appender = *state_->appender;
  appender.set(0, row.line);
  appender.set(1, refused);
  std::size_t at = kFixedColumns;
  for (const auto& key : keys) {
    if (key) appender.set(at, std::string_view(*key));
    ++at;
  }
  for (const auto& value : row.values) {
    if (value) appender.set(at, std::string_view(*value));
    ++at;
  }
  TRY(appender.end_row());
  if (++state_->waiting < kFlushRows) return {};
  state_->waiting = 0;
  return appender.flush();
}

Status RowStore::finish() {
  TRY(state_->appender->flush());
  state_->appender.reset();
  return {};
}

Result<std::unique_ptr<GroupReader>> RowStore::groups(std::size_t grouping, Extent extent) {
  const std::string key = key_name(grouping);
  const bool all = extent == Extent::kAllRows;
  const std::string query = "SELECT r.line, r.refused, r." + key + state_->columns() + " FROM stored r JOIN (SELECT " +
                            key + " AS k, min(line) AS first_line, max(line) AS last_line FROM stored WHERE " + key +
                            " IS NOT NULL" + (all ? "" : " AND NOT refused") + " GROUP BY 1) g ON r." + key + " = g.k" +
                            (all ? "" : " AND (r.line = g.first_line OR r.line = g.last_line)") +
                            " ORDER BY g.first_line, r.line";
  TRY_ASSIGN(table::Rows rows, state_->connection->query(query));
  return std::make_unique<SortedGroups>(std::move(rows), false);
}

Result<std::unique_ptr<GroupReader>> RowStore::single_rows() {
  TRY_ASSIGN(table::Rows rows,
             state_->connection->query("SELECT r.line, r.refused" + state_->columns() + " FROM stored r"));
  return std::make_unique<SortedGroups>(std::move(rows), true);
}

}  // namespace tessera::cli
