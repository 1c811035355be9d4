// Whatever is published and happens, memberships that are kept up to date are those that come of all events anew.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/documents.h"
#include "segment/evaluation.h"
#include "segment/test_any_condition.h"
#include "segment/test_model.h"
#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

constexpr std::size_t kParts = 4;

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
    out.computed.back().history = any_history(1);
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
    event.at = std::max<std::int64_t>(0, now_ / kTick + (chance(60) ? 0 : any(20) - 16)) * kTick;
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
    const auto plan = build_plan(definitions, registry_, {offset_}, true);
    segment_kind().check_all(definitions.definitions(), [](const catalog::Problem& problem) {
      RC_FAIL(to_text(problem.key) + problem.pointer + ": " + problem.message);
    });
    RC_ASSERT(plan->segments().size() == published_.segments.size());
    definitions_ = definitions;
    follow(plan);
    if (chance(60)) fill();
  }

  // Takes what happened before they were asked into the features that wait for it.
  void fill() {
    const Plan& plan = evaluator_.plan();
    for (Part& part : parts_) {
      profile::StoredPart history;
      for (std::uint32_t i = 0; i < plan.features().size(); ++i) {
        const Feature& feature = plan.features()[i];
        if (feature.is_whole()) continue;
        for (const model::Event& event : history_) {
          if (&parts_[event.part] != &part || event.offset > feature.since.value) continue;
          const Raw raw(event);
          evaluator_.folder().fold({&i, 1}, raw.event, event.source, raw.moment, {now_}, history);
        }
      }
      evaluator_.folder().unite(part.stored, history);
    }
    for (auto& [text, feature] : registry_.features) feature.filled = feature.reach;
    ++offset_;
    follow(build_plan(definitions_, registry_, {offset_}, true));
    for (const PlannedSegment& segment : evaluator_.plan().segments()) RC_ASSERT(!segment.is_pending);
  }

  // Lets time pass. Whoever is due is looked at when they are; just before, it still is as it was.
  void pass(std::int64_t ms) {
    const std::int64_t until = now_ + ms;
    for (;;) {
      const auto next =
          std::ranges::min_element(people_, {}, [](const Somebody& somebody) { return somebody.look.due; });
      if (next->look.due.ms > until) break;
      const auto person = static_cast<std::size_t>(next - people_.begin());
      if (next->look.due.ms > now_) {
        now_ = next->look.due.ms - 1;
        check();
        ++now_;
      }
      ++offset_;
      next->look.now = {now_};
      std::vector<MembershipChange> changes;
      evaluator_.look_when_due(views(person), {}, next->look, next->memberships, changes);
      follow_up(person, first_part(person), changes);
      RC_ASSERT(next->look.due > next->look.now);
      if (next_due() > now_) check();
    }
    now_ = until;
  }

  void check() {
    for (std::size_t person = 0; person < people_.size(); ++person) {
      if (people_[person].is_new) continue;
      std::set<std::string> kept;
      for (const std::uint32_t id : people_[person].memberships) kept.insert(evaluator_.plan().find(id)->name);
      std::set<std::string> expected = worked_out(person);
      for (const PlannedSegment& segment : evaluator_.plan().segments()) {
        if (!segment.is_pending) continue;  // nobody comes or goes: `follow_up` sees to it
        kept.erase(segment.name);
        expected.erase(segment.name);
      }
      if (kept == expected) continue;
      for (const auto& [name, condition] : published_.segments) {
        RC_LOG() << name << ": " << condition.text() << (kept.contains(name) ? " kept" : "")
                 << (expected.contains(name) ? " expected" : "") << "\n";
      }
      RC_FAIL("memberships differ at " + std::to_string(now_));
    }
  }

 private:
  struct Part {
    profile::Part part;
    profile::StoredPart stored;
  };
  struct Somebody {
    Look look{};
    std::vector<std::uint32_t> memberships;
    bool is_new = true;
  };

  // An event as it comes.
  struct Raw {
    explicit Raw(const model::Event& from) : moment{{from.at}, {from.offset}, from.index} {
      std::string lines;
      for (const auto& [n, kind] : from.lines) {
        lines += (lines.empty() ? "" : ",") + ("{\"n\":" + json_of(n) + ",\"kind\":" + json_of(kind) + "}");
      }
      json = "{\"n\":" + json_of(from.n) + ",\"kind\":" + json_of(from.kind) + ",\"lines\":[" + lines +
             "],\"segment\":" + json_of(from.segment) + "}";
      event::parse_type(from.type, &event.type);
      event.name = from.name;
      event.properties = json;
      event.occurred_at = {from.at};
      if (!from.trait) return;
      trait = json_of(*from.trait);
      event.traits.push_back({"t", trait});
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;

    std::string json;
    std::string trait;
    event::Event event;
    Moment moment;
  };

  std::int64_t next_due() const {
    return std::ranges::min(people_, {}, [](const Somebody& somebody) { return somebody.look.due; }).look.due.ms;
  }

  // Another plan, and the sweep that follows.
  void follow(const std::shared_ptr<const Plan>& plan) {
    const auto changed = changed_segments(evaluator_.plan(), *plan);
    evaluator_.follow(plan);
    for (Part& part : parts_) RC_ASSERT(evaluator_.folder().seed(part.stored).has_value());
    ++offset_;  // a sweep's records come after the one that published
    for (std::size_t person = 0; person < people_.size(); ++person) {
      if (people_[person].is_new) continue;
      std::vector<MembershipChange> changes;
      people_[person].look.now = {now_};
      evaluator_.look_at(views(person), changed, people_[person].look, people_[person].memberships, changes);
      follow_up(person, first_part(person), changes);
    }
  }

  std::size_t first_part(std::size_t person) const {
    return static_cast<std::size_t>(std::find(person_of_.begin(), person_of_.end(), person) - person_of_.begin());
  }

  void take(const model::Event& event) {
    history_.push_back(event);
    Part& part = parts_[event.part];
    const Raw raw(event);
    const bool till = event.source == "till";
    const profile::Origin origin{
        {event.offset}, {till ? 2U : 1U}, till ? catalog::Trust::kServer : catalog::Trust::kPublic};
    profile::fold(part.part, raw.event, origin, false, touched_.traits);
    if (event.group_size) {
      const std::string traits = "{\"size\":" + std::to_string(*event.group_size) + "}";
      profile::fold(part.part, {{event.offset}, "g", traits, {event.at}, {event.offset}, {event.offset}});
      touched_.groups = true;
    }
    profile::keep(part.part, part.stored);
    evaluator_.folder().fold(raw.event, event.source, raw.moment, {now_}, part.stored, touched_);
  }

  // Looks at somebody after `part` changed, or came or went.
  void settle(std::size_t person, std::size_t part, bool moved) {
    Somebody& somebody = people_[person];
    std::vector<MembershipChange> changes;
    somebody.look.now = {now_};
    if (first_part(person) == kParts) {
      somebody = {};
    } else if (moved) {
      evaluator_.look_at_all(views(person), somebody.look, somebody.memberships, changes);
      somebody.is_new = false;
    } else if (somebody.is_new) {
      evaluator_.look_first(views(person), touched_, somebody.look, somebody.memberships, changes);
      somebody.is_new = false;
    } else {
      evaluator_.look_again(views(person), touched_, somebody.look, somebody.memberships, changes);
    }
    touched_.clear();
    follow_up(person, person_of_[part] == person ? part : first_part(person), changes);
  }

  // Entering and leaving are events too.
  void follow_up(std::size_t person, std::size_t part, std::vector<MembershipChange> changes) {
    std::uint32_t index = 0;
    for (const MembershipChange& change : changes) {
      const PlannedSegment* segment = evaluator_.plan().find(change.segment);
      RC_ASSERT((segment == nullptr || !segment->is_pending));
    }
    while (!changes.empty()) {
      if (!evaluator_.plan().counts_memberships()) return;
      for (const MembershipChange& change : changes) {
        const PlannedSegment* segment = evaluator_.plan().find(change.segment);
        if (segment == nullptr) continue;
        model::Event event;
        event.name = std::string(change.entered ? kEnteredEvent : kExitedEvent);
        event.segment = segment->name;
        event.part = part;
        event.at = now_;
        event.offset = offset_;
        event.index = ++index;
        take(event);
      }
      changes.clear();
      evaluator_.look_again(views(person), touched_, people_[person].look, people_[person].memberships, changes);
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
    somebody.now = now_;
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
  TestDefinitions definitions_;
  std::uint64_t offset_ = 0;
  std::int64_t now_ = 4000;
};

RC_GTEST_PROP(EvaluationModel, MembershipsAreThoseOfAllEventsWorkedOutAnew, ()) {
  World world;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const int step = any(100);
    if (step < 60) {
      world.happen();
    } else if (step < 85) {
      world.pass(chance(70) ? any(9) * kTick : any(3000));
    } else if (step < 88) {
      world.fill();
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
