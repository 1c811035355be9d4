// Definitions as the API shows them.
#pragma once

#include <string>

#include "base/json.h"
#include "catalog/definition.h"

namespace tessera::http {

// One of a list: its newest version, the one in force, and owner and description of what is in force, or else newest.
void write_summary(const catalog::Definition& definition, JsonWriter& json);

// One version, without its document.
void write_version(const catalog::Definition& definition, const catalog::DefinitionVersion& version, JsonWriter& json);

// One version of a definition, with its document.
std::string definition_json(const catalog::Definition& definition, const catalog::DefinitionVersion& version);

}  // namespace tessera::http
