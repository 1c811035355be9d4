// Time cut into hours, days, weeks or months of a zone. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tessera::http {

enum class Every : std::uint8_t { kHour, kDay, kWeek, kMonth };
std::optional<Every> every_of(std::string_view word);  // "hour", "day", "week", "month"

inline constexpr std::size_t kMaxTimeSteps = 1'000;

// Whether there is a zone of that IANA name ("Europe/Berlin").
bool is_zone(std::string_view zone);

// As parse_timestamp, but what says no offset is meant in the zone's own time: "2026-11-01" is its midnight there. Of a
// time that comes twice the first is meant, of one that is skipped the first after it.
std::optional<Timestamp> parse_zoned(std::string_view text, std::string_view zone);

// In the zone's own time, with the offset: "2026-11-01T00:00:00.000+01:00"; "…Z" where there is none.
std::string zoned_text(Timestamp at, std::string_view zone);

// Where the steps begin that [from, to) reaches into: the first at or before `from`, the last before `to`. Weeks begin
// on Monday. `from` is before `to`. kInvalidArgument if there are more than kMaxTimeSteps.
Result<std::vector<Timestamp>> time_steps(Timestamp from, Timestamp to, Every every, std::string_view zone);

}  // namespace tessera::http
