// `tessera simulate`: plays the simulated grocer into a server: its past as fast as the server takes it, then live.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "base/result.h"

namespace tessera::simulator {

struct SimulateOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string token;  // the server's bearer token
  // Publishes the grocer's sources, rules and segments (examples/grocer), as soon as the server answers: what filters
  // history sees only what comes after it. Empty: they are there already.
  std::function<Status()> publish;
  std::uint64_t seed = 1;             // the same seed makes the same town
  std::uint32_t households = 2'000;   // 1 … 500,000
  std::int32_t days = 120;            // of history, up to now; at most 3,660
  std::uint32_t live_rate = 0;        // events a second after the history; 0: none. At most 100,000
  std::uint32_t live_seconds = 0;     // for how long; 0: until interrupted
  bool only_if_empty = false;         // play no history into a server that knows people already
  bool tour = false;                  // print where to look once the history is in
  std::string truth_path;             // who is who, as JSON lines; empty: not written
  bool terminal = false;              // progress is one line that is written over
  std::function<bool()> interrupted;  // asked often; true ends it in good order. May be empty
  // How the tour's command lines are to be written.
  std::string command = "tessera";
  std::string token_file;  // shown instead of the token itself
};

// Runs to the end of the history, of live_seconds, or until interrupted. Errors: kInvalidArgument (options), those of
// `publish`, what the server answers, kUnavailable (nobody answers for a minute).
Status run_simulate(const SimulateOptions& options, std::ostream& out);

}  // namespace tessera::simulator
