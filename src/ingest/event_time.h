// When an event happened: the times a sender states, corrected for its clock.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace tessera::ingest {

// A stated time as text or as a number's text: ISO 8601 (base/time.h), or milliseconds since 1970, whole or with
// decimals. nullopt for anything else, also for numbers before 1973-03-03 (below 10^11): those are seconds sent by
// mistake.
std::optional<Timestamp> parse_stated_time(std::string_view text);

// Segment's correction: received - (sent - original), for a clock that is wrong by the same amount at both moments.
// Without `sent` it is `original`. Never after `received`. nullopt before year 1: nothing could write it down.
std::optional<Timestamp> corrected_time(Timestamp original, std::optional<Timestamp> sent, Timestamp received);

}  // namespace tessera::ingest
