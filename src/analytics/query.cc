#include "analytics/query.h"

#include "analytics/answer.h"

namespace tessera::analytics {

namespace {

std::unexpected<Error> refused() {
  return error(
      Code::kPermissionDenied,
      "only statements that read may be run: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN");
}

// Functions that do more than read though they stand in a SELECT: they write checkpoints and logs, take addresses of
// memory, or run SQL that is made while it runs, where it could not be looked at.
constexpr std::string_view kForbiddenFunctions[] = {
    "checkpoint", "force_checkpoint", "enable_logging",  "disable_logging", "truncate_duckdb_logs",
    "write_log",  "arrow_scan",       "arrow_scan_dumb", "seq_scan",        "json_execute_serialized_sql",
    "query",
};

bool in_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// The forbidden function that `query` calls, or empty. Looks at the text, strings and comments included: that refuses
// a little too much and nothing too little.
std::string_view forbidden_function(std::string_view query) {
  std::string text(query);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view name : kForbiddenFunctions) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      if (at > 0 && in_word(text[at - 1])) continue;
      const std::size_t next = text.find_first_not_of(" \t\r\n\f\v\"", at + name.size());
      if (next == std::string::npos || (next == at + name.size() && in_word(text[next]))) continue;
      const std::string_view after = std::string_view(text).substr(next);
      if (after.starts_with('(') || after.starts_with("/*") || after.starts_with("--")) return name;
    }
  }
  return {};
}

// DuckDB's errors in the caller's terms.
std::unexpected<Error> explained(Error e, const QueryLimits& limits) {
  if (e.code == Code::kDeadlineExceeded) {
    e.message = "the query took longer than " + std::to_string(limits.deadline_ms) +
                " ms and was stopped: read fewer rows (a WHERE on occurred_at helps) or raise the deadline";
  }
  return std::unexpected(std::move(e));
}

Result<QueryAnswer> prepare_and_run(table::Connection& connection, std::string_view query, Format format,
                                    const QueryLimits& limits) {
  if (const std::string_view name = forbidden_function(query); !name.empty()) {
    return error(Code::kPermissionDenied, "the function " + std::string(name) + " may not be called here");
  }
  TRY_ASSIGN(table::Statement statement, connection.prepare(query));
  if (statement.kind() == table::StatementKind::kOther) return refused();
  if (statement.parameters() > 0) {
    return error(Code::kInvalidArgument,
                 "the statement has parameters ($1, ?), which cannot be given here: write values");
  }
  TRY_ASSIGN(table::Rows rows, statement.run());
  return write_answer(std::move(rows), format, limits);
}

std::string text_or_empty(const table::Rows& rows, std::size_t column, std::size_t row) {
  return rows.is_null(column, row) ? std::string() : std::string(rows.text(column, row));
}

constexpr std::string_view kEventsBetween =
    "SELECT \"offset\", index, source_id, message_id, type, event, properties, traits, context FROM events_stored"
    " WHERE \"offset\" BETWEEN $1 AND $2";
constexpr std::uint64_t kNearOffsets = 256;  // read together, though what is between them is not wanted

// Adds the rows whose offsets are among `wanted`, which is sorted.
Status take_events(table::Rows& rows, const std::vector<Offset>& wanted, std::vector<StoredEvent>& events) {
  while (true) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) return {};
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      const Offset offset{rows.unsigned_integer(0, row)};
      if (!std::ranges::binary_search(wanted, offset)) continue;
      events.push_back({.offset = offset,
                        .index = static_cast<std::uint32_t>(rows.unsigned_integer(1, row)),
                        .source = {static_cast<std::uint32_t>(rows.unsigned_integer(2, row))},
                        .message_id = text_or_empty(rows, 3, row),
                        .type = text_or_empty(rows, 4, row),
                        .event = text_or_empty(rows, 5, row),
                        .properties = text_or_empty(rows, 6, row),
                        .traits = text_or_empty(rows, 7, row),
                        .context = text_or_empty(rows, 8, row)});
    }
  }
}

}  // namespace

Deadline::Deadline(table::Connection& connection, std::int64_t after_ms)
    : thread_([this, &connection, after_ms] { wait(connection, after_ms); }) {}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

// Interrupts again and again: one that falls between two steps of the query has no effect.
void Deadline::wait(table::Connection& connection, std::int64_t after_ms) {
  std::unique_lock lock(mutex_);
  std::chrono::milliseconds pause(after_ms);
  while (!changed_.wait_for(lock, pause, [&] { return done_; })) {
    connection.interrupt();
    pause = std::chrono::milliseconds(5);
  }
}

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(table::Database& database, int size) {
  auto pool = std::make_unique<ReaderPool>();
  for (int i = 0; i < size; ++i) {
    TRY_ASSIGN(auto connection, database.connect());
    pool->idle_.push_back(std::move(connection));
  }
  return pool;
}

ReaderPool::Lease ReaderPool::lend(std::int64_t wait_ms) {
  std::unique_lock lock(mutex_);
  if (!returned_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return !idle_.empty(); })) {
    return {*this, nullptr};
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return {*this, std::move(connection)};
}

void ReaderPool::give_back(std::unique_ptr<table::Connection> connection) {
  if (connection == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

Result<QueryAnswer> run_query(table::Connection& connection, std::string_view query, Format format,
                              const QueryLimits& limits) {
  TRY(connection.begin_read_only());
  const ReadTransaction transaction(connection);
  const Deadline deadline(connection, limits.deadline_ms);
  auto answer = prepare_and_run(connection, query, format, limits);
  if (!answer) return explained(std::move(answer.error()), limits);
  return answer;
}

// One short range after the other: DuckDB finds each by the bounds that it keeps per row group, and reads the wide
// columns only where a row is in range. For a list of offsets (IN) it would read them for whole row groups.
Result<std::vector<StoredEvent>> read_events(table::Connection& connection, std::span<const Offset> offsets) {
  std::vector<Offset> sorted(offsets.begin(), offsets.end());
  std::ranges::sort(sorted);
  std::vector<StoredEvent> events;
  TRY_ASSIGN(table::Statement statement, connection.prepare(kEventsBetween));
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t last = first;
    while (last + 1 < sorted.size() && sorted[last + 1].value - sorted[last].value <= kNearOffsets) ++last;
    TRY(statement.bind(1, sorted[first].value));
    TRY(statement.bind(2, sorted[last].value));
    TRY_ASSIGN(table::Rows rows, statement.run());
    TRY(take_events(rows, sorted, events));
    first = last + 1;
  }
  std::ranges::sort(events, {}, [](const StoredEvent& event) { return std::pair(event.offset, event.index); });
  return events;
}

// Reads one narrow column of the whole history: tens of milliseconds for ten million rows.
Result<std::vector<profile::TimelineEntry>> read_older_events(table::Connection& connection,
                                                              std::span<const PartId> parts, Timestamp before,
                                                              Offset before_offset, std::size_t limit) {
  std::vector<profile::TimelineEntry> entries;
  if (parts.empty() || limit == 0) return entries;
  std::string list;
  for (const PartId part : parts) list += (list.empty() ? "" : ", ") + std::to_string(part.value);
  const std::string ms = std::to_string(before.ms);
  TRY_ASSIGN(table::Rows rows,
             connection.query(
                 "SELECT \"offset\", occurred_at, type, event, source_id, part_id FROM events_stored "
                 "WHERE part_id IN (" +
                 list + ") AND type <> 'system' AND (epoch_ms(occurred_at) < " + ms +
                 " OR (epoch_ms(occurred_at) = " + ms + " AND \"offset\" < " + std::to_string(before_offset.value) +
                 ")) ORDER BY occurred_at DESC, \"offset\" DESC, index DESC LIMIT " + std::to_string(limit)));
  while (true) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) return entries;
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      entries.push_back({.offset = {rows.unsigned_integer(0, row)},
                         .occurred_at = rows.timestamp(1, row),
                         .type = text_or_empty(rows, 2, row),
                         .name = text_or_empty(rows, 3, row),
                         .source = {static_cast<std::uint32_t>(rows.unsigned_integer(4, row))},
                         .part = {rows.unsigned_integer(5, row)}});
    }
  }
}

}  // namespace tessera::analytics
