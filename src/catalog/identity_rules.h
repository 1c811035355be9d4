// The rules of identity: which identifier types there are, how they rank, how many a person may have, and which
// values point at nobody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::catalog {

struct IdentifierType {
  std::string name;         // [a-z0-9_]{1,32}; not "group_id", which points at groups
  std::uint32_t limit = 0;  // how many values one person may have
  bool anonymous = false;   // points at a device or browser, not at a known person
  // At most `per_count` new values of one person within any `per_days` days; 0: no such limit.
  std::uint32_t per_count = 0;
  std::uint32_t per_days = 0;
};

// A value that would link this many people to another within so many hours is a hub (a till's own card, a shop's own
// address) and is held back: it links nobody any more.
struct HubRule {
  std::uint32_t people = 20;
  std::uint32_t hours = 24;
};

// The type of identifier that points at a group (a household, a company); no rule names it.
inline constexpr std::string_view kGroupIdType = "group_id";

struct IdentityRules {
  std::vector<IdentifierType> types;        // highest priority first; at most 32
  std::vector<std::string> blocked_values;  // for every type; lower case (ASCII), sorted, each once
  HubRule hub;

  // The rank of a type, 0 the highest; -1 if there is no such type.
  int rank(std::string_view type) const;
  bool is_anonymous(std::string_view type) const;  // false if there is no such type
  // Whether `value`, in standard form, points at nobody: it is empty or, in lower case, one of the blocked values.
  bool blocked(std::string_view value) const;
};

// user_id (1), card (5), email (5), phone (5), anonymous_id (100); and the values that broken systems send for
// "nobody".
const IdentityRules& default_identity_rules();

// Definitions of kind "identity_rules" (schemas/identity_rules.json): there is one, of the same name.
inline constexpr std::string_view kIdentityRulesName = "identity_rules";
struct Kind;
Kind identity_rules_kind();

// Reads the rules' document; "kind" and "name" may be left out. kInvalidArgument tells the first thing that is wrong,
// and where. What `identity_rules_json` writes reads back the same.
Result<IdentityRules> parse_identity_rules(std::string_view json);
std::string identity_rules_json(const IdentityRules& rules);

}  // namespace tessera::catalog
