#include "engine/engine.h"

#include <algorithm>

#include "base/threads.h"
#include "engine/running_engine.h"

namespace tessera::engine {

namespace {

constexpr std::uint64_t kRecordsPerLook = 8;   // into the mailbox
constexpr std::size_t kRecordsPerBatch = 128;  // between two steps of a cut, evictions, effects handed on
constexpr std::int64_t kLookAfterMs = 100;     // disk, ticks, counters while idle
constexpr std::int64_t kIdleMs = 50;
constexpr std::int64_t kMaxCutWaitMs = 5 * kMinuteMs;
constexpr std::size_t kBusyBytes = 1u << 20;  // of records that wait: a sweep gives way
constexpr std::size_t kSweepSteps = 4;        // sent at once: a disk is waited for a quarter as often
constexpr std::int64_t kSweepWaitMs = 20;     // but no longer than this
constexpr std::uint64_t kOnItsWay = ~std::uint64_t{0};

}  // namespace

RunningEngine::RunningEngine(const Options& options, storage::Store& store, log::Log& log, log::Files& log_files,
                             Clock& clock, std::vector<Sink*> sinks)
    : options_(options),
      store_(store),
      log_(log),
      log_files_(log_files),
      clock_(clock),
      sinks_(std::move(sinks)),
      machines_(store, {options.seen_limit, options.seen_ms, options.kinds}),
      view_(machines_, [this] { return record_clock_.held() ? machines_.time() : clock_.wall(); }),
      cutter_(options_, machines_, store, sinks_, [this] { wake(); }),
      record_clock_(clock, log.last_time(), kEpoch) {
  mailbox_.on_post([this] { wake(); });
}

RunningEngine::~RunningEngine() {
  end_threads(false);
}

Status RunningEngine::recover() {
  const Timestamp last = log_.last_time();
  if (last.ms != 0 && clock_.wall() - last > kMaxStartJumpMs && !options_.accept_clock) {
    return error(Code::kFailedPrecondition,
                 "the clock says " + to_text(clock_.wall()) + ", but the newest record is of " + to_text(last) +
                     ", more than 30 days before: set the clock right, or start with --accept-clock if it is right");
  }
  TRY(machines_.load());
  TRY(machines_.preload(options_.cache_bytes));
  const Offset cut = machines_.position();
  if (log_.next() <= cut) {
    return error(Code::kDataLoss, "the log ends at offset " + std::to_string(log_.next().value - 1) +
                                      ", before the last cut at " + std::to_string(cut.value) +
                                      ": records are missing; restore the log from a backup");
  }
  const Offset end{log_.next().value - 1};
  if (end > cut && log_.last_epoch() != kEpoch) {
    return error(Code::kFailedPrecondition,
                 "the log has records of epoch " + std::to_string(log_.last_epoch()) +
                     " that are in no cut, and this build applies epoch " + std::to_string(kEpoch) +
                     ": stop the build that wrote them cleanly (it cuts at its end), then start this one");
  }
  const std::int64_t began_ms = clock_.monotonic_ms();
  cutter_.start_from(cut, began_ms);
  synced_ = end.value;
  publish();
  if (end == cut) return {};
  TRY_ASSIGN(auto reader, log_.read({cut.value + 1}));
  while (machines_.position() < end) {
    TRY_ASSIGN(auto group, reader->next());
    if (!group) return error(Code::kDataLoss, "the log ends before its own end");
    TRY(apply_group(std::move(*group)));
    if (failed_) return error(Code::kInternal, stats().failure);
  }
  const std::lock_guard lock(stats_mutex_);
  stats_.replayed = end.value - cut.value;
  stats_.replay_ms = static_cast<std::uint64_t>(clock_.monotonic_ms() - began_ms);
  return {};
}

void RunningEngine::look_at_disk() {
  if (const auto free = log_files_.free_share()) disk_full_ = *free < options_.disk_reserve;
}

void RunningEngine::begin() {
  look_at_disk();
  appender_ = std::make_unique<log::Appender>(
      log_, record_clock_, [this](std::shared_ptr<const log::Group> group) { take_group(std::move(group)); },
      log::AppenderOptions{options_.log_queue_bytes});
  if (log_.last_epoch() != kEpoch) {
    // The queue is empty and the appender new: it takes one record.
    TESSERA_ASSERT(
        appender_->submit({{log::RecordKind::kEpoch, {}, options_.build}}, [](Result<Offset>) {}).has_value());
  }
  thread_ = std::thread([this] { run(); });
}

Status RunningEngine::submit(std::vector<log::Draft> drafts, log::Appender::Done done) {
  if (failed_) return error(Code::kUnavailable, "the engine has stopped: " + stats().failure);
  if (disk_full_) return error(Code::kUnavailable, "the disk is nearly full: nothing is taken in until space is made");
  if (overloaded_ || queue_bytes_ > options_.apply_queue_bytes) {
    return error(Code::kResourceExhausted, "more comes in than can be applied: send again in a second");
  }
  return appender_->submit(std::move(drafts), std::move(done));
}

Status RunningEngine::query(Offset at_least, Ask ask) {
  return mailbox_.post(at_least, clock_.monotonic_ms(), std::move(ask));
}

Stats RunningEngine::stats() const {
  const std::lock_guard lock(stats_mutex_);
  Stats stats = stats_;
  stats.synced = {synced_};
  stats.log_bytes = log_.bytes();
  stats.log_queue_bytes = appender_ ? appender_->queued_bytes() : 0;
  stats.apply_queue_bytes = queue_bytes_;
  stats.clock_held = record_clock_.held();
  return stats;
}

// The log's thread.
void RunningEngine::take_group(std::shared_ptr<const log::Group> group) {
  synced_ = group->last().value;
  queue_bytes_ += group->bytes();
  const std::lock_guard lock(queue_mutex_);
  queue_.push_back(std::move(group));
  queue_wake_.notify_one();
}

void RunningEngine::wake() {
  const std::lock_guard lock(queue_mutex_);
  poked_ = true;
  queue_wake_.notify_one();
}

void RunningEngine::run() {
  name_thread("engine");
  while (!dropped_) {
    const bool applied = apply_next();
    between_batches();
    if (stopping_ && !applied && machines_.position().value >= synced_ && wanted_cut_ <= cutter_.durable().value) break;
    if (failed_ && stopping_) break;
    if (!applied) wait_for_work();
  }
  publish();
  mailbox_.close();
  mailbox_.answer_all(view_);
}

bool RunningEngine::apply_next() {
  if (failed_ || sinks_full()) return false;
  std::shared_ptr<const log::Group> group;
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.empty()) return false;
    group = std::move(queue_.front());
    queue_.pop_front();
  }
  queue_bytes_ -= group->bytes();
  if (auto applied = apply_group(std::move(group)); !applied) fail(applied.error());
  return true;
}

// Applies a group in batches, and does what is to be done between two of them.
Status RunningEngine::apply_group(std::shared_ptr<const log::Group> group) {
  auto records = group->records();
  while (!records.empty() && records.front().offset <= machines_.position()) records = records.subspan(1);
  while (!records.empty() && !dropped_) {
    const auto batch = records.first(std::min(records.size(), kRecordsPerBatch));
    records = records.subspan(batch.size());
    auto effects = std::make_shared<EffectBatch>();
    effects->group = group;
    effects->effects.reserve(batch.size());
    for (const log::Record& record : batch) {
      TRY(machines_.apply(record, *effects));
      // State is whole after each record: a reader need not wait for the batch.
      if (record.offset.value % kRecordsPerLook == 0 && mailbox_.has_new()) {
        publish();  // a reader who knows of a change must find it in force
        mailbox_.answer(view_, clock_.monotonic_ms());
      }
    }
    for (Sink* sink : sinks_) sink->accept(effects);
    between_batches();
    while (sinks_full() && !dropped_ && !failed_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      between_batches();
    }
  }
  return {};
}

bool RunningEngine::sinks_full() const {
  return std::any_of(sinks_.begin(), sinks_.end(),
                     [&](const Sink* sink) { return sink->waiting_bytes() > options_.sink_bytes; });
}

void RunningEngine::between_batches() {
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (failed_) {
    mailbox_.answer(view_, now_ms);
    return;
  }
  publish();
  mailbox_.answer(view_, now_ms);
  machines_.shrink_to(options_.cache_bytes);
  cutter_.request({wanted_cut_});
  if (auto stepped = cutter_.step(now_ms); !stepped) fail(stepped.error());
  if (appender_ && !stopping_) {
    sweep_on(now_ms);
    rank_on();
    tick();
  }
  if (now_ms - looked_after_ms_ >= kLookAfterMs) look_after(now_ms);
}

// Sends the next steps of a sweep, which are written together, some at a time. Those who send events go first, but do
// not keep it waiting for ever.
void RunningEngine::sweep_on(std::int64_t now_ms) {
  auto step = machines_.next_sweep_step();
  if (!step || sweep_sent_ > machines_.position().value) return;
  if (queue_bytes_ > kBusyBytes && now_ms - swept_ms_ < kSweepWaitMs) return;
  swept_ms_ = now_ms;
  sweep_sent_ = kOnItsWay;
  const std::uint64_t end = machines_.core().sweep().end;
  std::vector<log::Draft> drafts;
  while (drafts.size() < kSweepSteps && step->from < end) {
    encode(*step, drafts.emplace_back(log::Draft{log::RecordKind::kSweep, {}, {}}).body);
    *step = {step->to, std::min(step->to + kSweepProfiles, end)};
  }
  const Status sent =
      appender_->submit(std::move(drafts), [this](Result<Offset> offset) { sweep_sent_ = offset ? offset->value : 0; });
  if (!sent) sweep_sent_ = 0;
}

// Whether a table of ranks is missing or not of today, and what it is made of is whole.
bool RunningEngine::should_rank(Timestamp wall) const {
  const Core& core = machines_.core();
  const auto& all = core.in_force().plan()->ranks();
  if (all.empty() || core.sweep().is_under_way() || ranked_ == core.in_force().plan()) return false;
  const std::int64_t today_ms = (wall.ms - options_.rank_at_ms) / kDayMs * kDayMs + options_.rank_at_ms;
  return std::any_of(all.begin(), all.end(), [&](const segment::PlannedRanks& ranks) {
    const bool is_old = ranks.table == nullptr || ranks.table->at.ms < today_ms || rank_wanted_;
    return ranks.condition.is_whole && is_old;
  });
}

// Looks at some more people for tables of ranks. Those who send events go first.
void RunningEngine::rank_on() {
  if (ranking_ == nullptr) {
    if (!should_rank(clock_.wall())) return;
    rank_wanted_ = false;
    const Core& core = machines_.core();
    ranking_ = std::make_unique<Ranking>(core.in_force().plan(), core.counters().next_profile,
                                         std::max(machines_.time(), clock_.wall()));
  }
  if (ranking_->plan() != machines_.core().in_force().plan()) {
    ranking_ = nullptr;  // something was published: begin again
    return;
  }
  if (queue_bytes_ > kBusyBytes || !ranking_->step(machines_.core().directory(), machines_.shards())) return;
  log::Draft draft{log::RecordKind::kRanks, {}, ranking_->finish()};
  ranked_ = ranking_->plan();
  ranking_ = nullptr;
  std::vector<log::Draft> drafts;
  drafts.push_back(std::move(draft));
  if (!appender_->submit(std::move(drafts), [](Result<Offset>) {})) ranked_ = nullptr;
}

void RunningEngine::rank() {
  rank_wanted_ = true;
  wake();
}

// What need not be done at every batch.
void RunningEngine::look_after(std::int64_t now_ms) {
  looked_after_ms_ = now_ms;
  overloaded_ = cutter_.overdue(now_ms);
  look_at_disk();
  if (const auto dropped = log_.drop(cutter_.durable(), machines_.time() + -options_.log_keep_ms); !dropped) {
    fail(dropped.error());
  }
}

// Time goes on when somebody is due, one record at a time.
void RunningEngine::tick() {
  if (tick_sent_ || !machines_.wants_tick(clock_.wall())) return;
  tick_sent_ = true;
  const auto sent =
      appender_->submit({{log::RecordKind::kTick, {}, {}}}, [this](Result<Offset>) { tick_sent_ = false; });
  if (!sent) tick_sent_ = false;
}

void RunningEngine::publish() {
  const Core& core = machines_.core();
  if (sources_.load() != core.in_force().sources()) {
    sources_ = core.in_force().sources();
    if (options_.on_sources) options_.on_sources(core.in_force().sources());
  }
  if (definitions_.load() != core.in_force().definitions()) definitions_ = core.in_force().definitions();
  if (rules_.load() != core.in_force().rules()) rules_ = core.in_force().rules();
  const std::lock_guard lock(stats_mutex_);
  const Counters& counters = core.counters();
  stats_.applied = machines_.position();
  stats_.events = counters.events;
  stats_.duplicates = counters.duplicates;
  stats_.rejected = counters.rejected;
  stats_.profiles = counters.profiles;
  stats_.merges = counters.merges;
  stats_.unmerges = counters.unmerges;
  stats_.groups = counters.groups;
  stats_.cache_bytes = machines_.cache_bytes();
  stats_.cuts = cutter_.count();
  stats_.last_cut_ms = static_cast<std::uint64_t>(cutter_.last_ms());
  stats_.seen = core.seen().remembered();
  stats_.seen_shrunk = core.seen().shrunk();
  if (stats_.cut != cutter_.durable()) {
    stats_.cut = cutter_.durable();
    cut_done_.notify_all();
  }
}

void RunningEngine::fail(const Error& e) {
  const std::lock_guard lock(stats_mutex_);
  stats_.failure = e.message;
  failed_ = true;
  cut_done_.notify_all();
}

void RunningEngine::wait_for_work() {
  // While something is under way that nobody wakes us for (sinks, waiting questions), look again soon.
  const bool busy = mailbox_.waiting() || cutter_.running() || sinks_full() || ranking_ != nullptr;
  const std::int64_t idle_ms = std::clamp<std::int64_t>(machines_.next_due() - clock_.wall(), 1, kIdleMs);
  std::unique_lock lock(queue_mutex_);
  queue_wake_.wait_for(lock, std::chrono::milliseconds(busy ? 1 : idle_ms),
                       [&] { return poked_ || (!queue_.empty() && !sinks_full() && !failed_); });
  poked_ = false;
}

Status RunningEngine::cut() {
  const std::uint64_t target = synced_;
  std::uint64_t wanted = wanted_cut_;
  while (wanted < target && !wanted_cut_.compare_exchange_weak(wanted, target)) {
  }
  wake();
  std::unique_lock lock(stats_mutex_);
  const bool done = cut_done_.wait_for(lock, std::chrono::milliseconds(kMaxCutWaitMs),
                                       [&] { return stats_.cut.value >= target || failed_; });
  if (failed_) return error(Code::kUnavailable, "the engine has stopped: " + stats_.failure);
  if (!done) return error(Code::kDeadlineExceeded, "the cut took longer than five minutes");
  return {};
}

Result<std::string> RunningEngine::digest() {
  TRY(cut());
  return digest_of(store_);
}

void RunningEngine::stop() {
  end_threads(true);
}

void RunningEngine::end_threads(bool clean) {
  if (!thread_.joinable()) return;
  if (!clean) dropped_ = true;
  appender_->stop();
  if (clean) wanted_cut_ = synced_.load();
  stopping_ = true;
  wake();
  thread_.join();
}

Result<std::unique_ptr<Engine>> Engine::start(const Options& options, storage::Store& store, log::Log& log,
                                              log::Files& log_files, Clock& clock, std::vector<Sink*> sinks) {
  auto engine = std::make_unique<RunningEngine>(options, store, log, log_files, clock, std::move(sinks));
  TRY(engine->recover());
  engine->begin();
  return engine;
}

}  // namespace tessera::engine
