#include "identity/directory.h"

namespace tessera::identity {

Directory::Joining Directory::join(std::string_view group_id, PartId member, const Claim& claim,
                                   std::uint64_t& next_profile) {
  const bool is_public = claim.trust == catalog::Trust::kPublic;
  const std::string key = pointer_key(catalog::kGroupIdType, group_id);
  Joining joining;
  if (const Pointer* pointer = pointers_.find(key)) joining.group = pointer->part;
  if (is_public) {
    const bool group_known = joining.group.value != 0 && nodes_.find(joining.group)->known;
    const bool member_known = nodes_.find(PartId{find(ProfileId{member.value}).value})->known;
    if (group_known || member_known) {
      joining.refused = RefusalReason::kTrust;
      return joining;
    }
  }
  if (joining.group.value == 0) {
    const ProfileId id = profile_of_number(next_profile++);
    joining.group = {id.value};
    joining.created = true;
    Node& node = nodes_.edit(joining.group);
    node.profile = id;
    node.created_at = claim.time;
    node.group = true;
    append_attached(node, {std::string(catalog::kGroupIdType), std::string(group_id), claim.source, claim.time,
                           !is_public, claim.offset});
    pointers_.edit(key) = {.part = joining.group, .trusted = !is_public};
  }
  if (!is_public && !nodes_.find(joining.group)->known) nodes_.edit(joining.group).known = true;
  const std::vector<PartId> have = members(joining.group);
  if (std::find(have.begin(), have.end(), member) != have.end()) return joining;
  if (have.size() >= kMaxGroupMembers) {
    joining.refused = RefusalReason::kTooMany;
  } else {
    groups_.edit(joining.group).push_back(member);
  }
  return joining;
}

std::vector<PartId> Directory::members(PartId group) {
  const GroupMembers* found = groups_.find(group);
  return found == nullptr ? GroupMembers{} : *found;
}

bool Directory::is_group(ProfileId id) {
  const Node* node = nodes_.find(PartId{id.value});
  return node != nullptr && node->group;
}

}  // namespace tessera::identity
