#include "segment/documents.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

using Texts = std::vector<std::string>;

// What is wrong, one line each: "segment a/condition: message".
Texts problems(const TestDefinitions& definitions) {
  Texts all;
  segment_kind().check_all(definitions.definitions(), [&](const catalog::Problem& problem) {
    all.push_back(to_text(problem.key) + problem.pointer + ": " +
                  problem.message.substr(0, problem.message.find('\n')));
  });
  return all;
}

TEST(Documents, WhatIsRightIsTaken) {
  EXPECT_EQ(problems(TestDefinitions()
                         .segment("a", "traits.average > 20.0 && in_segment('b')")
                         .segment("b", "events('Segment Exited').filter(e, e.properties.segment == 'c').exists()")
                         .segment("c", "events('X').exists()")
                         .trait("average", "events('X').avg(e, e.properties.n)")
                         .source("till")
                         .precedence("country", R"(["till"])")),
            Texts{});
}

TEST(Documents, EachProblemHasItsPlace) {
  EXPECT_EQ(
      problems(TestDefinitions()
                   .segment("a", "events('X').count() >\n 'three'")
                   .segment("b", "in_segment('nobody')")
                   .trait("t", "events('X').sum()")),
      (Texts{"trait t/expression: 1:13: .sum(…) takes other arguments; there are .count(), .exists(), .sum(e, …), "
             ".avg(e, …), .min(e, …), .max(e, …), .first(), .last(), .first(e, …), .last(e, …), "
             ".first(n, e, …), .last(n, e, …), .count_distinct(e, …) or .most_frequent(e, …)",
             "segment a/condition: 1:21: '>' does not go between an int and a string",
             "segment b/condition: 1:12: there is no published segment \"nobody\""}));
}

TEST(Documents, ASegmentMayNotHaveTheNameOfSomethingElseThere) {
  const auto told = [](const std::string& name) {
    std::string all;
    segment_kind().check(
        {"segment", name}, {}, TestDefinitions().definitions(),
        [&](const std::string& pointer, const std::string& message) { all += pointer + ": " + message; });
    return all;
  };
  EXPECT_EQ(
      told("overlap"),
      "/name: no segment may be named \"overlap\", since /v1/segments/overlap is something else: choose another name");
  for (const char* taken : {"changes", "preview", "ranks"}) EXPECT_NE(told(taken), "") << taken;
  EXPECT_EQ(told("changed"), "");
}

TEST(Documents, AChangeOfOneMayBreakAnother) {
  auto definitions = TestDefinitions().segment("a", "events('X').exists()").segment("b", "in_segment('a')");
  EXPECT_EQ(problems(definitions), Texts{});
  EXPECT_EQ(problems(definitions.archive("segment", "a")),
            (Texts{"segment b/condition: 1:12: there is no published segment \"a\""}));
}

TEST(Documents, CirclesAreRefusedHoweverTheyClose) {
  const std::string says =
      "/condition: the segment depends on itself, by in_segment, by percentile among its members or by counting who "
      "entered";
  EXPECT_EQ(problems(TestDefinitions().segment("a", "!in_segment('a')")), (Texts{"segment a" + says}));
  EXPECT_EQ(problems(TestDefinitions()
                         .segment("a", "traits.x")
                         .trait("x", "in_segment('b')")
                         .segment("b", "events('Segment Entered').exists(e, e.properties.segment == 'a')")
                         .segment("c", "events('X').exists()")),
            (Texts{"segment a" + says, "segment b" + says}));
  // Its first table would wait for its members, and they for it.
  EXPECT_EQ(problems(TestDefinitions()
                         .segment("a", "traits.x && in_segment('b')")
                         .segment("b", "percentile(events('X').count(), 'a') > 0.5")),
            (Texts{"segment a" + says, "segment b" + says}));
}

TEST(Documents, ComputedTraitsMayNotGoInCircles) {
  const Texts all = problems(TestDefinitions().trait("x", "traits.y + 1").trait("y", "traits.x + 1"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], "trait x/expression: 1:8: the computed trait \"y\" is wrong");
}

TEST(Documents, TwoDefinitionsOfOneTraitAreRefused) {
  auto definitions = TestDefinitions().source("till").precedence("country", R"(["till"])");
  definitions.put("trait", "land", "trait", R"("country","expression":"'DE'")");
  EXPECT_EQ(problems(definitions),
            (Texts{"trait land/trait: the trait \"country\" is defined by trait country already"}));
}

TEST(Documents, APrecedenceNamesSourcesThatThereAre) {
  EXPECT_EQ(problems(TestDefinitions().source("till").precedence("country", R"(["till","crm"])")),
            (Texts{"trait country/precedence/1: there is no published source \"crm\""}));
}

TEST(Documents, ThereAreSoManySegmentsAndNoMore) {
  TestDefinitions definitions;
  for (std::size_t i = 0; i < kMaxSegments; ++i) definitions.segment("s" + std::to_string(i), "true");
  EXPECT_EQ(problems(definitions), Texts{});
  EXPECT_EQ(problems(definitions.segment("zz", "true")),
            (Texts{"segment zz: there may be at most 10000 published segments"}));
}

TEST(Documents, TheyMayAskForSoManyDifferentFeaturesAndNoMore) {
  TestDefinitions definitions;
  constexpr std::size_t kEach = 50;
  for (std::size_t i = 0; i * kEach <= kMaxFeatures; ++i) {
    std::string condition = "true";
    for (std::size_t k = 0; k < kEach; ++k)
      condition += " && events('e" + std::to_string(i * kEach + k) + "').exists()";
    definitions.segment("s" + std::to_string(1000 + i), condition);
  }
  EXPECT_EQ(
      problems(definitions),
      (Texts{"segment s1400/condition: all conditions together may ask history for at most 20000 different things"}));
}

TEST(Documents, TheyMayHaveSoManyPercentilesAndNoMore) {
  TestDefinitions definitions;
  const auto add = [&](std::size_t i) {
    const std::string percentile = "percentile(events('e" + std::to_string(i) + "').count())";
    definitions.segment("s" + std::to_string(1000 + i), percentile + " > 0.5 || " + percentile + " < 0.1");
  };
  for (std::size_t i = 0; i < kMaxRanks; ++i) add(i);
  EXPECT_EQ(problems(definitions), Texts{});
  add(kMaxRanks);
  EXPECT_EQ(problems(definitions),
            (Texts{"segment s1100/condition: all conditions together may have at most 100 different percentiles"}));
}

}  // namespace
}  // namespace tessera::segment
