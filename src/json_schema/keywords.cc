#include "json_schema/keywords.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "json_schema/number.h"
#include "json_schema/reference.h"
#include "json_schema/schema.h"

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

constexpr std::size_t kShownBytes = 100;          // of one allowed value, in messages
constexpr std::int64_t kPatternMemory = 1 << 20;  // of one compiled pattern

constexpr std::pair<std::string_view, std::uint8_t> kTypes[] = {
    {"null", kNull},     {"boolean", kBoolean}, {"object", kObject},   {"array", kArray},
    {"number", kNumber}, {"string", kString},   {"integer", kInteger},
};

std::uint8_t type_bit(const json::value& name) {
  if (!name.is_string()) return 0;
  const auto found =
      std::ranges::find(kTypes, view(name.get_string()), &std::pair<std::string_view, std::uint8_t>::first);
  return found == std::end(kTypes) ? std::uint8_t{0} : found->second;
}

// \u00e9 as RE2 writes it: \x{00e9}.
std::string for_re2(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == 'u' && i + 5 < text.size()) {
      out.append("\\x{").append(text.substr(i + 2, 4)).append("}");
      i += 5;
    } else {
      out.append(text.substr(i, 2));
      ++i;
    }
  }
  return out;
}

}  // namespace

std::unexpected<Error> wrong_schema(std::string_view pointer, std::string_view message) {
  std::string where = "the schema";
  if (!pointer.empty()) where.append(", at ").append(pointer.substr(0, 500));
  return error(Code::kInvalidArgument, where + ": " + std::string(message));
}

Result<Pattern> make_pattern(std::string_view text, std::string_view pointer) {
  if (text.size() > kMaxPatternBytes) {
    return wrong_schema(pointer, "a pattern has at most " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  Pattern pattern{std::string(text), std::make_unique<re2::RE2>(for_re2(text), options)};
  if (!pattern.expression->ok()) {
    return wrong_schema(pointer, "no pattern that RE2 takes: " + pattern.expression->error());
  }
  return pattern;
}

bool is_above_zero(const json::value& number) {
  return compare(number, json::value(0)) == std::partial_ordering::greater;
}

std::unexpected<Error> Keywords::wrong(std::string_view name, std::string_view must) const {
  std::string pointer(pointer_);
  append_part(pointer, name);
  return wrong_schema(pointer, must);
}

Status Keywords::title(std::string& to) const {
  const json::value* title = schema_.if_contains("title");
  if (title != nullptr && title->is_string()) to = view(title->get_string()).substr(0, kShownBytes);
  return {};
}

Status Keywords::types(std::uint8_t& to) const {
  constexpr std::string_view kMust =
      "must be of null, boolean, object, array, number, string, integer, or a list of them";
  const json::value* type = schema_.if_contains("type");
  if (type == nullptr) return {};
  if (!type->is_array()) {
    to = type_bit(*type);
  } else {
    for (const json::value& one : type->get_array()) {
      if (type_bit(one) == 0) return wrong("type", kMust);
      to |= type_bit(one);
    }
  }
  if (to == 0) return wrong("type", kMust);
  return {};
}

Status Keywords::allowed(Node& to) const {
  const json::value* list = schema_.if_contains("enum");
  const json::value* constant = schema_.if_contains("const");
  if (list == nullptr && constant == nullptr) return {};
  if (list != nullptr && !list->is_array()) return wrong("enum", "must be a list");
  std::vector<std::string> values;
  const auto take = [&](const json::value& value) {
    values.push_back(canonical(value));
    to.allowed_shown.push_back(json::serialize(value).substr(0, kShownBytes));
    if (value.is_string()) to.allowed_texts.emplace_back(view(value.get_string()));
  };
  const std::string only = constant != nullptr ? canonical(*constant) : std::string{};
  if (list != nullptr) {
    for (const json::value& value : list->get_array()) {
      if (constant == nullptr || canonical(value) == only) take(value);
    }
  } else {
    take(*constant);
  }
  std::ranges::sort(values);
  to.allowed = std::move(values);
  return {};
}

Status Keywords::pattern(std::optional<Pattern>& to) const {
  const json::value* pattern = schema_.if_contains("pattern");
  if (pattern == nullptr) return {};
  if (!pattern->is_string()) return wrong("pattern", "must be a text");
  TRY_ASSIGN(to, make_pattern(view(pattern->get_string()), std::string(pointer_) + "/pattern"));
  return {};
}

Status Keywords::flag(std::string_view name, bool& to) const {
  const json::value* value = schema_.if_contains(name);
  if (value == nullptr) return {};
  if (!value->is_bool()) return wrong(name, "must be true or false");
  to = value->get_bool();
  return {};
}

Status Keywords::number(std::string_view name, std::optional<json::value>& to) const {
  const json::value* value = schema_.if_contains(name);
  if (value == nullptr) return {};
  if (!value->is_number()) return wrong(name, "must be a number");
  to = *value;
  return {};
}

Status Keywords::sizes(std::string_view least, std::string_view most, SizeRule& to) const {
  TRY(size(least, to.least));
  return size(most, to.most);
}

Status Keywords::size(std::string_view name, std::uint64_t& to) const {
  const json::value* value = schema_.if_contains(name);
  if (value == nullptr) return {};
  const bool counts = value->is_number() && is_whole(*value) && compare(*value, json::value(0)) >= 0 &&
                      compare(*value, json::value(std::int64_t{1} << 53)) <= 0;
  if (!counts) return wrong(name, "must be a whole number of at least 0");
  to = value->is_double() ? static_cast<std::uint64_t>(value->get_double()) : value->to_number<std::uint64_t>();
  return {};
}

Status Keywords::names(std::string_view name, std::vector<std::string>& to) const {
  const json::value* list = schema_.if_contains(name);
  if (list == nullptr) return {};
  if (!list->is_array()) return wrong(name, "must be a list of texts");
  for (const json::value& one : list->get_array()) {
    if (!one.is_string()) return wrong(name, "must be a list of texts");
    to.emplace_back(view(one.get_string()));
  }
  return {};
}

}  // namespace tessera::json_schema
