// Changes of definitions on their way into force: checked, written to the log, and answered once they are applied.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "catalog/kind.h"
#include "http/message.h"
#include "http/services.h"
#include "ingest/json_tree.h"

namespace tessera::http {

struct Proposal {
  catalog::ChangeSet set;
  // Write keys by source, as they are attached to changes; `propose` adds those that sources newly need.
  std::map<std::string, std::string> new_keys;
  bool dry_run = false;
};

// What a proposal came to.
struct Accepted {
  struct Made {
    const catalog::Definition* definition;      // as it is now; on a dry run as it would be
    const catalog::DefinitionVersion* version;  // the one that the change made
  };
  std::vector<Made> made;                              // by the changes of the set, in its order
  const std::map<std::string, std::string>& new_keys;  // of sources, to be shown this once; none on a dry run
  bool dry_run = false;                                // nothing was changed
};

// Checks `proposal` on a worker, and answers with all that is wrong with it (422), or with why it cannot be applied
// (404, 409, 413). Else submits it, unless it is a dry run; waits until it is in force, or refused by Core because
// another change came first (409); and answers with what `render` makes of it, on the connection's thread. Any thread.
using Render = std::move_only_function<Response(const Accepted&)>;
void propose(Services& services, Proposal proposal, Render render, Respond respond);

// 422, with all that is wrong; there is something.
Response invalid_definition(const std::vector<catalog::Problem>& problems);

// Who makes a change, as versions have it: the token of the request by the beginning of its digest ("token 1a2b3c4d"),
// by which tokens.json tells which it is.
std::string author(const Request& request);

// The header If-Match as a version to be replaced: a number, with or without quotes; "If-None-Match: *" is version 0.
// kInvalidArgument for anything else.
Result<std::optional<std::uint32_t>> asked_version(const Request& request);

// The document as it is kept: `object` without the members in `without` and white space between tokens, with "kind" and
// "name" in front if it has none. kInvalidArgument if a member is there twice in one object.
Result<std::string> document_text(ingest::JsonValue object, const catalog::DefinitionKey& key,
                                  std::initializer_list<std::string_view> without = {});
// The same of a request's body, {} if that is empty.
Result<std::string> document_text(std::string_view body, const catalog::DefinitionKey& key,
                                  std::initializer_list<std::string_view> without = {});

}  // namespace tessera::http
