#include "ingest/event_time.h"

#include <algorithm>
#include <charconv>

namespace tessera::ingest {

namespace {

constexpr std::int64_t kFirstMs = -62'135'596'800'000;  // 0001-01-01
constexpr double kFewestMs = 1e11;                      // 1973-03-03 in milliseconds, year 5138 in seconds
constexpr double kMostMs = 253'402'300'799'999;         // 9999-12-31
constexpr std::size_t kLongestNumber = 32;

}  // namespace

std::optional<Timestamp> parse_stated_time(std::string_view text) {
  if (const auto time = parse_timestamp(text)) return time;
  if (text.empty() || text.size() > kLongestNumber || text.front() < '0' || text.front() > '9') return std::nullopt;
  double ms = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const bool plausible = ms >= kFewestMs && ms <= kMostMs;
  return plausible ? std::optional(Timestamp{static_cast<std::int64_t>(ms)}) : std::nullopt;
}

std::optional<Timestamp> corrected_time(Timestamp original, std::optional<Timestamp> sent, Timestamp received) {
  const Timestamp corrected = sent ? received + (original - *sent) : original;
  if (corrected.ms < kFirstMs) return std::nullopt;
  return std::min(corrected, received);
}

}  // namespace tessera::ingest
