#include "segment/language.h"

#include <gtest/gtest.h>

#include "segment/test_conditions.h"

namespace tessera::segment {
namespace {

TEST(Language, AQuestionHasOneTextHoweverItIsWritten) {
  const Texts expected{R"(events("Order Completed").filter(e, e.properties.total > 50.0).count())"};
  EXPECT_EQ(questions(R"(events("Order Completed").filter(e, e.properties.total > 50.0).count() >= 3)"), expected);
  EXPECT_EQ(questions(R"(events('Order Completed') . filter(order, (order.properties.total) > 50.0).count() >= 3)"),
            expected);
  EXPECT_EQ(questions(R"(events("Order Completed").exists(x, x.properties.total > 50.0))"), expected);
  EXPECT_EQ(questions(R"(events("Order Completed").filter(e, e.properties.total > 50.0).exists())"), expected);
}

TEST(Language, TwoFiltersAreOneWithAnd) {
  const Texts expected{R"(events("A").filter(e, e.properties.a && e.properties.b && e.properties.c).count())"};
  EXPECT_EQ(questions("events('A').filter(e, e.properties.a).filter(f, f.properties.b && f.properties.c).count() > 0"),
            expected);
  EXPECT_EQ(questions("events('A').filter(e, e.properties.a && e.properties.b).exists(g, g.properties.c)"), expected);
}

TEST(Language, ElementsOfListsAreAskedAsEventsAre) {
  EXPECT_EQ(questions(R"(events("A").filter(a, a.source == "till").each(order, order.properties.products)
                         .filter(p, p.category == "wine").filter(p, p.price > 5).sum(p, p.price * p.quantity) > 1.0)"),
            (Texts{R"(events("A").filter(e, e.source == "till").each(e, e.properties.products))"
                   R"(.filter(e, e.category == "wine" && e.price > 5).sum(e, e.price * e.quantity))"}));
  EXPECT_EQ(questions(R"(events("A").each(e, e.properties.tags).exists(t, t == "sale"))"),
            (Texts{R"(events("A").each(e, e.properties.tags).filter(e, e == "sale").count())"}));
}

TEST(Language, EveryEndingIsUnderstood) {
  EXPECT_EQ(questions(R"(events("A").sum(e, e.properties.x) > 1.0 && events("A").avg(e, e.properties.x) > 1.0
                         && events("A").min(e, e.properties.x) != null && events("A").max(e, e.properties.x) != null
                         && events("A").first() != null && events("A").last() < timestamp("2026-01-01T00:00:00Z")
                         && events("A").first(e, e.properties.x) == "x" && events("A").last(e, e.source) == "till"
                         && events("A").count_distinct(e, e.properties.x) > 1
                         && events("A").most_frequent(e, e.properties.x) == "y"
                         && pages("Home").count() > 1 && pages().count() > 2 && screens().exists() && events().exists())")
                .size(),
            14U);
}

TEST(Language, ListsOfFirstAndLastValuesKnowHowMany) {
  const auto condition = compiled(R"(events("A").first(2, x, x.properties.n).size() == 2
                                     && events("A", duration("1d")).last(20, x, x.properties.n)[0] == 3)");
  ASSERT_EQ(condition->needs.size(), 2U);
  EXPECT_EQ(condition->needs[0].text, R"(events("A").first(2, e, e.properties.n))");
  EXPECT_EQ(condition->needs[0].asked.first_n, 2U);
  EXPECT_EQ(condition->needs[0].collected[0].spec.text(), R"(events("A").first(20, e, e.properties.n))");
  EXPECT_EQ(condition->needs[1].text, R"(events("A", duration("1d")).last(20, e, e.properties.n))");
}

TEST(Language, WhatIsComparedInAWindowHasThresholdsToo) {
  const auto condition =
      compiled(R"(events("A", duration("1d")).count() >= 3 && 2 < events("A", duration("2d")).count())");
  ASSERT_EQ(condition->needs.size(), 2U);
  for (const Need& need : condition->needs) EXPECT_TRUE(need.only_compared);
  EXPECT_EQ(condition->needs[0].thresholds, (std::vector<double>{3}));
  EXPECT_EQ(condition->needs[1].thresholds, (std::vector<double>{2}));
}

TEST(Language, QuestionsMayStandAnywhereInAnExpression) {
  EXPECT_EQ(questions(R"(ratio(events("A").count(), events("B").count()) > 0.5 && (has(traits.x) ? traits.x : "") != ""
                         && [1, 2].exists(n, n == events("C").count()) && {"k": traits.y}.k == 1
                         && cel.bind(n, events("D").count(), n > 1 && n < 5))"),
            (Texts{"events(\"A\").count()", "events(\"B\").count()", "traits.x", "events(\"C\").count()", "traits.y",
                   "events(\"D\").count()"}));
}

TEST(Language, ComputedTraitsExpandAndStatedOnesDoNot) {
  EXPECT_EQ(questions("traits.big && traits.country == 'DE'"),
            (Texts{R"(events("Order Completed").avg(e, e.properties.total))", "traits.country"}));
  EXPECT_EQ(questions("traits['big'] && traits['first name'] == 'Ada'"),
            (Texts{R"(events("Order Completed").avg(e, e.properties.total))", R"(traits["first name"])"}));
}

TEST(Language, ANumberThatIsOnlyComparedHasThresholds) {
  const auto condition = compiled(R"(events("A").count() >= 3 && 10 > events("A").count() && events("B").count() == 2 *
                                     events("C").count() && events("A").sum(e, e.properties.x) > 2.5)");
  ASSERT_EQ(condition->needs.size(), 4U);
  EXPECT_TRUE(condition->needs[0].only_compared);
  EXPECT_EQ(condition->needs[0].thresholds, (std::vector<double>{3, 10}));
  EXPECT_FALSE(condition->needs[1].only_compared);
  EXPECT_FALSE(condition->needs[2].only_compared);
  EXPECT_TRUE(condition->needs[3].only_compared);
  EXPECT_EQ(condition->needs[3].thresholds, (std::vector<double>{2.5}));
}

TEST(Language, EqualitiesOfAFilterAreKnown) {
  const auto condition = compiled(R"(events("A").filter(e, e.properties.kind == "x" && "till" == e.source
                                     && (e.properties.a == "b" || true) && e.properties.n == 3).exists())");
  const auto& equalities = condition->needs[0].collected[0].equalities;
  ASSERT_EQ(equalities.size(), 2U);
  EXPECT_EQ(equalities[0].path + "=" + equalities[0].text, "e.properties.kind=x");
  EXPECT_EQ(equalities[1].path + "=" + equalities[1].text, "e.source=till");
  const auto lines = compiled("events('A').each(e, e.properties.lines).exists(l, l.sku == '7')");
  ASSERT_EQ(lines->needs[0].collected[0].equalities.size(), 1U);
  EXPECT_EQ(lines->needs[0].collected[0].equalities[0].each, "e.properties.lines");
  EXPECT_EQ(lines->needs[0].collected[0].equalities[0].path, "e.sku");
}

TEST(Language, WhoEntersASegmentMayBeCounted) {
  const auto condition =
      compiled(R"(events("Segment Entered").filter(e, e.properties.segment == "lapsed").count() >= 2)");
  EXPECT_EQ(condition->watched, (Texts{"lapsed"}));
  const auto sequence = compiled(
      R"(events("A").followed_by(events("Segment Exited").filter(e, e.properties.segment == "loyal"), duration("1d"))
         .exists())");
  EXPECT_EQ(sequence->watched, (Texts{"loyal"}));
}

class LanguageRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(LanguageRefusal, SaysWhatIsWrongAndWhere) {
  const auto& [text, says] = GetParam();
  EXPECT_EQ(refusal(text).substr(0, says.size()), says) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, LanguageRefusal,
    testing::Values(
        Refusal{"events('A')", "1:1: ask something of it: .count()"},
        Refusal{"events('A').filter(e, true)", "1:13: ask something of it"},
        Refusal{"events('A').where(e, true).count() > 1", "1:13: .where(…) cannot be asked of a history"},
        Refusal{"events('A').sum() > 1.0", "1:13: .sum(…) takes other arguments"},
        Refusal{"events('A').count(e, true) > 1", "1:13: .count(…) takes other arguments"},
        Refusal{"events('A').filter(true).count() > 1", "1:13: a filter is written .filter(e, condition)"},
        Refusal{"events('A').filter('e', true).count() > 1", "1:20: the first argument names the event"},
        Refusal{"events(traits.x).count() > 1", "1:15: the name must be a text in quotes: events(\"…\")"},
        Refusal{"pages(['A', traits.x]).count() > 1", "1:20: the name must be a text in quotes: pages(\"…\")"},
        Refusal{"events([]).count() > 1", "1:8: name at least one: events([\"…\", \"…\"])"},
        Refusal{"events('A').each(e, e.properties.products)", "1:13: ask something of it"},
        Refusal{"events('A').each(e, e.products).count() > 1", "1:23: an event has no \"products\""},
        Refusal{"events('A').each(e.properties.products).count() > 1", "1:13: elements are taken by .each(e, "},
        Refusal{"events('A').each(e, e.name + 'x').count() > 1", "1:28: "},
        Refusal{"events('A').each(e, e.properties.a).each(a, a.b).count() > 1", "1:37: there may be one .each(…)"},
        Refusal{"events('A').last(0, e, e.properties.x).size() > 1",
                "1:18: how many values is a constant from 1 to 20"},
        Refusal{"events('A').last(21, e, e.properties.x).size() > 1", "1:18: how many values is a constant from 1 to"},
        Refusal{"events('A').first(traits.n, e, e.source).size() > 1", "1:26: how many values is a constant from 1"},
        Refusal{"events('A').first(2).size() > 1", "1:13: .first(…) takes other arguments"},
        Refusal{"events('A').first(2, e, e.source) > 1", "1:35: "},
        Refusal{"percentile(percentile(events('A').count())) > 0.9", "1:12: a percentile cannot be taken"},
        Refusal{"percentile(traits.x, 'nobody') > 0.9", "1:22: there is no published segment \"nobody\""},
        Refusal{"percentile(traits.x, traits.y) > 0.9", "1:29: percentile takes the name of a segment in quotes"},
        Refusal{"sampled('x', 1.5)", "1:1: a random share of people is written sampled("},
        Refusal{"sampled(traits.x, 0.5)", "1:1: a random share of people is written sampled("},
        Refusal{"listed('nobody')", "1:8: there is no published segment \"nobody\""},
        Refusal{"group.events('A').exists()", "1:7: group.events(…) is not available yet"},
        Refusal{"loyalty.tier == 'gold'", "1:1: loyalty is not available yet"},
        Refusal{"events('A').filter(e, e.total > 1).count() > 1", "1:25: an event has no \"total\""},
        Refusal{"events('A').filter(x, x.properties.y == e).count() > 1", "1:41: \"e\" is another variable here"},
        Refusal{"events('A').filter(e, e.source == traits.x).count() > 1",
                "1:35: a filter or value sees the event alone"},
        Refusal{"events('A').filter(e, events('B').exists()).count() > 1",
                "1:35: a question cannot stand within another"},
        Refusal{"events('A').filter(e, e.properties.x + ).count() > 1", "1:40: "},
        Refusal{"events('A').filter(e, 1 + 'x' == 2).count() > 1", "1:25: "},
        Refusal{"in_segment('nobody')", "1:12: there is no published segment \"nobody\""},
        Refusal{"in_segment(traits.x)", "1:19: in_segment takes a name in quotes"},
        Refusal{"events('Segment Entered').count() > 1", "1:27: say which segment"},
        Refusal{"events(['A', 'Segment Entered'], duration('1d')).exists()",
                "1:50: say which segment: Segment Entered"},
        Refusal{"events('A').followed_by(events('Segment Exited'), duration('1d')).exists()",
                "1:67: say which segment: Segment Exited may be counted only"},
        Refusal{"events('Segment Exited').exists(e, e.properties.segment == 'x')",
                "1:26: there is no published segment"},
        Refusal{"traits.circle > 1", "1:8: the computed trait \"circle\" is wrong"},
        Refusal{"traits == null", "1:1: name one trait"}, Refusal{"traits.x +", "1:11: "},
        Refusal{"events('A').count()", "1:13: "}, Refusal{"country == 'DE'", "1:1: "}));

TEST(Language, AConditionMayAskForSoMuchAndNoMore) {
  std::string text = "true";
  for (std::size_t i = 0; i < kMaxQuestions; ++i) text += " && traits.t" + std::to_string(i) + " == 1";
  compiled(text);
  EXPECT_NE(refusal(text + " && traits.more == 1").find("at most 64 different things"), std::string::npos);
  EXPECT_NE(refusal("true" + std::string(kMaxConditionBytes, ' ')).find("at most 8,192 bytes"), std::string::npos);
}

TEST(Language, ComputedTraitsMayNotGrowWithoutEnd) {
  Vocabulary vocabulary;
  std::vector<cel::Issue> issues;
  for (int i = 0; i < 12; ++i) {
    std::string sum = "traits.t" + std::to_string(i);
    for (int k = 0; k < 30; ++k) sum += " + traits.t" + std::to_string(i);
    vocabulary.computed.emplace("t" + std::to_string(i + 1), cel::parse(sum, issues));
  }
  EXPECT_NE(compile_condition("traits.t2 > 3", vocabulary, cel::TypeKind::kBool, issues), nullptr);
  EXPECT_EQ(compile_condition("traits.t12 > 3", vocabulary, cel::TypeKind::kBool, issues), nullptr);
  ASSERT_FALSE(issues.empty());
  EXPECT_EQ(
      issues[0].message,
      "the computed trait \"t12\" makes it too large, with the computed traits that it names: name them less often");
}

}  // namespace
}  // namespace tessera::segment
