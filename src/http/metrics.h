// Counts and latencies of requests, per route. Any thread may count; reading is not a consistent moment.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::http {

class RouteMetrics {
 public:
  // Upper bounds of the histogram's buckets, in microseconds; a last one has no bound.
  static constexpr std::array<std::uint32_t, 14> kBoundsUs = {
      100, 250, 500, 1'000, 2'500, 5'000, 10'000, 20'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000};

  void count(int status, std::chrono::nanoseconds took);

  // Adds this route's lines in Prometheus' text format. `labels` is `method="GET",route="/health"`.
  void append_counts(std::string& out, std::string_view labels) const;
  void append_latencies(std::string& out, std::string_view labels) const;

 private:
  std::array<std::atomic<std::uint64_t>, 6> by_class_{};  // 1xx to 5xx; index 0 is unused
  std::array<std::atomic<std::uint64_t>, kBoundsUs.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_us_ = 0;
};

}  // namespace tessera::http
