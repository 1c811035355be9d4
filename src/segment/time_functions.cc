#include "segment/time_functions.h"

#include "segment/window.h"

namespace tessera::segment {

namespace {

constexpr std::int64_t kDaySeconds = 86'400;

// Whole days of a duration, towards zero.
cel::Value days(std::span<const cel::Value> arguments, cel::Context&) {
  return cel::Value::integer(arguments[0].as_instant().seconds / kDaySeconds);
}

// The duration of so many days, fractions cut off; a number that no duration has is an error.
cel::Value of_days(std::span<const cel::Value> arguments, cel::Context&) {
  constexpr double kMost = 3'000'000;
  const cel::Value& number = arguments[0];
  const double days = number.is(cel::Kind::kInt)      ? static_cast<double>(number.as_int())
                      : number.is(cel::Kind::kUint)   ? static_cast<double>(number.as_uint())
                      : number.is(cel::Kind::kDouble) ? number.as_double()
                                                      : kMost + 1;
  if (!(days >= -kMost && days <= kMost)) return cel::Value::error("no number of days");
  return cel::Value::duration({static_cast<std::int64_t>(days) * kDaySeconds, 0});
}

cel::Value period(std::span<const cel::Value> arguments, cel::Context&) {
  const auto period = period_of(arguments[1].text());
  if (!period) return cel::Value::error("the periods are \"day\", \"week\" and \"month\"");
  const cel::Instant at = arguments[0].as_instant();
  const auto number = period_number({at.seconds * 1000 + at.nanos / 1'000'000}, *period, arguments[2].text());
  return number ? cel::Value::integer(*number) : cel::Value::error("there is no such time zone");
}

}  // namespace

void declare_time_functions(cel::Environment& environment) {
  environment.declare(
      {.name = "days", .parameters = {cel::TypeKind::kDuration}, .result = cel::TypeKind::kInt, .function = days});
  environment.declare({.name = std::string(kOfDays),
                       .parameters = {cel::TypeKind::kDyn},
                       .result = cel::TypeKind::kDuration,
                       .function = of_days});
  environment.declare({.name = "period",
                       .parameters = {cel::TypeKind::kTimestamp, cel::TypeKind::kString, cel::TypeKind::kString},
                       .result = cel::TypeKind::kInt,
                       .function = period});
}

}  // namespace tessera::segment
