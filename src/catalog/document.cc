#include "catalog/document.h"

#include <algorithm>
#include <boost/json/stream_parser.hpp>

namespace tessera::catalog {

namespace json = boost::json;

namespace {

std::string place_in(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Result<json::value> parse_document(std::string_view text) {
  json::parse_options options;
  options.max_depth = json_schema::kMaxNesting;
  json::stream_parser parser({}, options);
  boost::system::error_code failed;
  const std::size_t read = parser.write(text.data(), text.size(), failed);
  if (!failed) parser.finish(failed);
  if (failed) {
    return error(Code::kInvalidArgument,
                 "the document is not valid JSON: " + failed.message() + " at " + place_in(text, read));
  }
  json::value document = parser.release();
  if (!document.is_object()) return error(Code::kInvalidArgument, "the document must be a JSON object");
  return document;
}

json_schema::Schema own_schema(std::string_view text) {
  auto schema = json_schema::Schema::compile(text);
  TESSERA_ASSERT(schema.has_value());
  return *std::move(schema);
}

Status check_document(const json_schema::Schema& schema, const json::value& document) {
  const auto violations = schema.validate(document, 1);
  if (violations.empty()) return {};
  const auto& [pointer, message] = violations.front();
  return error(Code::kInvalidArgument, pointer.empty() ? "the document " + message : pointer + ": " + message);
}

std::string text_member(const json::object& object, std::string_view name, std::string_view fallback) {
  const json::value* value = object.if_contains(name);
  return std::string(value != nullptr ? view(value->get_string()) : fallback);
}

bool flag_member(const json::object& object, std::string_view name, bool fallback) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->get_bool() : fallback;
}

double number_member(const json::object& object, std::string_view name, double fallback) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->to_number<double>() : fallback;
}

const json::array* list_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? &value->get_array() : nullptr;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? &value->get_object() : nullptr;
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

}  // namespace tessera::catalog
