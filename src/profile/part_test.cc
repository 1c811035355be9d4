#include "profile/part.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tessera::profile {
namespace {

struct Step {
  int type = 0;
  int name = 0;
  int time = 0;
  int trait = 0;
  bool trusted = false;
};

// Folds the steps in the order given; a step's offset is its number, whatever the order.
Part folded(const std::vector<std::pair<std::size_t, Step>>& steps) {
  Part part;
  for (const auto& [number, step] : steps) {
    const std::string name = "e" + std::to_string(step.name);
    const std::string value = std::to_string(number);
    const std::string trait = "t" + std::to_string(step.trait);
    event::Event event;
    event.type = step.type == 0 ? event::EventType::kIdentify : event::EventType::kTrack;
    event.name = step.type == 0 ? "" : std::string_view(name);
    event.occurred_at = {step.time};
    if (step.type == 0) event.traits = {{trait, value}};
    fold(part, event, {{number + 1}, {1}, step.trusted ? catalog::Trust::kServer : catalog::Trust::kPublic});
  }
  return part;
}

std::string stored(const Part& part) {
  std::string bytes;
  encode(part, bytes);
  return bytes;
}

std::vector<std::pair<std::size_t, Step>> any_steps() {
  const auto count = *rc::gen::inRange(0, 120);
  std::vector<std::pair<std::size_t, Step>> steps;
  for (int i = 0; i < count; ++i) {
    steps.emplace_back(i, Step{*rc::gen::inRange(0, 3), *rc::gen::inRange(0, 5), *rc::gen::inRange(0, 50),
                               *rc::gen::inRange(0, 4), *rc::gen::arbitrary<bool>()});
  }
  return steps;
}

RC_GTEST_PROP(Part, FoldsToTheSameWhateverTheOrder, ()) {
  auto steps = any_steps();
  const std::string in_order = stored(folded(steps));
  std::reverse(steps.begin(), steps.end());
  RC_ASSERT(stored(folded(steps)) == in_order);
}

RC_GTEST_PROP(Part, TwoHalvesUniteToTheWholeInEitherOrder, ()) {
  const auto steps = any_steps();
  std::vector<std::pair<std::size_t, Step>> one;
  std::vector<std::pair<std::size_t, Step>> other;
  for (const auto& step : steps) (*rc::gen::arbitrary<bool>() ? one : other).push_back(step);
  Part forth = folded(one);
  unite(forth, folded(other));
  Part back = folded(other);
  unite(back, folded(one));
  RC_ASSERT(stored(forth) == stored(folded(steps)));
  RC_ASSERT(stored(back) == stored(forth));
}

RC_GTEST_PROP(Part, StoredFormRoundTrips, ()) {
  const std::string bytes = stored(folded(any_steps()));
  RC_ASSERT(stored(*decode_part(bytes)) == bytes);
}

TEST(Part, CutOffBytesAreRefusedOrReadButNeverCrash) {
  std::vector<std::pair<std::size_t, Step>> steps;
  for (std::size_t i = 0; i < 60; ++i)
    steps.emplace_back(i, Step{static_cast<int>(i % 3), static_cast<int>(i % 5), 7, 1, true});
  const std::string bytes = stored(folded(steps));
  for (std::size_t size = 0; size < bytes.size(); ++size) static_cast<void>(decode_part(bytes.substr(0, size)));
}

TEST(Part, PastItsLimitsItSaysSoAndKeepsCounting) {
  Part part;
  for (std::size_t i = 0; i < kMaxEventNames + 10; ++i) {
    const std::string name = "e" + std::to_string(i);
    event::Event event;
    event.name = name;
    event.occurred_at = {static_cast<std::int64_t>(i)};
    fold(part, event, {{i + 1}, {1}, catalog::Trust::kServer});
  }
  EXPECT_TRUE(part.truncated);
  EXPECT_EQ(part.events.size(), kMaxEventNames);
  EXPECT_EQ(part.recent.size(), kRecent);
  EXPECT_EQ(part.recent.back().occurred_at.ms, static_cast<std::int64_t>(kMaxEventNames) + 9);
  EXPECT_EQ(part.last_seen.ms, static_cast<std::int64_t>(kMaxEventNames) + 9);
}

}  // namespace
}  // namespace tessera::profile
