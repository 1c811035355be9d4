#include "segment/meetings.h"

#include <gtest/gtest.h>

#include "segment/test_conditions.h"
#include "segment/test_person.h"

namespace tessera::segment {
namespace {

constexpr std::int64_t kDay = 86'400'000;

// Each flips where it says, and is looked at at no more than so many instants.
struct Flips {
  std::string condition;
  std::string in;  // the person's comings and goings, after an X at 1000
  int looks;
};

class MeetingsFlips : public testing::TestWithParam<Flips> {};

TEST_P(MeetingsFlips, ToTheMillisecond) {
  const auto& [condition, expected, looks] = GetParam();
  Person person(plan_of(TestDefinitions()
                            .trait("since", "now - events('X').last()")
                            .trait("state", "now - events('X').last() > duration('300ms') ? 'lapsed' : 'here'")
                            .trait("idle", "days(now - events('X').last())")
                            .segment("s", condition)));
  std::string told = person.at(1000, "X") + " ";
  told += person.pass_to(6 * kDay);
  EXPECT_EQ(told, expected) << condition;
  EXPECT_LE(person.looks(), looks) << condition;
}

INSTANTIATE_TEST_SUITE_P(
    All, MeetingsFlips,
    testing::Values(
        Flips{"now - events('X').last() > duration('300ms')", " @1301 +s", 2},
        Flips{"now - events('X').last() >= duration('300ms')", " @1300 +s", 2},
        Flips{"now - events('X').last() < duration('300ms')", "+s @1300 -s", 2},
        Flips{"now - events('X').last() <= duration('300ms')", "+s @1301 -s", 2},
        Flips{"now - events('X').last() == duration('300ms')", " @1300 +s @1301 -s", 2},
        Flips{"now - events('X').last() != duration('300ms')", "+s @1300 -s @1301 +s", 2},
        Flips{"!(now - events('X').last() > duration('300ms'))", "+s @1301 -s", 2},
        Flips{"duration('300ms') < now - events('X').last()", " @1301 +s", 2},
        Flips{"events('X').last() + duration('300ms') < now", " @1301 +s", 2},
        Flips{"duration('300ms') + events('X').last() <= now", " @1300 +s", 2},
        Flips{"events('X').last() < now - duration('300ms')", " @1301 +s", 2},
        Flips{"events('X').last() - now < duration('-300ms')", " @1301 +s", 2},
        Flips{"duration('300ms') - (now - events('X').last()) <= duration('0s')", " @1300 +s", 2},
        Flips{"now + duration('1s') - duration('700ms') - events('X').last() > duration('600ms')", " @1301 +s", 2},
        Flips{"now >= timestamp('1970-01-01T00:00:02Z')", " @2000 +s", 2},
        Flips{"now > timestamp('1970-01-01T00:00:01.9995Z')", " @2000 +s", 2},
        Flips{"now < timestamp('1970-01-01T00:00:01.9995Z')", "+s @2000 -s", 2},
        Flips{"now > events('X').last()", " @1001 +s", 1}, Flips{"now >= events('X').last()", "+s ", 1},
        Flips{"now - events('Y').last() > duration('300ms')", " ", 0},
        Flips{"now - events('X').last() > duration('100ms') && now - events('X').last() < duration('300ms')",
              " @1101 +s @1300 -s", 4},
        Flips{"cel.bind(d, now - events('X').last(), d > duration('100ms') && d < duration('300ms'))",
              " @1101 +s @1300 -s", 4},
        Flips{"cel.bind(t, events('X').last(), cel.bind(n, now, n - t > duration('300ms')))", " @1301 +s", 2},
        Flips{"cel.bind(now2, now, [1, 2].exists(now2, now2 > 1))", "+s ", 0},
        Flips{"events('X').count() > 0 ? now - events('X').last() > duration('300ms') : false", " @1301 +s", 2},
        Flips{"now - events('X').last() > (traits.patient == true ? duration('1s') : duration('300ms'))", " @1301 +s",
              2},
        Flips{"[now > timestamp('1970-01-01T00:00:02Z'), false].exists(b, b)", " @2001 +s", 2},
        Flips{"traits.since > duration('300ms')", " @1301 +s", 2}, Flips{"traits.state == 'lapsed'", " @1301 +s", 2},
        Flips{"traits.idle >= 3", " @259201000 +s", 6},
        Flips{"days(now - events('X').last()) >= 3", " @259201000 +s", 6},
        Flips{"days(now - events('X').last()) > 2.5", " @259201000 +s", 6},
        Flips{"days(now - events('X').last()) == 2", " @172801000 +s @259201000 -s", 6},
        Flips{"2 <= days(now - events('X').last()) && days(now - events('X').last()) < 4",
              " @172801000 +s @345601000 -s", 12},
        // Around 0 there are two days that are 0.
        Flips{"days(now - timestamp('1970-01-03T00:00:00Z')) == 0", " @86400001 +s @259200000 -s", 6},
        Flips{"days(timestamp('1970-01-04T00:00:00Z') - now) <= -1", " @345600000 +s", 6}));

TEST(Meetings, WhatMovesTheInstantIsFollowed) {
  Person person(plan_of(TestDefinitions()
                            .segment("s", "now - events('X').last() > duration('300ms')")
                            .segment("waits", "now > timestamp(traits.until)")));
  EXPECT_EQ(person.at(1000, "X"), "");
  EXPECT_EQ(person.at(1200, "X"), "");
  EXPECT_EQ(person.pass_to(1500), "");
  EXPECT_EQ(person.pass_to(1600), "@1501 +s");
  EXPECT_EQ(person.identify("until", R"("1970-01-01T00:00:03Z")"), "");
  EXPECT_EQ(person.identify("until", R"("1970-01-01T00:00:02Z")"), "");
  EXPECT_EQ(person.pass_to(2500), "@2001 +waits");
  EXPECT_EQ(person.identify("until", R"("1970-01-01T00:00:03Z")"), "-waits");
  EXPECT_EQ(person.identify("until", R"("never")"), "");
  EXPECT_EQ(person.pass_to(5000), "");
  EXPECT_EQ(person.at(5000, "X"), "-s");
}

// Looking at due instants alone comes to the same as looking at every millisecond.
TEST(Meetings, AreAllThatMatters) {
  const std::vector<std::string> texts{
      "now - events('X').last() > duration('7ms') || now - events('X').first() < duration('3ms')",
      "events('X').last() - events('X').first() < duration('30ms') && now - duration('11ms') <= events('X').last()",
      "now - events('X', duration('9ms')).first() >= duration('5ms')",
      "now < events('X').first() + duration('6ms') ? events('X').count() == 1 : now == events('X').last() + "
      "duration('4ms')",
      "in_segment('s0') != (now > events('X').last() + duration('2ms'))"};
  TestDefinitions definitions;
  for (std::size_t i = 0; i < texts.size(); ++i) definitions.segment("s" + std::to_string(i), texts[i]);
  Person person(plan_of(definitions));
  const std::array<std::int64_t, 4> at{1000, 1003, 1025, 1041};
  for (std::int64_t now = 1000; now < 1080; ++now) {
    if (std::ranges::count(at, now) != 0) person.at(now, "X");
    person.pass_to(now);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string name = "s" + std::to_string(i);
      ASSERT_EQ(person.is_in(name), person.holds(name)) << texts[i] << " at " << now;
    }
  }
}

TEST(Meetings, ComputedTraitsMayUseNowInAnyWay) {
  std::vector<cel::Issue> issues;
  for (const char* const text : {"now", "days(now - events('X').last())", "now.getFullYear()",
                                 "period(now, 'week', 'UTC') - period(events('X').last(), 'week', 'UTC')"}) {
    EXPECT_NE(compile_condition(text, {}, cel::TypeKind::kDyn, issues), nullptr) << text;
  }
}

class MeetingsRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(MeetingsRefusal, SaysWhatIsWrongAndWhere) {
  const auto& [text, says] = GetParam();
  EXPECT_EQ(refusal(text).substr(0, says.size()), says) << text;
}

constexpr std::string_view kDoubled =
    "cel.bind(a, [now, now, now, now, now, now, now, now], cel.bind(b, [a, a, a, a, a, a, a, a], "
    "cel.bind(c, [b, b, b, b, b, b, b, b], cel.bind(d, [c, c, c, c, c, c, c, c], "
    "cel.bind(f, [d, d, d, d, d, d, d, d], f.size() == 8)))))";

// Each alone is within bounds; one in the other would be a hundred million parts.
std::string squared() {
  const auto list_of = [](const std::string& name) {
    std::string list = "[" + name;
    for (int i = 1; i < 24; ++i) list += ", " + name;
    return list + "]";
  };
  return "cel.bind(a, cel.bind(x, " + list_of("now") + ", cel.bind(y, " + list_of("x") + ", " + list_of("y") +
         ")), cel.bind(x, " + list_of("a") + ", cel.bind(y, " + list_of("x") + ", " + list_of("y") + ")).size() == 24)";
}

TEST(Meetings, WhatIsNamedIsNotPutInPlaceBeforeItIsKnownToFit) {
  EXPECT_EQ(refusal(squared()).find("1:5: what cel.bind names is too much to follow `now` in"), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, MeetingsRefusal,
    testing::Values(
        Refusal{
            "now.getHours() > 12",
            "1:1: now may be compared after adding and subtracting: now - events(\"…\").last() > duration(\"90d\"), "
            "or days(now - events(\"…\").last()) >= 30"},
        Refusal{"period(now, 'week', 'UTC') == 5", "1:8: now may be compared after adding and subtracting"},
        Refusal{"now - timestamp(5) > now - timestamp(4)", "1:1: now may be compared"},
        Refusal{"now + (now - timestamp(5)) > timestamp(4)", "1:1: now may be compared"},
        Refusal{"days(now - timestamp(5)) + 1 > 3", "1:6: now may be compared"},
        Refusal{"string(now) == ''", "1:8: now may be compared"},
        Refusal{"now in [timestamp(5)]", "1:1: now may be compared"},
        Refusal{"(true ? now : timestamp(5)) > timestamp(4)", "1:9: now may be compared"},
        Refusal{"cel.bind(t, now, t.getHours() > 12)", "1:13: now may be compared"},
        Refusal{
            "[timestamp(5)].exists(t, now - t > duration('1d'))",
            "1:36: it cannot be told when this comparison with now flips: compare now outside of all(…), exists(…)"},
        Refusal{"now > 5", "1:5: "}, Refusal{kDoubled, "1:5: what cel.bind names is too much to follow `now` in"},
        Refusal{"events('A').filter(e, e.occurred_at < now).exists()",
                "1:39: a filter or value sees the event alone, not \"now\" of the person"},
        Refusal{"events('A').max(e, now - e.occurred_at) > duration('1d')",
                "1:20: a filter or value sees the event alone, not \"now\" of the person"}));

// The comparison may stand in a computed trait, whose text is another.
TEST(Meetings, WhatAComputedTraitDoesIsToldAtItsName) {
  Vocabulary vocabulary;
  std::vector<cel::Issue> issues;
  vocabulary.computed.emplace("hour", cel::parse("'a long way into it' == '' ? 0 : now.getHours()", issues));
  EXPECT_EQ(compile_condition("traits.hour > 3", vocabulary, cel::TypeKind::kBool, issues), nullptr);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].place.line, 1U);
  EXPECT_EQ(issues[0].place.column, 8U);
}

}  // namespace
}  // namespace tessera::segment
