#include "json_schema/words.h"

#include <algorithm>
#include <span>

#include "base/closest.h"
#include "json_schema/keywords.h"
#include "json_schema/number.h"

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostListed = 20;

constexpr std::pair<std::uint8_t, std::string_view> kTypeWords[] = {
    {kString, "a text"},    {kNumber, "a number"}, {kInteger, "a whole number"},
    {kObject, "an object"}, {kArray, "a list"},    {kBoolean, "true or false"},
    {kNull, "null"},
};

std::string_view type_of(const json::value& value) {
  if (value.is_string()) return "a text";
  if (value.is_number()) return is_whole(value) ? "a number" : "a number with a fraction";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_null()) return "null";
  return value.get_bool() ? "true" : "false";
}

// "a, b, c", cut short with "…".
std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : std::span(words).first(std::min(words.size(), kMostListed))) {
    out += (out.empty() ? "" : ", ") + word;
  }
  if (words.size() > kMostListed) out += ", …";
  return out;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

std::string wrong_type(std::uint8_t types, const json::value& value) {
  std::string out = "must be ";
  bool first = true;
  for (const auto& [bit, words] : kTypeWords) {
    if ((types & bit) == 0) continue;
    if (!first) out += " or ";
    out += words;
    first = false;
  }
  return out.append(", not ").append(type_of(value));
}

std::string not_allowed(const Node& node, const json::value& value) {
  if (node.allowed_shown.empty()) return "is not allowed, whatever it is";
  std::string out = node.allowed_shown.size() == 1 ? "must be " : "must be one of ";
  out += listed(node.allowed_shown);
  if (!value.is_string()) return out;
  const std::vector<std::string_view> known(node.allowed_texts.begin(), node.allowed_texts.end());
  return out + did_you_mean(view(value.get_string()), known);
}

std::string wrong_size(const SizeRule& rule, std::string_view one, std::string_view many) {
  if (rule.most == UINT64_MAX) {
    return rule.least == 1 ? "must not be empty" : "must have at least " + counted(rule.least, one, many);
  }
  if (rule.least == 0) return "must have at most " + counted(rule.most, one, many);
  if (rule.least == rule.most) return "must have exactly " + counted(rule.most, one, many);
  return "must have " + std::to_string(rule.least) + " to " + counted(rule.most, one, many);
}

std::string unknown_property(const ObjectRules& rules, std::string_view name) {
  if (rules.properties.empty() && rules.patterns.empty()) return "is not known: nothing may stand here";
  std::vector<std::string_view> known;
  std::vector<std::string> names;
  for (const auto& [property, node] : rules.properties) {
    known.push_back(property);
    names.push_back(property);
  }
  const std::string meant = did_you_mean(name, known);
  if (!meant.empty()) return "is not known" + meant;
  if (names.empty()) return "is not known: no name like this may stand here";
  return "is not known; allowed are " + listed(names);
}

std::string no_alternative(const Compiled& compiled, const std::vector<NodeId>& schemas) {
  std::vector<std::string> titles;
  for (const NodeId id : schemas) {
    const Node* node = &compiled.nodes[id];
    if (node->reference) node = &compiled.nodes[*node->reference];
    if (!node->title.empty()) titles.push_back("\"" + node->title + "\"");
  }
  if (titles.size() == schemas.size()) return "is none of what may stand here: " + listed(titles);
  return "is none of the " + std::to_string(schemas.size()) + " forms that may stand here";
}

}  // namespace tessera::json_schema
