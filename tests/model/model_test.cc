// The properties. Each runs a script, with all that may go wrong in it, and then asks whether the world came out as if
// nothing had gone wrong. Read records.h, machine.h, world.h, embedded.h and distributed.h first.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "distributed.h"
#include "embedded.h"
#include "script.h"
#include "testing/random.h"
#include "world.h"

namespace tessera::model {

std::ostream& operator<<(std::ostream& out, const Script& script) {
  out << script.shards << " shards, " << script.step_limit << " steps per input\n";
  for (const Said& said : script.said) {
    constexpr const char* kNames[] = {"event", "unmerge", "tick"};
    out << "  after " << said.pause << ": " << kNames[static_cast<int>(said.kind)];
    for (const int identifier : said.identifiers) out << " " << identifier;
    out << "\n";
  }
  for (const Step& step : script.steps) out << "  step " << step.kind << " " << step.a << " " << step.b << "\n";
  return out;
}

namespace {

// Every event that a sender was told is kept took effect, once.
std::string check_kept(const std::set<std::pair<int, int>>& kept, const World& world) {
  std::map<std::pair<int, int>, int> applied;
  for (const Effect& effect : world.effects) {
    if (effect.kind == Effect::Kind::kApplied)
      ++applied[{static_cast<int>(effect.first), static_cast<int>(effect.second)}];
  }
  std::ostringstream out;
  for (const auto& [source, message] : kept) {
    const int times = applied[{source, message}];
    if (times != 1)
      out << "message " << source << ":" << message << " was acknowledged and applied " << times << " times\n";
  }
  return out.str();
}

// ---- One machine room: crashes, lost tails, cuts at any time, senders that try again.

Embedded play_embedded(const Script& script, const Settings& settings) {
  Embedded engine(settings, script.step_limit);
  const std::vector<Input> inputs = inputs_of(script);
  std::size_t next = 0;
  std::int64_t now = 0;
  const auto say = [&](std::size_t i) {
    now = std::max(now, inputs[i].time);
    engine.append({now, inputs[i].what});
  };
  for (const Step& step : script.steps) {
    switch (step.kind % 12) {
      case 0:
      case 1:
      case 2:
        if (next < inputs.size()) say(next++);
        break;
      case 3:  // a sender tries again, whether it was answered or not
        if (next > 0 && std::holds_alternative<Event>(inputs[step.a % next].what)) say(step.a % next);
        break;
      case 4:
      case 5:
        engine.sync();
        break;
      case 6:
        engine.acknowledge();
        break;
      case 7:
      case 8:
        for (unsigned n = 0; n <= step.a % 4; ++n) engine.step();
        break;
      case 9:
        engine.make_sink_durable();
        break;
      case 10:
        engine.cut();
        break;
      default:
        engine.acknowledge();
        engine.crash(step.a % 3);
    }
  }
  // Senders try again what they were not told is kept.
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto* event = std::get_if<Event>(&inputs[i].what);
    if (i >= next || (event != nullptr && !engine.acknowledged().contains({event->source, event->message}))) say(i);
  }
  engine.settle();
  return engine;
}

std::string check_embedded(const Script& script, const Settings& settings) {
  const Embedded engine = play_embedded(script, settings);
  std::string wrong = difference(plainly(engine.log(), settings.shards), engine.world());
  wrong += check_kept(engine.acknowledged(), engine.world());
  if (!engine.quiet()) wrong += "something still waits\n";
  if (engine.contradicted()) wrong += "an effect was told twice, differently\n";

  Embedded undisturbed(settings, script.step_limit);
  for (const Input& input : engine.log()) undisturbed.append(input);
  undisturbed.sync();
  while (undisturbed.step()) {
  }
  if (!same_state(engine, undisturbed)) wrong += "the log replayed without crashes gives another state\n";
  return wrong;
}

// ---- Many machine rooms: each machine at its own pace, dying and being replaced, messages sent twice.

Distributed play_distributed(const Script& script, const Settings& settings) {
  Distributed cluster(settings);
  const std::vector<Input> inputs = inputs_of(script);
  std::size_t next = 0;
  std::int64_t now = 0;
  const auto say = [&](std::size_t i) {
    now = std::max(now, inputs[i].time);
    cluster.append({now, inputs[i].what});
  };
  for (const Step& step : script.steps) {
    // Half of the time it is Core's turn: everything comes from there.
    const MachineId id = step.b % 2 == 0 ? kCore : 1 + static_cast<MachineId>(step.a) % settings.shards;
    switch (step.kind % 16) {
      case 0:
      case 1:
      case 2:
        if (next < inputs.size()) say(next++);
        break;
      case 3:
        if (next > 0 && std::holds_alternative<Event>(inputs[step.a % next].what)) say(step.a % next);
        break;
      case 4:
      case 5:
      case 6:
        for (unsigned n = 0; n <= step.a % 4; ++n) cluster.consume(id);
        break;
      case 7:
      case 8:
      case 9:
        for (unsigned n = 0; n <= step.b % 8; ++n) cluster.send(id);
        break;
      case 10:
      case 11:
        cluster.cut(id);
        break;
      case 12:
        cluster.crash(id);
        break;
      case 13:
        cluster.displace(id);
        break;
      case 14:
        cluster.wander(step.a);
        break;
      default:
        cluster.repeat(id, step.a);
    }
  }
  while (next < inputs.size()) say(next++);
  cluster.settle();
  return cluster;
}

std::string check_distributed(const Script& script, const Settings& settings) {
  const Distributed cluster = play_distributed(script, settings);
  std::string wrong = difference(plainly(cluster.inputs(), settings.shards), cluster.world());
  if (!cluster.quiet()) wrong += "something still waits\n";
  if (cluster.contradicted()) wrong += "an effect was told twice, differently\n";
  if (!cluster.replays()) wrong += "an inbox replayed gives another state\n";
  return wrong;
}

// ---- The tests.

Script any_script() {
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  testing::Random random(seed);
  Script script = make_script([&](std::uint64_t n) { return random.below(n); }, 0, 0);
  const auto choice = rc::gen::inRange<unsigned>(0, 1000);
  script.steps = *rc::gen::scale(
      4.0, rc::gen::container<std::vector<Step>>(rc::gen::build<Step>(
               rc::gen::set(&Step::kind, choice), rc::gen::set(&Step::a, choice), rc::gen::set(&Step::b, choice))));
  const auto said = rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](std::uint32_t from) {
    testing::Random words(from);
    return make_said([&](std::uint64_t n) { return words.below(n); });
  });
  script.said = *rc::gen::container<std::vector<Said>>(said);
  return script;
}

void expect_right(const std::string& wrong, const Script& script) {
  if (wrong.empty()) return;
  std::ostringstream out;
  out << wrong << script;
  RC_FAIL(out.str());
}

RC_GTEST_PROP(Embedded, EndsAsIfNothingHadGoneWrong, ()) {
  const Script script = any_script();
  expect_right(check_embedded(script, {.shards = script.shards}), script);
}

RC_GTEST_PROP(Distributed, EndsAsIfNothingHadGoneWrong, ()) {
  const Script script = any_script();
  expect_right(check_distributed(script, {.shards = script.shards}), script);
}

// Who gets the last of a bounded good is decided by the order in Core's inbox, which is no function of the events. But
// it is decided once, nothing is given twice, and everybody remembers the same.
RC_GTEST_PROP(Distributed, NeverGrantsMoreThanThereIs, ()) {
  const Script script = any_script();
  const Settings settings{.shards = script.shards, .points = 2};
  const Distributed cluster = play_distributed(script, settings);
  const World world = cluster.world();
  std::uint64_t asked = 0;
  std::uint64_t granted = 0;
  for (const auto& [id, part] : world.parts) {
    RC_ASSERT(part.state.asked == part.state.points + part.state.refused);
    const auto books = world.granted.find(id);
    RC_ASSERT(part.state.points == (books == world.granted.end() ? 0 : books->second));
    asked += part.state.asked;
    granted += part.state.points;
  }
  RC_ASSERT(granted == std::min<std::uint64_t>(asked, settings.points));
  RC_ASSERT(cluster.replays());
}

// ---- Every rule is needed: without it, some script comes out wrong. So the properties above do see it.

enum class Where : std::uint8_t { kEmbedded, kDistributed };
struct Omission {
  Flaw flaw;
  Where where;
  const char* name;
};

class EveryRule : public ::testing::TestWithParam<Omission> {};

TEST_P(EveryRule, IsNeeded) {
  const auto [flaw, where, name] = GetParam();
  constexpr std::uint64_t kScripts = 1500;
  for (std::uint64_t seed = 0; seed < kScripts; ++seed) {
    testing::Random random(seed);
    // Without steps nothing is handled before everything is said: then most is on its way at once.
    constexpr std::size_t kSteps[] = {300, 30, 0};
    Script script = make_script([&](std::uint64_t n) { return random.below(n); }, 20, kSteps[seed % 3]);
    script.shards = 1 + script.shards % 8;
    const Settings flawed{.shards = script.shards, .flaw = flaw};
    const auto check = where == Where::kEmbedded ? check_embedded : check_distributed;
    if (check(script, flawed).empty()) continue;
    const std::string sound = check(script, {.shards = script.shards});
    EXPECT_EQ(sound, "") << script;
    return;
  }
  FAIL() << "none of " << kScripts << " scripts noticed";
}

INSTANTIATE_TEST_SUITE_P(
    Model, EveryRule,
    ::testing::Values(Omission{Flaw::kDuplicatesByProfile, Where::kEmbedded, "DuplicatesAreDroppedBeforeIdentity"},
                      Omission{Flaw::kMarksOutsideCuts, Where::kEmbedded, "MarksBelongToTheCut"},
                      Omission{Flaw::kAcknowledgeBeforeSync, Where::kEmbedded, "SyncComesBeforeAcknowledgement"},
                      Omission{Flaw::kCutBeforeSinks, Where::kEmbedded, "CutsWaitForSinks"},
                      Omission{Flaw::kNoMarks, Where::kDistributed, "ReceiversKeepMarks"},
                      Omission{Flaw::kNoWaiting, Where::kDistributed, "EventsWaitForThePartOnItsWay"},
                      Omission{Flaw::kAnswerTheAsker, Where::kDistributed, "AnswersFollowThePart"},
                      Omission{Flaw::kCutBeforeOutputs, Where::kDistributed, "CutsWaitForOutputs"}),
    [](const auto& omission) { return omission.param.name; });

// Too rare for random scripts (RapidCheck took 761 to find it, and shortened it to this): 3 is merged into 2 and taken
// out again while 2 itself is on its way. What was sent to 2 must not be taken by 3, who expects the same part.
TEST(EveryRuleIsNeeded, PartsGoToWhomTheyWereSent) {
  using enum Said::Kind;
  Script script;
  script.shards = 1;
  script.said = {{kEvent, {7}, 1, 1},     {kEvent, {5, 6}, 1, 1}, {kEvent, {3}, 1, 5},
                 {kEvent, {7, 5}, 1, 0},  {kUnmerge, {5}, 0, 0},  {kEvent, {2, 3}, 1, 30},
                 {kEvent, {0, 2}, 1, 30}, {kEvent, {5, 3}, 1, 0}, {kUnmerge, {3}, 0, 30}};
  EXPECT_EQ(check_distributed(script, {.shards = 1}), "");
  EXPECT_NE(check_distributed(script, {.shards = 1, .flaw = Flaw::kArrivalsByPart}), "");
}

}  // namespace
}  // namespace tessera::model
