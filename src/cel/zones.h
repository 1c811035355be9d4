// Time zones by their IANA names, out of a table that is compiled in (tools/zones.py): the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::cel {

// Seconds east of Greenwich in `zone` ("Europe/Berlin") at `seconds` since 1970. nullopt if there is no such zone.
// Any thread; the table is read at the first call.
std::optional<std::int32_t> zone_offset(std::string_view zone, std::int64_t seconds);

}  // namespace tessera::cel
