#include "segment/history_parser.h"

#include <gtest/gtest.h>

#include "segment/test_conditions.h"

namespace tessera::segment {
namespace {

TEST(HistoryParser, AWindowHasOneText) {
  EXPECT_EQ(questions("events('A', duration('36h')).count() > events('A', duration('2160m')).count()"),
            (Texts{R"(events("A", duration("36h")).count())"}));
  EXPECT_EQ(questions("events('A', duration('2w')).exists() || events('A', duration('336h')).exists()"),
            (Texts{R"(events("A", duration("14d")).count())"}));
  EXPECT_EQ(questions("pages(duration('1500ms')).exists() && screens('Home', duration('1m30s')).exists()"),
            (Texts{R"(pages(duration("1500ms")).count())", R"(screens("Home", duration("90s")).count())"}));
  EXPECT_EQ(questions("events('A', between(duration('365d'), duration('2160h'))).exists()"),
            (Texts{R"(events("A", between(duration("365d"), duration("90d"))).count())"}));
  EXPECT_EQ(questions("events('A', between(duration('1h'), duration('0s'))).exists()"),
            (Texts{R"(events("A", duration("1h")).count())"}));
  EXPECT_EQ(
      questions("events('A', calendar('month', 'Europe/Berlin')).exists()"
                "&& events(calendar('week', 'UTC', 0)).exists()"
                "&& events('A', calendar('day', 'UTC', -7)).exists()"),
      (Texts{R"(events("A", calendar("month", "Europe/Berlin")).count())", R"(events(calendar("week", "UTC")).count())",
             R"(events("A", calendar("day", "UTC", -7)).count())"}));
}

TEST(HistoryParser, NamesAreInOneOrderAndEachThereOnce) {
  EXPECT_EQ(questions("events(['B', 'A', 'B']).count() > events(['A', 'B']).count()"),
            (Texts{R"(events(["A", "B"]).count())"}));
  EXPECT_EQ(questions("events(['A']).count() > events('A').count()"), (Texts{R"(events("A").count())"}));
  EXPECT_EQ(questions("pages(['A', 'B'], duration('1d')).exists()"),
            (Texts{R"(pages(["A", "B"], duration("1d")).count())"}));
}

TEST(HistoryParser, SequencesNestAndStandSideBySide) {
  EXPECT_EQ(questions("events('A', duration('30d')).filter(a, a.source == 'web')"
                      ".followed_by(events('B').followed_by(events('C'), duration('1h')), duration('60m'))"
                      ".not_preceded_by(pages(), duration('0s')).sum(x, x.properties.n) > 1.0"),
            (Texts{R"(events("A", duration("30d")).filter(e, e.source == "web"))"
                   R"(.followed_by(events("B").followed_by(events("C"), duration("1h")), duration("1h")))"
                   R"(.not_preceded_by(pages(), duration("0s")).sum(e, e.properties.n))"}));
}

// Filters on events or elements are asked of each alone, so they mean the same on either side of a sequence.
TEST(HistoryParser, AFilterBehindASequenceIsOneBeforeIt) {
  const Texts expected{
      R"(events("A").filter(e, e.properties.n > 1).not_followed_by(events("B"), duration("1d")).count())"};
  EXPECT_EQ(
      questions("events('A').not_followed_by(events('B'), duration('1d')).filter(e, e.properties.n > 1).exists()"),
      expected);
  EXPECT_EQ(questions("events('A').not_followed_by(events('B'), duration('1d')).exists(e, e.properties.n > 1)"),
            expected);
  EXPECT_EQ(
      questions("events('A').filter(e, e.properties.n > 1).not_followed_by(events('B'), duration('1d')).exists()"),
      expected);
}

TEST(HistoryParser, WhatTwoHaveToDoWithEachOtherHasOneText) {
  const Texts expected{R"(events("A").each(e, e.properties.products).preceded_by(events("B"), duration("1d"), a, b, )"
                       R"((a.sku) == (b.properties.sku) && (a.price) < (b.properties.price)).count())"};
  EXPECT_EQ(questions("events('A').each(e, e.properties.products).preceded_by(events('B'), duration('1d'), x, y, "
                      "x.sku == y.properties.sku && x.price < y.properties.price).exists()"),
            expected);
  EXPECT_EQ(questions("events('A').each(e, e.properties.products).preceded_by(events('B'), duration('1d'), b, a, "
                      "a.properties.price > b.price && a.properties.sku == b.sku).exists()"),
            expected);
}

TEST(HistoryParser, WhatIsAboutOneOfTheTwoAloneIsAFilterOfIt) {
  EXPECT_EQ(questions("events('A').followed_by(events('B'), duration('1d'), a, b, a.properties.sku == b.properties.sku "
                      "&& b.properties.n > 1 && a.properties.m > 2).exists()"),
            (Texts{R"(events("A").followed_by(events("B").filter(e, e.properties.n > 1), duration("1d"), a, b, )"
                   R"((a.properties.sku) == (b.properties.sku) && (a.properties.m > 2)).count())"}));
}

// So that it may be told to people, and asked again.
TEST(HistoryParser, ATextAsksTheSameQuestion) {
  for (const std::string text :
       {"events(['B', 'A'], between(duration('2d'), duration('36h'))).filter(x, x.source == 'web')"
        ".preceded_by(pages(calendar('week', 'UTC', -2)).each(p, p.properties.l).filter(l, l > 1), duration('0s'), "
        "m, n, n.k == m.properties.k && (m.properties.z || m.name == 'A') && m.properties.q < n.q && n.q > 5)",
        "events().followed_by(events('B').not_followed_by(events('C'), duration('1ms')), duration('1h'), b, a, "
        "a.source == b.source && b.properties.l.exists(x, x == 1) && b.properties.n != a.properties.n)"}) {
    const Texts once = questions(text + ".exists()");
    ASSERT_EQ(once.size(), 1U) << text;
    EXPECT_EQ(questions(once[0] + " > 0"), once);
  }
}

TEST(HistoryParser, EqualSeriesBehindAQuestionAreOne) {
  const auto condition = compiled(
      "events('A', duration('1d')).followed_by(events('A'), duration('2h')).preceded_by(events('B'), duration('3h'))"
      ".not_preceded_by(events('B').filter(e, e.properties.x), duration('5h'), a, b, a.source == b.source).exists()");
  const auto& collected = condition->needs.at(0).collected;
  Texts series;
  for (const Collected& one : collected) {
    series.push_back(one.spec.text() + " " + std::to_string(one.reach / kHourMs));
  }
  EXPECT_EQ(series, (Texts{R"(events("A").series(e, []) 24)", R"(events("B").series(e, []) 27)",
                           R"(events("B").filter(e, e.properties.x).series(e, [e.source]) 29)",
                           R"(events("A").series(e, [e.source]) 24)"}));
}

class HistoryRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HistoryRefusal, SaysWhatIsWrongAndWhere) {
  const auto& [text, says] = GetParam();
  EXPECT_EQ(refusal(text).substr(0, says.size()), says) << text;
}

constexpr std::string_view kManyNames =
    "events(['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21']).exists("
    ")";
constexpr std::string_view kManySequences =
    "events('A').followed_by(events(), duration('1h')).followed_by(events(), duration('2h'))"
    ".followed_by(events(), duration('3h')).followed_by(events(), duration('4h'))\n"
    ".followed_by(events(), duration('5h')).exists()";
constexpr std::string_view kManyValues =
    "events('A').followed_by(events('B'), duration('1h'), a, b, a.properties.a == b.properties.a && "
    "a.properties.b == b.properties.b && a.properties.c == b.properties.c && a.properties.d == b.properties.d && "
    "a.properties.e == b.properties.e && a.properties.f == b.properties.f && a.properties.g == b.properties.g && "
    "a.properties.h == b.properties.h &&\n a.properties.i == b.properties.i).exists()";

INSTANTIATE_TEST_SUITE_P(
    Origins, HistoryRefusal,
    testing::Values(Refusal{"events('A', duration('1d'), 3).exists()",
                            "1:29: events(…) takes a name, or a list of names, and a window: events(\"…\", duration("},
                    Refusal{"screens(duration('1d'), 'A').exists()", "1:25: screens(…) takes a name, or a list"},
                    Refusal{"events('A', 'B').exists()", "1:13: a constant duration is written duration(\"90d\")"},
                    Refusal{kManyNames, "1:8: a list may have at most 20 names"}));

INSTANTIATE_TEST_SUITE_P(
    Windows, HistoryRefusal,
    testing::Values(
        Refusal{"events('A', duration(traits.d)).exists()",
                "1:13: a constant duration is written duration(\"90d\"), with the units w, d, h, m, s and ms"},
        Refusal{"events('A', duration('soon')).exists()", "1:13: a constant duration is written"},
        Refusal{"events('A', duration('0s')).exists()", "1:13: a window must be longer than nothing"},
        Refusal{"events('A', duration('-1s')).exists()", "1:13: a window is at most ten years (3,660 days) long"},
        Refusal{"events('A', duration('1us')).exists()",
                "1:13: a window is at most ten years (3,660 days) long, of "
                "whole milliseconds, and not negative"},
        Refusal{"events('A', duration('3661d')).exists()", "1:13: a window is at most ten years"},
        Refusal{
            "events('A', between(duration('1d'))).exists()",
            "1:13: between two moments is written between(duration(\"365d\"), duration(\"90d\")), the earlier first"},
        Refusal{"events('A', between(duration('1d'), 'B')).exists()", "1:37: a constant duration is written"},
        Refusal{"events('A', between(now, duration('1d'))).exists()", "1:21: a constant duration is written"},
        Refusal{"events('A', between(duration('1d'), duration('2d'))).exists()",
                "1:13: the earlier moment comes first"},
        Refusal{"events('A', between(duration('1d'), duration('1d'))).exists()",
                "1:13: the earlier moment comes first"},
        Refusal{"events('A', calendar('month')).exists()",
                "1:13: a calendar period is written calendar(\"month\", \"Europe/Berlin\"), or with how many before"},
        Refusal{"events('A', calendar('month', traits.zone)).exists()", "1:13: a calendar period is written"},
        Refusal{"events('A', calendar('day', 'UTC', -1, -1)).exists()", "1:13: a calendar period is written"},
        Refusal{"events('A', calendar('year', 'UTC')).exists()", "1:22: a calendar period is written"},
        Refusal{"events('A', calendar('day', 'Mars')).exists()", "1:29: there is no time zone \"Mars\""},
        Refusal{"events('A', calendar('day', 'UTC', 1)).exists()", "1:36: how many periods before is a constant"},
        Refusal{"events('A', calendar('day', 'UTC', -121)).exists()", "1:36: how many periods before is a constant"},
        Refusal{"events('A', calendar('day', 'UTC', traits.n)).exists()",
                "1:43: how many periods before is a constant "
                "from -120 to 0"},
        Refusal{"between(duration('2d'), duration('1d'))", "1:1: between(…) is a window: events(\"…\", between(…))"},
        Refusal{"calendar('day', 'UTC') == 1", "1:1: calendar(…) is a window: events(\"…\", calendar(…))"}));

INSTANTIATE_TEST_SUITE_P(
    Sequences, HistoryRefusal,
    testing::Values(
        Refusal{
            "events('A').followed_by(events('B')).exists()",
            "1:13: a sequence is written .followed_by(events(\"…\"), duration(\"1h\")), or with what the two have to "
            "do with each other behind: a, b, a.properties.sku == b.properties.sku"},
        Refusal{"events('A').preceded_by('B', duration('1h')).exists()",
                "1:13: a sequence is written .preceded_by(eve"},
        Refusal{"events('A').followed_by(events('B').count(), duration('1h')).exists()", "1:13: a sequence is written"},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b).exists()", "1:13: a sequence is written"},
        Refusal{"events('A').followed_by(events('B'), 3).exists()", "1:38: a constant duration is written"},
        Refusal{"events('A').followed_by(events(B), duration('1h')).exists()",
                "1:32: the name must be a text in quotes"},
        Refusal{"events('A').followed_by(events('B'), duration('1h')).each(e, e.properties.a).exists()",
                "1:54: the elements of a list are taken before sequences: put .each(…) first"},
        Refusal{kManySequences, "2:2: a history may have at most 4 sequences side by side"},
        Refusal{kManyValues, "2:15: a history in a sequence may be asked for at most 8 different values"},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, a, a.source == a.source).exists()",
                "1:54: the two are named by different variables: a, b, "},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), 'a', b, a.source == b.source).exists()",
                "1:54: the two are named by different variables"},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.properties.n < b.properties.n).exists()",
                "1:75: something of the one must be equal to something of the other, by which they are found: "},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.properties.n == 1).exists()",
                "1:75: something of the one must be equal"},
        Refusal{
            "events('A').followed_by(events('B'), duration('1h'), a, b, a.source == b.source || true).exists()",
            "1:81: each side of a comparison is about one of the two, \"a\" or \"b\", and comparisons are joined by "},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.source + b.source == 'x').exists()",
                "1:80: each side of a comparison is about one of the two"},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.source == b.nothing).exists()",
                "1:74: an event has no \"nothing\""},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.source == b.source && a.x == 1).exists()",
                "1:86: an event has no \"x\""},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.source == b.source && b.x == 1).exists()",
                "1:86: an event has no \"x\""},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), a, b, a.source == b.source && "
                "a.properties.x == traits.x).exists()",
                "1:102: a filter or value sees the event alone"},
        Refusal{"events('A').followed_by(events('B'), duration('1h'), x, y, x.properties.l.exists(a, a == x.source) == "
                "y.properties.n).exists()",
                "1:75: \"a\" is another variable here: name the one of the two \"a\", or that variable otherwise"},
        Refusal{
            "events('A').followed_by(events('B'), duration('1h'), x, y, x.source == y.properties.l.map(b, b)).exists()",
            "1:87: \"b\" is another variable here"},
        Refusal{"events('A').filter(e, e.occurred_at > now).exists()",
                "1:39: a filter or value sees the event alone, not \"now\" of the person"},
        Refusal{"events('A', duration('1d')).count()", "1:29: "},
        Refusal{"events('A').followed_by(events('B'), duration('1h'))", "1:13: ask something of it: .count()"}));

}  // namespace
}  // namespace tessera::segment
