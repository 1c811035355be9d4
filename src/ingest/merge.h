// Joining JSON objects as text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "ingest/json_tree.h"

namespace tessera::ingest {

// `own` with the fields of `shared` that it lacks; where both have an object under one name, those are joined the same
// way, and no deeper. Values that are no objects count as absent. The result points into a document or into `out`,
// whose former content is lost; empty if neither is there.
std::string_view merged(JsonValue own, JsonValue shared, std::string& out);

// `object` with those of the named fields of `from` that it lacks and that are texts. As above.
std::string_view with_fields_of(JsonValue from, std::initializer_list<std::string_view> names, JsonValue object,
                                std::string& out);

}  // namespace tessera::ingest
