// What points at a person in a request's path: an id, or an identifier in any spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/identity_rules.h"
#include "engine/engine.h"

namespace tessera::http {

struct ProfileKey {
  std::optional<ProfileId> id;
  std::string type;
  std::string value;
};
Result<ProfileKey> parse_profile_key(std::string_view text);

// An identifier type that the rules do not have would never be found: kInvalidArgument, naming those there are. A
// group's id counts as one.
Status check_type(const ProfileKey& key, const catalog::IdentityRules& rules);
Status check_type(std::string_view type, const catalog::IdentityRules& rules);  // of a person, not a group

Result<ProfileId> find(engine::View& view, const ProfileKey& key);

}  // namespace tessera::http
