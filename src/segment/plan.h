// What is in force of segments and traits, compiled: which features to keep, and which segments to look at again when
// one of them changes. Immutable, shared between threads.
//
// A segment is looked at only when something that it reads has changed, and where it merely compares a number with
// constants, only when that number has passed one of them: so a thousand segments do not cost a thousand times as much
// as one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "catalog/source.h"
#include "profile/part.h"
#include "segment/language.h"
#include "segment/ranks.h"

namespace tessera::segment {

// Names' numbers, which state is kept under. Part of Core's state; a number is never given twice.
struct Registry {
  struct Feature {
    std::uint32_t id = 0;
    Offset since;             // what happened after it is taken in as it comes; before, it comes from the history
    std::int64_t reach = 0;   // how far back it is kept, in milliseconds; kForever
    std::int64_t filled = 0;  // how far back it is whole
  };
  std::map<std::string, Feature> features;                        // by FeatureSpec::text(), those in use
  std::map<std::string, std::uint32_t> segments;                  // by name, all that ever were
  std::map<std::string, std::shared_ptr<const RankTable>> ranks;  // by text, those in use; null: none was made yet
  std::uint32_t next_feature = 1;
  std::uint32_t next_segment = 1;
};
void encode(const Registry& registry, std::string& out);
Result<Registry> decode_registry(std::string_view bytes);

inline constexpr std::uint32_t kNone = ~0U;  // no such index

struct Feature {
  std::uint32_t id = 0;
  FeatureSpec spec;
  std::uint32_t filter = kNone;  // index in filters(): equal ones are evaluated once an event
  std::shared_ptr<const cel::Program> each;
  std::shared_ptr<const cel::Program> element_filter;
  std::vector<std::shared_ptr<const cel::Program>> columns;
  Offset since;  // as Registry's, each
  std::int64_t reach = kForever;
  std::int64_t filled = 0;
  std::vector<std::uint32_t> needs;  // that read it

  // Whether it is not taken out of events, so that it needs no history either.
  bool is_list() const { return spec.aggregate == Aggregate::kListed; }
  bool is_series() const { return spec.aggregate == Aggregate::kSeries; }
  bool is_whole() const { return filled >= reach; }
  // Whether a part's own counts of events tell its state, so that it needs no history.
  bool is_counted_anyway() const;
  // Whether what was on its way when it was published is left to the history, which has it too. Series know what they
  // have, states do not.
  bool leaves_to_history(Offset offset) const {
    return since.value != 0 && offset <= since && !is_series() && !is_counted_anyway();
  }
};

// The features that events of one type and name may change, as indices.
struct EventFeatures {
  // Those whose filter demands a certain text of the event, or of an element of a list in it, by that text.
  struct Choice {
    std::string each;
    std::shared_ptr<const cel::Program> elements;  // null: of the event
    std::string path;
    std::shared_ptr<const cel::Program> program;
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> by_text;
  };
  std::vector<Choice> choices;
  std::vector<std::uint32_t> others;
};

// A thing that conditions read, once for all of them.
struct PlannedNeed {
  Need::Kind kind = Need::Kind::kTrait;
  std::string name;           // kTrait
  std::string text;           // kFeature, kHistory: the question
  std::uint32_t feature = 0;  // kFeature: index in features(); kHistory: of its first series
  Asked asked;                // kFeature: reading and first_n; kHistory: series are features' ids
  bool is_whole = true;       // all that it is about has been taken in from the history
  std::uint32_t ranks = 0;    // kRanks: index in ranks()
  std::uint32_t segment = 0;  // kSegment: index in segments(), which is less than those of segments that read it
  // Segments to look at when it changes: always, and when it passes a threshold (ascending).
  std::vector<std::uint32_t> always;  // ascending
  std::vector<std::pair<double, std::uint32_t>> thresholds;
  std::vector<double> levels;  // the different thresholds, ascending; none where somebody looks always

  bool asks_history() const { return kind == Need::Kind::kFeature || kind == Need::Kind::kHistory; }
};

struct PlannedCondition {
  std::shared_ptr<const Condition> condition;
  std::vector<std::uint32_t> needs;  // by slot: index in needs()
  bool is_whole = true;              // all of them are
};

struct PlannedSegment {
  std::uint32_t id = 0;
  std::string name;
  std::uint32_t version = 0;
  PlannedCondition condition;
  // It waits for the history: whoever is a member stays one, and nobody enters. So does what names such a segment.
  bool is_pending = false;
};

struct ComputedTrait {
  std::string name;
  PlannedCondition condition;
};

// Something that everyone is compared by.
struct PlannedRanks {
  std::string text;            // percentile(…)
  std::string among;           // the segment whose members are compared; empty: everyone
  PlannedCondition condition;  // whose needs `x` reads
  std::shared_ptr<const cel::Program> x;
  std::shared_ptr<const RankTable> table;  // null: none was made yet
};

class Plan {
 public:
  Plan() = default;

  // What `definitions` come to. Gives new features and segments their numbers; what came up to `now` is to be taken
  // into new features from the history, if there is any. Definitions that do not compile are left out: `check` refuses
  // them before they are published.
  static std::shared_ptr<const Plan> build(const catalog::Definitions& definitions, const catalog::Sources& sources,
                                           Registry& registry, Offset now, bool has_history);

  // In an order in which a segment comes after those it names.
  const std::vector<PlannedSegment>& segments() const { return segments_; }
  const PlannedSegment* find(std::string_view name) const;
  const PlannedSegment* find(std::uint32_t id) const;
  const std::vector<Feature>& features() const { return features_; }  // ascending by id
  const std::vector<std::shared_ptr<const cel::Program>>& filters() const { return filters_; }
  const std::vector<PlannedNeed>& needs() const { return needs_; }
  // Segments that compare `now`, as indices.
  const std::vector<std::uint32_t>& timed_segments() const { return timed_segments_; }
  // Segments that say something of each person, whatever is known of them, as indices.
  const std::vector<std::uint32_t>& personal_segments() const { return personal_segments_; }
  const std::vector<PlannedRanks>& ranks() const { return ranks_; }
  const std::vector<ComputedTrait>& computed() const { return computed_; }
  const profile::TraitPrecedence& precedence() const { return precedence_; }

  // Null where an event changes no features.
  const EventFeatures* features_of(event::EventType type, std::string_view name) const;
  std::uint32_t find_feature(std::uint32_t id) const;  // its index, or kNone
  const PlannedNeed* trait_need(std::string_view name) const;
  const PlannedNeed* group_need(bool all) const;
  const PlannedNeed* segment_need(std::uint32_t segment) const;  // by index
  // Whether some condition counts who entered or left a segment, so that such events must be folded.
  bool counts_memberships() const { return counts_memberships_; }

 private:
  friend class Builder;
  using ByName = std::map<std::string, EventFeatures, std::less<>>;
  struct OfType {
    ByName named;  // with those of any name
    EventFeatures any;
  };
  std::vector<PlannedSegment> segments_;
  std::vector<Feature> features_;
  std::vector<std::shared_ptr<const cel::Program>> filters_;
  std::vector<PlannedNeed> needs_;
  std::vector<std::uint32_t> timed_segments_;
  std::vector<std::uint32_t> personal_segments_;
  std::vector<PlannedRanks> ranks_;
  std::vector<ComputedTrait> computed_;
  profile::TraitPrecedence precedence_;
  std::map<event::EventType, OfType> by_event_;
  std::map<std::string, std::uint32_t, std::less<>> traits_;  // → need
  std::vector<std::uint32_t> segment_needs_;                  // by segment's index → need
  std::map<std::uint32_t, std::uint32_t> index_of_segment_;   // id → index
  std::uint32_t group_ = kNone;
  std::uint32_t groups_ = kNone;
  bool counts_memberships_ = false;
};

// The ids of segments of `after` that do not wait for the history, and are new, did wait, or mean something else than
// in `before`: by their own condition, by computed traits, segments or features in it, or by the precedence of a trait
// that they read. Ascending.
std::vector<std::uint32_t> changed_segments(const Plan& before, const Plan& after);

}  // namespace tessera::segment
