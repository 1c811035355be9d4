#include "base/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace tessera {

namespace {

// Reads exactly `digits` digits at `pos` and moves past them; -1 if they are not there.
int take_number(std::string_view text, std::size_t& pos, std::size_t digits) {
  if (pos + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[pos + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  pos += digits;
  return value;
}

bool take(std::string_view text, std::size_t& pos, char wanted) {
  if (pos >= text.size() || text[pos] != wanted) return false;
  ++pos;
  return true;
}

// ".345678" as milliseconds, cut off after the third digit.
std::optional<int> take_fraction_ms(std::string_view text, std::size_t& pos) {
  if (pos >= text.size() || (text[pos] != '.' && text[pos] != ',')) return 0;
  const std::size_t start = ++pos;
  int ms = 0;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos) {
    if (pos - start < 3) ms = ms * 10 + (text[pos] - '0');
  }
  const std::size_t digits = pos - start;
  if (digits == 0 || digits > 9) return std::nullopt;
  for (std::size_t i = digits; i < 3; ++i) ms *= 10;
  return ms;
}

// "Z", "+01:00", "+0100", "+01" or nothing, as minutes east of UTC.
std::optional<int> take_zone_minutes(std::string_view text, std::size_t& pos) {
  if (pos == text.size() || take(text, pos, 'Z') || take(text, pos, 'z')) return 0;
  const bool east = take(text, pos, '+');
  if (!east && !take(text, pos, '-')) return std::nullopt;
  const int hours = take_number(text, pos, 2);
  int minutes = 0;
  if (pos < text.size()) {
    take(text, pos, ':');
    minutes = take_number(text, pos, 2);
  }
  if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) return std::nullopt;
  return east ? hours * 60 + minutes : -(hours * 60 + minutes);
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  std::size_t pos = 0;
  const int year = take_number(text, pos, 4);
  if (year < 1 || !take(text, pos, '-')) return std::nullopt;
  const int month = take_number(text, pos, 2);
  if (month < 1 || !take(text, pos, '-')) return std::nullopt;
  const int day = take_number(text, pos, 2);
  if (day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t ms = std::chrono::sys_days{date}.time_since_epoch().count() * kDayMs;
  if (pos == text.size()) return Timestamp{ms};

  if (!take(text, pos, 'T') && !take(text, pos, ' ') && !take(text, pos, 't')) return std::nullopt;
  const int hour = take_number(text, pos, 2);
  if (hour < 0 || hour > 23 || !take(text, pos, ':')) return std::nullopt;
  const int minute = take_number(text, pos, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  int second = 0;
  if (take(text, pos, ':')) {
    second = take_number(text, pos, 2);
    if (second < 0 || second > 60) return std::nullopt;  // 60: a leap second counts as the next one
  }
  const auto fraction_ms = take_fraction_ms(text, pos);
  if (!fraction_ms) return std::nullopt;
  const auto zone_minutes = take_zone_minutes(text, pos);
  if (!zone_minutes || pos != text.size()) return std::nullopt;
  ms += hour * kHourMs + (minute - *zone_minutes) * kMinuteMs + second * kSecondMs + *fraction_ms;
  return Timestamp{ms};
}

std::string to_text(Timestamp t) {
  const std::chrono::sys_time<std::chrono::milliseconds> instant{std::chrono::milliseconds{t.ms}};
  const auto midnight = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{instant - midnight};
  std::array<char, 40> text;
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

Timestamp SystemClock::wall() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::int64_t SystemClock::monotonic_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace tessera
