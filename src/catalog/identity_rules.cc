#include "catalog/identity_rules.h"

#include <algorithm>
#include <array>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "catalog/document.h"
#include "catalog/identifier.h"

namespace tessera::catalog {

namespace {

constexpr std::size_t kMaxTypes = 32;
constexpr std::size_t kMaxBlocked = 10'000;
constexpr double kMaxLimit = 10'000;

// What broken forms, tills and programs send for "nobody".
constexpr std::string_view kDefaultBlocked[] = {
    "-",
    "--",
    "-1",
    ".",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "0000000000",
    "[object object]",
    "a@a.com",
    "anonymous",
    "anonymous@anonymous.com",
    "customer",
    "default",
    "dummy",
    "email@example.com",
    "empty",
    "example@example.com",
    "false",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "guest",
    "info@example.com",
    "invalid",
    "missing",
    "n/a",
    "na",
    "nan",
    "nil",
    "no-reply@example.com",
    "nobody",
    "none",
    "none@none.com",
    "noreply@example.com",
    "not provided",
    "not set",
    "null",
    "null@null.com",
    "test",
    "test@example.com",
    "test@test.com",
    "true",
    "undefined",
    "unknown",
    "user",
    "user@example.com",
    "(none)",
    "(not set)",
    "+0000000000",
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

void sort_once(std::vector<std::string>& values) {
  std::ranges::sort(values);
  const auto rest = std::ranges::unique(values);
  values.erase(rest.begin(), rest.end());
}

std::vector<std::string> default_blocked_values() {
  std::vector<std::string> values(std::begin(kDefaultBlocked), std::end(kDefaultBlocked));
  sort_once(values);
  return values;
}

// A whole number from `low` to `high`.
Result<std::uint32_t> whole(const Fields& fields, std::string_view name, double low, double high) {
  TRY_ASSIGN(const double number, fields.number(name, low, high));
  const auto value = static_cast<std::uint32_t>(number);
  if (static_cast<double>(value) != number) return fields.wrong(name, "must be a whole number");
  return value;
}

Result<IdentifierType> parse_type(const boost::json::value& value, const std::string& where) {
  if (!value.is_object()) return error(Code::kInvalidArgument, "\"" + where + "\" must be an object");
  const Fields fields(value.get_object(), where);
  TRY(fields.only({"name", "limit", "anonymous", "per"}));
  IdentifierType type;
  TRY_ASSIGN(type.name, fields.text("name"));
  if (!is_name(type.name, 32, "_")) return fields.wrong("name", "must be 1 to 32 of a-z, 0-9 and _");
  if (type.name == kGroupIdType) return fields.wrong("name", "must not be group_id, which points at groups");
  TRY_ASSIGN(type.limit, whole(fields, "limit", 1, kMaxLimit));
  TRY_ASSIGN(type.anonymous, fields.flag("anonymous", false));
  if (const auto* per = value.get_object().if_contains("per")) {
    if (!per->is_object()) return fields.wrong("per", "must be an object with count and days");
    const Fields period(per->get_object(), where + ".per");
    TRY(period.only({"count", "days"}));
    TRY_ASSIGN(type.per_count, whole(period, "count", 1, 1000));
    TRY_ASSIGN(type.per_days, whole(period, "days", 1, 3650));
  }
  return type;
}

Result<std::vector<IdentifierType>> parse_types(const Fields& fields) {
  TRY_ASSIGN(const boost::json::array* list, fields.list("types", kMaxTypes));
  if (list == nullptr || list->empty()) return fields.wrong("types", "must list at least one identifier type");
  std::vector<IdentifierType> types;
  for (const auto& value : *list) {
    TRY_ASSIGN(IdentifierType type, parse_type(value, "types[" + std::to_string(types.size()) + "]"));
    if (std::ranges::find(types, type.name, &IdentifierType::name) != types.end()) {
      return fields.wrong("types", "has \"" + type.name + "\" twice");
    }
    types.push_back(std::move(type));
  }
  return types;
}

Result<std::vector<std::string>> parse_blocked(const Fields& fields) {
  TRY_ASSIGN(const boost::json::array* list, fields.list("blocked_values", kMaxBlocked));
  if (list == nullptr) return default_blocked_values();
  std::vector<std::string> values;
  for (const auto& value : *list) {
    if (!value.is_string() || value.get_string().size() > kMaxIdentifierBytes) {
      return fields.wrong("blocked_values[" + std::to_string(values.size()) + "]",
                          "must be a text of at most 256 bytes");
    }
    const auto& text = value.get_string();
    values.push_back(lower(standard_identifier("", {text.data(), text.size()})));
  }
  sort_once(values);
  return values;
}

Result<HubRule> parse_hub(const boost::json::object& document, const Fields& fields) {
  const auto* value = document.if_contains("hub");
  if (value == nullptr) return HubRule{};
  if (!value->is_object()) return fields.wrong("hub", "must be an object with people and hours");
  const Fields hub(value->get_object(), "hub");
  TRY(hub.only({"people", "hours"}));
  HubRule rule;
  TRY_ASSIGN(rule.people, whole(hub, "people", 2, 10'000));
  TRY_ASSIGN(rule.hours, whole(hub, "hours", 1, 8760));
  return rule;
}

Result<IdentityRules> parse(std::string_view json) {
  TRY_ASSIGN(const boost::json::object document, parse_document(json, "identity rules"));
  const Fields fields(document, "");
  TRY(fields.only({"types", "blocked_values", "hub", "kind", "name", "owner", "description"}));
  IdentityRules rules;
  TRY_ASSIGN(rules.types, parse_types(fields));
  TRY_ASSIGN(rules.blocked_values, parse_blocked(fields));
  TRY_ASSIGN(rules.hub, parse_hub(document, fields));
  return rules;
}

}  // namespace

int IdentityRules::rank(std::string_view type) const {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i].name == type) return static_cast<int>(i);
  }
  return -1;
}

bool IdentityRules::is_anonymous(std::string_view type) const {
  const int at = rank(type);
  return at >= 0 && types[static_cast<std::size_t>(at)].anonymous;
}

bool IdentityRules::blocked(std::string_view value) const {
  if (value.empty()) return true;
  if (value.size() > kMaxIdentifierBytes) return false;
  std::array<char, kMaxIdentifierBytes> buffer;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    buffer[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return std::ranges::binary_search(blocked_values, std::string_view(buffer.data(), value.size()), std::less<>{},
                                    [](const std::string& text) { return std::string_view(text); });
}

const IdentityRules& default_identity_rules() {
  static const IdentityRules rules{.types = {{"user_id", 1, false},
                                             {"card", 5, false},
                                             {"email", 5, false},
                                             {"phone", 5, false},
                                             {"anonymous_id", 100, true}},
                                   .blocked_values = default_blocked_values()};
  return rules;
}

Result<IdentityRules> parse_identity_rules(std::string_view json) {
  auto rules = parse(json);
  if (!rules) return annotate(std::move(rules).error(), "identity rules");
  return rules;
}

std::string identity_rules_json(const IdentityRules& rules) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("types").begin_array();
  for (const auto& type : rules.types) {
    json.begin_object().key("name").string(type.name).key("limit").number(static_cast<std::int64_t>(type.limit));
    json.key("anonymous").boolean(type.anonymous);
    if (type.per_count != 0) {
      json.key("per").begin_object().key("count").number(std::uint64_t{type.per_count});
      json.key("days").number(std::uint64_t{type.per_days}).end_object();
    }
    json.end_object();
  }
  json.end_array().key("blocked_values").begin_array();
  for (const auto& value : rules.blocked_values) json.string(value);
  json.end_array().key("hub").begin_object().key("people").number(std::uint64_t{rules.hub.people});
  json.key("hours").number(std::uint64_t{rules.hub.hours}).end_object().end_object();
  return out;
}

}  // namespace tessera::catalog
