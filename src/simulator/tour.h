// What to look at once the grocer's past is in: a few lines with links and commands that work as they are printed.
#pragma once

#include <cstdint>
#include <ostream>

#include "base/result.h"
#include "http_client/client.h"
#include "simulator/retailer.h"
#include "simulator/simulate.h"

namespace tessera::simulator {

// Someone with an account, a card and several devices whom the server knows well; asks it for a few candidates.
// nullptr if it knows none of them.
const Person* find_well_known(http_client::Client& server, const Retailer& retailer);

void print_tour(const SimulateOptions& options, const Person* person, std::ostream& out);

}  // namespace tessera::simulator
