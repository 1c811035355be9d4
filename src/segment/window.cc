#include "segment/window.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/result.h"
#include "cel/instant.h"
#include "cel/zones.h"

namespace tessera::segment {

namespace {

constexpr std::array<std::string_view, 3> kWords{"day", "week", "month"};
constexpr std::int64_t kSecondsPerDay = 86'400;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

// A zone that there is not is read as UTC: documents name none.
std::int64_t offset_at(std::string_view zone, std::int64_t seconds) {
  return cel::zone_offset(zone, seconds).value_or(0);
}

// The first second at which the zone's clocks show `local` (seconds since 1970 as they show it) or later. Offsets
// change at most once in six hours.
std::int64_t first_at(std::string_view zone, std::int64_t local) {
  constexpr std::int64_t kStep = kSecondsPerDay / 4;
  std::int64_t begin = local - kSecondsPerDay;  // no zone is a day away
  std::int64_t before = offset_at(zone, begin);
  for (;; begin += kStep) {
    const std::int64_t after = offset_at(zone, begin + kStep);
    std::int64_t turn = begin + kStep;  // the first second with the offset `after`
    if (before != after) {
      std::int64_t low = begin;
      while (low + 1 < turn) {
        const std::int64_t middle = low + (turn - low) / 2;
        (offset_at(zone, middle) == before ? low : turn) = middle;
      }
    }
    if (local - before < turn) return std::max(begin, local - before);
    if (local - after <= begin + kStep) return std::max(turn, local - after);
    before = after;
  }
}

Timestamp begin_of_date(std::string_view zone, std::int64_t date) {
  return {first_at(zone, date * kSecondsPerDay) * kSecondMs};
}

// The latest date that has begun: clocks that are set back over midnight do not take a date back.
std::int64_t date_at(std::string_view zone, Timestamp at) {
  const std::int64_t seconds = floor_div(at.ms, kSecondMs);
  std::int64_t date = floor_div(seconds + offset_at(zone, seconds), kSecondsPerDay);
  while (begin_of_date(zone, date + 1) <= at) ++date;
  return date;
}

std::int64_t number_of(std::int64_t date, Period period) {
  if (period == Period::kDay) return date;
  if (period == Period::kWeek) return floor_div(date + 3, 7);  // 1970-01-01 was a Thursday
  const cel::Civil civil = cel::civil_of(date * kSecondsPerDay);
  return (civil.year - 1970) * 12 + civil.month - 1;
}

std::int64_t first_date(std::int64_t number, Period period) {
  if (period == Period::kDay) return number;
  if (period == Period::kWeek) return number * 7 - 3;
  const std::int64_t year = floor_div(number, 12);
  return cel::days_of(1970 + year, static_cast<int>(number - year * 12) + 1, 1);
}

// The periods of a zone that were asked for last: a window's ends are asked for over and over, and looking through a
// zone's rules takes a hundred times as long as what they are needed for.
class Periods {
 public:
  static Periods& of(const Window& window) {
    thread_local std::map<std::pair<Period, std::string>, Periods, std::less<>> all;
    Periods& periods = all[{window.period, window.zone}];
    if (periods.begins_.size() > kMost) periods.begins_.clear();
    return periods;
  }

  Timestamp begin(const Window& window, std::int64_t number) {
    const auto [at, is_new] = begins_.try_emplace(number);
    if (is_new) at->second = period_begin(number, window.period, window.zone);
    return at->second;
  }

  std::int64_t number(const Window& window, Timestamp at) {
    if (begin(window, latest_) <= at && at < begin(window, latest_ + 1)) return latest_;
    latest_ = number_of(date_at(window.zone, at), window.period);
    return latest_;
  }

 private:
  static constexpr std::size_t kMost = 4'000;
  std::map<std::int64_t, Timestamp> begins_;
  std::int64_t latest_ = 0;
};

std::int64_t number_at(const Window& window, Timestamp at) {
  return Periods::of(window).number(window, at);
}
Timestamp begin_of(const Window& window, std::int64_t number) {
  return Periods::of(window).begin(window, number);
}

std::string duration_text(std::int64_t ms) {
  struct Unit {
    std::int64_t ms;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> kUnits{{{kDayMs, "d"}, {kHourMs, "h"}, {kMinuteMs, "m"}, {kSecondMs, "s"}}};
  std::string text = "duration(\"";
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& each) { return ms % each.ms == 0; });
  if (ms == 0) {
    text += "0s";
  } else if (unit == kUnits.end()) {
    text.append(std::to_string(ms)).append("ms");
  } else {
    text.append(std::to_string(ms / unit->ms)).append(unit->name);
  }
  return text += "\")";
}

}  // namespace

std::optional<Period> period_of(std::string_view word) {
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<Period>(found - kWords.begin());
}

std::string_view word_of(Period period) {
  return kWords[static_cast<std::size_t>(period)];
}

std::string text_of(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kAll:
      return "";
    case Window::Kind::kSliding:
      if (window.to_ms == 0) return duration_text(window.from_ms);
      return "between(" + duration_text(window.from_ms) + ", " + duration_text(window.to_ms) + ")";
    case Window::Kind::kCalendar: {
      std::string text = "calendar(\"";
      text.append(word_of(window.period)).append("\", \"").append(window.zone).append("\"");
      if (window.back != 0) text.append(", -").append(std::to_string(window.back));
      return text += ")";
    }
  }
  return "";
}

Range range_at(const Window& window, Timestamp now) {
  switch (window.kind) {
    case Window::Kind::kAll:
      return {{std::numeric_limits<std::int64_t>::min()}, kNever};
    case Window::Kind::kSliding:
      return {now + (1 - window.from_ms), now + (1 - window.to_ms)};
    case Window::Kind::kCalendar: {
      const std::int64_t number = number_at(window, now) - window.back;
      return {begin_of(window, number), window.back == 0 ? now + 1 : begin_of(window, number + 1)};
    }
  }
  return {};
}

Timestamp enters(const Window& window, Timestamp at) {
  switch (window.kind) {
    case Window::Kind::kAll:
      return {std::numeric_limits<std::int64_t>::min()};
    case Window::Kind::kSliding:
      return at + window.to_ms;
    case Window::Kind::kCalendar:
      return window.back == 0 ? at : begin_of(window, number_at(window, at) + window.back);
  }
  return at;
}

Timestamp leaves(const Window& window, Timestamp at) {
  switch (window.kind) {
    case Window::Kind::kAll:
      return kNever;
    case Window::Kind::kSliding:
      return at + window.from_ms;
    case Window::Kind::kCalendar:
      return begin_of(window, number_at(window, at) + window.back + 1);
  }
  return kNever;
}

Timestamp Passages::of(Timestamp at) {
  const bool is_leaving = which_ == Which::kLeaves;
  if (window_.kind != Window::Kind::kCalendar || (window_.back == 0 && !is_leaving)) {
    return is_leaving ? leaves(window_, at) : enters(window_, at);
  }
  if (at < period_.begin || at >= period_.end) {
    const std::int64_t number = number_at(window_, at);
    period_ = {begin_of(window_, number), begin_of(window_, number + 1)};
    passage_ = begin_of(window_, number + window_.back + (is_leaving ? 1 : 0));
  }
  return passage_;
}

std::int64_t reach_of(const Window& window) {
  if (window.kind == Window::Kind::kAll) return kForever;
  if (window.kind == Window::Kind::kSliding) return window.from_ms;
  constexpr std::array<std::int64_t, 3> kLongest{1, 7, 31};
  const std::int64_t dates = (std::int64_t{window.back} + 1) * kLongest[static_cast<std::size_t>(window.period)];
  return (dates + 2) * kDayMs;  // clocks are set forth and back by a day at most
}

Timestamp next_turn(const Window& window, Timestamp now) {
  if (window.kind != Window::Kind::kCalendar) return kNever;
  return begin_of(window, number_at(window, now) + 1);
}

std::optional<std::int64_t> period_number(Timestamp at, Period period, std::string_view zone) {
  if (!cel::zone_offset(zone, 0)) return std::nullopt;
  return number_of(date_at(zone, at), period);
}

Timestamp period_begin(std::int64_t number, Period period, std::string_view zone) {
  return begin_of_date(zone, first_date(number, period));
}

}  // namespace tessera::segment
