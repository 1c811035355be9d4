// The Shards: 256 machines that keep what is known of profiles. They share caches; each touches its own keys only.
//
// What is about one profile is applied in Core's order, whatever else is on its way: behind a part that has not come
// yet everything about its new profile waits (tests/model, rule 4). So nobody sees half of a merge.
//
// After each change of a profile its segments are looked at again, as far as the change can matter, and when the time
// has come at which one may change by itself. Who enters or leaves is told as an effect, and as an event of Tessera's
// own that conditions may count in turn. Before anything of a profile changes, what was due is looked at, each at its
// own instant, and so is what a sweep has not reached yet: nobody is judged by what is half known.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/source.h"
#include "engine/effects.h"
#include "engine/lane.h"
#include "engine/person.h"
#include "engine/sweep.h"
#include "profile/part.h"
#include "segment/evaluation.h"
#include "segment/members.h"
#include "storage/object_cache.h"

namespace tessera::engine {

class Shards {
 public:
  explicit Shards(const storage::Store& store);

  // Reads what is kept of whom, and who is in which segment. Once, before the first message.
  Status load(const storage::Snapshot& state);

  // What is in force from here on, and how far a sweep is.
  void follow(std::shared_ptr<const segment::Plan> plan, const segment::Registry& registry,
              std::shared_ptr<const catalog::Sources> sources);
  void sweep(const Sweep& sweep) { sweep_ = sweep; }

  // Looks at whoever is due up to `until`, the earliest first, at most `limit` of them.
  Status pass_time(Timestamp until, int limit, Effects& effects);
  Timestamp next_due() const { return due_.empty() ? segment::kNever : due_.begin()->first; }

  // Takes a message to its shard. kDataLoss if its body cannot be read.
  Status take(const Message& message, Outbox& outbox, Effects& effects);

  // The parts of a profile that have come, its root first; and their state, good until a message is taken.
  std::vector<PartId> parts_of(ProfileId profile);
  std::vector<segment::PartView> views_of(ProfileId profile);
  // The same as a sweep under way will leave it: its features made up for in `space` where it has not come by yet.
  Result<std::vector<segment::PartView>> swept_views_of(ProfileId profile, std::vector<profile::StoredPart>& space);
  // Ids of the segments a profile is in, ascending.
  std::vector<std::uint32_t> segments_of(ProfileId profile);

  const segment::Members& members() const { return members_; }
  segment::Evaluator& evaluator() { return evaluator_; }
  storage::ObjectCache<profile::PartCodec>& parts() { return parts_; }
  const storage::ObjectCache<profile::PartCodec>& parts() const { return parts_; }
  storage::ObjectCache<PersonCodec>& people() { return people_; }
  const storage::ObjectCache<PersonCodec>& people() const { return people_; }

 private:
  // Why segments are looked at.
  struct Cause {
    Effects& effects;
    std::string_view reason;
    bool historic = false;
    Timestamp at = {};  // when; none: at the record's time
    Timestamp now() const { return at.ms == 0 ? effects.time() : at; }
  };

  const Person* find_person(ProfileId profile);  // null if nothing is kept
  Person& edit_person(ProfileId profile);
  void note(ProfileId profile);
  Status proceed(ProfileId profile, Outbox& outbox, Effects& effects);
  Result<bool> proceed_waiting(ProfileId profile, Outbox& outbox, Effects& effects);
  bool adopt_next(ProfileId profile, const MoveHead& expected);
  Status apply(const Message& message, Outbox& outbox, Effects& effects);
  Status apply_event(const Message& message, Effects& effects);
  Status apply_group_event(const Message& message, Outbox& outbox);
  Status apply_group(const Message& message, Effects& effects);
  void apply_release(const Message& message, Outbox& outbox);
  Status apply_fill(const Message& message);
  Status apply_list(const Message& message, Effects& effects);
  // shard_segments.cc
  void gather(ProfileId profile);
  Status apply_look(const Message& message, Effects& effects);
  bool waits_for_sweep(ProfileId profile) const;
  Status catch_up(ProfileId profile, Effects& effects);
  Status pass_due(ProfileId profile, Effects& effects);
  Status look_when_due(ProfileId profile, Timestamp at, Effects& effects);
  void set_due(ProfileId profile, Timestamp due);
  Status look(ProfileId profile, LookReason reason, Effects& effects);
  Status leave_all(ProfileId profile, Effects& effects);
  Status seed(ProfileId profile);
  Status look_again(ProfileId profile, bool born, const Cause& cause);
  Status settle(ProfileId profile, const Cause& cause);
  Status tell(ProfileId profile, const Cause& cause);
  std::string properties_of(const segment::MembershipChange& change, const Cause& cause) const;
  std::string_view source_name(SourceId id) const;

  storage::ObjectCache<profile::PartCodec> parts_;
  storage::ObjectCache<PersonCodec> people_;
  std::shared_ptr<const segment::Plan> plan_;
  std::shared_ptr<const catalog::Sources> sources_;
  Sweep sweep_;
  std::map<std::uint32_t, std::string> segment_names_;  // those that are no more, too
  segment::Evaluator evaluator_;
  segment::Members members_;
  // Who is due when, by profile number: what their Person says, in order.
  std::set<std::pair<Timestamp, std::uint64_t>> due_;
  std::size_t waiting_ = 0;  // profiles that something waits for; mostly none, and then none is looked up for it
  std::vector<bool> noted_;  // by profile number: something may be kept in `people_`; where not, it is not asked
  // Of the message at hand.
  segment::Touched touched_;
  std::vector<segment::PartView> views_;
  std::vector<std::uint32_t> memberships_;
  segment::Look look_;
  std::vector<segment::MembershipChange> changes_;
};

}  // namespace tessera::engine
