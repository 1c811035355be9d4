#include "json_schema/compiled.h"

#include <algorithm>
#include <ranges>

#include "base/json.h"
#include "json_schema/number.h"

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

void append_canonical(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::vector<const json::key_value_pair*> members;
    for (const auto& member : *object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
    out += '{';
    for (const auto* member : members) {
      append_json_string(out, {member->key().data(), member->key().size()});
      append_canonical(out, member->value());
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      append_canonical(out, element);
      out += ',';
    }
    out += ']';
  } else if (const auto* text = value.if_string()) {
    append_json_string(out, view(*text));
  } else if (value.is_number()) {
    out += number_text(value);
  } else {
    out += value.is_null() ? "null" : value.get_bool() ? "true" : "false";
  }
}

}  // namespace

std::string canonical(const json::value& value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

bool is_nested_at_most(const json::value& value, int most) {
  if (const auto* object = value.if_object()) {
    return most > 0 && std::ranges::all_of(
                           *object, [most](const auto& member) { return is_nested_at_most(member.value(), most - 1); });
  }
  if (const auto* array = value.if_array()) {
    return most > 0 &&
           std::ranges::all_of(*array, [most](const auto& element) { return is_nested_at_most(element, most - 1); });
  }
  return true;
}

}  // namespace tessera::json_schema
