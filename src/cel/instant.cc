#include "cel/instant.h"

#include <array>

namespace tessera::cel {

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kSecondsPerDay = 86'400;

Wide nanos_of(Instant instant) {
  return Wide{instant.seconds} * kNanosPerSecond + instant.nanos;
}

std::optional<Instant> timestamp_of(Wide nanos) {
  Wide seconds = nanos / kNanosPerSecond;
  Wide rest = nanos % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  }
  const Instant instant{static_cast<std::int64_t>(seconds), static_cast<std::int32_t>(rest)};
  return is_valid_timestamp(instant) ? std::optional(instant) : std::nullopt;
}

std::optional<Instant> duration_of(Wide nanos) {
  const Wide limit = Wide{kMaxDurationSeconds} * kNanosPerSecond;
  if (nanos > limit || nanos < -limit) return std::nullopt;
  return Instant{static_cast<std::int64_t>(nanos / kNanosPerSecond),
                 static_cast<std::int32_t>(nanos % kNanosPerSecond)};
}

// Takes exactly `count` digits off the front.
bool take_digits(std::string_view& text, std::size_t count, int* out) {
  if (text.size() < count) return false;
  *out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    *out = *out * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" as nanoseconds; false without a digit or with more than nine.
bool take_fraction(std::string_view& text, std::int32_t* nanos) {
  *nanos = 0;
  if (!take(text, ".")) return true;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (++digits > 9) return false;
    *nanos = *nanos * 10 + (text.front() - '0');
  }
  for (int i = digits; i < 9; ++i) *nanos *= 10;
  return digits > 0;
}

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  out += digits;
}

// ".5", without trailing zeros; nothing for 0.
void append_fraction(std::string& out, std::int32_t nanos) {
  if (nanos == 0) return;
  out += '.';
  append_padded(out, nanos, 9);
  while (out.back() == '0') out.pop_back();
}

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
constexpr std::array<Unit, 9> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"\xC2\xB5s", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", kNanosPerSecond},
                                      {"m", 60 * kNanosPerSecond},
                                      {"h", 3600 * kNanosPerSecond},
                                      {"d", kSecondsPerDay* kNanosPerSecond},
                                      {"w", 7 * kSecondsPerDay* kNanosPerSecond}}};

// "1.5h" off the front, as nanoseconds.
bool take_amount(std::string_view& text, Wide* nanos) {
  Wide whole = 0;
  Wide fraction = 0;
  Wide scale = 1;
  bool digits = false;
  bool point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
      if (point && scale < Wide{1'000'000'000'000'000}) {
        fraction = fraction * 10 + (c - '0');
        scale *= 10;
      } else if (!point && (whole = whole * 10 + (c - '0')) > Wide{kMaxDurationSeconds} * kNanosPerSecond) {
        return false;
      }
    } else {
      break;
    }
  }
  const std::size_t length = std::min(text.find_first_of("0123456789."), text.size());
  for (const Unit& unit : kUnits) {
    if (digits && text.substr(0, length) == unit.name) {
      text.remove_prefix(length);
      *nanos = whole * unit.nanos + fraction * unit.nanos / scale;
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_valid_timestamp(Instant timestamp) {
  return timestamp.seconds >= kMinTimestampSeconds && timestamp.seconds <= kMaxTimestampSeconds;
}

std::optional<Instant> add_to_timestamp(Instant timestamp, Instant duration) {
  return timestamp_of(nanos_of(timestamp) + nanos_of(duration));
}

std::optional<Instant> subtract_from_timestamp(Instant timestamp, Instant duration) {
  return timestamp_of(nanos_of(timestamp) - nanos_of(duration));
}

std::optional<Instant> difference(Instant timestamp, Instant earlier) {
  const auto result = duration_of(nanos_of(timestamp) - nanos_of(earlier));
  if (!result || result->seconds > kMaxDifferenceSeconds || result->seconds < -kMaxDifferenceSeconds) {
    return std::nullopt;
  }
  return result;
}

std::optional<Instant> add_durations(Instant a, Instant b) {
  return duration_of(nanos_of(a) + nanos_of(b));
}

std::optional<Instant> negate_duration(Instant duration) {
  return duration_of(-nanos_of(duration));
}

std::int64_t duration_milliseconds_part(Instant duration) {
  return duration.nanos / 1'000'000;
}

bool is_leap_year(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

std::int64_t days_of(std::int64_t year, int month, int day) {
  // Days from civil, Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

Civil civil_of(std::int64_t seconds) {
  std::int64_t days = seconds / kSecondsPerDay;
  std::int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * from_march + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(from_march - (153 * month + 2) / 5 + 1);
  civil.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
  civil.day_of_year = static_cast<int>(days - days_of(civil.year, 1, 1));
  civil.day_of_week = static_cast<int>(((days + 4) % 7 + 7) % 7);
  civil.second_of_day = static_cast<int>(rest);
  return civil;
}

std::optional<std::int32_t> parse_offset(std::string_view text) {
  const bool west = take(text, "-");
  if (!west) take(text, "+");
  int hours = 0;
  int minutes = 0;
  if (!take_digits(text, 2, &hours) || !take(text, ":") || !take_digits(text, 2, &minutes) || !text.empty()) {
    return std::nullopt;
  }
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int32_t seconds = hours * 3600 + minutes * 60;
  return west ? -seconds : seconds;
}

std::optional<Instant> parse_timestamp(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_digits(text, 4, &year) || !take(text, "-") || !take_digits(text, 2, &month) || !take(text, "-") ||
      !take_digits(text, 2, &day) || !take(text, "Tt ")) {
    return std::nullopt;
  }
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_digits(text, 2, &hour) || !take(text, ":") || !take_digits(text, 2, &minute) || !take(text, ":") ||
      !take_digits(text, 2, &second)) {
    return std::nullopt;
  }
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const int last = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap_year(year) ? 1 : 0);
  if (day > last || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  Instant instant;
  if (!take_fraction(text, &instant.nanos)) return std::nullopt;
  std::int32_t offset = 0;
  if (text != "Z" && text != "z") {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const auto parsed = parse_offset(text);
    if (!parsed) return std::nullopt;
    offset = *parsed;
  }
  instant.seconds = days_of(year, month, day) * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset;
  return is_valid_timestamp(instant) ? std::optional(instant) : std::nullopt;
}

std::optional<Instant> parse_duration(std::string_view text) {
  const bool negative = take(text, "-");
  if (!negative) take(text, "+");
  if (text == "0") return Instant{};
  if (text.empty()) return std::nullopt;
  Wide total = 0;
  while (!text.empty()) {
    Wide nanos = 0;
    if (!take_amount(text, &nanos)) return std::nullopt;
    total += nanos;
    if (!duration_of(total)) return std::nullopt;
  }
  return duration_of(negative ? -total : total);
}

void append_timestamp(std::string& out, Instant timestamp) {
  const Civil civil = civil_of(timestamp.seconds);
  append_padded(out, civil.year, 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
  out += 'T';
  append_padded(out, civil.second_of_day / 3600, 2);
  out += ':';
  append_padded(out, civil.second_of_day / 60 % 60, 2);
  out += ':';
  append_padded(out, civil.second_of_day % 60, 2);
  append_fraction(out, timestamp.nanos);
  out += 'Z';
}

void append_duration(std::string& out, Instant duration) {
  const bool negative = duration.seconds < 0 || duration.nanos < 0;
  if (negative) out += '-';
  out += std::to_string(negative ? -duration.seconds : duration.seconds);
  append_fraction(out, negative ? -duration.nanos : duration.nanos);
  out += 's';
}

}  // namespace tessera::cel
