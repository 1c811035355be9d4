// Timers: what machines asked to be woken for, in order of due time. Part of state; fired by records only.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/time.h"
#include "engine/lane.h"
#include "storage/store.h"

namespace tessera::engine {

// The numbers reach disk.
enum class TimerKind : std::uint8_t {
  kForgetSeen = 1,  // Core: forget message ids that are too old
};

struct Timer {
  Timestamp due;
  MachineId machine = 0;
  TimerKind kind = TimerKind::kForgetSeen;
  std::uint64_t subject = 0;
  friend auto operator<=>(const Timer&, const Timer&) = default;
};

class Timers {
 public:
  void set(const Timer& timer);
  void cancel(const Timer& timer);
  // Takes the earliest timer due at `time`, if there is one.
  bool take_due(Timestamp time, Timer& timer);
  // When the earliest is due; the end of time if there is none.
  Timestamp next_due() const;
  std::size_t size() const { return timers_.size(); }

  Status load(const storage::Snapshot& state);
  void write_changes(storage::CutBatch& batch);

 private:
  std::set<Timer> timers_;
  std::set<Timer> touched_;  // since the last cut: set or gone, as `timers_` says
};

}  // namespace tessera::engine
