#include "engine/timers.h"

#include <limits>

namespace tessera::engine {

namespace {

constexpr std::size_t kKeyBytes = 19;

// Due time first and big-endian, so that keys sort as timers do (times after 1970 only).
std::string key_of(const Timer& timer) {
  std::string key;
  const auto put = [&](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) key += static_cast<char>(value >> (8 * i));
  };
  put(static_cast<std::uint64_t>(timer.due.ms), 8);
  put(timer.machine, 2);
  put(static_cast<std::uint64_t>(timer.kind), 1);
  put(timer.subject, 8);
  return key;
}

Timer timer_of(std::string_view key) {
  std::size_t at = 0;
  const auto get = [&](int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(key[at++]);
    return value;
  };
  Timer timer;
  timer.due.ms = static_cast<std::int64_t>(get(8));
  timer.machine = static_cast<MachineId>(get(2));
  timer.kind = static_cast<TimerKind>(get(1));
  timer.subject = get(8);
  return timer;
}

}  // namespace

void Timers::set(const Timer& timer) {
  if (timers_.insert(timer).second) touched_.insert(timer);
}

void Timers::cancel(const Timer& timer) {
  if (timers_.erase(timer) > 0) touched_.insert(timer);
}

bool Timers::take_due(Timestamp time, Timer& timer) {
  if (timers_.empty() || timers_.begin()->due > time) return false;
  timer = *timers_.begin();
  cancel(timer);
  return true;
}

Timestamp Timers::next_due() const {
  return timers_.empty() ? Timestamp{std::numeric_limits<std::int64_t>::max()} : timers_.begin()->due;
}

Status Timers::load(const storage::Snapshot& state) {
  bool damaged = false;
  TRY(state.scan(storage::Family::kTimer, "", [&](std::string_view key, std::string_view) {
    damaged |= key.size() != kKeyBytes;
    if (!damaged) timers_.insert(timer_of(key));
    return !damaged;
  }));
  if (damaged) return error(Code::kDataLoss, "a stored timer is damaged");
  return {};
}

void Timers::write_changes(storage::CutBatch& batch) {
  for (const Timer& timer : touched_) {
    if (timers_.contains(timer)) {
      batch.put(storage::Family::kTimer, key_of(timer), "");
    } else {
      batch.erase(storage::Family::kTimer, key_of(timer));
    }
  }
  touched_.clear();
}

}  // namespace tessera::engine
