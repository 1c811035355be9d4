// Conditions over a person, and the questions about history in them (docs/adr/0004-questions-about-history.md).
//
//   traits.country == "DE" && events("Order Completed").filter(e, e.properties.total > 50.0).count() >= 3
//
// Each question (`events(…)….count()`) becomes a feature: an aggregate that is kept up to date as events come. Features
// are told apart by their canonical text, so that equal ones, whoever wrote them, are kept once. Pure; no threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cel/ast.h"
#include "cel/program.h"
#include "event/event.h"
#include "segment/aggregate.h"
#include "segment/history.h"

namespace tessera::segment {

inline constexpr std::size_t kMaxQuestions = 64;         // in one condition, computed traits included
inline constexpr std::size_t kMaxConditionBytes = 8192;  // of text
inline constexpr std::string_view kEnteredEvent = "Segment Entered";
inline constexpr std::string_view kExitedEvent = "Segment Exited";

// What is kept of a part's events, and of which.
struct FeatureSpec {
  event::EventType type = event::EventType::kTrack;
  std::vector<std::string> names;    // of the event, ascending; empty: any
  std::string filter;                // canonical text over `e`, the event; empty: every one
  std::string each;                  // canonical text of a list over `e`: its elements count, not the event; or empty
  std::string element_filter;        // canonical text over `e`, an element; empty: every one
  std::vector<std::string> columns;  // canonical texts over `e`, what counts; of a series any number, else one at most
  Aggregate aggregate = Aggregate::kCount;

  friend bool operator==(const FeatureSpec&, const FeatureSpec&) = default;
  // Equal for equal features, and a name for people: events("Order Completed").filter(e, …).sum(e, …)
  std::string text() const;
};

// A conjunct of a filter that says what a text of the event, or of an element, must be.
struct Equality {
  std::string each;  // as FeatureSpec's; empty: of the event
  std::string path;  // canonical text over `e`: e.properties.category
  std::string text;
};

// A feature that a condition needs, compiled. Programs have one variable, `e`, and are null where there is no text.
struct Collected {
  FeatureSpec spec;
  std::shared_ptr<const cel::Program> filter;
  std::shared_ptr<const cel::Program> each;
  std::shared_ptr<const cel::Program> element_filter;
  std::vector<std::shared_ptr<const cel::Program>> columns;
  std::vector<Equality> equalities;  // which the filters demand
  std::int64_t reach = kForever;     // how far back it is needed
};

// One thing a condition reads, in the order of the program's variables.
struct Need {
  enum class Kind : std::uint8_t {
    kFeature,  // an aggregate over all that was ever collected
    kHistory,  // an answer out of series, which depends on the time
    kTrait,
    kSegment,
    kGroup,
    kGroups,
    kNow,
    kRanks,  // the table of a percentile(…)
    kId,     // the person's own number
  };
  Kind kind = Kind::kTrait;
  std::string name;                  // kTrait, kSegment; kRanks: among whose members, or empty
  std::vector<Collected> collected;  // kFeature: one; kHistory: one or more
  Asked asked;                       // kFeature: reading and first_n alone; kHistory: series are indices in `collected`
  // kFeature, kHistory: every use compares it with one of `thresholds`; else it may be used in any way.
  bool only_compared = false;
  std::vector<double> thresholds;
  std::string text;  // the canonical question, for explanations
  // kRanks: what is compared with everyone's, over the condition's variables.
  std::shared_ptr<const cel::Program> ranked;
};

// A compiled expression over a person.
struct Condition {
  std::unique_ptr<cel::Program> program;
  std::vector<Need> needs;  // by slot of the program's variables
  cel::NodePtr tree;        // with needs in place of questions: identifiers named by `need_variable`
  // Segments whose entering and leaving it counts.
  std::vector<std::string> watched;
  // Where it compares `now`: the instants at which a comparison's two sides meet, over the same variables.
  std::vector<std::unique_ptr<cel::Program>> meetings;
  std::set<std::string> computed_traits;  // computed traits that it names, and those that they name
};
std::string need_variable(std::size_t slot);                // "@0"
std::optional<std::size_t> slot_of(const cel::Node& node);  // of such a variable in a tree
// What the program of a condition with these needs is compiled against.
cel::Environment environment_of(const std::vector<Need>& needs);

// What conditions may name.
struct Vocabulary {
  std::map<std::string, cel::NodePtr, std::less<>> computed;  // computed traits, as parsed
  std::set<std::string, std::less<>> segments;                // that there are
};

// Compiles `text`. `expected` is kBool for segments, which compare `now` in such ways only that it is known when they
// flip; kDyn for computed traits. Null, and issues, if it is wrong.
std::unique_ptr<Condition> compile_condition(std::string_view text, const Vocabulary& vocabulary,
                                             const cel::Type& expected, std::vector<cel::Issue>& issues);

// Tessera's use of CEL, everywhere but in mappings of foreign documents.
inline constexpr cel::Dialect kDialect{.mixed_arithmetic = true, .absent_is_null = true, .constants_must_work = true};
// What filters and values are compiled against: one variable, `e`.
const cel::Environment& event_environment();

}  // namespace tessera::segment
