#include "http/handlers/profile_key.h"

#include "catalog/identifier.h"

namespace tessera::http {

Result<ProfileKey> parse_profile_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (const auto id = parse_profile_id(text)) return ProfileKey{id, {}, {}};
    return error(Code::kInvalidArgument, "\"" + std::string(text.substr(0, 100)) +
                                             "\" is neither a profile's id nor an identifier: write type:value, as in "
                                             "email:jane%40example.com");
  }
  if (colon == 0 || colon + 1 == text.size()) {
    return error(Code::kInvalidArgument,
                 "an identifier is type:value, as in email:jane%40example.com: one side is empty");
  }
  return ProfileKey{std::nullopt, std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Status check_type(std::string_view type, const catalog::IdentityRules& rules) {
  if (rules.rank(type) >= 0) return {};
  std::string known;
  for (const catalog::IdentifierType& each : rules.types) known += (known.empty() ? "" : ", ") + each.name;
  return error(Code::kInvalidArgument, "there is no identifier type \"" + std::string(type) + "\": there are " + known);
}

Status check_type(const ProfileKey& key, const catalog::IdentityRules& rules) {
  if (key.id || key.type == catalog::kGroupIdType) return {};
  return check_type(key.type, rules);
}

Result<ProfileId> find(engine::View& view, const ProfileKey& key) {
  return key.id ? view.find(*key.id) : view.find(key.type, key.value);
}

}  // namespace tessera::http
