#include "cli/time_format.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tessera::cli {

namespace {

constexpr std::string_view kConversions = "YymdbHIpMSfz%";
constexpr std::int64_t kMaxEpochMs = 253'402'300'799'999;  // 9999-12-31
constexpr std::int64_t kMinEpochMs = -62'135'596'800'000;  // 0001-01-01

// The parts of a time as they are read.
struct Parts {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int ms = 0;
  bool afternoon = false;
  bool twelve_hours = false;
  std::optional<int> zone_minutes;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Takes up to `most` digits; false if there is none.
bool take_number(std::string_view& text, std::size_t most, int& out) {
  std::size_t digits = 0;
  out = 0;
  while (digits < most && digits < text.size() && is_digit(text[digits])) out = out * 10 + (text[digits++] - '0');
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_fraction(std::string_view& text, int& ms) {
  std::size_t digits = 0;
  ms = 0;
  for (; digits < text.size() && digits < 9 && is_digit(text[digits]); ++digits) {
    if (digits < 3) ms = ms * 10 + (text[digits] - '0');
  }
  for (std::size_t i = digits; i < 3; ++i) ms *= 10;
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_month_name(std::string_view& text, int& month) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (text.size() < 3) return false;
  const std::string name = {lower(text[0]), lower(text[1]), lower(text[2])};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] != name) continue;
    month = static_cast<int>(i) + 1;
    text.remove_prefix(3);
    return true;
  }
  return false;
}

bool take_half(std::string_view& text, bool& afternoon) {
  if (text.size() < 2 || lower(text[1]) != 'm' || (lower(text[0]) != 'a' && lower(text[0]) != 'p')) return false;
  afternoon = lower(text[0]) == 'p';
  text.remove_prefix(2);
  return true;
}

// "Z", "+0100", "+01:00", "+01".
bool take_zone(std::string_view& text, std::optional<int>& minutes) {
  if (text.starts_with('Z')) {
    text.remove_prefix(1);
    minutes = 0;
    return true;
  }
  if (!text.starts_with('+') && !text.starts_with('-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0;
  int rest = 0;
  if (!take_number(text, 2, hours)) return false;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (!take_number(text, 2, rest)) return false;
  } else if (!text.empty() && is_digit(text[0]) && !take_number(text, 2, rest)) {
    return false;
  }
  minutes = sign * (hours * 60 + rest);
  return hours <= 14 && rest < 60;
}

bool take_two_digit_year(std::string_view& text, int& year) {
  if (!take_number(text, 2, year)) return false;
  year += year < 69 ? 2000 : 1900;  // as POSIX strptime does
  return true;
}

bool take(char conversion, std::string_view& text, Parts& parts) {
  switch (conversion) {
    case 'Y':
      return take_number(text, 4, parts.year);
    case 'y':
      return take_two_digit_year(text, parts.year);
    case 'm':
      return take_number(text, 2, parts.month);
    case 'd':
      return take_number(text, 2, parts.day);
    case 'b':
      return take_month_name(text, parts.month);
    case 'H':
      return take_number(text, 2, parts.hour);
    case 'I':
      parts.twelve_hours = true;
      return take_number(text, 2, parts.hour);
    case 'p':
      return take_half(text, parts.afternoon);
    case 'M':
      return take_number(text, 2, parts.minute);
    case 'S':
      return take_number(text, 2, parts.second);
    case 'f':
      return take_fraction(text, parts.ms);
    case 'z':
      return take_zone(text, parts.zone_minutes);
    default:
      break;
  }
  if (!text.starts_with('%')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Timestamp> instant(Parts parts, int zone_minutes) {
  if (parts.twelve_hours) {
    if (parts.hour < 1 || parts.hour > 12) return std::nullopt;
    parts.hour = parts.hour % 12 + (parts.afternoon ? 12 : 0);
  }
  const std::chrono::year_month_day date{std::chrono::year(parts.year),
                                         std::chrono::month(static_cast<unsigned>(parts.month)),
                                         std::chrono::day(static_cast<unsigned>(parts.day))};
  if (!date.ok() || parts.year < 1 || parts.hour > 23 || parts.minute > 59 || parts.second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t zone = parts.zone_minutes.value_or(zone_minutes);
  return Timestamp{days * kDayMs + parts.hour * kHourMs + (parts.minute - zone) * kMinuteMs + parts.second * kSecondMs +
                   parts.ms};
}

std::optional<Timestamp> parse_epoch(std::string_view text, bool in_seconds) {
  const std::size_t point = in_seconds ? text.find('.') : std::string_view::npos;
  const std::string_view whole = text.substr(0, point);
  std::int64_t value = 0;
  const auto end = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (end.ec != std::errc() || end.ptr != whole.data() + whole.size()) return std::nullopt;
  if (value < kMinEpochMs || value > kMaxEpochMs) return std::nullopt;
  if (!in_seconds) return Timestamp{value};
  int ms = 0;
  if (point != std::string_view::npos) {
    std::string_view fraction = text.substr(point + 1);
    if (!take_fraction(fraction, ms) || !fraction.empty()) return std::nullopt;
  }
  const std::int64_t total = value * kSecondMs + (text.starts_with('-') ? -ms : ms);
  if (total < kMinEpochMs || total > kMaxEpochMs) return std::nullopt;
  return Timestamp{total};
}

}  // namespace

Status check_time_format(std::string_view format) {
  if (format == "iso" || format == "epoch_seconds" || format == "epoch_ms") return {};
  bool has_year = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char conversion = i + 1 < format.size() ? format[++i] : '\0';
    if (conversion == '\0' || !kConversions.contains(conversion)) {
      return error(Code::kInvalidArgument,
                   "\"%" + std::string(conversion == '\0' ? 0 : 1, conversion) +
                       "\" is no part of a time; allowed: %Y %y %m %d %b %H %I %p %M %S %f %z %%");
    }
    has_year = has_year || conversion == 'Y' || conversion == 'y';
  }
  if (has_year) return {};
  return error(Code::kInvalidArgument,
               "\"" + std::string(format) +
                   "\" names no year; allowed: iso, epoch_seconds, epoch_ms, or a format such as %d/%m/%Y %H:%M");
}

std::optional<int> parse_zone(std::string_view zone) {
  if (zone == "UTC") return 0;
  std::optional<int> minutes;
  if (!take_zone(zone, minutes) || !zone.empty()) return std::nullopt;
  return minutes;
}

std::optional<Timestamp> parse_time(std::string_view text, std::string_view format, int zone_minutes) {
  if (format == "epoch_seconds" || format == "epoch_ms") return parse_epoch(text, format == "epoch_seconds");
  if (format == "iso") {
    std::string spelled(text);
    // DuckDB and PostgreSQL shorten whole hours: "2024-03-01 10:00:00+00".
    if (text.size() > 19 && (text[text.size() - 3] == '+' || text[text.size() - 3] == '-')) spelled += ":00";
    auto time = parse_timestamp(spelled);
    // A zone of its own stands after the time of day: "…Z" or "…+01:00".
    const bool has_zone =
        text.ends_with('Z') || (text.size() > 10 && text.find_first_of("+-", 10) != std::string_view::npos);
    if (time && !has_zone) time->ms -= zone_minutes * kMinuteMs;
    return time;
  }
  Parts parts;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      if (!take(format[++i], text, parts)) return std::nullopt;
    } else {
      if (text.empty() || text[0] != format[i]) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return instant(parts, zone_minutes);
}

}  // namespace tessera::cli
