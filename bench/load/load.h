// The load: keeps connections busy with requests, and measures.
//
// One thread, one epoll. Closed loop (as fast as answers come) or open loop (a fixed rate): then a latency counts from
// when its request should have been sent, whether or not a connection was free, so a stall of the server is felt by all
// who would have come meanwhile (no "coordinated omission"). 429 and 503 are obeyed: the same request is sent again
// after a pause, and counts as refused once for each time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "histogram.h"
#include "requests.h"

namespace tessera::bench {

struct LoadOptions {
  std::string address = "127.0.0.1";
  int port = 8080;
  int connections = 8;
  int depth = 1;    // requests in flight on each connection
  double rate = 0;  // requests a second in all; 0: as fast as answers come
  double seconds = 10;
  std::uint64_t requests = 0;  // stop after so many; 0: after `seconds`
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t requests = 0;        // answered with 2xx
  std::uint64_t events = 0;          // in them
  std::uint64_t refused = 0;         // 429, 503
  std::uint64_t failed = 0;          // any other answer, or a broken connection
  std::uint64_t bytes = 0;           // sent
  std::uint64_t slowest_second = 0;  // fewest events (or reads) answered in one whole second
  std::string first_failure;
  Histogram latency;
};

Result<LoadResult> run_load(const LoadOptions& options, const RequestOptions& requests);

// The cheapest HTTP server that reads whole requests and answers {"success":true}: what the generator, the kernel and
// HTTP cost by themselves. Serves until it is killed.
Status run_null_server(int port);

}  // namespace tessera::bench
