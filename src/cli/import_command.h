// `tessera import`: reads a file, groups its rows into events by a mapping, and sends them to a source.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

struct ImportOptions {
  std::string file;     // CSV or NDJSON, each also gzipped, or Parquet
  std::string mapping;  // YAML: rules, or a mapping definition; docs/import.md
  std::string source;   // the source's name; empty: as the mapping definition says
  ServerOptions server;
  std::string write_key;  // else the environment's TESSERA_WRITE_KEY, else asked of the server (public sources only)
  std::vector<std::string> headers;  // "name=value": what a mapping in CEL sees as the headers of every row
  std::string rejects;               // where refused rows go; empty: FILE.rejects.csv
  std::string temp_dir;              // for rows while they are grouped; empty: the system's
  bool dry_run = false;              // everything but sending; shows the first event of each kind
  std::uint64_t limit = 0;           // at most so many events; 0: all
  int requests_at_once = 4;
  bool terminal = false;  // draw a bar, else plain lines
};

struct ImportSummary {
  std::uint64_t rows_read = 0;
  std::uint64_t rows_rejected = 0;  // also those held back because another row of their group was refused
  std::uint64_t rows_unused = 0;    // that had no value in the group_by columns of any event
  std::uint64_t events_made = 0;
  std::map<std::string, std::uint64_t> events_by_kind;
  std::uint64_t events_accepted = 0;  // by the server; those that it had already are among them
  std::uint64_t events_rejected = 0;  // by the server
  std::uint64_t retries = 0;
};

// Importing the same file with the same mapping again changes nothing: every event's id follows from its rows. Rows and
// events that were refused are told and kept in files, and do not stop the rest. An error means that the import stopped
// before the end; run it again when its cause is gone.
Result<ImportSummary> run_import(const ImportOptions& options, std::ostream& out);

}  // namespace tessera::cli
