#include "catalog/document.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace tessera::catalog {

namespace json = boost::json;

Result<json::object> parse_document(std::string_view text, std::string_view what) {
  if (text.size() > kMaxDocumentBytes) {
    return error(Code::kInvalidArgument, std::string(what) + ": the document is larger than 1 MiB");
  }
  boost::system::error_code code;
  json::value value = json::parse(text, code);
  if (code) return error(Code::kInvalidArgument, std::string(what) + ": the document is not valid JSON");
  if (!value.is_object()) {
    return error(Code::kInvalidArgument, std::string(what) + ": the document must be a JSON object");
  }
  return std::move(value.get_object());
}

Status Fields::only(std::initializer_list<std::string_view> names) const {
  for (const auto& field : object_) {
    const std::string_view key(field.key().data(), field.key().size());
    if (std::ranges::find(names, key) != names.end()) continue;
    std::string allowed;
    for (const std::string_view name : names) allowed.append(allowed.empty() ? "" : ", ").append(name);
    return error(Code::kInvalidArgument,
                 "there is no field \"" + place(key.substr(0, 64)) + "\"; allowed are " + allowed);
  }
  return {};
}

Result<std::string> Fields::text(std::string_view name) const {
  const json::value* value = object_.if_contains(name);
  if (value == nullptr) return wrong(name, "is required");
  if (!value->is_string()) return wrong(name, "must be a text");
  return std::string(value->get_string().data(), value->get_string().size());
}

Result<bool> Fields::flag(std::string_view name, bool fallback) const {
  const json::value* value = object_.if_contains(name);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) return wrong(name, "must be true or false");
  return value->get_bool();
}

Result<double> Fields::number(std::string_view name, double low, double high) const {
  const json::value* value = object_.if_contains(name);
  if (value == nullptr) return wrong(name, "is required");
  double number = 0;
  if (value->is_int64()) {
    number = static_cast<double>(value->get_int64());
  } else if (value->is_uint64()) {
    number = static_cast<double>(value->get_uint64());
  } else if (value->is_double()) {
    number = value->get_double();
  } else {
    return wrong(name, "must be a number");
  }
  const bool in_range = number >= low && number <= high;
  if (!in_range) {
    return wrong(name, "must be from " + std::to_string(static_cast<std::int64_t>(low)) + " to " +
                           std::to_string(static_cast<std::int64_t>(high)));
  }
  return number;
}

Result<const json::array*> Fields::list(std::string_view name, std::size_t limit) const {
  const json::value* value = object_.if_contains(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) return wrong(name, "must be a list");
  if (value->get_array().size() > limit) return wrong(name, "may have at most " + std::to_string(limit) + " elements");
  return &value->get_array();
}

std::string Fields::place(std::string_view name) const {
  std::string place = where_;
  if (!place.empty()) place += '.';
  return place.append(name);
}

std::unexpected<Error> Fields::wrong(std::string_view name, std::string_view must) const {
  return error(Code::kInvalidArgument, "\"" + place(name) + "\" " + std::string(must));
}

bool is_name(std::string_view name, std::size_t limit, std::string_view also) {
  return !name.empty() && name.size() <= limit && std::ranges::all_of(name, [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  });
}

}  // namespace tessera::catalog
