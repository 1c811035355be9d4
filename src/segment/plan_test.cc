#include "segment/plan.h"

#include <gtest/gtest.h>

#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

using Ids = std::vector<std::uint32_t>;
using Names = std::vector<std::string>;

Names names_of(const Plan& plan, const Ids& ids) {
  Names names;
  for (const std::uint32_t id : ids) names.push_back(plan.find(id)->name);
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Plan, EqualQuestionsAreOneFeature) {
  Registry registry;
  const auto plan = build_plan(
      TestDefinitions()
          .segment("a", "events('X').filter(e, e.properties.n > 1).count() > 2")
          .segment("b", "events(\"X\").filter(event, event.properties.n > 1).exists() || traits.t == 1")
          .segment("c", "events('X').sum(e, e.properties.n) > 1.0 && events('X').avg(e, e.properties.n) > 1.0")
          .trait("computed", "events('X').filter(e, (e.properties.n) > 1).count()"),
      registry);
  ASSERT_EQ(plan->features().size(), 2U);
  EXPECT_EQ(plan->features()[0].spec.text(), R"(events("X").filter(e, e.properties.n > 1).count())");
  EXPECT_EQ(plan->features()[1].spec.text(), R"(events("X").sum(e, e.properties.n))");
  EXPECT_EQ(plan->features()[1].needs.size(), 2U);
  EXPECT_EQ(plan->filters().size(), 1U);
  ASSERT_EQ(plan->computed().size(), 1U);
}

TEST(Plan, EqualFiltersAreOneWhateverIsAskedBehindThem) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .segment("a", "events('X').filter(e, e.properties.n > 1).count() > 2")
                                   .segment("b", "events('Y').filter(e, e.properties.n > 1).last() != null"),
                               registry);
  EXPECT_EQ(plan->features().size(), 2U);
  EXPECT_EQ(plan->filters().size(), 1U);
}

TEST(Plan, ANumberThatIsComparedKnowsItsThresholds) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .segment("a", "events('X').count() >= 10")
                                   .segment("b", "events('X').count() > 2 && traits.t == 1")
                                   .segment("c", "events('X').count() % 2 == 0"),
                               registry);
  ASSERT_EQ(plan->features()[0].needs.size(), 1U);
  const PlannedNeed& need = plan->needs()[plan->features()[0].needs[0]];
  ASSERT_EQ(need.thresholds.size(), 2U);
  EXPECT_EQ(need.thresholds[0].first, 2.0);
  EXPECT_EQ(plan->segments()[need.thresholds[0].second].name, "b");
  EXPECT_EQ(need.thresholds[1].first, 10.0);
  ASSERT_EQ(need.always.size(), 1U);
  EXPECT_EQ(plan->segments()[need.always[0]].name, "c");
  ASSERT_NE(plan->trait_need("t"), nullptr);
  EXPECT_EQ(plan->trait_need("t")->always.size(), 1U);
  EXPECT_EQ(plan->trait_need("other"), nullptr);
}

TEST(Plan, ASegmentComesAfterThoseItNames) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .segment("a", "in_segment('b') || in_segment('c')")
                                   .segment("b", "in_segment('c')")
                                   .segment("c", "events('X').exists()"),
                               registry);
  Names order;
  for (const PlannedSegment& segment : plan->segments()) order.push_back(segment.name);
  EXPECT_EQ(order, (Names{"c", "b", "a"}));
  EXPECT_EQ(plan->segment_need(0)->always, (Ids{1, 2}));
  EXPECT_EQ(plan->segment_need(2), nullptr);
}

TEST(Plan, WhatIsCircularOrWrongIsLeftOutWithAllThatNamesIt) {
  Registry registry;
  const auto plan =
      build_plan(TestDefinitions()
                     .segment("a", "in_segment('b')")
                     .segment("b", "events('Segment Entered').filter(e, e.properties.segment == 'a').exists()")
                     .segment("bad", "events('X')")
                     .segment("names-bad", "in_segment('bad')")
                     .segment("names-that", "!in_segment('names-bad')")
                     .segment("good", "traits.t == 1")
                     .trait("computed", "in_segment('bad')"),
                 registry);
  ASSERT_EQ(plan->segments().size(), 1U);
  EXPECT_EQ(plan->segments()[0].name, "good");
  EXPECT_TRUE(plan->computed().empty());
  EXPECT_TRUE(plan->features().empty());
}

TEST(Plan, ManyFiltersOnOnePropertyAreFoundByItsText) {
  TestDefinitions definitions;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    definitions.segment("s" + number,
                        "events('X').exists(e, e.source == 'web' && e.properties.kind == 'k" + number + "')");
  }
  definitions.segment("all", "events('X').count() > 1");
  Registry registry;
  const auto plan = build_plan(definitions, registry);
  const EventFeatures* features = plan->features_of(event::EventType::kTrack, "X");
  ASSERT_NE(features, nullptr);
  EXPECT_EQ(features->others.size(), 1U);
  ASSERT_EQ(features->choices.size(), 1U);
  EXPECT_EQ(features->choices[0].path, "e.properties.kind");
  EXPECT_EQ(features->choices[0].by_text.size(), 50U);
}

TEST(Plan, FeaturesOfAnyNameSeeEveryNameButTesserasOwn) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .segment("any", "events().count() > 1")
                                   .segment("x", "events('X').exists()")
                                   .segment("page", "pages().exists()"),
                               registry);
  EXPECT_EQ(plan->features_of(event::EventType::kTrack, "X")->others.size(), 2U);
  EXPECT_EQ(plan->features_of(event::EventType::kTrack, "Y")->others.size(), 1U);
  EXPECT_EQ(plan->features_of(event::EventType::kPage, "X")->others.size(), 1U);
  EXPECT_TRUE(plan->features_of(event::EventType::kTrack, kEnteredEvent)->others.empty());
  EXPECT_EQ(plan->features_of(event::EventType::kScreen, "X"), nullptr);
}

TEST(Plan, WindowsOverTheSameAreOneSeriesAsFarBackAsTheLongest) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .segment("a", "events('X', duration('1d')).count() >= 2")
                                   .segment("b", "events('X', between(duration('5d'), duration('2d'))).count() >= 2")
                                   .segment("c", "events('X', duration('1d')).sum(e, e.properties.n) > 1.0")
                                   .segment("d", "events('X', duration('3d')).avg(e, e.properties.n) > 1.0"),
                               registry);
  ASSERT_EQ(plan->features().size(), 2U);
  EXPECT_EQ(plan->features()[0].spec.text(), R"(events("X").series(e, []))");
  EXPECT_EQ(plan->features()[0].reach, 5 * kDayMs);
  EXPECT_EQ(plan->features()[1].spec.text(), R"(events("X").series(e, [e.properties.n]))");
  EXPECT_EQ(plan->features()[1].reach, 3 * kDayMs);
  EXPECT_EQ(plan->needs().size(), 4U);
}

TEST(Plan, OfASequenceEveryEntryMatters) {
  Registry registry;
  const auto plan =
      build_plan(TestDefinitions()
                     .segment("window", "events('X', duration('1d')).count() >= 2")
                     .segment("sequence", "events('X').followed_by(events('Y'), duration('1d')).count() >= 2"),
                 registry);
  for (const PlannedNeed& need : plan->needs()) {
    const bool is_window = need.asked.history.links.empty();
    EXPECT_EQ(need.thresholds.size(), is_window ? 1U : 0U) << need.text;
    EXPECT_EQ(need.levels.size(), is_window ? 1U : 0U) << need.text;
    EXPECT_EQ(need.always.size(), is_window ? 0U : 1U) << need.text;
  }
}

TEST(Plan, WhatIsNewOrGoesFurtherBackWaitsForTheHistory) {
  Registry registry;
  auto definitions = TestDefinitions()
                         .segment("counted", "events('X').count() >= 2")
                         .segment("short", "events('X', duration('1d')).exists()")
                         .segment("sum", "events('X').sum(e, e.properties.n) > 1.0")
                         .segment("named", "in_segment('sum')")
                         .trait("computed", "in_segment('named') ? 1 : 2");
  const auto waiting = [&](std::uint64_t now) {
    const auto plan = build_plan(definitions, registry, {now}, true);
    Names names;
    for (const PlannedSegment& segment : plan->segments()) {
      if (segment.is_pending) names.push_back(segment.name);
    }
    for (const ComputedTrait& trait : plan->computed()) {
      if (!trait.condition.is_whole) names.push_back(trait.name);
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  const auto fill = [&] {
    for (auto& [text, feature] : registry.features) feature.filled = feature.reach;
  };
  EXPECT_EQ(waiting(1), (Names{"computed", "named", "short", "sum"}));
  fill();
  EXPECT_EQ(waiting(2), Names{});
  definitions.segment("long", "events('X', duration('2d')).exists()");
  EXPECT_EQ(waiting(3), Names{"long"});
  EXPECT_EQ(registry.features.at(R"(events("X").series(e, []))").since, Offset{3});
  EXPECT_EQ(registry.features.at(R"(events("X").sum(e, e.properties.n))").since, Offset{1});
  fill();
  definitions.archive("segment", "long").archive("segment", "sum").archive("segment", "named");
  EXPECT_EQ(waiting(4), Names{});
  definitions.segment("long", "events('X', duration('36h')).exists()");
  EXPECT_EQ(waiting(5), Names{"long"});
}

TEST(Plan, SegmentsThatCompareNowAreKnown) {
  Registry registry;
  const auto plan = build_plan(TestDefinitions()
                                   .trait("idle", "days(now - events('X').last())")
                                   .segment("a", "traits.idle > 3")
                                   .segment("b", "in_segment('a')")
                                   .segment("c", "events('X', duration('1d')).exists()"),
                               registry);
  ASSERT_EQ(plan->timed_segments().size(), 1U);
  EXPECT_EQ(plan->segments()[plan->timed_segments()[0]].name, "a");
}

TEST(Plan, NumbersStayAndAreNeverGivenTwice) {
  Registry registry;
  auto definitions = TestDefinitions().segment("a", "events('X').exists()").segment("b", "events('Y').exists()");
  const auto first = build_plan(definitions, registry, {10});
  const std::uint32_t x = first->features()[0].id;
  EXPECT_EQ(first->features()[0].since, Offset{10});
  definitions.archive("segment", "a").segment("c", "events('Z').exists()");
  const auto second = build_plan(definitions, registry, {20});
  EXPECT_EQ(second->find_feature(x), kNone);
  EXPECT_EQ(second->find("b")->id, first->find("b")->id);
  definitions.segment("a", "events('X').exists()");
  const auto third = build_plan(definitions, registry, {30});
  EXPECT_EQ(third->find("a")->id, first->find("a")->id);
  EXPECT_EQ(third->find_feature(x), kNone);
  EXPECT_EQ(third->features().back().since, Offset{30});
  EXPECT_EQ(third->features().size(), 3U);
}

TEST(Plan, TheRegistrysStoredFormRoundTrips) {
  Registry registry;
  build_plan(TestDefinitions().segment("a", "events('X').exists()").segment("b", "traits.t == 1"), registry, {7});
  std::string bytes;
  encode(registry, bytes);
  const auto again = decode_registry(bytes);
  ASSERT_TRUE(again);
  std::string bytes_again;
  encode(*again, bytes_again);
  EXPECT_EQ(bytes_again, bytes);
  EXPECT_EQ(again->features.begin()->second.since, Offset{7});
  EXPECT_EQ(again->features.begin()->second.reach, kForever);
  EXPECT_EQ(again->features.begin()->second.filled, kForever);
  EXPECT_EQ(again->next_segment, 3U);
  EXPECT_FALSE(decode_registry("\x0a\x50"));
}

TEST(Registry, FeaturesOfBeforeThereWereWindowsAreWhole) {
  const auto old = decode_registry(std::string_view("\x0a\x07\x0a\x01x\x10\x05\x18\x07", 9));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->features.at("x").id, 5U);
  EXPECT_EQ(old->features.at("x").reach, kForever);
  EXPECT_EQ(old->features.at("x").filled, kForever);
}

TEST(ChangedSegments, AreThoseThatMeanSomethingElse) {
  const auto base = TestDefinitions()
                        .segment("own", "traits.a == 1")
                        .segment("same", "events('X').count() >= 2")
                        .segment("named", "in_segment('own')")
                        .segment("computed", "traits.c > 1")
                        .segment("ranked", "traits.r == 'x'")
                        .trait("c", "events('X').count()");
  Registry registry;
  const auto before = build_plan(base, registry);
  EXPECT_TRUE(changed_segments(*before, *before).empty());
  const auto own = build_plan(TestDefinitions(base).segment("own", "traits.a == 2"), registry);
  EXPECT_EQ(names_of(*own, changed_segments(*before, *own)), (Names{"named", "own"}));
  const auto computed = build_plan(TestDefinitions(base).trait("c", "events('Y').count()"), registry);
  EXPECT_EQ(names_of(*computed, changed_segments(*before, *computed)), (Names{"computed"}));
  const auto ranked = build_plan(TestDefinitions(base).precedence("r", R"(["till"])"), registry);
  EXPECT_EQ(names_of(*ranked, changed_segments(*before, *ranked)), (Names{"ranked"}));
  const auto spelled = build_plan(TestDefinitions(base).segment("own", "(traits.a) == 1"), registry);
  EXPECT_TRUE(changed_segments(*before, *spelled).empty());
  const auto added = build_plan(TestDefinitions(base).segment("new", "traits.a == 1"), registry);
  EXPECT_EQ(names_of(*added, changed_segments(*before, *added)), (Names{"new"}));
}

TEST(ChangedSegments, IncludeThoseThatWaitedAndLeaveOutThoseThatWait) {
  Registry registry;
  const auto with =
      TestDefinitions().segment("a", "events('X', duration('1d')).exists()").segment("b", "traits.t == 1");
  const auto nothing = build_plan(TestDefinitions(), registry, {1}, true);
  const auto waits = build_plan(with, registry, {2}, true);
  EXPECT_EQ(names_of(*waits, changed_segments(*nothing, *waits)), (Names{"b"}));
  for (auto& [text, feature] : registry.features) feature.filled = feature.reach;
  const auto whole = build_plan(with, registry, {3}, true);
  EXPECT_EQ(names_of(*whole, changed_segments(*waits, *whole)), (Names{"a"}));
}

TEST(ChangedSegments, IncludeThoseWhoseHistoryBeganAnew) {
  Registry registry;
  const auto with = TestDefinitions().segment("a", "events('X').exists()");
  const auto before = build_plan(with, registry, {1});
  build_plan(TestDefinitions(), registry, {2});
  const auto after = build_plan(with, registry, {3});
  EXPECT_EQ(names_of(*after, changed_segments(*before, *after)), (Names{"a"}));
}

}  // namespace
}  // namespace tessera::segment
