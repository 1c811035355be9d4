// Keeps a person's features and memberships up to date.
//
// `fold` takes an event into a part's features; `look_again` finds which memberships change by it. State is the
// caller's; an Evaluator has scratch memory for one thread, and what it answers depends on its arguments alone.
//
// A condition that ends with an error (a text compared with a number, too many steps) is false: the person is no
// member.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/json.h"
#include "cel/program.h"
#include "profile/part.h"
#include "segment/folding.h"
#include "segment/person_functions.h"
#include "segment/plan.h"

namespace tessera::segment {

// A part's stored state, as far as conditions read it.
struct PartView {
  PartId id;
  std::string_view part;                    // profile::Part, stored form
  std::string_view features;                // feature states, stored form
  std::span<const profile::Series> series;  // ascending by id
};
inline PartView view_of(PartId id, const profile::StoredPart& part) {
  return {id, part.part, part.features, part.series};
}

// When somebody is looked at, and when they are to be looked at again if nothing happens.
struct Look {
  Timestamp now;
  Timestamp due = kNever;  // before: what was settled when they were looked at last; after: what is to be
};

struct MembershipChange {
  std::uint32_t segment = 0;  // id
  bool entered = false;
  friend bool operator==(const MembershipChange&, const MembershipChange&) = default;
};

class Evaluator {
 public:
  Evaluator();

  // The plan from here on. Costs one evaluation of every segment.
  void follow(std::shared_ptr<const Plan> plan);
  const Plan& plan() const { return *plan_; }

  Folder& folder() { return folder_; }

  // Evaluates what `touched` may have flipped, and brings `memberships` (segment ids, ascending) up to date. The
  // changes are appended to `out`, in the plan's order. For a person who was looked at before, and whose due instants
  // up to now have been looked at.
  void look_again(std::span<const PartView> parts, const Touched& touched, Look& look,
                  std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  // The same for a person who was never looked at: some segments hold for people of whom nothing is known
  // (`events("Order Completed").count() == 0`). `memberships` must be empty.
  void look_first(std::span<const PartView> parts, const Touched& touched, Look& look,
                  std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  // Evaluates what may flip at `look.now`, because it was due, and the given segments (by id).
  void look_when_due(std::span<const PartView> parts, std::span<const std::uint32_t> segments, Look& look,
                     std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  // The given segments (by id) and what depends on them by in_segment; memberships of segments that are no more go, and
  // are told first. For a sweep after publishing (`changed_segments`).
  void look_at(std::span<const PartView> parts, std::span<const std::uint32_t> segments, Look& look,
               std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  // The same for every segment: when parts moved between people.
  void look_at_all(std::span<const PartView> parts, Look& look, std::vector<std::uint32_t>& memberships,
                   std::vector<MembershipChange>& out);

  // The value of a condition's expression, or of another `program` over the same needs, for a person whose memberships
  // are `memberships`, at `now`. Good until the next call.
  cel::Value value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now,
                   const PlannedCondition& condition);
  cel::Value value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now,
                   const PlannedCondition& condition, const cel::Program& program);
  // The value of one thing that conditions read (index in the plan's needs()).
  cel::Value need_value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now,
                        std::uint32_t need);
  // What somebody is compared with everyone by, if it has a place among them.
  std::optional<double> ranked(std::span<const PartView> parts, std::span<const std::uint32_t> memberships,
                               Timestamp now, const PlannedRanks& ranks);
  // Memory for writing such values as JSON.
  cel::Arena& arena() { return context_.arena; }

 private:
  class PersonVariables;

  void begin(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now);
  cel::Value evaluate(const PlannedCondition& condition, const cel::Program& program);
  cel::Value of_need(std::uint32_t need);
  cel::Value make_need(const PlannedNeed& need);
  cel::Value read_feature(const PlannedNeed& need);
  const std::vector<PartSeries>& series();
  Timestamp next_change(const PlannedNeed& need, Timestamp after);
  std::string_view united_state(std::uint32_t feature);
  cel::Value of_trait(std::string_view name);
  const std::vector<profile::Group>& groups();
  cel::Value of_group(const profile::Group& group);
  cel::Value of_groups();

  void mark(std::uint32_t segment) { marked_[segment / 64] |= std::uint64_t{1} << segment % 64; }
  void mark(const PlannedNeed* need);
  void mark(const Touched& touched);
  bool mark_passed(const PlannedNeed& need, const Touched::FeatureChange& change);
  bool only_puts_off(const PlannedNeed& need, const Touched::FeatureChange& change);
  void mark_all(const PlannedNeed& need);
  void note_due(Timestamp at) { due_ = std::min(due_, at); }
  void note_meetings(const PlannedSegment& segment);
  template <class Take>
  void for_each_history(Take take);
  void settle_due();
  void look_at_marked(std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  void look_at_one(std::uint32_t segment, std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out);
  std::uint32_t index_of(std::uint32_t segment) const;  // in the plan; of an id that it has
  void drop_unknown(std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) const;

  std::shared_ptr<const Plan> plan_;
  Folder folder_;
  cel::Context context_;  // of one expression at a time
  cel::JsonReader json_;
  cel::Arena person_arena_;  // what needs are made of: lives through all conditions of one look
  HistoryReader reader_;
  std::vector<RankValue> rank_values_;  // by ranks of the plan
  std::span<const PartView> parts_;
  Timestamp now_;
  Timestamp due_;
  std::vector<std::string_view> part_bytes_;
  std::vector<PartSeries> series_;
  std::span<const std::uint32_t> memberships_;
  std::uint32_t turn_ = 0;          // the look at hand
  std::vector<cel::Value> values_;  // by need; good for the look in `value_turns_`
  std::vector<std::uint32_t> value_turns_;
  std::vector<std::string> united_;  // by feature: states of several parts taken together
  std::vector<std::uint32_t> united_turns_;
  std::vector<std::uint32_t> history_turns_;  // by need: it was come by
  std::vector<profile::Group> groups_;
  bool groups_are_read_ = false;
  std::vector<std::uint64_t> marked_;      // by segment, a bit each
  std::vector<std::uint32_t> on_nothing_;  // ids of segments that hold for a person of whom nothing is known, ascending
};

}  // namespace tessera::segment
