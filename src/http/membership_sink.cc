#include "http/membership_sink.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tessera::http {

namespace {

constexpr std::size_t kPushBytes = 64u << 10;  // at a time, so that the reader's side can begin

constexpr std::string_view kGreeting = ": what comes is what happens now\n\n";
constexpr std::string_view kHeartbeat = ":\n\n";
constexpr std::string_view kGap = "event: gap\ndata: {}\n\n";

bool is_wanted(const MembershipSink::Watch& watch, const MembershipChange& change) {
  return watch.segments.empty() || watch.segments.contains(change.segment);
}

// False if the reader is gone.
template <class Changes>
bool push_wanted(const MembershipSink::Watch& watch, const Changes& changes) {
  std::string text;
  for (const MembershipChange& change : changes) {
    if (watch.after && change.place <= *watch.after) continue;
    if (is_wanted(watch, change)) append_event(text, change);
    if (text.size() < kPushBytes) continue;
    if (!watch.stream->push(text)) return false;
    text.clear();
  }
  return text.empty() ? watch.stream->open() : watch.stream->push(text);
}

}  // namespace

MembershipSink::MembershipSink(Clock& clock, std::int64_t heartbeat_ms)
    : clock_(clock), heartbeat_(heartbeat_ms), thread_([this] { run(); }) {}

MembershipSink::~MembershipSink() {
  stop();
  thread_.join();
}

void MembershipSink::accept(std::shared_ptr<const engine::EffectBatch> batch) {
  const auto is_change = [](const engine::Effect& effect) { return effect.kind == engine::EffectKind::kMembership; };
  const auto& effects = batch->effects;
  if (!effects.empty() && (!has_begun_ || std::ranges::any_of(effects, is_change))) {
    const std::lock_guard lock(mutex_);
    if (!has_begun_) missing_up_to_ = EffectPlace{Offset{effects.front().offset.value - 1}, UINT32_MAX};
    has_begun_ = true;
    for (const engine::Effect& effect : effects) {
      if (!is_change(effect)) continue;
      if (told_.size() < kMaxWaiting && !lost_) {
        told_.emplace_back(begin_change(effect), effect.body);
      } else {
        lost_ = EffectPlace{effect.offset, effect.index};
      }
    }
    changed_.notify_one();
  }
  make_durable(batch->last);
}

Status MembershipSink::watch(Watch watch) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return error(Code::kUnavailable, "the server is stopping; try again later");
  if (watching_ >= kMaxWatchers) {
    return error(Code::kResourceExhausted, "as many as may watch segments at once do so already; try again later");
  }
  ++watching_;
  fresh_.push_back(std::move(watch));
  changed_.notify_one();
  return {};
}

MembershipView MembershipSink::look() const {
  const std::lock_guard lock(window_mutex_);
  return {window_.motion(clock_.monotonic_ms()), window_.recent()};
}

void MembershipSink::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_one();
}

void MembershipSink::run() {
  auto next_beat = std::chrono::steady_clock::now() + heartbeat_;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, next_beat, [this] { return stopping_ || !told_.empty() || !fresh_.empty(); });
    if (stopping_) break;
    std::deque<Told> told = std::exchange(told_, {});
    std::vector<Watch> fresh = std::exchange(fresh_, {});
    std::optional<EffectPlace> missing_up_to = missing_up_to_;
    const std::optional<EffectPlace> lost = std::exchange(lost_, std::nullopt);
    lock.unlock();
    greet(std::move(fresh), missing_up_to);
    missing_up_to = take(std::move(told));
    if (lost) {
      drop_all();
      missing_up_to = lost;
    }
    if (const auto now = std::chrono::steady_clock::now(); now >= next_beat) {
      next_beat = now + heartbeat_;
      std::erase_if(watchers_, [](const Watch& watch) { return !watch.stream->push(kHeartbeat); });
    }
    lock.lock();
    if (missing_up_to) missing_up_to_ = missing_up_to;
    watching_ = watchers_.size() + fresh_.size();
  }
  for (const std::vector<Watch>* watches : {&fresh_, &watchers_}) {
    for (const Watch& watch : *watches) watch.stream->close();
  }
}

// Those who came: what they missed, as far as it is remembered.
void MembershipSink::greet(std::vector<Watch> fresh, std::optional<EffectPlace> missing_up_to) {
  for (Watch& watch : fresh) {
    const bool is_missing = watch.after && (!missing_up_to || *watch.after < *missing_up_to);
    const bool here = watch.stream->push(is_missing ? kGap : kGreeting);
    if (here && (!watch.after || push_wanted(watch, kept_))) watchers_.push_back(std::move(watch));
  }
}

std::optional<EffectPlace> MembershipSink::take(std::deque<Told> told) {
  std::vector<MembershipChange> changes;
  for (auto& [change, properties] : told) {
    if (add_properties(properties, change)) changes.push_back(std::move(change));
  }
  if (changes.empty()) return std::nullopt;
  {
    const std::lock_guard lock(window_mutex_);
    const std::int64_t now_ms = clock_.monotonic_ms();
    for (const MembershipChange& change : changes) window_.add(change, now_ms);
  }
  std::erase_if(watchers_, [&](const Watch& watch) { return !push_wanted(watch, changes); });
  std::move(changes.begin(), changes.end(), std::back_inserter(kept_));
  std::optional<EffectPlace> let_go;
  for (; kept_.size() > kKept; kept_.pop_front()) let_go = kept_.front().place;
  return let_go;
}

void MembershipSink::drop_all() {
  for (const Watch& watch : watchers_) watch.stream->close();
  watchers_.clear();
  kept_.clear();
}

}  // namespace tessera::http
