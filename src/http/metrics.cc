#include "http/metrics.h"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>

namespace tessera::http {

void RouteMetrics::count(int status, std::chrono::nanoseconds took) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count() / 1000));
  by_class_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))].fetch_add(1, std::memory_order_relaxed);
  const auto bucket = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us) - kBoundsUs.begin();
  buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(us, std::memory_order_relaxed);
}

void RouteMetrics::append_counts(std::string& out, std::string_view labels) const {
  for (std::size_t status = 2; status < by_class_.size(); ++status) {
    const std::uint64_t count = by_class_[status].load(std::memory_order_relaxed);
    if (count == 0 && status != 2) continue;
    fmt::format_to(std::back_inserter(out), "tessera_http_requests_total{{{},status=\"{}xx\"}} {}\n", labels, status,
                   count);
  }
}

void RouteMetrics::append_latencies(std::string& out, std::string_view labels) const {
  auto to = std::back_inserter(out);
  std::uint64_t total = 0;
  std::string lines;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    const std::string bound = i < kBoundsUs.size() ? fmt::format("{}", kBoundsUs[i] / 1e6) : "+Inf";
    fmt::format_to(std::back_inserter(lines), "tessera_http_seconds_bucket{{{},le=\"{}\"}} {}\n", labels, bound, total);
  }
  if (total == 0) return;
  out += lines;
  fmt::format_to(to, "tessera_http_seconds_sum{{{}}} {}\n", labels,
                 static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6);
  fmt::format_to(to, "tessera_http_seconds_count{{{}}} {}\n", labels, total);
}

}  // namespace tessera::http
