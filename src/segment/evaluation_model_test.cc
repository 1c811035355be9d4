// Whatever is published and happens, memberships that are kept up to date are those that come of all events anew.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/documents.h"
#include "segment/evaluation.h"
#include "segment/test_model.h"
#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

constexpr std::size_t kParts = 4;
constexpr Timestamp kNow{10'000};

int any(int below) {
  return *rc::gen::inRange(0, below);
}
bool chance(int percent) {
  return any(100) < percent;
}

model::Filter any_filter() {
  model::Filter filter;
  if (chance(50)) return filter;
  if (chance(60)) filter.kind = "k" + std::to_string(any(4));
  if (chance(30)) filter.over = any(3);
  if (chance(20)) filter.source = chance(50) ? "till" : "web";
  return filter;
}

model::Question any_question() {
  struct Ending {
    const char* name;
    bool has_value;
  };
  constexpr std::array<Ending, 11> kEndings{{{"count", false},
                                             {"exists", false},
                                             {"first", false},
                                             {"last", false},
                                             {"sum", true},
                                             {"avg", true},
                                             {"min", true},
                                             {"max", true},
                                             {"first", true},
                                             {"last", true},
                                             {"count_distinct", true}}};
  model::Question question;
  if (chance(20)) question.function = chance(50) ? "pages" : "screens";
  if (!chance(15)) question.name = chance(50) ? "A" : "B";
  question.filter = any_filter();
  if (chance(25)) {
    question.lines = true;
    question.filter.source.clear();
  }
  const Ending ending = chance(40) ? kEndings[0] : kEndings[static_cast<std::size_t>(any(kEndings.size()))];
  question.ending = ending.name;
  if (ending.has_value) question.value = chance(50) ? "n" : "kind";
  if (chance(5)) {
    question.ending = "most_frequent";
    question.value = "kind";
  }
  return question;
}

model::Value any_constant(const model::Question& question) {
  const bool is_number = question.ending == "sum" || question.ending == "count_distinct";
  if (question.value == "kind" && !is_number) return "k" + std::to_string(any(4));
  if (question.value.empty() && question.ending != "count") return model::Time{any(10) * 1000};
  const bool may_be_null = question.value == "n" && !is_number;
  return may_be_null && chance(5) ? model::Value(model::Null{}) : any(16) / 4.0;
}

// `others`: segments that may be named.
model::Condition any_condition(int depth, const std::vector<std::string>& others,
                               const std::vector<model::Question>& computed) {
  const std::array<std::string, 5> comparisons{"==", "!=", "<", ">=", ">"};
  model::Condition condition;
  if (depth > 0 && chance(60)) {
    condition.operation = chance(20) ? "!" : chance(50) ? "&&" : "||";
    for (int i = 0; i < (condition.operation == "!" ? 1 : 2); ++i) {
      condition.operands.push_back(any_condition(depth - 1, others, computed));
    }
    return condition;
  }
  if (!others.empty() && chance(25)) {
    condition.operation = "in";
    condition.segment = others[static_cast<std::size_t>(any(static_cast<int>(others.size())))];
    return condition;
  }
  condition.operation = comparisons[static_cast<std::size_t>(any(5))];
  if (chance(25)) {
    condition.left = chance(70) ? "trait" : "group";
    condition.right = chance(80) || condition.left == "group" ? model::Value(any(3) * 1.0)
                                                              : model::Value("k" + std::to_string(any(2)));
    return condition;
  }
  condition.left = "question";
  if (!computed.empty() && chance(20)) {
    const auto at = static_cast<std::size_t>(any(static_cast<int>(computed.size())));
    condition.question = computed[at];
    condition.computed = "c" + std::to_string(at);
  } else if (!others.empty() && chance(20)) {
    condition.question.name = chance(50) ? "Segment Entered" : "Segment Exited";
    condition.question.filter.segment = others[static_cast<std::size_t>(any(static_cast<int>(others.size())))];
  } else {
    condition.question = any_question();
  }
  condition.right = any_constant(condition.question);
  if (std::holds_alternative<model::Null>(condition.right)) condition.operation = chance(50) ? "==" : "!=";
  if (condition.question.ending == "exists") condition.operation = "is";
  return condition;
}

// What is published: segments, each over those before it, computed traits and whose word counts.
struct Published {
  std::vector<std::pair<std::string, model::Condition>> segments;
  std::vector<model::Question> computed;
  std::vector<std::string> trait_sources;
};

// Computed traits that stay may come to mean something else of the same type.
model::Condition with_computed(model::Condition condition, const std::vector<model::Question>& computed) {
  for (model::Condition& operand : condition.operands) operand = with_computed(operand, computed);
  if (!condition.computed.empty()) {
    condition.question = computed[static_cast<std::size_t>(std::stoi(condition.computed.substr(1)))];
  }
  return condition;
}

// Some of `before` stay as they are.
Published any_published(const Published& before) {
  Published out;
  for (const model::Question& old : before.computed) {
    out.computed.push_back(old);
    if (chance(60)) continue;
    out.computed.back().name = "B";
    out.computed.back().filter = any_filter();
    if (out.computed.back().lines) out.computed.back().filter.source.clear();
  }
  if (out.computed.size() < 3 && chance(60)) out.computed.push_back(any_question());
  if (chance(30)) out.trait_sources.push_back(chance(50) ? "web" : "till");
  std::vector<std::string> others;
  const int count = 1 + any(6);
  for (int i = 0; i < count; ++i) {
    const std::string name = "s" + std::to_string(i);
    const auto at = static_cast<std::size_t>(i);
    const bool stays = at < before.segments.size() && chance(60);
    out.segments.emplace_back(
        name, stays ? with_computed(before.segments[at].second, out.computed) : any_condition(2, others, out.computed));
    others.push_back(name);
  }
  return out;
}

std::pair<model::Value, model::Value> any_line() {
  std::pair<model::Value, model::Value> line;
  if (chance(80)) line.first = chance(90) ? model::Value(any(13) / 4.0) : model::Value(std::string("many"));
  if (chance(80)) line.second = "k" + std::to_string(any(4));
  return line;
}

std::string json_of(const model::Value& value) {
  if (const double* number = std::get_if<double>(&value)) return std::to_string(*number);
  if (const std::string* text = std::get_if<std::string>(&value)) return "\"" + *text + "\"";
  return "null";
}

class World {
 public:
  World() : parts_(kParts), person_of_(kParts), people_(kParts) {
    for (std::size_t i = 0; i < kParts; ++i) person_of_[i] = i;
    publish();
  }

  void happen() {
    model::Event event;
    event.part = static_cast<std::size_t>(any(kParts));
    event.at = any(8) * 1000;
    event.offset = ++offset_;
    event.source = chance(40) ? "till" : "web";
    if (chance(15)) {
      event.type = "identify";
      event.trait = chance(10)   ? model::Value(model::Null{})
                    : chance(70) ? model::Value(any(3) * 1.0)
                                 : model::Value("k" + std::to_string(any(2)));
    } else if (chance(5)) {
      event.type = "group";
      event.group_size = any(3);
    } else {
      const int type = any(10);
      event.type = type < 7 ? "track" : type < 9 ? "page" : "screen";
      event.name = chance(45) ? "A" : chance(80) ? "B" : "C";
      std::tie(event.n, event.kind) = any_line();
      for (int lines = any(4); lines > 0; --lines) event.lines.push_back(any_line());
    }
    take(event);
    settle(person_of_[event.part], event.part, false);
  }

  void regroup() {
    const auto part = static_cast<std::size_t>(any(kParts));
    const std::size_t from = person_of_[part];
    person_of_[part] = static_cast<std::size_t>(any(kParts));
    ++offset_;
    if (from == person_of_[part]) return;
    for (const std::size_t person : {from, person_of_[part]}) settle(person, part, true);
  }

  void publish() {
    published_ = any_published(published_);
    TestDefinitions definitions;
    for (const auto& [name, condition] : published_.segments) definitions.segment(name, condition.text());
    for (std::size_t i = 0; i < published_.computed.size(); ++i) {
      definitions.trait("c" + std::to_string(i), published_.computed[i].text());
    }
    definitions.source("web").source("till");
    if (!published_.trait_sources.empty()) definitions.precedence("t", "[\"" + published_.trait_sources[0] + "\"]");
    ++offset_;
    const auto plan = build_plan(definitions, registry_, {offset_});
    segment_kind().check_all(definitions.definitions(), [](const catalog::Problem& problem) {
      RC_FAIL(to_text(problem.key) + problem.pointer + ": " + problem.message);
    });
    RC_ASSERT(plan->segments().size() == published_.segments.size());
    const auto changed = changed_segments(evaluator_.plan(), *plan);
    evaluator_.follow(plan);
    for (Part& part : parts_) RC_ASSERT(evaluator_.folder().seed(part.stored).has_value());
    ++offset_;  // a sweep's records come after the one that published
    for (std::size_t person = 0; person < people_.size(); ++person) {
      if (people_[person].is_new) continue;
      std::vector<MembershipChange> changes;
      Look look{kNow};
      evaluator_.look_at(views(person), changed, look, people_[person].memberships, changes);
      follow_up(person, first_part(person), changes);
    }
  }

  void check() {
    for (std::size_t person = 0; person < people_.size(); ++person) {
      if (people_[person].is_new) continue;
      std::set<std::string> kept;
      for (const std::uint32_t id : people_[person].memberships) kept.insert(evaluator_.plan().find(id)->name);
      const std::set<std::string> expected = worked_out(person);
      if (kept == expected) continue;
      for (const auto& [name, condition] : published_.segments) {
        RC_LOG() << name << ": " << condition.text() << (kept.contains(name) ? " kept" : "")
                 << (expected.contains(name) ? " expected" : "") << "\n";
      }
      RC_FAIL("memberships differ");
    }
  }

 private:
  struct Part {
    profile::Part part;
    profile::StoredPart stored;
  };
  struct Somebody {
    std::vector<std::uint32_t> memberships;
    bool is_new = true;
  };

  std::size_t first_part(std::size_t person) const {
    return static_cast<std::size_t>(std::find(person_of_.begin(), person_of_.end(), person) - person_of_.begin());
  }

  void take(const model::Event& event) {
    history_.push_back(event);
    Part& part = parts_[event.part];
    std::string lines;
    for (const auto& [n, kind] : event.lines) {
      lines += (lines.empty() ? "" : ",") + ("{\"n\":" + json_of(n) + ",\"kind\":" + json_of(kind) + "}");
    }
    const std::string json = "{\"n\":" + json_of(event.n) + ",\"kind\":" + json_of(event.kind) + ",\"lines\":[" +
                             lines + "],\"segment\":" + json_of(event.segment) + "}";
    const std::string trait = event.trait ? json_of(*event.trait) : "";
    event::Event raw;
    event::parse_type(event.type, &raw.type);
    raw.name = event.name;
    raw.properties = json;
    raw.occurred_at = {event.at};
    if (event.trait) raw.traits.push_back({"t", trait});
    const bool till = event.source == "till";
    const profile::Origin origin{
        {event.offset}, {till ? 2U : 1U}, till ? catalog::Trust::kServer : catalog::Trust::kPublic};
    profile::fold(part.part, raw, origin, false, touched_.traits);
    if (event.group_size) {
      const std::string traits = "{\"size\":" + std::to_string(*event.group_size) + "}";
      profile::fold(part.part, {{event.offset}, "g", traits, {event.at}, {event.offset}, {event.offset}});
      touched_.groups = true;
    }
    profile::keep(part.part, part.stored);
    evaluator_.folder().fold(raw, event.source, {{event.at}, {event.offset}, event.index}, kNow, part.stored, touched_);
  }

  // Looks at somebody after `part` changed, or came or went.
  void settle(std::size_t person, std::size_t part, bool moved) {
    Somebody& somebody = people_[person];
    std::vector<MembershipChange> changes;
    Look look{kNow};
    if (first_part(person) == kParts) {
      somebody = {};
    } else if (moved) {
      evaluator_.look_at_all(views(person), look, somebody.memberships, changes);
      somebody.is_new = false;
    } else if (somebody.is_new) {
      evaluator_.look_first(views(person), touched_, look, somebody.memberships, changes);
      somebody.is_new = false;
    } else {
      evaluator_.look_again(views(person), touched_, look, somebody.memberships, changes);
    }
    touched_.clear();
    follow_up(person, person_of_[part] == person ? part : first_part(person), changes);
  }

  // Entering and leaving are events too.
  void follow_up(std::size_t person, std::size_t part, std::vector<MembershipChange> changes) {
    std::uint32_t index = 0;
    while (!changes.empty()) {
      if (!evaluator_.plan().counts_memberships()) return;
      for (const MembershipChange& change : changes) {
        const PlannedSegment* segment = evaluator_.plan().find(change.segment);
        if (segment == nullptr) continue;
        model::Event event;
        event.name = std::string(change.entered ? kEnteredEvent : kExitedEvent);
        event.segment = segment->name;
        event.part = part;
        event.at = 5000;
        event.offset = offset_;
        event.index = ++index;
        take(event);
      }
      changes.clear();
      Look look{kNow};
      evaluator_.look_again(views(person), touched_, look, people_[person].memberships, changes);
      touched_.clear();
    }
  }

  std::span<const PartView> views(std::size_t person) {
    views_.clear();
    for (std::size_t i = 0; i < kParts; ++i) {
      if (person_of_[i] == person) views_.push_back(view_of({i + 1}, parts_[i].stored));
    }
    return views_;
  }

  std::set<std::string> worked_out(std::size_t person) const {
    model::Person somebody;
    for (const model::Event& event : history_) {
      if (person_of_[event.part] == person) somebody.events.push_back(event);
    }
    for (const auto& [text, feature] : registry_.features) somebody.since[text] = feature.since.value;
    somebody.trait_sources = published_.trait_sources;
    for (const auto& [name, condition] : published_.segments) {
      if (condition.holds(somebody) == model::Truth(true)) somebody.segments.insert(name);
    }
    return somebody.segments;
  }

  Evaluator evaluator_;
  Registry registry_;
  Published published_;
  std::vector<Part> parts_;
  std::vector<std::size_t> person_of_;  // by part
  std::vector<Somebody> people_;
  std::vector<model::Event> history_;
  std::vector<PartView> views_;
  Touched touched_;
  std::uint64_t offset_ = 0;
};

RC_GTEST_PROP(EvaluationModel, MembershipsAreThoseOfAllEventsWorkedOutAnew, ()) {
  World world;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const int step = any(100);
    if (step < 85) {
      world.happen();
    } else if (step < 94) {
      world.regroup();
    } else {
      world.publish();
    }
    world.check();
  }
}

}  // namespace
}  // namespace tessera::segment
