// `tessera unmerge` and `tessera detach`: corrections of who is who (docs/identity.md).
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

struct CorrectionOptions {
  ServerOptions server;
  std::string profile;             // an id, or an identifier as type:value
  std::vector<std::string> parts;  // unmerge: those that are somebody else
  bool keep_apart = false;         // unmerge: no event may join the two again
  std::string identifier;          // detach: the wrong one, as type:value
};

// Both tell who came of it: each profile with its parts.
Status run_unmerge(const CorrectionOptions& options, std::ostream& out);
Status run_detach(const CorrectionOptions& options, std::ostream& out);

}  // namespace tessera::cli
