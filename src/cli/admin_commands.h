// `tessera digest` and `tessera status`: what a running server says of itself.
#pragma once

#include <ostream>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

// The hash over all state, and the position in the log that it stands for: "DIGEST at POSITION".
Status run_digest(const ServerOptions& options, std::ostream& out);

// The engine's counters, one a line.
Status run_status(const ServerOptions& options, std::ostream& out);

}  // namespace tessera::cli
