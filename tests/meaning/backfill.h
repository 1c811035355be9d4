// What history knows of people, for new questions: read from the rows of a Life, as from what is stored of events.
#pragma once

#include <span>
#include <string>

#include "engine/machines.h"

namespace tessera::meaning {

struct Row;

// The body of the next record of the backfill that is under way: of `parts` parts at most.
std::string next_backfill_step(engine::Machines& machines, std::span<const Row> history, std::uint64_t parts);

}  // namespace tessera::meaning
