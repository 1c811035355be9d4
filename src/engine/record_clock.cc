#include "engine/record_clock.h"

namespace tessera::engine {

RecordClock::RecordClock(Clock& clock, Timestamp last, std::uint32_t epoch)
    : clock_(clock),
      epoch_(epoch),
      last_(last),
      trusted_wall_(clock.wall()),
      trusted_monotonic_ms_(clock.monotonic_ms()) {}

Result<Timestamp> RecordClock::next_time() {
  const std::lock_guard lock(mutex_);
  const Timestamp wall = clock_.wall();
  const std::int64_t monotonic_ms = clock_.monotonic_ms();
  const Timestamp expected = trusted_wall_ + (monotonic_ms - trusted_monotonic_ms_);
  held_ = wall - expected > kMaxJumpMs;
  if (!held_) {
    trusted_wall_ = wall;
    trusted_monotonic_ms_ = monotonic_ms;
  }
  last_ = std::max(last_, held_ ? expected : wall);
  return last_;
}

void RecordClock::accept() {
  const std::lock_guard lock(mutex_);
  trusted_wall_ = clock_.wall();
  trusted_monotonic_ms_ = clock_.monotonic_ms();
  held_ = false;
}

}  // namespace tessera::engine
