#include "histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tessera::bench {
namespace {

constexpr int kStepBits = 6;  // 64 steps

std::size_t bucket_of(std::uint64_t ns) {
  if (ns < (1U << kStepBits)) return ns;
  const int shift = std::bit_width(ns) - 1 - kStepBits;
  return (static_cast<std::size_t>(shift + 1) << kStepBits) + ((ns >> shift) - (1U << kStepBits));
}

// The highest value that falls into the bucket.
std::int64_t top_of(std::size_t bucket) {
  if (bucket < (1U << kStepBits)) return static_cast<std::int64_t>(bucket);
  const std::size_t shift = (bucket >> kStepBits) - 1;
  const std::uint64_t step = (bucket & ((1U << kStepBits) - 1)) + (1U << kStepBits);
  return static_cast<std::int64_t>(((step + 1) << shift) - 1);
}

}  // namespace

void Histogram::add(std::int64_t ns) {
  ns = std::max<std::int64_t>(ns, 0);
  ++counts_[bucket_of(static_cast<std::uint64_t>(ns))];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

std::int64_t Histogram::percentile_ns(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0) return std::min(top_of(bucket), max_ns_);
  }
  return max_ns_;
}

std::string Histogram::json() const {
  const auto entry = [](const char* name, std::int64_t ns) {
    return "\"" + std::string(name) + "\":" + std::to_string(ns / 1000);
  };
  return entry("p50_us", percentile_ns(0.5)) + "," + entry("p90_us", percentile_ns(0.9)) + "," +
         entry("p99_us", percentile_ns(0.99)) + "," + entry("p999_us", percentile_ns(0.999)) + "," +
         entry("max_us", max_ns_);
}

}  // namespace tessera::bench
