// A clock that a test sets. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace tessera::testing {

class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp wall = {1'700'000'000'000}) : wall_ms_(wall.ms) {}

  Timestamp wall() override { return {wall_ms_.load()}; }
  std::int64_t monotonic_ms() override { return monotonic_ms_.load(); }

  // Time passes: both clocks go on.
  void advance(std::int64_t ms) {
    monotonic_ms_ += ms;
    wall_ms_ += ms;
  }
  // Somebody set the wall clock; no time passed.
  void set_wall(Timestamp wall) { wall_ms_ = wall.ms; }
  void jump_wall(std::int64_t ms) { wall_ms_ += ms; }
  void set_monotonic(std::int64_t ms) { monotonic_ms_ = ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> monotonic_ms_ = 1'000'000;
};

}  // namespace tessera::testing
