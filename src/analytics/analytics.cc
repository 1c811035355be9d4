#include "analytics/analytics.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "analytics/memberships.h"
#include "analytics/query.h"
#include "analytics/schema.h"
#include "analytics/writer.h"
#include "base/threads.h"

namespace tessera::analytics {

namespace {

using Time = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// Whoever asks to read the newest rows gets a commit, but not more often than this: each is an fsync.
constexpr Milliseconds kLeastPause(40);
constexpr Milliseconds kIdlePause(10'000);   // a position without rows is committed so often
constexpr Milliseconds kRetryPause(1000);    // after a commit failed
constexpr std::int64_t kFreshWaitMs = 2000;  // for `sql`
constexpr std::int64_t kEventsWaitMs = 500;  // for `events_by_offset`
constexpr std::int64_t kEventsDeadlineMs = 5000;
constexpr int kLookups = 2;  // of `events_by_offset`, at once

std::size_t bytes_of(const engine::EffectBatch& batch) {
  std::size_t bytes = sizeof(batch) + batch.effects.size() * sizeof(engine::Effect);
  // A group serves many batches: each answers for its own effects, and together they answer for the group.
  for (const engine::Effect& effect : batch.effects) bytes += effect.body.size();
  for (const auto& text : batch.texts) bytes += sizeof(*text) + text->size();
  return bytes;
}

std::int64_t since_ms(Time::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(Time::now() - start).count();
}

std::unexpected<Error> too_many_queries() {
  return error(Code::kResourceExhausted, "as many queries run as may at once: try again when one has ended");
}

}  // namespace

struct Analytics::State {
  // A batch that waits to be committed.
  struct Waiting {
    std::shared_ptr<const engine::EffectBatch> batch;
    std::size_t bytes = 0;
  };

  Options options;
  std::unique_ptr<table::Database> database;
  std::unique_ptr<ReaderPool> queries;
  std::unique_ptr<ReaderPool> lookups;

  std::atomic<std::size_t> waiting_bytes = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> durable = 0;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable work;
  std::condition_variable committed;
  std::deque<Waiting> accepted_batches;  // not taken by the writing thread yet
  Offset wanted;                         // somebody waits for durability up to here
  bool stopping = false;
  Stats stats;

  // The writing thread's own.
  std::unique_ptr<Writer> writer;
  std::deque<Waiting> batches;    // since the last commit
  std::size_t appended = 0;       // so many of them are in the transaction
  Time::time_point first_append;  // of a batch, since the last commit
  Time::time_point last_commit;

  std::thread thread;

  void run();
  bool wait_for_work();
  bool commit_is_due();
  // When what was appended is committed though nobody asks.
  Time::time_point commit_time() const {
    return first_append + (writer->rows() > 0 ? Milliseconds(options.commit_every_ms) : kIdlePause);
  }
  Status append_waiting();
  void release();
  Status commit();
  void failed(const Error& e);
  void stop();
};

// Takes over what was accepted. False when there is nothing left to do for ever.
bool Analytics::State::wait_for_work() {
  std::unique_lock lock(mutex);
  const auto wanted_now = [&] {
    return wanted.value > durable && !batches.empty() && batches.back().batch->last.value > durable;
  };
  const auto ready = [&] { return stopping || !accepted_batches.empty(); };
  if (batches.empty()) {
    work.wait(lock, ready);
  } else if (!wanted_now()) {
    work.wait_until(lock, commit_time(), [&] { return ready() || wanted_now(); });
  } else {
    work.wait_until(lock, last_commit + kLeastPause, ready);
  }
  for (Waiting& waiting : accepted_batches) batches.push_back(std::move(waiting));
  accepted_batches.clear();
  return !(stopping && batches.empty());
}

bool Analytics::State::commit_is_due() {
  if (writer->rows() >= options.commit_rows) return true;
  if (batches.empty()) return false;
  if (Time::now() >= commit_time()) return true;
  const std::lock_guard lock(mutex);
  return stopping || (wanted.value > durable && Time::now() >= last_commit + kLeastPause);
}

Status Analytics::State::append_waiting() {
  while (appended < batches.size()) {
    if (appended == 0) first_append = Time::now();
    TRY(writer->append(*batches[appended].batch));
    ++appended;
    if (writer->rows() >= options.commit_rows) TRY(commit());
    // Offered again after a crash, and all of it there already: nothing waits for a commit.
    if (writer->rows() == 0 && appended > 0 && batches[appended - 1].batch->last.value <= durable) release();
  }
  return {};
}

Status Analytics::State::commit() {
  const std::size_t rows = writer->rows();
  const std::size_t dropped = writer->dropped();
  const Time::time_point start = Time::now();
  TRY(writer->commit());
  last_commit = Time::now();
  {
    const std::lock_guard lock(mutex);
    durable = writer->position().value;
    stats.rows += rows;
    stats.dropped += dropped;
    stats.commits += 1;
    stats.last_commit_ms = static_cast<std::uint64_t>(since_ms(start));
    stats.failure.clear();
  }
  release();
  committed.notify_all();
  return {};
}

// Lets go of the batches that were appended.
void Analytics::State::release() {
  std::size_t bytes = 0;
  for (; appended > 0; --appended) {
    bytes += batches.front().bytes;
    batches.pop_front();
  }
  waiting_bytes -= bytes;
}

// What was in the transaction is appended again, until it succeeds or the process ends. Meanwhile the queue fills and
// the engine stops.
void Analytics::State::failed(const Error& e) {
  std::string message = e.message;
  appended = 0;
  if (const Status again = writer->start_over(); !again) message += "; then: " + again.error().message;
  std::unique_lock lock(mutex);
  stats.failure = std::move(message);
  work.wait_for(lock, kRetryPause, [&] { return stopping; });
}

void Analytics::State::run() {
  name_thread("analytics");
  yield_to_other_threads();
  bool gave_up = false;
  while (!gave_up && wait_for_work()) {
    Status done = append_waiting();
    if (done && commit_is_due()) done = commit();
    if (done) continue;
    failed(done.error());
    const std::lock_guard lock(mutex);
    gave_up = stopping;  // nothing is lost: the log has it
  }
}

void Analytics::State::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  work.notify_all();
  if (thread.joinable()) thread.join();
}

Analytics::Analytics(std::unique_ptr<State> state) : state_(std::move(state)) {}

Analytics::~Analytics() {
  state_->stop();
  state_->writer.reset();
}

Result<std::unique_ptr<Analytics>> Analytics::open(const Options& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  TRY_ASSIGN(state->database, open_database(options));
  TRY_ASSIGN(state->queries, ReaderPool::open(*state->database, kMaxQueries));
  TRY_ASSIGN(state->lookups, ReaderPool::open(*state->database, kLookups));
  TRY_ASSIGN(state->writer, Writer::open(*state->database, options.source_name));
  state->durable = state->writer->position().value;
  state->accepted = state->durable.load();
  State* running = state.get();
  state->thread = std::thread([running] { running->run(); });
  return std::unique_ptr<Analytics>(new Analytics(std::move(state)));
}

void Analytics::accept(std::shared_ptr<const engine::EffectBatch> batch) {
  const std::size_t bytes = bytes_of(*batch);
  State& s = *state_;
  s.waiting_bytes += bytes;
  {
    const std::lock_guard lock(s.mutex);
    s.accepted = std::max(s.accepted.load(), batch->last.value);
    s.accepted_batches.push_back({std::move(batch), bytes});
  }
  s.work.notify_one();
}

std::size_t Analytics::waiting_bytes() const {
  return state_->waiting_bytes;
}

Offset Analytics::durable() const {
  return Offset{state_->durable};
}

void Analytics::make_durable(Offset offset) {
  {
    const std::lock_guard lock(state_->mutex);
    if (offset <= state_->wanted || offset.value <= state_->durable) return;
    state_->wanted = offset;
  }
  state_->work.notify_one();
}

bool Analytics::fresh(Offset offset, std::int64_t wait_ms) {
  make_durable(offset);
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  return s.committed.wait_for(lock, Milliseconds(wait_ms), [&] { return s.durable >= offset.value; });
}

Result<QueryAnswer> Analytics::sql(std::string_view query, Format format, const QueryLimits& limits) {
  State& s = *state_;
  const ReaderPool::Lease connection = s.queries->lend(0);
  if (!connection) return too_many_queries();
  fresh(Offset{s.accepted}, kFreshWaitMs);
  const Offset position = durable();
  auto answer = run_query(*connection, query, format, limits);
  if (answer) answer->position = position;
  return answer;
}

Result<std::vector<StoredEvent>> Analytics::events_by_offset(std::span<const Offset> offsets) {
  if (offsets.size() > kMaxOffsets) {
    return error(Code::kTooLarge, "at most " + std::to_string(kMaxOffsets) + " records may be asked for at once");
  }
  if (offsets.empty()) return std::vector<StoredEvent>();
  State& s = *state_;
  fresh(std::min(*std::ranges::max_element(offsets), Offset{s.accepted}), kEventsWaitMs);
  const ReaderPool::Lease connection = s.lookups->lend(kEventsDeadlineMs);
  if (!connection) return error(Code::kResourceExhausted, "too many timelines are being read: try again");
  const Deadline deadline(*connection, kEventsDeadlineMs);
  return read_events(*connection, offsets);
}

Result<std::vector<profile::TimelineEntry>> Analytics::older_events(std::span<const PartId> parts, Timestamp before,
                                                                    Offset before_offset, std::size_t limit,
                                                                    Offset at_least) {
  State& s = *state_;
  fresh(std::min(at_least, Offset{s.accepted}), kEventsWaitMs);
  const ReaderPool::Lease connection = s.lookups->lend(kEventsDeadlineMs);
  if (!connection) return error(Code::kResourceExhausted, "too many timelines are being read: try again");
  const Deadline deadline(*connection, kEventsDeadlineMs);
  return read_older_events(*connection, parts, before, before_offset, limit);
}

Result<MembershipHistory> Analytics::membership_history(std::string_view segment, std::span<const Timestamp> begins,
                                                        Timestamp end) {
  State& s = *state_;
  const ReaderPool::Lease connection = s.queries->lend(0);
  if (!connection) return too_many_queries();
  fresh(Offset{s.accepted}, kFreshWaitMs);
  const Deadline deadline(*connection, QueryLimits().deadline_ms);
  auto history = read_memberships(*connection, segment, begins, end);
  if (!history && history.error().code == Code::kDeadlineExceeded) {
    return error(Code::kDeadlineExceeded, "the history took longer to read than " +
                                              std::to_string(QueryLimits().deadline_ms) + " ms: try again later");
  }
  return history;
}

Status Analytics::read_history(const HistoryQuery& query, const TakeEvent& take) {
  TRY_ASSIGN(const auto connection, state_->database->connect());
  return analytics::read_history(*connection, query, take);
}

Result<std::uint64_t> Analytics::count_history(const HistoryQuery& query) {
  TRY_ASSIGN(const auto connection, state_->database->connect());
  return analytics::count_history(*connection, query);
}

Status Analytics::read(const std::string& statement, const std::function<Status(table::Rows&)>& take) {
  TRY_ASSIGN(const auto connection, state_->database->connect());
  TRY_ASSIGN(table::Rows rows, connection->query(statement));
  return take(rows);
}

Stats Analytics::stats() const {
  const State& s = *state_;
  Stats stats;
  {
    const std::lock_guard lock(s.mutex);
    stats = s.stats;
  }
  stats.accepted = Offset{s.accepted};
  stats.durable = Offset{s.durable};
  stats.waiting_bytes = s.waiting_bytes;
  for (const char* name : {"analytics.duckdb", "analytics.duckdb.wal"}) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(std::filesystem::path(s.options.folder) / name, missing);
    if (!missing) stats.file_bytes += bytes;
  }
  return stats;
}

}  // namespace tessera::analytics
