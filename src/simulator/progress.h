// How far the history is: one line that is written over on a terminal, a line per tenth elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>

#include "base/time.h"

namespace tessera::simulator {

// Not thread-safe.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, Clock& clock);

  void show(std::int64_t per_mille, std::uint64_t events);
  // Closes the line.
  void end();
  double seconds() const;

 private:
  std::ostream& out_;
  const bool terminal_;
  Clock& clock_;
  const std::int64_t start_ms_;
  std::int64_t shown_ms_ = 0;
  std::int64_t shown_tenth_ = 0;
  bool open_ = false;
};

// 1234567 → "1,234,567"
std::string with_commas(std::uint64_t number);

}  // namespace tessera::simulator
