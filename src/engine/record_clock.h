// The time that records carry: never back, and never far forward without an operator's consent.
//
// If the wall clock runs more than five seconds ahead of what the monotonic clock allows, records go on at the
// monotonic clock's pace (`held`) until `accept` is called. A wall clock that goes back is waited for.
#pragma once

#include <atomic>
#include <mutex>

#include "base/time.h"
#include "log/appender.h"

namespace tessera::engine {

inline constexpr std::int64_t kMaxJumpMs = 5 * kSecondMs;
inline constexpr std::int64_t kMaxStartJumpMs = 30 * kDayMs;

// Any thread; `next_time` is called by the log's writer only.
class RecordClock : public log::Stamper {
 public:
  RecordClock(Clock& clock, Timestamp last, std::uint32_t epoch);
  Result<Timestamp> next_time() override;
  std::uint32_t epoch() const override { return epoch_; }
  void accept();
  bool held() const { return held_; }

 private:
  Clock& clock_;
  const std::uint32_t epoch_;
  std::mutex mutex_;
  Timestamp last_;          // guarded by mutex_, as the two below
  Timestamp trusted_wall_;  // wall and monotonic clock when they last agreed
  std::int64_t trusted_monotonic_ms_;
  std::atomic<bool> held_ = false;
};

}  // namespace tessera::engine
