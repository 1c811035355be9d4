// What the definitions in force mean to the rest of the server: the sources, and the rules of identity. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/definition.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"

namespace tessera::catalog {

// A source's write key is no part of its document. Whoever publishes a source that needs a key makes one and attaches
// it to the change: DefinitionChange::attachment is the key's SHA-256 (32 bytes) and, of a public source, the key.
std::string key_attachment(std::string_view write_key, Trust trust);

// Whether publishing `next` needs a new key: there was no source (null), it has none, or it was trusted otherwise (a
// server's key is not known any more, and a public one is no secret).
bool needs_key(const Source* before, const Source& next);

struct SourcesAfter {
  Sources sources;
  std::vector<SourceId> changed;  // in the order of the set, each once
};

// The sources after `set` was applied on top of those `before`, with `after` for result. One that is new gets the next
// id; one that was taken out of force stays, disabled, since events name it. Keys change by attachments alone; a source
// that needs a key and was given none lets nothing in. kDataLoss if a document in force or an attachment cannot be
// read, which `check_changes` keeps from happening; then `next_id` is as it was.
Result<SourcesAfter> sources_after(const Sources& before, const ChangeSet& set, const Definitions& after,
                                   std::uint32_t& next_id);

// The rules in force; the default ones if none are published. kDataLoss if they cannot be read.
Result<IdentityRules> identity_rules_in_force(const Definitions& definitions);

}  // namespace tessera::catalog
