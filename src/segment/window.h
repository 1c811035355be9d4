// Windows: which part of a history counts, seen from a moment. Pure functions.
//
//   duration("90d")                             (now - 90 days, now]
//   between(duration("365d"), duration("90d"))  (now - 365 days, now - 90 days]
//   calendar("month", "Europe/Berlin", -1)      the calendar month before the one that now lies in
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tessera::segment {

inline constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();  // a reach: all that ever was

// Calendar periods in a zone's own time. Weeks begin on Monday.
enum class Period : std::uint8_t { kDay, kWeek, kMonth };
std::optional<Period> period_of(std::string_view word);  // "day", "week", "month"
std::string_view word_of(Period period);

struct Window {
  enum class Kind : std::uint8_t { kAll, kSliding, kCalendar };
  Kind kind = Kind::kAll;
  // kSliding: (now - from_ms, now - to_ms].
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  // kCalendar: the period `back` periods before the one of now; of the one that is on, up to now.
  Period period = Period::kDay;
  std::string zone;
  std::int32_t back = 0;

  friend bool operator==(const Window&, const Window&) = default;
};
// As it is written, in one spelling: duration("90d"), between(…), calendar(…); empty for kAll.
std::string text_of(const Window& window);

// The instants in [begin, end).
struct Range {
  Timestamp begin;
  Timestamp end;
  friend bool operator==(const Range&, const Range&) = default;
};
// What a window covers at `now`; nothing after `now`, but for kAll, which covers everything.
Range range_at(const Window& window, Timestamp now);
// The same, seen from what happened at `at`: the window covers it at each instant in [enters, leaves). Neither goes
// back as `at` goes on. kAll: the least there is, and kNever.
Timestamp enters(const Window& window, Timestamp at);
Timestamp leaves(const Window& window, Timestamp at);

// `enters` or `leaves` of many instants that ascend: within one calendar period they are worked out once.
class Passages {
 public:
  enum class Which : std::uint8_t { kEnters, kLeaves };
  Passages(const Window& window, Which which) : window_(window), which_(which) {}
  Timestamp of(Timestamp at);

 private:
  const Window& window_;
  Which which_;
  Range period_;
  Timestamp passage_;
};

// How old what a window covers can be, at most: what is older than that never counts again. kForever of kAll.
std::int64_t reach_of(const Window& window);

// kCalendar: the first instant after `now` at which the window covers another period.
Timestamp next_turn(const Window& window, Timestamp now);

// The period that `at` lies in, as a number: equal within one, one more in the next (but for dates that a zone left
// out). Clocks that are set back over midnight do not bring a period back. nullopt if there is no such zone.
std::optional<std::int64_t> period_number(Timestamp at, Period period, std::string_view zone);
// When that period begins: the first instant that has its first date there (a day may begin at one o'clock).
Timestamp period_begin(std::int64_t number, Period period, std::string_view zone);

}  // namespace tessera::segment
