// Timestamps and durations: their range, arithmetic, text and calendar (proleptic Gregorian).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/value.h"

namespace tessera::cel {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kMinTimestampSeconds = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t kMaxTimestampSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z
inline constexpr std::int64_t kMaxDurationSeconds = 315'576'000'000;   // 10,000 years, as protobuf has it
// The difference of two timestamps must fit 64 bits of nanoseconds (292 years), as the conformance suite has it.
inline constexpr std::int64_t kMaxDifferenceSeconds = 9'223'372'036;

bool is_valid_timestamp(Instant timestamp);
// nullopt out of range, each.
std::optional<Instant> add_to_timestamp(Instant timestamp, Instant duration);
std::optional<Instant> subtract_from_timestamp(Instant timestamp, Instant duration);
std::optional<Instant> difference(Instant timestamp, Instant earlier);
std::optional<Instant> add_durations(Instant a, Instant b);
std::optional<Instant> negate_duration(Instant duration);
// Whole units of a duration, towards zero.
std::int64_t duration_milliseconds_part(Instant duration);

// RFC 3339 with up to nine digits of a second and an offset.
std::optional<Instant> parse_timestamp(std::string_view text);
// "1h30m", "-1.5s", "250ms", "90d", "2w", "0": units w, d, h, m, s, ms, us, ns.
std::optional<Instant> parse_duration(std::string_view text);
void append_timestamp(std::string& out, Instant timestamp);  // "2024-02-29T12:00:00.5Z"
void append_duration(std::string& out, Instant duration);    // "5400s", "-1.5s"

struct Civil {
  std::int64_t year = 0;
  int month = 0;        // 1 to 12
  int day = 0;          // 1 to 31
  int day_of_year = 0;  // 0 to 365
  int day_of_week = 0;  // 0 is Sunday
  int second_of_day = 0;
};
Civil civil_of(std::int64_t seconds);
// Days since 1970-01-01.
std::int64_t days_of(std::int64_t year, int month, int day);
bool is_leap_year(std::int64_t year);
// "+01:00", "-09:30", "02:00": seconds east of Greenwich; nullopt if it is not of that form.
std::optional<std::int32_t> parse_offset(std::string_view text);

}  // namespace tessera::cel
