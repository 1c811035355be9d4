// Reading times as files write them, by a format of strptime's conversions.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tessera::cli {

// A format is "iso" (as parse_timestamp takes it), "epoch_seconds" (with or without a fraction), "epoch_ms", or made of
// %Y %y %m %d %b %H %I %p %M %S %f %z %% and plain characters. kInvalidArgument says what is wrong with it.
Status check_time_format(std::string_view format);

// "UTC" or an offset such as "+01:00", in minutes.
std::optional<int> parse_zone(std::string_view zone);

// The instant that `text` names; nullopt if it does not follow the format or is no real date. Where the text has no
// zone of its own, it is `zone_minutes` ahead of UTC. Fractions below a millisecond are cut off.
std::optional<Timestamp> parse_time(std::string_view text, std::string_view format, int zone_minutes);

}  // namespace tessera::cli
