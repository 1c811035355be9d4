// What imports tell at their end, and what they send with: the same for rules and for mappings written in CEL.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/event_sender.h"
#include "cli/import_command.h"

namespace tessera::cli {

struct Refused {
  std::string path;                   // where all of them are
  std::vector<std::string> examples;  // the first few, as "line 17: why"
};

// `first_events`: of a dry run, the first event of each kind.
void tell_import(const ImportSummary& summary, bool dry_run, const std::string& first_events, const Refused& rows,
                 const Refused& events, std::ostream& out);

// A line of `first_events`.
std::string first_event(const std::string& kind, std::uint64_t line, const std::string& event_json);

// Why the import stopped before its end.
std::unexpected<Error> import_stopped(Error why, std::uint64_t accepted);

SenderOptions sender_options(const ImportOptions& options, const std::string& write_key);

}  // namespace tessera::cli
