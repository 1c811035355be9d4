// Analytics: the history of events in DuckDB, fed from the engine's effects in order and exactly once, and read by SQL.
//
// Threads: `accept` is the engine's; one thread of its own writes; everything else may be called from any thread but
// the engine's and may block as stated. Rows and the position they reach are committed together, so after a crash the
// engine may offer effects again: those at or below the position are dropped. docs/formats/analytics.md has the tables.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analytics/history.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/sink.h"
#include "profile/snapshot.h"

namespace tessera::analytics {

struct Options {
  std::string folder;                         // made if missing; holds analytics.duckdb
  std::size_t memory_limit_bytes = 1u << 30;  // of DuckDB, writing and queries together
  std::size_t spill_bytes = 8ull << 30;       // of disk, for queries that exceed memory
  std::size_t commit_rows = 122'880;          // a commit is made at the first of these two
  std::int64_t commit_every_ms = 3'000;
  std::size_t checkpoint_bytes = 64u << 20;  // DuckDB's write-ahead log is folded into the file past this
  // Names a source; nullopt while it is not known (asked again until it is). Called on the writing thread.
  std::function<std::optional<std::string>(SourceId)> source_name{};
};

enum class Format : std::uint8_t { kJson, kCsv };

struct QueryLimits {
  std::int64_t deadline_ms = 30'000;
  std::uint64_t max_rows = 100'000;
  std::size_t max_bytes = 64u << 20;  // of the answer's text
};

struct QueryAnswer {
  // JSON: {"columns":[{"name":"n","type":"BIGINT"}],"rows":[[1]],"truncated":false}. Integers beyond 64 bits, decimals
  // and times are strings; lists and structs are arrays and objects. CSV (RFC 4180): a header line, then rows.
  std::string text;
  std::string_view content_type;
  std::uint64_t rows = 0;
  bool truncated = false;  // there was more than the limits allow
  Offset position;         // the answer counts everything up to here, at least
};

// A row of history as a timeline shows it.
struct StoredEvent {
  Offset offset;
  std::uint32_t index = 0;
  SourceId source;
  std::string message_id;  // this and the following may be empty
  std::string type;        // "track", …, "system"
  std::string event;
  std::string properties;  // JSON object text
  std::string traits;
  std::string context;
};

// A segment in one step of time.
struct MembershipStep {
  std::uint64_t members = 0;  // at its end
  std::uint64_t entered = 0;  // within it
  std::uint64_t exited = 0;
};

struct MembershipHistory {
  std::vector<MembershipStep> steps;
  Offset position;  // it counts everything up to here and nothing later
};

// Counters that may be read at any time.
struct Stats {
  Offset accepted;            // newest position handed over
  Offset durable;             // newest position committed
  std::uint64_t rows = 0;     // written since start
  std::uint64_t dropped = 0;  // offered again after a crash, since start
  std::uint64_t commits = 0;  // since start
  std::uint64_t last_commit_ms = 0;
  std::size_t waiting_bytes = 0;
  std::uint64_t file_bytes = 0;  // database and its write-ahead log
  std::string failure;           // why the last commit failed (it is tried again); empty if it did not
};

inline constexpr int kMaxQueries = 2;             // at once
inline constexpr std::size_t kMaxOffsets = 1000;  // in one events_by_offset

class Analytics : public engine::Sink {
 public:
  // Opens or makes the database and starts the writing thread. kFailedPrecondition if another process has it open,
  // kDataLoss if it is damaged or of a later version.
  static Result<std::unique_ptr<Analytics>> open(const Options& options);
  // Commits what was accepted, and closes.
  ~Analytics() override;
  Analytics(const Analytics&) = delete;
  Analytics& operator=(const Analytics&) = delete;

  void accept(std::shared_ptr<const engine::EffectBatch> batch) override;
  std::size_t waiting_bytes() const override;
  Offset durable() const override;
  void make_durable(Offset offset) override;

  // Asks for durability to `offset` and waits for it at most `wait_ms`. False if it took longer.
  bool fresh(Offset offset, std::int64_t wait_ms);

  // Runs one statement that reads (SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN) on the caller's
  // thread, over everything accepted so far if that is committed within two seconds. No file, network, extension or
  // setting can be reached. kInvalidArgument: the statement is wrong (DuckDB's message); kPermissionDenied: it does
  // more than read; kDeadlineExceeded; kResourceExhausted: kMaxQueries are running, or it needs too much memory.
  Result<QueryAnswer> sql(std::string_view query, Format format, const QueryLimits& limits = {});

  // The rows of these records, by (offset, index); records without rows are left out. Waits up to 500 ms for the
  // newest of them to be committed. kTooLarge past kMaxOffsets.
  Result<std::vector<StoredEvent>> events_by_offset(std::span<const Offset> offsets);

  // Events of these parts strictly before (before, before_offset), newest first, at most `limit`; of one record's the
  // one that was told last comes first. Waits up to 500 ms
  // for everything up to `at_least` to be committed.
  Result<std::vector<profile::TimelineEntry>> older_events(std::span<const PartId> parts, Timestamp before,
                                                           Offset before_offset, std::size_t limit, Offset at_least);

  // A segment in the steps of time that begin at `begins`, which ascends; the last one ends at `end`. Runs as `sql`
  // does, with the same waiting and the same refusals. A segment that nobody ever entered has steps of zeros.
  Result<MembershipHistory> membership_history(std::string_view segment, std::span<const Timestamp> begins,
                                               Timestamp end);

  // Reads committed events again, for whoever folds them: on a connection of its own and the caller's thread, beside
  // the writing, for as long as it takes.
  Status read_history(const HistoryQuery& query, const TakeEvent& take);
  Result<std::uint64_t> count_history(const HistoryQuery& query);
  // Runs a statement of the program's own that reads, in the same way.
  Status read(const std::string& statement, const std::function<Status(table::Rows&)>& take);

  Stats stats() const;

 private:
  struct State;  // DuckDB, the queue, the thread
  explicit Analytics(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tessera::analytics
