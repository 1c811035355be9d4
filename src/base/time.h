// Instants and their text. All times in Tessera are UTC, in whole milliseconds.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera {

// Milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, std::int64_t add_ms) { return {t.ms + add_ms}; }
  friend constexpr std::int64_t operator-(Timestamp a, Timestamp b) { return a.ms - b.ms; }
};

inline constexpr std::int64_t kSecondMs = 1000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

// ISO 8601 / RFC 3339: "2024-03-01", "2024-03-01T10:11:12", ".345", "Z" or "+01:00" (none means UTC), a space for T.
// Years 1 to 9999. Nothing else is taken: no exceptions, no locale.
std::optional<Timestamp> parse_timestamp(std::string_view text);

// "2024-03-01T10:11:12.345Z"
std::string to_text(Timestamp t);

// Where time comes from. Only the edge asks a clock; machines take time from records.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp wall() = 0;             // may jump
  virtual std::int64_t monotonic_ms() = 0;  // never goes back
};

class SystemClock : public Clock {
 public:
  Timestamp wall() override;
  std::int64_t monotonic_ms() override;
};

}  // namespace tessera
