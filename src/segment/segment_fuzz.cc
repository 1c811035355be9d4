// Input: a condition, a zero byte, an event's properties as JSON. No condition and no event may crash, hang or take
// much memory; a question's canonical text is stable; looking again after events comes to what looking at everything
// does.
#include "segment/evaluation.h"
#include "segment/explain.h"
#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

// A question's text asks the same question.
void check_canonical(const Condition& condition) {
  for (const Need& need : condition.needs) {
    const bool is_question = need.kind == Need::Kind::kFeature || need.kind == Need::Kind::kHistory;
    if (!is_question || need.text.size() > kMaxConditionBytes) continue;
    Vocabulary vocabulary;
    for (const std::string& name : condition.watched) vocabulary.segments.insert(name);
    std::vector<cel::Issue> issues;
    const auto again = compile_condition(need.text, vocabulary, cel::TypeKind::kDyn, issues);
    // The canonical text may be longer or deeper than what it was made from, and so run into a limit.
    if (again == nullptr) continue;
    TESSERA_ASSERT(again->needs.size() == 1);
    TESSERA_ASSERT(again->needs[0].kind == need.kind && again->needs[0].text == need.text);
    TESSERA_ASSERT(std::ranges::equal(again->needs[0].collected, need.collected, [](const auto& a, const auto& b) {
      return a.spec == b.spec && a.reach == b.reach;
    }));
  }
}

// Somebody as they are kept up to date.
class Person {
 public:
  explicit Person(const std::shared_ptr<const Plan>& plan) { evaluator_.follow(plan); }

  void take(std::uint64_t i, std::string_view properties) {
    pass_to({static_cast<std::int64_t>(i) * 1000});
    event::Event event;
    event.name = i == 2 ? "B" : "A";
    event.properties = properties;
    event.occurred_at = {static_cast<std::int64_t>(i % 2) * 1000};
    evaluator_.folder().fold(event, "web", {event.occurred_at, {i}, 0}, look_.now, part_, touched_);
    const PartView view = view_of({1}, part_);
    if (i == 1) {
      evaluator_.look_first({&view, 1}, touched_, look_, memberships_, changes_);
    } else {
      evaluator_.look_again({&view, 1}, touched_, look_, memberships_, changes_);
    }
    touched_.clear();
    check();
  }

  void explain_all() {
    const PartView view = view_of({1}, part_);
    const Explanation explanation = explain(evaluator_, evaluator_.plan().segments()[0].condition, {&view, 1},
                                            memberships_, test_sources(), look_.now);
    TESSERA_ASSERT(explanation.holds == !memberships_.empty());
    std::string json;
    append_json(json, explanation);
  }

  void pass_to(Timestamp now) {
    const PartView view = view_of({1}, part_);
    while (look_.due <= now) {
      look_.now = look_.due;
      evaluator_.look_when_due({&view, 1}, {}, look_, memberships_, changes_);
      check();
    }
    look_.now = now;
    check();
  }

 private:
  void check() {
    const PartView view = view_of({1}, part_);
    std::vector<std::uint32_t> all;
    Look anew{look_.now};
    evaluator_.look_at_all({&view, 1}, anew, all, changes_);
    TESSERA_ASSERT(is_new_ || all == memberships_);
    TESSERA_ASSERT(look_.due > look_.now && look_.due <= anew.due);
    is_new_ = false;
  }

  Evaluator evaluator_;
  profile::StoredPart part_;
  Look look_;
  Touched touched_;
  std::vector<std::uint32_t> memberships_;
  std::vector<MembershipChange> changes_;
  bool is_new_ = true;  // nobody has looked yet
};

void check_person(const std::shared_ptr<const Plan>& plan, std::string_view properties) {
  constexpr std::uint64_t kEvents = 3;
  Person person(plan);
  for (std::uint64_t i = 1; i <= kEvents; ++i) person.take(i, properties);
  person.explain_all();
}

}  // namespace
}  // namespace tessera::segment

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::segment;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view condition = input.substr(0, input.find('\0'));
  const std::string_view properties = input.substr(std::min(condition.size() + 1, input.size()));
  std::vector<tessera::cel::Issue> issues;
  const auto compiled = compile_condition(condition, {}, tessera::cel::TypeKind::kBool, issues);
  TESSERA_ASSERT(compiled != nullptr || !issues.empty());
  for (const auto& issue : issues) TESSERA_ASSERT(!tessera::cel::describe(issue, condition).empty());
  if (compiled == nullptr) return 0;
  check_canonical(*compiled);
  Registry registry;
  const auto plan = build_plan(TestDefinitions().segment("a", std::string(condition)), registry);
  if (plan->segments().size() == 1) check_person(plan, properties);
  return 0;
}
