#include "identity/directory.h"

namespace tessera::identity {

namespace {

PartId root_of(ProfileId profile) {
  return {profile.value};
}
bool older(ProfileId a, ProfileId b) {
  return number_of(a) < number_of(b);
}

bool has_personal(const catalog::IdentityRules& rules, const std::vector<Attached>& all) {
  return std::any_of(all.begin(), all.end(), [&](const Attached& a) { return !rules.is_anonymous(a.type); });
}

}  // namespace

std::string_view reason_text(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kLimit:
      return "the person would have more values of this type than its limit";
    case RefusalReason::kTrust:
      return "a public source may not link this to a known person";
    case RefusalReason::kTooMany:
      return "the person has as many parts as one may have";
    case RefusalReason::kHeld:
      return "the value is held back, because it links too many people";
    case RefusalReason::kApart:
      return "an operator has said that these are different people";
  }
  return "";
}

// What has been found of one event's person so far.
struct Directory::Match {
  const catalog::IdentityRules& rules;
  const Claim& claim;
  ProfileId profile;                           // 0 until an identifier points at one
  PartId part;                                 // of the highest identifier that points anywhere; 0 until then
  std::string via;                             // that identifier's pointer key
  std::vector<event::Identifier> held;         // to be considered when all others have been
  std::vector<Attached> pending;               // that point at nobody yet, to be attached
  std::vector<event::Identifier> unconfirmed;  // that a server source now names for the first time

  bool is_public() const { return claim.trust == catalog::Trust::kPublic; }
};

Resolution Directory::resolve(const catalog::IdentityRules& rules, std::span<const event::Identifier> identifiers,
                              const Claim& claim, std::uint64_t& next_profile) {
  Resolution out;
  Match match{.rules = rules, .claim = claim};
  // An insertion sort by rank: there are few, and equals keep the event's order.
  std::array<std::pair<int, const event::Identifier*>, event::kMaxIdentifiers> space;
  std::size_t count = 0;
  for (const auto& identifier : identifiers) {
    const int rank = rules.rank(identifier.type);
    if (rank < 0 || count == space.size()) continue;
    std::size_t at = count++;
    for (; at > 0 && space[at - 1].first > rank; --at) space[at] = space[at - 1];
    space[at] = {rank, &identifier};
  }
  const std::span ranked(space.data(), count);
  for (const auto& [rank, identifier] : ranked) consider(match, *identifier, rank, out);
  for (const auto& identifier : match.held) consider_held(match, identifier, out);
  settle(match, next_profile, out);
  return out;
}

void Directory::consider(Match& match, const event::Identifier& identifier, int rank, Resolution& out) {
  const Pointer* pointer = pointers_.find(pointer_key(identifier.type, identifier.value));
  if (pointer == nullptr) {
    RefusalReason why = RefusalReason::kLimit;
    if (!adopt_new(match, identifier, why)) out.refusals.push_back({identifier, why, {}});
  } else if (pointer->held) {
    match.held.push_back(identifier);
  } else {
    consider_pointed(match, identifier, rank, out);
  }
}

// Nobody has it yet: it is to be attached.
bool Directory::adopt_new(Match& match, const event::Identifier& identifier, RefusalReason& why) {
  for (const Attached& pending : match.pending) {
    if (pending.type == identifier.type && pending.value == identifier.value) return true;
  }
  match.pending.push_back({std::string(identifier.type), std::string(identifier.value), match.claim.source,
                           match.claim.time, !match.is_public(), match.claim.offset});
  const bool fits =
      match.profile.value != 0 ? adopt_pending(match, match.profile, why) : within_limits(match, {}, match.pending);
  if (!fits) match.pending.pop_back();
  return fits;
}

void Directory::consider_pointed(Match& match, const event::Identifier& identifier, int rank, Resolution& out) {
  const std::string key = pointer_key(identifier.type, identifier.value);
  const Pointer pointer = *pointers_.find(key);
  const bool confirms =
      !pointer.trusted && !match.is_public() && !match.rules.types[static_cast<std::size_t>(rank)].anonymous;
  const ProfileId profile = find(ProfileId{pointer.part.value});
  RefusalReason why = RefusalReason::kLimit;
  bool kept = true;
  if (match.profile.value == 0) {
    kept = adopt_pending(match, profile, why);
    if (kept) {
      match.profile = profile;
      match.part = pointer.part;
      match.via = key;
    }
  } else if (profile != match.profile) {
    kept = may_merge(match, profile, why);
    if (kept) {
      nodes_.edit(match.part).links.push_back({pointer.part, match.via, key, match.claim.offset});
      merge(match, profile, identifier, out);
    }
    if (kept || why == RefusalReason::kLimit || why == RefusalReason::kApart) count_link(match, identifier, out);
  } else if (pointer.part != match.part) {
    remember_evidence(match, identifier, pointer.part);
  }
  if (!kept) {
    out.refusals.push_back({identifier, why, profile});
  } else if (confirms) {
    match.unconfirmed.push_back(identifier);
  }
}

// A held value says who an event is about only where nothing else does.
void Directory::consider_held(Match& match, const event::Identifier& identifier, Resolution& out) {
  const Pointer pointer = *pointers_.find(pointer_key(identifier.type, identifier.value));
  RefusalReason why = RefusalReason::kHeld;
  const bool alone = match.profile.value == 0 && match.pending.empty();
  if (alone && pointer.part.value != 0) {
    match.profile = find(ProfileId{pointer.part.value});
    match.part = pointer.part;
  } else if (!alone || !adopt_new(match, identifier, why)) {
    const ProfileId points_at = pointer.part.value == 0 ? ProfileId{} : find(ProfileId{pointer.part.value});
    if (points_at.value == 0 || points_at != match.profile) out.refusals.push_back({identifier, why, points_at});
  }
}

// It joined two people, or would have: too many in too short a time, and it is a hub.
void Directory::count_link(Match& match, const event::Identifier& identifier, Resolution& out) {
  Pointer& pointer = pointers_.edit(pointer_key(identifier.type, identifier.value));
  const auto hour = static_cast<std::uint32_t>(match.claim.time.ms / kHourMs);
  if (pointer.people == 0 || hour - pointer.since_hour >= match.rules.hub.hours) {
    pointer.since_hour = hour;
    pointer.people = 0;
  }
  if (++pointer.people < match.rules.hub.people) return;
  pointer.held = true;
  out.held.push_back(identifier);
}

// The two parts are one person already; now there is another reason why.
void Directory::remember_evidence(const Match& match, const event::Identifier& identifier, PartId other) {
  const std::string by = pointer_key(identifier.type, identifier.value);
  const auto says_so = [&](const Link& l, PartId to, const std::string& via, const std::string& of) {
    return l.to == to && l.via == via && l.by == of;
  };
  const Node* mine = nodes_.find(match.part);
  if (mine->links.size() >= kMaxEvidence) return;
  for (const Link& link : mine->links) {
    if (says_so(link, other, match.via, by)) return;
  }
  for (const Link& link : nodes_.find(other)->links) {
    if (says_so(link, match.part, by, match.via)) return;
  }
  nodes_.edit(match.part).links.push_back({other, match.via, by, match.claim.offset});
}

// May everything pending be attached to `profile`?
bool Directory::adopt_pending(Match& match, ProfileId profile, RefusalReason& why) {
  if (match.pending.empty()) return true;
  const Node* root = nodes_.find(root_of(profile));
  TESSERA_ASSERT(root != nullptr);
  if (match.is_public() && root->known && has_personal(match.rules, match.pending)) {
    why = RefusalReason::kTrust;
    return false;
  }
  why = RefusalReason::kLimit;
  return within_limits(match, all_attached(profile), match.pending);
}

bool Directory::told_apart(ProfileId a, ProfileId b) {
  for (const PartId part : parts(a)) {
    for (const PartId other : nodes_.find(part)->apart) {
      if (find(ProfileId{other.value}) == b) return true;
    }
  }
  return false;
}

bool Directory::may_merge(const Match& match, ProfileId other, RefusalReason& why) {
  const Node* mine = nodes_.find(root_of(match.profile));
  TESSERA_ASSERT(mine != nullptr);
  const std::size_t my_parts = 1 + mine->members.size();
  const bool mine_known = mine->known;
  const Node* theirs = nodes_.find(root_of(other));
  TESSERA_ASSERT(theirs != nullptr);
  if (my_parts + 1 + theirs->members.size() > kMaxParts) {
    why = RefusalReason::kTooMany;
    return false;
  }
  const bool theirs_known = theirs->known;
  std::vector<Attached> my_identifiers = all_attached(match.profile);
  my_identifiers.insert(my_identifiers.end(), match.pending.begin(), match.pending.end());
  const std::vector<Attached> their_identifiers = all_attached(other);
  if (match.is_public()) {
    const bool changes_known = (mine_known && has_personal(match.rules, their_identifiers)) ||
                               (theirs_known && has_personal(match.rules, my_identifiers));
    if (changes_known) {
      why = RefusalReason::kTrust;
      return false;
    }
  }
  if (told_apart(match.profile, other)) {
    why = RefusalReason::kApart;
    return false;
  }
  why = RefusalReason::kLimit;
  return within_limits(match, my_identifiers, their_identifiers);
}

// Moves all parts of the younger profile (or of the unknown one, beside a known one) to the other.
void Directory::merge(Match& match, ProfileId other, const event::Identifier& by, Resolution& out) {
  const bool mine_known = nodes_.find(root_of(match.profile))->known;
  const bool theirs_known = nodes_.find(root_of(other))->known;
  const bool keep_mine = mine_known != theirs_known ? mine_known : older(match.profile, other);
  const ProfileId into = keep_mine ? match.profile : other;
  const ProfileId from = keep_mine ? other : match.profile;

  Merge merge{from, into, parts(from), by};
  Node& old_root = nodes_.edit(root_of(from));
  old_root.members.clear();
  old_root.known = false;
  for (const PartId part : merge.parts) nodes_.edit(part).profile = into;
  Node& new_root = nodes_.edit(root_of(into));
  new_root.known = mine_known || theirs_known;
  new_root.members.insert(new_root.members.end(), merge.parts.begin(), merge.parts.end());
  match.profile = into;
  out.merges.push_back(std::move(merge));
}

// Every identifier has been considered: makes the profile if nothing pointed anywhere, and attaches what is new.
void Directory::settle(Match& match, std::uint64_t& next_profile, Resolution& out) {
  if (match.profile.value == 0) {
    const ProfileId id = profile_of_number(next_profile++);
    Node& node = nodes_.edit(root_of(id));
    node.profile = id;
    node.created_at = match.claim.time;
    match.profile = id;
    match.part = root_of(id);
    out.created = true;
  }
  out.profile = match.profile;
  out.part = match.part;
  attach(match, out);
  confirm(match, out);
  keep_new_refusals(out);
}

// A shared tablet is refused at every event: each (person, identifier) is reported the first time only.
void Directory::keep_new_refusals(Resolution& out) {
  std::erase_if(out.refusals, [&](const Refusal& refusal) {
    const std::uint64_t hash = hash64(pointer_key(refusal.identifier.type, refusal.identifier.value));
    const auto& told = nodes_.find(root_of(out.profile))->refused;
    if (std::find(told.begin(), told.end(), hash) != told.end()) return true;
    auto& refused = nodes_.edit(root_of(out.profile)).refused;
    if (refused.size() == kMaxRefused) refused.erase(refused.begin());
    refused.push_back(hash);
    return false;
  });
}

void Directory::attach(Match& match, Resolution& out) {
  if (match.pending.empty()) return;
  Node& node = nodes_.edit(out.part);
  bool personal = false;
  for (const Attached& attached : match.pending) {
    append_attached(node, attached);
    personal |= attached.trusted && !match.rules.is_anonymous(attached.type);
    Pointer& pointer = pointers_.edit(pointer_key(attached.type, attached.value));
    pointer.part = out.part;
    pointer.trusted = attached.trusted;
  }
  if (personal) nodes_.edit(root_of(out.profile)).known = true;
}

// A server source named identifiers that only public ones had claimed before.
void Directory::confirm(Match& match, const Resolution& out) {
  for (const event::Identifier& identifier : match.unconfirmed) {
    Pointer& pointer = pointers_.edit(pointer_key(identifier.type, identifier.value));
    pointer.trusted = true;
    Node& node = nodes_.edit(pointer.part);
    auto all = attached_of(node);
    for (Attached& attached : all) {
      if (attached.type == identifier.type && attached.value == identifier.value) attached.trusted = true;
    }
    replace_attached(node, all);
    nodes_.edit(root_of(out.profile)).known = true;
  }
}

std::vector<Attached> Directory::all_attached(ProfileId profile) {
  std::vector<Attached> all;
  for (const PartId part : parts(profile)) {
    const Node* node = nodes_.find(part);
    TESSERA_ASSERT(node != nullptr);
    auto attached = attached_of(*node);
    std::move(attached.begin(), attached.end(), std::back_inserter(all));
  }
  return all;
}

bool Directory::within_limits(const Match& match, const std::vector<Attached>& have,
                              std::span<const Attached> more) const {
  for (const auto& type : match.rules.types) {
    const auto of_type = [&](const Attached& a) { return a.type == type.name; };
    const auto added = std::count_if(more.begin(), more.end(), of_type);
    if (added == 0) continue;
    if (std::count_if(have.begin(), have.end(), of_type) + added > static_cast<std::ptrdiff_t>(type.limit))
      return false;
    if (type.per_count == 0) continue;
    const Timestamp since = match.claim.time + -(std::int64_t{type.per_days} * kDayMs);
    const auto lately = [&](const Attached& a) { return a.type == type.name && a.attached_at > since; };
    if (std::count_if(have.begin(), have.end(), lately) + std::count_if(more.begin(), more.end(), lately) >
        static_cast<std::ptrdiff_t>(type.per_count))
      return false;
  }
  return true;
}

ProfileId Directory::find(ProfileId id) {
  const Node* node = nodes_.find(root_of(id));
  return node == nullptr ? ProfileId{} : node->profile;
}

ProfileId Directory::find(std::string_view type, std::string_view value) {
  const Pointer* pointer = pointers_.find(pointer_key(type, value));
  return pointer == nullptr || pointer->part.value == 0 ? ProfileId{} : find(ProfileId{pointer->part.value});
}

std::vector<PartId> Directory::parts(ProfileId id) {
  const Node* root = nodes_.find(root_of(id));
  if (root == nullptr || root->profile != id) return {};
  std::vector<PartId> parts{root_of(id)};
  parts.insert(parts.end(), root->members.begin(), root->members.end());
  return parts;
}

}  // namespace tessera::identity
