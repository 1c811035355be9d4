// Reading JSON documents of definitions. For this module's own sources.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json_schema/schema.h"

namespace tessera::catalog {

// The JSON object that `text` is. kInvalidArgument says at which line and column it ceases to be JSON.
Result<boost::json::value> parse_document(std::string_view text);

// A schema that is part of the build.
json_schema::Schema own_schema(std::string_view text);

// kInvalidArgument with the first thing that is wrong: "/trust: must be one of …".
Status check_document(const json_schema::Schema& schema, const boost::json::value& document);

// The rest are for documents that their schema has found right: members are there with their type, or not at all.
std::string text_member(const boost::json::object& object, std::string_view name, std::string_view fallback = {});
bool flag_member(const boost::json::object& object, std::string_view name, bool fallback);
double number_member(const boost::json::object& object, std::string_view name, double fallback);
const boost::json::array* list_member(const boost::json::object& object, std::string_view name);
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

std::string_view view(const boost::json::string& text);

}  // namespace tessera::catalog
