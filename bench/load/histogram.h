// Latencies, as HdrHistogram keeps them: 64 steps to each doubling, so a percentile is right to 1.6 %.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace tessera::bench {

class Histogram {
 public:
  void add(std::int64_t ns);
  std::uint64_t count() const { return count_; }
  std::int64_t max_ns() const { return max_ns_; }
  // The latency that this share (0 to 1) of all did not exceed.
  std::int64_t percentile_ns(double share) const;
  // "p50_us":…,"p90_us":…,"p99_us":…,"p999_us":…,"max_us":…
  std::string json() const;

 private:
  static constexpr int kSteps = 64;
  std::array<std::uint64_t, 64 * kSteps> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ns_ = 0;
};

}  // namespace tessera::bench
