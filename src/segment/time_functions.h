// What the language knows of time besides CEL's own: days(duration) and period(timestamp, "week", "Europe/Berlin").
#pragma once

#include "cel/environment.h"

namespace tessera::segment {

void declare_time_functions(cel::Environment& environment);

// For the flipping of comparisons with `now` (meetings.h): the duration of a whole number of days.
inline constexpr std::string_view kOfDays = "@of_days";

}  // namespace tessera::segment
