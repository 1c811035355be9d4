#include "cel/zones.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <vector>

#include "base/result.h"
#include "cel/instant.h"

namespace tessera::cel {

namespace {

// The table is longer than what every compiler must take; ours do.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
constexpr std::string_view kTable =
#include "cel/zones.inc"
    ;
#pragma GCC diagnostic pop

constexpr std::int64_t kSecondsPerDay = 86'400;

// A day of each year, such as "the last Sunday in March", and the seconds from its midnight in local time.
struct YearlyDay {
  int month = 0;
  int week = 0;     // 1 to 5; 5 is the last
  int weekday = 0;  // 0 is Sunday
  std::int64_t seconds = 0;
};

struct Zone {
  std::vector<std::int64_t> times;    // of transitions, ascending
  std::vector<std::int32_t> offsets;  // offsets[0] before times[0], offsets[i + 1] from times[i] on
  std::int32_t standard = 0;          // after the last transition
  std::int32_t summer = 0;            // as `standard` where there is none
  YearlyDay begins;
  YearlyDay ends;
};

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

template <class T>
T number(std::string_view text, int base = 10) {
  T result = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), result, base);
  TESSERA_ASSERT(code == std::errc() && end == text.data() + text.size());
  return result;
}

YearlyDay read_day(std::string_view text) {
  YearlyDay day;
  day.month = number<int>(take_until(text, '.'));
  day.week = number<int>(take_until(text, '.'));
  day.weekday = number<int>(take_until(text, '.'));
  day.seconds = number<std::int64_t>(text);
  return day;
}

// A line less its names.
Zone read_zone(std::string_view line) {
  Zone zone;
  std::string_view tail = take_until(line, ' ');
  zone.standard = number<std::int32_t>(take_until(tail, '/'));
  zone.summer = zone.standard;
  if (!tail.empty()) {
    zone.summer = number<std::int32_t>(take_until(tail, '/'));
    zone.begins = read_day(take_until(tail, '/'));
    zone.ends = read_day(tail);
  }
  std::vector<std::int32_t> offsets;
  std::string_view list = take_until(line, ' ');
  while (!list.empty()) offsets.push_back(number<std::int32_t>(take_until(list, ',')));
  zone.offsets.push_back(offsets.at(0));
  std::int64_t time = 0;
  while (!line.empty()) {
    const std::size_t size = std::min(line.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1), line.size());
    time += number<std::int64_t>(line.substr(1, size - 1), 36);
    zone.times.push_back(time);
    zone.offsets.push_back(offsets.at(static_cast<std::size_t>(line.front() - 'A')));
    line.remove_prefix(size);
  }
  return zone;
}

struct Zones {
  std::vector<Zone> zones;
  std::map<std::string_view, std::size_t> names;
};

Zones read_table() {
  Zones result;
  std::string_view text = kTable;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    std::string_view names = take_until(line, ' ');
    while (!names.empty()) result.names.emplace(take_until(names, ','), result.zones.size());
    result.zones.push_back(read_zone(line));
  }
  return result;
}

// When `day` comes in `year`, in seconds since 1970 of local time.
std::int64_t local_seconds(const YearlyDay& day, std::int64_t year) {
  const std::int64_t first = days_of(year, day.month, 1);
  const std::int64_t next = day.month == 12 ? days_of(year + 1, 1, 1) : days_of(year, day.month + 1, 1);
  const int first_weekday = static_cast<int>(((first + 4) % 7 + 7) % 7);
  std::int64_t date = first + (day.weekday - first_weekday + 7) % 7 + 7 * (day.week - 1);
  while (date >= next) date -= 7;
  return date * kSecondsPerDay + day.seconds;
}

std::int32_t tail_offset(const Zone& zone, std::int64_t seconds) {
  if (zone.begins.month == 0) return zone.standard;
  const std::int64_t year = civil_of(seconds + zone.standard).year;
  const std::int64_t begins = local_seconds(zone.begins, year) - zone.standard;
  const std::int64_t ends = local_seconds(zone.ends, year) - zone.summer;
  const bool summer = begins < ends ? begins <= seconds && seconds < ends : seconds < ends || begins <= seconds;
  return summer ? zone.summer : zone.standard;
}

}  // namespace

std::optional<std::int32_t> zone_offset(std::string_view zone, std::int64_t seconds) {
  static const Zones kZones = read_table();
  const auto found = kZones.names.find(zone);
  if (found == kZones.names.end()) return std::nullopt;
  const Zone& rules = kZones.zones[found->second];
  const auto after = std::upper_bound(rules.times.begin(), rules.times.end(), seconds);
  if (after == rules.times.end()) return tail_offset(rules, seconds);
  return rules.offsets[static_cast<std::size_t>(after - rules.times.begin())];
}

}  // namespace tessera::cel
