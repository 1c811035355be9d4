// `tessera mapping try`: mappings of a file are checked, and tried on a document, without a server. What the server
// does with a webhook is done here by the same code.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tessera::cli {

struct MappingTryOptions {
  std::string file;                  // definitions, YAML or JSON; those of kind "mapping" are tried
  std::string name;                  // the one of them to try; empty: all
  std::string input;                 // a JSON document; "-" is standard input; empty: the mappings are only checked
  std::vector<std::string> headers;  // "name=value"
  std::vector<std::string> query;    // "name=value"
  Timestamp received_at;
};

// Writes the events to `out`, as one JSON list, and to `problems` what is wrong: of mappings as "file:line: /pointer:
// …". False if anything is. An error if it cannot be found out: a file that cannot be read, no mapping in it, an option
// that is no "name=value".
Result<bool> run_mapping_try(const MappingTryOptions& options, std::istream& in, std::ostream& out,
                             std::ostream& problems);

}  // namespace tessera::cli
