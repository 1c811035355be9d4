// Memberships that change because time passes.
#include <gtest/gtest.h>

#include "segment/test_person.h"

namespace tessera::segment {
namespace {

TEST(EvaluationTime, WhatLeavesAWindowEndsMembershipAtThatInstant) {
  Person person(plan_of(TestDefinitions().segment("two", "events('X', duration('1s')).count() >= 2")));
  EXPECT_EQ(person.at(1000, "X"), "");
  EXPECT_EQ(person.at(1300, "X"), "+two");
  EXPECT_EQ(person.due(), 2000);
  EXPECT_EQ(person.pass_to(1999), "");
  EXPECT_EQ(person.pass_to(2000), "@2000 -two");
  EXPECT_EQ(person.due(), kNever.ms);
  EXPECT_EQ(person.looks(), 1);
}

TEST(EvaluationTime, WhatComesIntoAWindowBeginsMembership) {
  Person person(plan_of(TestDefinitions()
                            .segment("then", "events('X', between(duration('3s'), duration('1s'))).exists()")
                            .segment("not-now", "!events('X', duration('2s')).exists()")
                            .segment("risk", "in_segment('then') && in_segment('not-now')")));
  EXPECT_EQ(person.at(1000, "X"), "");
  EXPECT_EQ(person.pass_to(9000), "@2000 +then @3000 +not-now +risk @4000 -then -risk");
}

TEST(EvaluationTime, CalendarPeriodsTurnInTheirZone) {
  Person person(plan_of(TestDefinitions()
                            .segment("berlin", "events('X', calendar('day', 'Europe/Berlin')).exists()")
                            .segment("utc", "events('X', calendar('day', 'UTC')).exists()")
                            .segment("yesterday", "events('X', calendar('day', 'UTC', -1)).exists()")
                            .segment("month", "events('X', calendar('month', 'UTC')).exists()")));
  EXPECT_EQ(person.at(1 * kHourMs, "X"), "+berlin +month +utc");
  EXPECT_EQ(person.pass_to(40 * kDayMs),
            "@82800000 -berlin @86400000 -utc +yesterday @172800000 -yesterday "
            "@2678400000 -month");
}

TEST(EvaluationTime, OnlyAThresholdThatIsPassedIsAReasonToLook) {
  Person person(plan_of(TestDefinitions()
                            .segment("five", "events('X', duration('10s')).count() >= 5")
                            .segment("spent", "events('X', duration('10s')).sum(e, e.properties.n) >= 3.0")));
  for (std::int64_t i = 0; i < 20; ++i) person.at(1000 + i * 100, "X", R"({"n":0.5})");
  EXPECT_TRUE(person.is_in("five") && person.is_in("spent"));
  EXPECT_EQ(person.pass_to(60'000), "@12400 -spent @12500 -five");
  // When the fifth was there it was due to look when the first leaves; then where a number reaches a threshold.
  EXPECT_EQ(person.looks(), 4);
}

TEST(EvaluationTime, AThresholdThatASumStoodOnIsLeft) {
  Person person(plan_of(TestDefinitions()
                            .segment("more", "events('X', duration('1d')).sum(e, e.properties.n) > 0.3")
                            .segment("just", "events('X', duration('1d')).sum(e, e.properties.n) == 0.3")));
  EXPECT_EQ(person.at(1000, "X", R"({"n":0.3})"), "+just");
  EXPECT_EQ(person.at(1001, "X", R"({"n":0.1})"), "-just +more");  // 0.4 - 0.1 is more than 0.3
}

TEST(EvaluationTime, WhoeverUsesTheNumberItselfIsLookedAtWheneverItChanges) {
  Person person(plan_of(TestDefinitions().segment("odd", "events('X', duration('1s')).count() % 2 == 1")));
  EXPECT_EQ(person.at(1000, "X"), "+odd");
  EXPECT_EQ(person.at(1001, "X"), "-odd");
  EXPECT_EQ(person.at(1005, "X"), "+odd");
  EXPECT_EQ(person.pass_to(9000), "@2000 -odd @2001 +odd @2005 -odd");
}

TEST(EvaluationTime, ExtremesAndValuesChangeWhenTheOneThatShowsLeaves) {
  const std::string window = "events('X', duration('1s'))";
  Person person(plan_of(TestDefinitions()
                            .segment("high", window + ".max(e, e.properties.n) > 5.0")
                            .segment("last", window + ".last(e, e.properties.n) == 7")
                            .segment("first", window + ".first(2, e, e.properties.n) == [2, 7]")
                            .segment("kinds", window + ".count_distinct(e, e.properties.n) == 2")
                            .segment("often", window + ".most_frequent(e, e.properties.n) == 2")
                            .segment("mean", window + ".avg(e, e.properties.n) < 4.0")));
  EXPECT_EQ(person.at(1000, "X", R"({"n":2})"), "+mean +often");
  EXPECT_EQ(person.at(1200, "X", R"({"n":2})"), "");
  EXPECT_EQ(person.at(1400, "X", R"({"n":7})"), "+high +kinds +last");
  EXPECT_EQ(person.pass_to(9000), "@2000 +first -mean @2200 -first -kinds -often @2400 -high -last");
}

TEST(EvaluationTime, AnEventThatComesLateStandsWhereItBelongs) {
  Person person(plan_of(TestDefinitions()
                            .segment("two", "events('X', duration('1s')).count() >= 2")
                            .segment("then", "events('X', between(duration('3s'), duration('2s'))).exists()")));
  EXPECT_EQ(person.at(5000, "X"), "");
  EXPECT_EQ(person.track("X", "", 4100), "+two");
  EXPECT_EQ(person.due(), 5100);
  EXPECT_EQ(person.track("X", "", 4300), "");
  EXPECT_EQ(person.pass_to(5200), "");
  EXPECT_EQ(person.due(), 5300);
  EXPECT_EQ(person.track("X", "", 1), "");
  EXPECT_EQ(person.track("X", "", 2500), "+then");
  EXPECT_EQ(person.pass_to(5600), "@5300 -two @5500 -then");
}

TEST(EvaluationTime, AnEventOfTheFutureCountsFromItsTimeOn) {
  Person person(plan_of(TestDefinitions().segment("x", "events('X', duration('1s')).exists()")));
  EXPECT_EQ(person.track("X", "", 5000), "");
  EXPECT_EQ(person.pass_to(9000), "@5000 +x @6000 -x");
}

TEST(EvaluationTime, PartsAreOneHistory) {
  Person person(plan_of(TestDefinitions()
                            .segment("two", "events('X', duration('1s')).count() >= 2")
                            .segment("quick", "events('X').followed_by(events('Y'), duration('100ms')).exists()")
                            .segment("open",
                                     "events('X', duration('1s')).not_followed_by(events('Y'), "
                                     "duration('200ms')).exists()")),
                2);
  EXPECT_EQ(person.at(1000, "X", "", 0), "");
  EXPECT_EQ(person.at(1050, "Y", "", 1), "+quick");
  EXPECT_EQ(person.at(1500, "X", "", 1), "+two");
  EXPECT_EQ(person.pass_to(9000), "@1700 +open @2000 -two @2500 -open");
}

TEST(EvaluationTime, WhatIsNotFollowedIsKnownWhenTheTimeIsOver) {
  Person person(plan_of(TestDefinitions().segment(
      "abandoned", "events('Added', duration('1d')).not_followed_by(events('Ordered'), duration('1h')).exists()")));
  EXPECT_EQ(person.at(0, "Added"), "");
  EXPECT_EQ(person.at(kHourMs - 1, "Ordered"), "");
  EXPECT_EQ(person.at(kHourMs, "Added"), "");
  EXPECT_EQ(person.pass_to(2 * kHourMs), "@7200000 +abandoned");
  EXPECT_EQ(person.track("Ordered", "", 2 * kHourMs), "-abandoned");
  EXPECT_EQ(person.track("Added", "", 2 * kHourMs), "");
  EXPECT_EQ(person.pass_to(9 * kDayMs), "@10800000 +abandoned @93600000 -abandoned");
}

TEST(EvaluationTime, WhatHasToDoWithEachOtherIsOne) {
  Person person(plan_of(TestDefinitions().segment(
      "undecided",
      "events('Viewed', duration('30s')).not_followed_by(events('Ordered').each(e, e.properties.products), "
      "duration('3s'), v, b, v.properties.sku == b.sku).count_distinct(v, v.properties.sku) >= 2")));
  EXPECT_EQ(person.at(1000, "Viewed", R"({"sku":"a"})"), "");
  EXPECT_EQ(person.at(1500, "Viewed", R"({"sku":"b"})"), "");
  EXPECT_EQ(person.at(2000, "Viewed", R"({"sku":"c"})"), "");
  EXPECT_EQ(person.at(2500, "Ordered", R"({"products":[{"sku":"x"},{"sku":"b"}]})"), "");
  EXPECT_EQ(person.pass_to(60'000), "@5000 +undecided @31000 -undecided");
}

TEST(EvaluationTime, ComingsAndGoingsAreCountedInWindows) {
  Person person(
      plan_of(TestDefinitions()
                  .segment("active", "events('X', duration('1s')).exists()")
                  .segment("back",
                           "events('Segment Entered', duration('5s')).filter(e, e.properties.segment == 'active')"
                           ".count() >= 2")
                  .segment("gone",
                           "events('Segment Exited').filter(e, e.properties.segment == 'active')"
                           ".not_followed_by(events('Segment Entered').filter(e, e.properties.segment == 'active'), "
                           "duration('3s')).exists()")));
  EXPECT_EQ(person.at(1000, "X"), "+active");
  EXPECT_EQ(person.pass_to(3000), "@2000 -active");
  EXPECT_EQ(person.at(4000, "X"), "+active +back");
  EXPECT_EQ(person.pass_to(20'000), "@5000 -active @6000 -back @8000 +gone");
}

// ---- Publishing

// What the history says has been taken in: the features are as far back whole as they reach.
void fill(Registry& registry) {
  for (auto& [text, feature] : registry.features) feature.filled = feature.reach;
}

TEST(EvaluationTime, ASegmentThatWaitsForTheHistoryKeepsItsMembers) {
  Registry registry;
  auto definitions = TestDefinitions()
                         .segment("x", "events('X', duration('1s')).exists()")
                         .segment("named", "in_segment('x') && events('X').exists()")
                         .segment("counted", "events('X').count() >= 2");
  Person person(build_plan(definitions, registry));
  EXPECT_EQ(person.at(1000, "X"), "+x +named");
  definitions.segment("x", "events('X', duration('3s')).exists()");
  const auto pending = build_plan(definitions, registry, {100}, true);
  EXPECT_TRUE(pending->find("x")->is_pending && pending->find("named")->is_pending);
  EXPECT_FALSE(pending->find("counted")->is_pending);
  EXPECT_EQ(person.publish(pending), "");
  EXPECT_EQ(person.pass_to(3500), "");
  EXPECT_EQ(person.at(3600, "X"), "+counted");
  EXPECT_EQ(person.pass_to(9000), "");
  EXPECT_TRUE(person.is_in("x") && person.is_in("named"));
  fill(registry);
  EXPECT_EQ(person.publish(build_plan(definitions, registry, {200}, true)), "-x -named");
  EXPECT_EQ(person.at(9500, "X"), "+x +named");
  EXPECT_EQ(person.pass_to(20'000), "@12500 -x -named");
}

TEST(EvaluationTime, NobodyEntersASegmentThatWaits) {
  Registry registry;
  const auto definitions = TestDefinitions()
                               .segment("none", "events('X', duration('1s')).count() == 0")
                               .segment("some", "events('X', duration('1s')).exists() && now > timestamp(0)");
  Person person(build_plan(definitions, registry, {1}, true));
  EXPECT_EQ(person.at(1000, "X"), "");
  EXPECT_EQ(person.pass_to(1500), "");
  fill(registry);
  EXPECT_EQ(person.publish(build_plan(definitions, registry, {2}, true)), "+some");
  EXPECT_EQ(person.pass_to(9000), "@2000 +none -some");
}

TEST(EvaluationTime, WhatTheHistorySaysIsUnitedWithWhatCameSince) {
  Registry registry;
  const auto definitions = TestDefinitions()
                               .segment("three", "events('X', duration('5s')).count() >= 3")
                               .segment("sum", "events('X').sum(e, e.properties.n) >= 3.0");
  const auto plan = build_plan(definitions, registry, {1}, true);
  Person person(plan);
  EXPECT_EQ(person.at(3000, "X", R"({"n":1})"), "");
  profile::StoredPart history;
  const std::vector<std::uint32_t> features{0, 1};
  for (const std::int64_t at : {-3000, 500, 1000}) {
    event::Event event;
    event.name = "X";
    event.properties = R"({"n":1})";
    person.evaluator().folder().fold(features, event, "web", {{at}, {0}, static_cast<std::uint32_t>(at + 3000)}, {3000},
                                     history);
  }
  person.evaluator().folder().unite(person.stored(), history);
  fill(registry);
  EXPECT_EQ(person.publish(build_plan(definitions, registry, {2}, true)), "+sum +three");
  EXPECT_EQ(person.pass_to(9000), "@5500 -three");
}

TEST(EvaluationTime, PublishingTellsWhenToLookNext) {
  Registry registry;
  auto definitions = TestDefinitions().segment("a", "events('X', duration('5s')).count() >= 1");
  Person person(build_plan(definitions, registry));
  EXPECT_EQ(person.at(1000, "X"), "+a");
  EXPECT_EQ(person.due(), 6000);
  definitions.segment("b", "events('X', duration('2s')).exists()").segment("c", "now > timestamp(4)");
  EXPECT_EQ(person.publish(build_plan(definitions, registry)), "+b");
  EXPECT_EQ(person.due(), 3000);
  EXPECT_EQ(person.pass_to(9000), "@3000 -b @4001 +c @6000 -a");
}

}  // namespace
}  // namespace tessera::segment
