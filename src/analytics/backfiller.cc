#include "analytics/backfiller.h"

#include <future>

#include "base/threads.h"

namespace tessera::analytics {

namespace {

constexpr std::int64_t kLookEveryMs = 100;
constexpr std::int64_t kRetryMs = 2000;         // after something failed
constexpr std::int64_t kRefusedMs = 20;         // after the engine had no room
constexpr std::int64_t kFreshMs = 200;          // between two looks whether to stop
constexpr std::size_t kBusyBytes = 256u << 10;  // of records that wait: steps give way
constexpr int kGivesWay = 10;                   // so many times, for a step
constexpr std::int64_t kGiveWayMs = 2;
constexpr int kMaxInFlight = 4;

}  // namespace

// Steps that were sent and are not written yet.
class Backfiller::Flight {
 public:
  void begin() {
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [&] { return in_flight_ < kMaxInFlight; });
    ++in_flight_;
  }
  void end(Result<Offset> offset) {
    {
      const std::lock_guard lock(mutex_);
      --in_flight_;
      if (offset) {
        last_ = std::max(last_, *offset);
      } else {
        failed_ = std::unexpected(offset.error());
      }
    }
    landed_.notify_all();
  }
  void refused() {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  // Waits for all of them: the newest.
  Result<Offset> finish() {
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [&] { return in_flight_ == 0; });
    TRY(Status(failed_));
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable landed_;
  int in_flight_ = 0;
  Offset last_;
  Status failed_;
};

Backfiller::Backfiller(engine::Engine& engine, Analytics& analytics, const BackfillOptions& options)
    : engine_(engine), analytics_(analytics), options_(options) {}

Backfiller::~Backfiller() {
  stop();
}

void Backfiller::start() {
  thread_ = std::thread([this] { run(); });
}

void Backfiller::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// False if it is time to stop.
bool Backfiller::wait_ms(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return stopping_.load(); });
}

Status Backfiller::go_on() const {
  if (stopping_) return error(Code::kUnavailable, "taking in the history was stopped");
  return {};
}

// A backfill begins with a change of definitions, or with the end of the one before, which `fill` sees.
void Backfiller::run() {
  name_thread("backfill");
  yield_to_other_threads();
  std::optional<std::shared_ptr<const catalog::Definitions>> seen;
  while (!stopping_) {
    auto newest = engine_.definitions();
    const bool is_done = newest == seen || fill();
    if (is_done) seen = std::move(newest);
    wait_ms(is_done ? kLookEveryMs : kRetryMs);
  }
}

Status Backfiller::fill() {
  Offset at_least = engine_.stats().synced;
  Offset ended;  // the backfill whose end was sent
  while (true) {
    TRY_ASSIGN(const Look found, look(at_least));
    const engine::Backfill& state = found.what.state;
    if (!state.is_under_way()) return {};
    if (state.next < state.end) {
      TRY_ASSIGN(at_least, take_pass(found));
      continue;
    }
    if (ended == state.began) wait_ms(kRefusedMs);  // it came too early
    ended = state.began;
    TRY_ASSIGN(at_least, send_end(state));
  }
}

// What is to be done, as of `at_least` or later.
Result<Backfiller::Look> Backfiller::look(Offset at_least) {
  while (true) {
    TRY(go_on());
    std::promise<Look> promise;
    auto answer = promise.get_future();
    const Status asked = engine_.query(at_least, [&](engine::View& view, bool) {
      promise.set_value({view.backfill(), view.position(), view.time()});
    });
    if (asked) {
      Look found = answer.get();
      if (found.position >= at_least) return found;
    } else if (asked.error().code != Code::kResourceExhausted) {
      return std::unexpected(asked.error());
    }
    wait_ms(kRefusedMs);
  }
}

// Reads the history of as many parts as fit, and sends it. The offset of the last step.
Result<Offset> Backfiller::take_pass(const Look& look) {
  FoldedHistory folded(look.what, look.time, options_.pass_parts, options_.pass_bytes);
  const HistoryQuery query = folded.query();
  while (!analytics_.fresh(query.until, kFreshMs)) TRY(go_on());
  TRY(analytics_.read_history(query, [&](const HistoryEvent& told) {
    folded.take(told);
    return !stopping_.load(std::memory_order_relaxed);
  }));
  return send_steps(folded, look.what.state.next);
}

Result<Offset> Backfiller::send_steps(const FoldedHistory& folded, std::uint64_t from) {
  const auto flight = std::make_shared<Flight>();
  Status sent;
  while (from < folded.end() && sent) {
    give_way();
    sent = submit(folded.next_step(from), flight);
  }
  TRY_ASSIGN(const Offset last, flight->finish());
  TRY(std::move(sent));
  return last;
}

Result<Offset> Backfiller::send_end(const engine::Backfill& state) {
  std::string body;
  encode(engine::BackfillStep{state.began, state.end, state.end, {}}, body);
  const auto flight = std::make_shared<Flight>();
  TRY(submit(std::move(body), flight));
  return flight->finish();
}

// Sends a step, as soon as there is room for it: what was read is not read again for the lack of it.
Status Backfiller::submit(std::string body, const std::shared_ptr<Flight>& flight) {
  while (true) {
    TRY(go_on());
    flight->begin();
    std::vector<log::Draft> drafts;
    drafts.push_back({log::RecordKind::kBackfill, {}, body});
    const Status sent = engine_.submit(std::move(drafts), [flight](Result<Offset> offset) { flight->end(offset); });
    if (sent) return {};
    flight->refused();
    wait_ms(sent.error().code == Code::kResourceExhausted ? kRefusedMs : kRetryMs);
  }
}

// Those who send events go first, but do not keep it waiting for ever.
void Backfiller::give_way() {
  for (int i = 0; i < kGivesWay && !stopping_; ++i) {
    const engine::Stats stats = engine_.stats();
    if (stats.log_queue_bytes + stats.apply_queue_bytes <= kBusyBytes) return;
    wait_ms(kGiveWayMs);
  }
}

}  // namespace tessera::analytics
