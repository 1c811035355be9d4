// Parts of timestamps, in UTC or in a zone, and of durations.
#include "cel/instant.h"
#include "cel/library.h"
#include "cel/operation.h"
#include "cel/text.h"
#include "cel/zones.h"

namespace tessera::cel {

namespace {

using Part = std::int64_t (*)(const Civil& civil, std::int32_t nanos);

std::int64_t full_year(const Civil& civil, std::int32_t) {
  return civil.year;
}
std::int64_t month(const Civil& civil, std::int32_t) {
  return civil.month - 1;
}
std::int64_t date(const Civil& civil, std::int32_t) {
  return civil.day;
}
std::int64_t day_of_month(const Civil& civil, std::int32_t) {
  return civil.day - 1;
}
std::int64_t day_of_week(const Civil& civil, std::int32_t) {
  return civil.day_of_week;
}
std::int64_t day_of_year(const Civil& civil, std::int32_t) {
  return civil.day_of_year;
}
std::int64_t hours(const Civil& civil, std::int32_t) {
  return civil.second_of_day / 3600;
}
std::int64_t minutes(const Civil& civil, std::int32_t) {
  return civil.second_of_day / 60 % 60;
}
std::int64_t seconds(const Civil& civil, std::int32_t) {
  return civil.second_of_day % 60;
}
std::int64_t milliseconds(const Civil&, std::int32_t nanos) {
  return nanos / 1'000'000;
}

// "+01:00", "UTC" or "Europe/Berlin".
std::optional<std::int32_t> offset_of(std::string_view zone, std::int64_t at) {
  if (const auto fixed = parse_offset(zone)) return fixed;
  return zone.empty() ? 0 : zone_offset(zone, at);
}

template <Part kPart>
Value in_utc(std::span<const Value> arguments, Context&) {
  const Instant instant = arguments[0].as_instant();
  return Value::integer(kPart(civil_of(instant.seconds), instant.nanos));
}

template <Part kPart>
Value in_zone(std::span<const Value> arguments, Context& context) {
  const Instant instant = arguments[0].as_instant();
  const auto offset = offset_of(arguments[1].text(), instant.seconds);
  if (!offset) return fail(context, "there is no time zone '" + std::string(shown(arguments[1].text())) + "'");
  return Value::integer(kPart(civil_of(instant.seconds + *offset), instant.nanos));
}

template <Part kPart>
void add_part(FunctionTable& table, const std::string& name) {
  add_function(table, "timestamp . " + name + "() int", in_utc<kPart>);
  add_function(table, "timestamp . " + name + "(string) int", in_zone<kPart>);
}

Value whole_hours(std::span<const Value> arguments, Context&) {
  return Value::integer(arguments[0].as_instant().seconds / 3600);
}
Value whole_minutes(std::span<const Value> arguments, Context&) {
  return Value::integer(arguments[0].as_instant().seconds / 60);
}
Value whole_seconds(std::span<const Value> arguments, Context&) {
  return Value::integer(arguments[0].as_instant().seconds);
}
Value milliseconds_part(std::span<const Value> arguments, Context&) {
  return Value::integer(duration_milliseconds_part(arguments[0].as_instant()));
}

}  // namespace

void add_time_functions(FunctionTable& table) {
  add_part<full_year>(table, "getFullYear");
  add_part<month>(table, "getMonth");
  add_part<date>(table, "getDate");
  add_part<day_of_month>(table, "getDayOfMonth");
  add_part<day_of_week>(table, "getDayOfWeek");
  add_part<day_of_year>(table, "getDayOfYear");
  add_part<hours>(table, "getHours");
  add_part<minutes>(table, "getMinutes");
  add_part<seconds>(table, "getSeconds");
  add_part<milliseconds>(table, "getMilliseconds");
  add_function(table, "duration . getHours() int", whole_hours);
  add_function(table, "duration . getMinutes() int", whole_minutes);
  add_function(table, "duration . getSeconds() int", whole_seconds);
  add_function(table, "duration . getMilliseconds() int", milliseconds_part);
}

}  // namespace tessera::cel
