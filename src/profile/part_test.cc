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
  std::vector<std::string> changed;
  for (const auto& [number, step] : steps) {
    const std::string name = "e" + std::to_string(step.name);
    const std::string value = std::to_string(number);
    const std::string trait = "t" + std::to_string(step.trait);
    event::Event event;
    event.type = step.type == 0 ? event::EventType::kIdentify : event::EventType::kTrack;
    event.name = step.type == 0 ? "" : std::string_view(name);
    event.occurred_at = {step.time};
    if (step.type == 0) event.traits = {{trait, value}};
    const auto trust = step.trusted ? catalog::Trust::kServer : catalog::Trust::kPublic;
    fold(part, event, {{number + 1}, {step.trusted ? 2U : 1U}, trust}, false, changed);
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

// Readers see the same word as conditions do, and it is the best of all parts' whatever the precedence.
RC_GTEST_PROP(Part, TheWordThatCountsIsTheBestOfAllParts, ()) {
  const auto steps = any_steps();
  std::vector<std::pair<std::size_t, Step>> one;
  std::vector<std::pair<std::size_t, Step>> other;
  for (const auto& step : steps) (*rc::gen::arbitrary<bool>() ? one : other).push_back(step);
  TraitPrecedence precedence;
  if (*rc::gen::arbitrary<bool>()) precedence["t1"] = {{1}};
  const std::vector<Part> parts{folded(one), folded(other)};
  const std::vector<std::string> bytes{stored(parts[0]), stored(parts[1])};
  ProfileSnapshot snapshot;
  for (const Part& part : parts) combine(part, {1}, precedence, snapshot);
  for (int t = 0; t < 4; ++t) {
    const std::string name = "t" + std::to_string(t);
    const auto counts_for_more = [&](const Step& a, std::size_t at, const Step& b, std::size_t bt) {
      const int a_rank = precedence.contains(name) && a.trusted ? 1 : 0;
      const int b_rank = precedence.contains(name) && b.trusted ? 1 : 0;
      if (a_rank != b_rank) return a_rank < b_rank;
      return std::tuple(a.trusted, a.time, at) > std::tuple(b.trusted, b.time, bt);
    };
    std::optional<std::pair<std::size_t, Step>> best;
    for (const auto& [number, step] : steps) {
      if (step.type != 0 || step.trait != t) continue;
      if (!best || counts_for_more(step, number, best->second, best->first)) best = {number, step};
    }
    const std::string expected = best ? std::to_string(best->first) : "";
    const std::vector<std::string_view> views(bytes.begin(), bytes.end());
    RC_ASSERT(find_trait(views, precedence, name) == expected);
    const auto seen = std::find_if(snapshot.traits.begin(), snapshot.traits.end(),
                                   [&](const TraitSnapshot& s) { return s.name == name; });
    RC_ASSERT((seen == snapshot.traits.end() ? "" : seen->json) == expected);
  }
}

TEST(Part, AGroupsTraitsAreTheLatestAndTheOneJoinedLastComesFirst) {
  Part part;
  EXPECT_TRUE(fold(part, Group{{7}, "home", "{}", {1}, {1}, {1}}));
  EXPECT_TRUE(fold(part, Group{{3}, "work", R"({"size":3})", {2}, {2}, {2}}));
  EXPECT_TRUE(fold(part, Group{{7}, "home", R"({"size":2})", {}, {}, {5}}));
  EXPECT_FALSE(fold(part, Group{{7}, "home", R"({"size":9})", {}, {}, {4}}));
  const std::string bytes = stored(*decode_part(stored(part)));
  const std::vector<std::string_view> views{bytes};
  const auto groups = groups_of(views);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "work");
  EXPECT_EQ(groups[1].traits, R"({"size":2})");
  EXPECT_EQ(groups[1].joined, Offset{1});
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
    std::vector<std::string> changed;
    fold(part, event, {{i + 1}, {1}, catalog::Trust::kServer}, false, changed);
  }
  EXPECT_TRUE(part.truncated);
  EXPECT_EQ(part.events.size(), kMaxEventNames);
  EXPECT_EQ(part.recent.size(), kRecent);
  EXPECT_EQ(part.recent.back().occurred_at.ms, static_cast<std::int64_t>(kMaxEventNames) + 9);
  EXPECT_EQ(part.last_seen.ms, static_cast<std::int64_t>(kMaxEventNames) + 9);
}

}  // namespace
}  // namespace tessera::profile
