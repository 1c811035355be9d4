// `tessera serve`: builds the objects, wires them, and serves until told to stop.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tessera::app {

struct ServeOptions {
  std::string data = "data";              // folder; made if it is not there
  std::string listen = "127.0.0.1:8080";  // address:port; port 0: any free one
  std::string tls_certificate;            // PEM; with tls_key, or neither
  std::string tls_key;
  std::string public_url;  // what browsers reach the server under; empty: as their Host header says
  std::string token_file;  // the first token is written there too, readable by its owner only
  int io_threads = 1;
  std::uint64_t cache_mb = 1280;      // decoded state kept in memory
  std::uint64_t analytics_mb = 1024;  // DuckDB's memory
  std::uint64_t segment_mb = 256;     // of the log's files
  std::uint64_t log_days = 7;         // how long sealed segments are kept; at most 30
  std::uint64_t cut_seconds = 10;
  std::string rank_at = "03:00";           // HH:MM, UTC: when everyone is compared anew each day
  std::uint64_t seen_limit = 200'000'000;  // message ids remembered
  double disk_reserve = 0.05;              // free share of the disk below which nothing is taken in
  bool accept_clock = false;
};

// Returns when SIGINT or SIGTERM came and everything is cut and closed.
Status serve(const ServeOptions& options);

}  // namespace tessera::app
