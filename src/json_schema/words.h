// How violations are told. For this module's own sources.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "json_schema/compiled.h"

namespace tessera::json_schema {

// "must be a text, not a number"
std::string wrong_type(std::uint8_t types, const boost::json::value& value);
// `must be one of "public", "server"`
std::string not_allowed(const Node& node, const boost::json::value& value);
// "must have 1 to 64 characters", "must have at least 2 elements", "must not be empty"
std::string wrong_size(const SizeRule& rule, std::string_view one, std::string_view many);
// `is not known; did you mean "name"?`
std::string unknown_property(const ObjectRules& rules, std::string_view name);
// "must have one of the forms …" or "… at least one …", by the titles of the schemas.
std::string no_alternative(const Compiled& compiled, const std::vector<NodeId>& schemas);

}  // namespace tessera::json_schema
