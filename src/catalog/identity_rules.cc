#include "catalog/identity_rules.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <set>

#include "base/json.h"
#include "catalog/document.h"
#include "catalog/identifier.h"
#include "catalog/kind.h"
#include "catalog/schemas.h"

namespace tessera::catalog {

namespace {

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

// A member that its schema has found to be a whole number of some thousands at most.
std::uint32_t whole(const boost::json::object& object, std::string_view name) {
  return static_cast<std::uint32_t>(number_member(object, name, 0));
}

// What the schema cannot say.
void check(const boost::json::object& document, const Report& report) {
  std::set<std::string> names;
  for (const auto& type : *list_member(document, "types")) {
    const std::string name = text_member(type.get_object(), "name");
    const std::string place = "/types/" + std::to_string(names.size()) + "/name";
    if (!names.insert(name).second) return report(place, "there is a type \"" + name + "\" already");
  }
  const auto* values = list_member(document, "blocked_values");
  for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
    if ((*values)[i].get_string().size() <= kMaxIdentifierBytes) continue;
    report("/blocked_values/" + std::to_string(i), "must have at most 256 bytes, as identifiers have");
  }
}

IdentifierType read_type(const boost::json::object& document) {
  IdentifierType type{.name = text_member(document, "name"),
                      .limit = whole(document, "limit"),
                      .anonymous = flag_member(document, "anonymous", false)};
  if (const auto* per = object_member(document, "per")) {
    type.per_count = whole(*per, "count");
    type.per_days = whole(*per, "days");
  }
  return type;
}

IdentityRules read(const boost::json::object& document) {
  IdentityRules rules;
  for (const auto& type : *list_member(document, "types")) rules.types.push_back(read_type(type.get_object()));
  if (const auto* values = list_member(document, "blocked_values")) {
    for (const auto& value : *values) {
      rules.blocked_values.push_back(lower(standard_identifier("", view(value.get_string()))));
    }
    sort_once(rules.blocked_values);
  } else {
    rules.blocked_values = default_blocked_values();
  }
  if (const auto* hub = object_member(document, "hub")) rules.hub = {whole(*hub, "people"), whole(*hub, "hours")};
  return rules;
}

Result<IdentityRules> parse(std::string_view json) {
  static const json_schema::Schema schema = own_schema(kIdentityRulesSchema);
  TRY_ASSIGN(boost::json::value document, parse_document(json));
  boost::json::object& object = document.get_object();
  for (const char* name : {"kind", "name"}) object.emplace(name, kIdentityRulesName);
  TRY(check_document(schema, document));
  Status right;
  check(object, [&right](const std::string& pointer, const std::string& message) {
    if (right) right = error(Code::kInvalidArgument, pointer + ": " + message);
  });
  TRY(std::move(right));
  return read(object);
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

Kind identity_rules_kind() {
  return {.name = kIdentityRulesName,
          .title = "The rules that make one person of many identifiers",
          .schema = kIdentityRulesSchema,
          .single = true,
          .check = [](const DefinitionKey&, const boost::json::value& document, const Definitions&,
                      const Report& report) { check(document.get_object(), report); }};
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
