#include "http/time_steps.h"

#include <array>
#include <chrono>
#include <cstdlib>

#include "cel/zones.h"
#include "segment/window.h"

namespace tessera::http {

namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 4> kWords = {"hour", "day", "week", "month"};

std::int64_t offset_ms(Timestamp at, std::string_view zone) {
  const std::int64_t seconds = chrono::floor<chrono::seconds>(chrono::milliseconds(at.ms)).count();
  return cel::zone_offset(zone, seconds).value_or(0) * kSecondMs;
}

// The instant at which clocks in the zone show `local`, which is given as if it were UTC.
Timestamp instant_of(Timestamp local, std::string_view zone) {
  const std::int64_t before = offset_ms(local + -kDayMs, zone);
  const std::int64_t after = offset_ms(local + kDayMs, zone);
  const Timestamp first = local + -before;
  if (offset_ms(first, zone) == before) return first;
  const Timestamp second = local + -after;
  return offset_ms(second, zone) == after ? second : first;  // neither: it is skipped
}

segment::Period period_of(Every every) {
  return every == Every::kDay    ? segment::Period::kDay
         : every == Every::kWeek ? segment::Period::kWeek
                                 : segment::Period::kMonth;
}

// An hour of the zone's clocks, which need not be one of UTC's.
Timestamp begin_of_hour(Timestamp at, std::string_view zone) {
  const std::int64_t local = at.ms + offset_ms(at, zone);
  return at + -(((local % kHourMs) + kHourMs) % kHourMs);
}

bool says_offset(std::string_view text) {
  const std::size_t time = text.find_first_of("T ");
  return time != std::string_view::npos && text.find_first_of("Z+-", time) != std::string_view::npos;
}

}  // namespace

std::optional<Every> every_of(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i] == word) return static_cast<Every>(i);
  }
  return std::nullopt;
}

bool is_zone(std::string_view zone) {
  return cel::zone_offset(zone, 0).has_value();
}

std::optional<Timestamp> parse_zoned(std::string_view text, std::string_view zone) {
  const auto parsed = parse_timestamp(text);
  if (!parsed || says_offset(text)) return parsed;
  return instant_of(*parsed, zone);
}

std::string zoned_text(Timestamp at, std::string_view zone) {
  const std::int64_t offset = offset_ms(at, zone);
  std::string text = to_text(at + offset);
  if (offset == 0) return text;
  const std::int64_t minutes = std::abs(offset) / kMinuteMs;
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  text.back() = offset < 0 ? '-' : '+';
  return text + two(minutes / 60) + ":" + two(minutes % 60);
}

Result<std::vector<Timestamp>> time_steps(Timestamp from, Timestamp to, Every every, std::string_view zone) {
  std::vector<Timestamp> begins;
  const segment::Period period = period_of(every);
  std::int64_t number = segment::period_number(from, period, zone).value_or(0);
  Timestamp begin = every == Every::kHour ? begin_of_hour(from, zone) : segment::period_begin(number, period, zone);
  while (begin < to) {
    if (begins.size() == kMaxTimeSteps) {
      return error(Code::kInvalidArgument,
                   "these are more than " + std::to_string(kMaxTimeSteps) + " steps: take larger ones, or less time");
    }
    begins.push_back(begin);
    if (every == Every::kHour) {
      begin = begin + kHourMs;
      continue;
    }
    do {  // a zone that crossed the date line skipped a day, which begins when the next one does
      begin = segment::period_begin(++number, period, zone);
    } while (begin == begins.back());
  }
  return begins;
}

}  // namespace tessera::http
