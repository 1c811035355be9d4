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
    if (need.kind != Need::Kind::kFeature || need.text.size() > kMaxConditionBytes) continue;
    Vocabulary vocabulary;
    for (const std::string& name : condition.watched) vocabulary.segments.insert(name);
    std::vector<cel::Issue> issues;
    const auto again = compile_condition(need.text, vocabulary, cel::TypeKind::kDyn, issues);
    // The canonical text may be longer or deeper than what it was made from, and so run into a limit.
    if (again == nullptr) continue;
    TESSERA_ASSERT(again->needs.size() == 1);
    TESSERA_ASSERT(again->needs[0].feature == need.feature && again->needs[0].text == need.text);
  }
}

void check_person(const std::shared_ptr<const Plan>& plan, std::string_view properties) {
  Evaluator evaluator;
  evaluator.follow(plan);
  std::string features;
  Touched touched;
  std::vector<std::uint32_t> memberships;
  std::vector<MembershipChange> changes;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    event::Event event;
    event.name = i == 2 ? "B" : "A";
    event.properties = properties;
    event.occurred_at = {static_cast<std::int64_t>(i % 2) * 1000};
    evaluator.fold(event, "web", {event.occurred_at, {i}, 0}, features, touched);
    const PartView view{{1}, "", features};
    if (i == 1) {
      evaluator.look_first({&view, 1}, touched, memberships, changes);
    } else {
      evaluator.look_again({&view, 1}, touched, memberships, changes);
    }
    touched.clear();
    std::vector<std::uint32_t> all;
    evaluator.look_at_all({&view, 1}, all, changes);
    TESSERA_ASSERT(all == memberships);
  }
  const PartView view{{1}, "", features};
  const Explanation explanation =
      explain(evaluator, plan->segments()[0].condition, {&view, 1}, memberships, test_sources());
  TESSERA_ASSERT(explanation.holds == !memberships.empty());
  std::string json;
  append_json(json, explanation);
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
