#include "analytics/schema.h"

#include <filesystem>

namespace tessera::analytics {

namespace {

constexpr std::string_view kLayout = "1";  // of the tables; another one is refused

// Half of a commit at full rate: a commit larger than a row group is compressed and written once, straight to the
// file, where a smaller one goes through the write-ahead log.
constexpr std::size_t kRowGroupRows = 61'440;

// Compression is named where DuckDB's own choice costs more than it saves: trying all candidates takes as long as
// compressing. Ids have little in common (FSST, a table of short symbols), JSON has much (Zstandard).
constexpr std::string_view kTables = R"sql(
CREATE TABLE IF NOT EXISTS layout (version VARCHAR);
CREATE TABLE IF NOT EXISTS sink_position ("offset" UBIGINT);
CREATE TABLE IF NOT EXISTS sources (source_id UINTEGER PRIMARY KEY, name VARCHAR);
CREATE TABLE IF NOT EXISTS parts_stored (part_id UBIGINT PRIMARY KEY, profile_id UBIGINT);
CREATE TABLE IF NOT EXISTS events_stored (
  "offset" UBIGINT,
  index UINTEGER,
  message_id VARCHAR USING COMPRESSION fsst,
  part_id UBIGINT,
  source_id UINTEGER,
  type VARCHAR,
  event VARCHAR,
  occurred_at TIMESTAMP,
  received_at TIMESTAMP,
  user_id VARCHAR USING COMPRESSION fsst,
  anonymous_id VARCHAR USING COMPRESSION fsst,
  group_id VARCHAR,
  previous_id VARCHAR,
  properties JSON USING COMPRESSION zstd,
  traits JSON USING COMPRESSION zstd,
  context JSON USING COMPRESSION zstd,
  integrations JSON,
  historic BOOLEAN);
CREATE TABLE IF NOT EXISTS quarantine_stored (
  "offset" UBIGINT,
  index UINTEGER,
  received_at TIMESTAMP,
  source_id UINTEGER,
  code VARCHAR,
  reason VARCHAR,
  path VARCHAR,
  item UINTEGER,
  message_id VARCHAR,
  payload VARCHAR USING COMPRESSION zstd);
INSERT INTO layout SELECT '1' WHERE NOT EXISTS (FROM layout);
INSERT INTO sink_position SELECT 0 WHERE NOT EXISTS (FROM sink_position);
)sql";

// Made anew at each start, so that they follow the program. An event's profile is where its part is now.
constexpr std::string_view kViews = R"sql(
CREATE OR REPLACE VIEW parts AS
SELECT profile_text(part_id) AS part_id, profile_text(profile_id) AS profile_id FROM parts_stored;
CREATE OR REPLACE VIEW events AS
SELECT e."offset", e.index, e.message_id, profile_text(coalesce(p.profile_id, e.part_id)) AS profile_id,
  profile_text(e.part_id) AS part_id, coalesce(s.name, 'source-' || e.source_id) AS source, e.type, e.event,
  e.occurred_at, e.received_at, e.user_id, e.anonymous_id, e.group_id, e.previous_id, e.properties, e.traits,
  e.context, e.integrations, e.historic
FROM events_stored e LEFT JOIN parts_stored p ON e.part_id = p.part_id LEFT JOIN sources s ON e.source_id = s.source_id;
CREATE OR REPLACE VIEW quarantine AS
SELECT q."offset", q.index, q.received_at, coalesce(s.name, 'source-' || q.source_id) AS source, q.code, q.reason,
  q.path, q.item, q.message_id, q.payload
FROM quarantine_stored q LEFT JOIN sources s ON q.source_id = s.source_id;
)sql";

std::string profile_text(std::uint64_t id) {
  return to_text(ProfileId{id});
}

Result<std::string> one_text(table::Connection& connection, std::string_view sql) {
  TRY_ASSIGN(auto rows, connection.query(sql));
  TRY_ASSIGN(auto all, table::read_all(std::move(rows)));
  if (all.size() != 1 || !all[0][0])
    return error(Code::kDataLoss, "analytics: not one row in answer to " + std::string(sql));
  return *all[0][0];
}

}  // namespace

Result<std::unique_ptr<table::Database>> open_database(const Options& options) {
  const std::filesystem::path folder(options.folder);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return error(Code::kUnavailable, "cannot make the folder " + options.folder + ": " + failed.message());
  TRY_ASSIGN(auto database, table::Database::open({
                                .path = folder / "analytics.duckdb",
                                .memory_limit_bytes = options.memory_limit_bytes,
                                .row_group_rows = kRowGroupRows,
                                .temp_directory = folder / "spill",
                                .settings = {{"checkpoint_threshold", std::to_string(options.checkpoint_bytes) + "B"},
                                             {"max_temp_directory_size", std::to_string(options.spill_bytes) + "B"}},
                            }));
  TRY(database->define("profile_text", profile_text));
  TRY_ASSIGN(const auto connection, database->connect());
  TRY(connection->begin());
  TRY(connection->execute(kTables));
  TRY_ASSIGN(const std::string layout, one_text(*connection, "SELECT version FROM layout"));
  if (layout != kLayout) {
    return error(Code::kDataLoss, options.folder + " has layout " + layout + " and this build knows " +
                                      std::string(kLayout) + ": use the build that wrote it, or a later one");
  }
  TRY(connection->execute(kViews));
  TRY(connection->commit());
  return database;
}

Result<Offset> read_position(table::Connection& connection) {
  TRY_ASSIGN(auto rows, connection.query("SELECT \"offset\" FROM sink_position"));
  TRY_ASSIGN(const bool any, rows.next_chunk());
  if (!any || rows.chunk_rows() != 1 || rows.is_null(0, 0)) {
    return error(Code::kDataLoss, "analytics: sink_position does not hold one row: restore it from a backup");
  }
  return Offset{rows.unsigned_integer(0, 0)};
}

}  // namespace tessera::analytics
