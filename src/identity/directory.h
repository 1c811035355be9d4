// Who is who: finds the person an event is about, and merges profiles that turn out to be one person.
//
// Identifiers are taken from the highest priority down. Each one either agrees with what was found so far, is attached,
// or points at another profile and merges it in. Where a rule forbids that (a limit per person, the trust of the
// source, a person's number of parts), the identifier of lower priority is dropped from the match and the refusal is
// reported. So a shared tablet's anonymous id cannot join two people who each have a user id, and nobody can reach a
// known person's profile with a browser's public write key (docs/identity.md).
// A value that links too many people too quickly is held back: it still tells who an event is about where nothing else
// does, and links nobody. What was merged can be taken apart again by parts (`separate`), or by what held it together
// (`detach`); history is not read for either.
//
// A pure part of Core: one thread; its state is in the caches; the same calls in the same order give the same result.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"
#include "event/event.h"
#include "identity/graph.h"
#include "identity/snapshot.h"

namespace tessera::identity {

inline constexpr std::size_t kMaxParts = 500;  // of one profile; more are not merged in

// Why an identifier was dropped from a match.
enum class RefusalReason : std::uint8_t {
  kLimit,    // the person would have more values of a type than its limit
  kTrust,    // a public source would link to, or change, a known person
  kTooMany,  // the person would have more than kMaxParts parts
  kHeld,     // the value is held back: it links too many people
  kApart,    // an operator has said that these are different people
};
std::string_view reason_text(RefusalReason reason);

struct Refusal {
  event::Identifier identifier;  // the one that was dropped
  RefusalReason reason;
  ProfileId points_at;  // the profile it points at; 0 if none
};

struct Merge {
  ProfileId from;
  ProfileId into;
  std::vector<PartId> parts;  // that moved
  event::Identifier by;       // the identifier that they share
};

struct Resolution {
  ProfileId profile;
  PartId part;  // the event's
  bool created = false;
  std::vector<Merge> merges;            // in order
  std::vector<Refusal> refusals;        // each (person, identifier) once, as far as kMaxRefused are remembered
  std::vector<event::Identifier> held;  // values that this event made a hub
};

// Parts that left a profile for one of their own.
struct Split {
  ProfileId from;
  ProfileId into;
  std::vector<PartId> parts;
};

// Who asks: what the rules depend on.
struct Claim {
  SourceId source;
  catalog::Trust trust = catalog::Trust::kPublic;
  Timestamp time;
  Offset offset;
};

class Directory {
 public:
  explicit Directory(const storage::Store& store) : pointers_(store), nodes_(store), groups_(store) {}

  // The person that `identifiers` (standard form, blocked values removed) point at; made if there is none. New
  // profiles take the next number from `next_profile`. Views in the result live as long as `identifiers`.
  Resolution resolve(const catalog::IdentityRules& rules, std::span<const event::Identifier> identifiers,
                     const Claim& claim, std::uint64_t& next_profile);

  // Takes `parts` out of their profile. Together they are a person again, under the id of the part that stood first
  // among them; where they include the profile's root, the rest leaves instead. With `keep_apart`, no event may join
  // the two again. kNotFound if a part is none; kInvalidArgument if they are of several profiles, or all of one.
  Result<Split> separate(const catalog::IdentityRules& rules, std::span<const PartId> parts, bool keep_apart);

  // Says that an identifier was wrong: takes it off its part and holds it back, and takes apart what only events that
  // named it hold together. kNotFound if nobody has it.
  Result<std::vector<Split>> detach(const catalog::IdentityRules& rules, const event::Identifier& identifier);

  // Lets `member` join the group that `group_id` names, made if there is none. A public source may do so only where no
  // server source has named the group or the member (kTrust); past kMaxGroupMembers nobody may (kTooMany).
  struct Joining {
    PartId group;
    bool created = false;
    std::optional<RefusalReason> refused;  // then nothing else happened
  };
  Joining join(std::string_view group_id, PartId member, const Claim& claim, std::uint64_t& next_profile);
  // The parts that joined a group.
  std::vector<PartId> members(PartId group);
  bool is_group(ProfileId id);

  // The profile the part or former profile `id` lives on; 0 if there is none.
  ProfileId find(ProfileId id);
  ProfileId find(std::string_view type, std::string_view value);
  // The parts of a profile, its root first; empty if it is none.
  std::vector<PartId> parts(ProfileId id);
  GraphSnapshot graph(ProfileId id);

  storage::ObjectCache<PointerCodec>& pointers() { return pointers_; }
  storage::ObjectCache<NodeCodec>& nodes() { return nodes_; }
  const storage::ObjectCache<PointerCodec>& pointers() const { return pointers_; }
  const storage::ObjectCache<NodeCodec>& nodes() const { return nodes_; }
  storage::ObjectCache<GroupCodec>& groups() { return groups_; }
  const storage::ObjectCache<GroupCodec>& groups() const { return groups_; }

 private:
  struct Match;
  void consider(Match& match, const event::Identifier& identifier, int rank, Resolution& out);
  void consider_pointed(Match& match, const event::Identifier& identifier, int rank, Resolution& out);
  void consider_held(Match& match, const event::Identifier& identifier, Resolution& out);
  bool adopt_new(Match& match, const event::Identifier& identifier, RefusalReason& why);
  void count_link(Match& match, const event::Identifier& identifier, Resolution& out);
  void remember_evidence(const Match& match, const event::Identifier& identifier, PartId other);
  bool told_apart(ProfileId a, ProfileId b);
  bool adopt_pending(Match& match, ProfileId profile, RefusalReason& why);
  bool may_merge(const Match& match, ProfileId other, RefusalReason& why);
  void merge(Match& match, ProfileId other, const event::Identifier& by, Resolution& out);
  void settle(Match& match, std::uint64_t& next_profile, Resolution& out);
  void attach(Match& match, Resolution& out);
  void confirm(Match& match, const Resolution& out);
  void keep_new_refusals(Resolution& out);
  std::vector<Attached> all_attached(ProfileId profile);
  bool within_limits(const Match& match, const std::vector<Attached>& have, std::span<const Attached> more) const;
  // unmerge.cc
  Split split(const catalog::IdentityRules& rules, ProfileId profile, std::vector<PartId> leaving);
  void make_root(const catalog::IdentityRules& rules, const std::vector<PartId>& parts);
  void drop_links_between(const std::vector<PartId>& a, const std::vector<PartId>& b);

  storage::ObjectCache<PointerCodec> pointers_;
  storage::ObjectCache<NodeCodec> nodes_;
  storage::ObjectCache<GroupCodec> groups_;
};

// The id of the profile with this number, the how-manieth that was made; and back.
ProfileId profile_of_number(std::uint64_t number);
inline std::uint64_t number_of(ProfileId id) {
  return id.value / kShardCount;
}

}  // namespace tessera::identity
