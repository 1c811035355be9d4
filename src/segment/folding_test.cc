#include "segment/folding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/series.h"
#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

event::Event tracked(std::string_view name, std::string_view properties = "") {
  event::Event event;
  event.name = name;
  event.properties = properties;
  return event;
}

std::shared_ptr<const Plan> plan_of(const TestDefinitions& definitions) {
  Registry registry;
  return build_plan(definitions, registry);
}

TEST(Folding, AnEventOfNoFeatureTouchesNothing) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events('X').exists(e, e.properties.n > 1)")));
  Touched touched;
  profile::StoredPart part;
  EXPECT_FALSE(folder.fold(tracked("Y"), "web", {}, {}, part, touched));
  EXPECT_FALSE(folder.fold(tracked("X", R"({"n":1})"), "web", {}, {}, part, touched));
  EXPECT_FALSE(folder.fold(tracked("X", "{"), "web", {}, {}, part, touched));
  EXPECT_TRUE(touched.empty());
  EXPECT_TRUE(part.features.empty());
}

TEST(Folding, TellsByHowMuchANumberGrew) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events('X').sum(e, e.properties.n) > 1.0")));
  Touched touched;
  profile::StoredPart part;
  EXPECT_TRUE(folder.fold(tracked("X", R"({"n":1.5})"), "web", {}, {}, part, touched));
  EXPECT_TRUE(folder.fold(tracked("X", R"({"n":-0.25})"), "web", {}, {}, part, touched));
  ASSERT_EQ(touched.features.size(), 1U);
  EXPECT_EQ(static_cast<std::int64_t>(touched.features[0].grown), 1'250'000);
}

TEST(Folding, WhatWouldGrowPastTheLimitStaysAsItIs) {
  TestDefinitions definitions;
  definitions.segment("a", "events('X').count() > 1").segment("b", "events('X').max(e, e.properties.v) == 'x'");
  Folder folder(100);
  folder.follow(plan_of(definitions));
  Touched touched;
  profile::StoredPart part;
  const std::string text(20, 'v');
  EXPECT_TRUE(folder.fold(tracked("X", R"({"v":")" + text + "\"}"), "web", {}, {}, part, touched));
  const std::size_t size = part.features.size();
  const std::string longer(80, 'w');
  EXPECT_TRUE(folder.fold(tracked("X", R"({"v":")" + longer + "\"}"), "web", {}, {}, part, touched));
  EXPECT_EQ(part.features.size(), size);
  EXPECT_EQ(read(Reading::kCount, find_feature_state(part.features, 1)).as_int(), 2);
  EXPECT_EQ(read(Reading::kMax, find_feature_state(part.features, 2)).text(), text);
}

TEST(Folding, SeriesKeepWhatWindowsMayCoverYet) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events('X', duration('1s')).sum(e, e.properties.n) > 1.0")));
  Touched touched;
  profile::StoredPart part;
  const auto fold = [&](std::int64_t at, std::int64_t now) {
    return folder.fold(tracked("X", R"({"n":1.5})"), "web", {{at}, {static_cast<std::uint64_t>(now)}, 0}, {now}, part,
                       touched);
  };
  EXPECT_FALSE(fold(1000, 2000));
  EXPECT_TRUE(part.series.empty() && touched.empty());
  EXPECT_TRUE(fold(1001, 2000));
  EXPECT_TRUE(fold(1500, 2001));
  ASSERT_EQ(touched.features.size(), 1U);
  EXPECT_EQ(static_cast<std::int64_t>(touched.features[0].grown), 2);
  EXPECT_EQ(static_cast<std::int64_t>(touched.features[0].grown_sum), 3'000'000);
  ASSERT_EQ(part.series.size(), 1U);
  EXPECT_EQ(count_entries(part.series[0]), 2U);
  EXPECT_TRUE(part.features.empty());
  EXPECT_TRUE(fold(9000, 9000));
  EXPECT_EQ(place_at(part.series[0], count_entries(part.series[0]) - 1).at, Timestamp{9000});
}

TEST(Folding, AnEntryHasAValueForEachColumn) {
  Folder folder;
  folder.follow(plan_of(
      TestDefinitions().segment("a",
                                "events('X').each(e, e.properties.l).followed_by(events('Y'), duration('1s'), a, b, "
                                "a.k + 'x' == b.name && a.n + 1 < b.properties.n && a.s + 'y' != b.source).exists()")));
  Touched touched;
  profile::StoredPart part;
  EXPECT_TRUE(folder.fold(tracked("X", R"({"l":[{"k":"p","n":1,"s":"q"},{"k":7,"n":null,"s":"r"}]})"), "web",
                          {{5}, {1}, 0}, {5}, part, touched));
  ASSERT_EQ(part.series.size(), 1U);
  const profile::Series& series = part.series[0];
  ASSERT_EQ(count_entries(series), 2U);
  EXPECT_EQ(value_at(series, 0, 0).text(), "px");
  EXPECT_EQ(value_at(series, 0, 1).as_double(), 2.0);
  EXPECT_EQ(value_at(series, 0, 2).text(), "qy");
  EXPECT_TRUE(value_at(series, 1, 0).is_error());
  EXPECT_TRUE(value_at(series, 1, 1).is_error());
  EXPECT_EQ(value_at(series, 1, 2).text(), "ry");
}

TEST(Folding, PastAPartsLimitASeriesIsFrozen) {
  Folder folder(100);
  folder.follow(plan_of(TestDefinitions().segment("a", "events('X', duration('1s')).count() > 1")));
  Touched touched;
  profile::StoredPart part;
  for (std::uint64_t i = 1; i <= 20; ++i) folder.fold(tracked("X"), "web", {{500}, {i}, 0}, {500}, part, touched);
  ASSERT_EQ(part.series.size(), 1U);
  EXPECT_TRUE(part.series[0].frozen);
  EXPECT_EQ(count_entries(part.series[0]), static_cast<std::size_t>(touched.features[0].grown));
  EXPECT_LT(count_entries(part.series[0]), 20U);
}

TEST(Folding, WhatComesOfTheHistoryIsWithinAPartsLimitToo) {
  const auto plan = plan_of(TestDefinitions().segment(
      "a", "events('X', duration('1s')).count() > 1 && events('Y', duration('1s')).exists()"));
  Folder wide;
  wide.follow(plan);
  profile::StoredPart history;
  Touched touched;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    wide.fold(tracked("X"), "web", {{500}, {i}, 0}, {500}, history, touched);
    wide.fold(tracked("Y"), "web", {{500}, {i}, 0}, {500}, history, touched);
  }
  Folder folder(400);
  folder.follow(plan);
  profile::StoredPart part;
  folder.unite(part, history);
  ASSERT_EQ(part.series.size(), 2U);
  EXPECT_EQ(count_entries(part.series[0]), 20U);
  EXPECT_FALSE(part.series[0].frozen);
  EXPECT_EQ(count_entries(part.series[1]), 0U);
  EXPECT_TRUE(part.series[1].frozen);
}

TEST(Folding, SeriesAndFeaturesHaveOneLimitTogether) {
  Folder folder(100);
  folder.follow(plan_of(TestDefinitions().segment(
      "a", "events('X', duration('1s')).count() > 1 && events('Y').max(e, e.properties.v) == 'x'")));
  Touched touched;
  profile::StoredPart part;
  for (std::uint64_t i = 1; i <= 20; ++i) folder.fold(tracked("X"), "web", {{500}, {i}, 0}, {500}, part, touched);
  EXPECT_FALSE(folder.fold(tracked("Y", R"({"v":"some text"})"), "web", {{500}, {21}, 0}, {500}, part, touched));
  EXPECT_TRUE(part.features.empty());
}

TEST(Folding, AFrozenSeriesBeginsAnewWhenAllOfItIsTooOld) {
  Folder folder(100);
  folder.follow(plan_of(TestDefinitions().segment("a", "events('X', duration('1s')).count() > 1")));
  Touched touched;
  profile::StoredPart part;
  for (std::uint64_t i = 1; i <= 20; ++i) folder.fold(tracked("X"), "web", {{500}, {i}, 0}, {500}, part, touched);
  folder.fold(tracked("X"), "web", {{1499}, {21}, 0}, {1499}, part, touched);
  EXPECT_TRUE(part.series[0].frozen);
  folder.fold(tracked("X"), "web", {{1500}, {22}, 0}, {1500}, part, touched);
  EXPECT_FALSE(part.series[0].frozen);
  EXPECT_EQ(count_entries(part.series[0]), 1U);
}

TEST(Folding, OneOfSeveralNamesIsEnough) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events(['X', 'Y']).count() > 1")));
  Touched touched;
  profile::StoredPart part;
  EXPECT_TRUE(folder.fold(tracked("X"), "web", {}, {}, part, touched));
  EXPECT_TRUE(folder.fold(tracked("Y"), "web", {}, {}, part, touched));
  EXPECT_FALSE(folder.fold(tracked("Z"), "web", {}, {}, part, touched));
  EXPECT_EQ(read(Reading::kCount, find_feature_state(part.features, 1)).as_int(), 2);
}

TEST(Folding, SeedingAddsUpTheNamesAndDropsSeriesThatNobodyAsks) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events(['X', 'Y']).count() > 1")));
  profile::Part known;
  for (const char* const name : {"X", "Y", "Y", "Z"}) {
    std::vector<std::string> changed;
    profile::fold(known, tracked(name), {{1}, {1}, catalog::Trust::kPublic}, false, changed);
  }
  profile::StoredPart part;
  profile::keep(known, part);
  part.series.push_back({.id = 99});
  const auto seeded = folder.seed(part);
  ASSERT_TRUE(seeded.has_value());
  EXPECT_TRUE(*seeded);
  EXPECT_TRUE(part.series.empty());
  EXPECT_EQ(read(Reading::kCount, find_feature_state(part.features, 1)).as_int(), 3);
}

TEST(Folding, APartThatDoesNotKnowAllNamesKeepsWhatItsFeaturesCounted) {
  Folder folder;
  folder.follow(plan_of(TestDefinitions().segment("a", "events(['X', 'Y']).count() > 1")));
  profile::Part known;
  std::vector<std::string> changed;
  profile::fold(known, tracked("X"), {{1}, {1}, catalog::Trust::kPublic}, false, changed);
  for (std::size_t i = 0; i < profile::kMaxEventNames; ++i) {
    profile::fold(known, tracked("n" + std::to_string(i)), {{2}, {1}, catalog::Trust::kPublic}, false, changed);
  }
  ASSERT_TRUE(known.truncated);
  profile::StoredPart part;
  profile::keep(known, part);
  ASSERT_TRUE(folder.seed(part).has_value());
  const auto count = [&] { return read(Reading::kCount, find_feature_state(part.features, 1)).as_int(); };
  EXPECT_EQ(count(), 1);
  Touched touched;
  folder.fold(tracked("Y"), "web", {{5}, {3}, 0}, {5}, part, touched);
  ASSERT_TRUE(folder.seed(part).has_value());
  EXPECT_EQ(count(), 2);
}

// However features are found (by what their filters demand, or one after another), the same ones take the event.
RC_GTEST_PROP(Folding, ChoosingByWhatFiltersDemandChangesNothing, ()) {
  TestDefinitions definitions;
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i % 4);
    const std::string kind = "e.properties.kind == 'k" + n + "'";
    const std::string shop = "e.properties.place.shop == 's" + n + "'";
    const std::string filter = i % 2 == 0 ? kind : *rc::gen::element(shop, shop + " && " + kind, kind + " || " + shop);
    definitions.segment("s" + std::to_string(i), "events('X').exists(e, " + filter + ")");
  }
  const auto plan = plan_of(definitions);
  const std::string text = "k" + std::to_string(*rc::gen::inRange(0, 5));
  const std::string kind = *rc::gen::element(std::string("null"), std::string("3"), '"' + text + '"');
  const std::string shop = *rc::gen::element(std::string("3"), std::string(R"({"shop":"s1"})"),
                                             std::string(R"({"shop":"s2"})"), std::string(R"({"shop":null})"));
  const std::string properties = R"({"kind":)" + kind + R"(,"place":)" + shop + "}";
  Folder folder;
  folder.follow(plan);
  Touched touched;
  profile::StoredPart part;
  folder.fold(tracked("X", properties), "web", {}, {}, part, touched);
  for (const Feature& feature : plan->features()) {
    const auto& filter = feature.spec.filter;
    const bool is_kind = filter.find("kind == \"" + text + '"') != std::string::npos && kind == '"' + text + '"';
    const bool is_shop =
        shop.starts_with(R"({"shop":"s)") && filter.find("shop == \"" + shop.substr(9, 2) + '"') != std::string::npos;
    const bool both = filter.find("&&") != std::string::npos;
    RC_ASSERT(!find_feature_state(part.features, feature.id).empty() ==
              (both ? is_kind && is_shop : is_kind || is_shop));
  }
}

}  // namespace
}  // namespace tessera::segment
