// The oracle's own answers, to histories so short that everybody sees what is right.
#include "oracle.h"

#include <gtest/gtest.h>

namespace tessera::meaning {
namespace {

class OracleOf : public ::testing::Test {
 protected:
  // Of the person who did all of it.
  void happened(std::string_view time, std::string name, std::string properties = "{}") {
    rows_.push_back({rows_.size() + 1,
                     0,
                     1,
                     "web",
                     true,
                     "track",
                     std::move(name),
                     *parse_timestamp(time),
                     std::move(properties),
                     "{}",
                     {}});
  }

  // The answer at some time, of a question that is written like this.
  std::string answer(const Question& question, std::string_view cel, std::string_view time) {
    EXPECT_EQ(question.plain(), cel);
    const Timestamp now = *parse_timestamp(time);
    Questions questions;
    const std::string name = questions.name_of(question);
    Published published;
    published.segments.emplace("s0", Expression{{"", "true"}, {name}, {}});
    the_oracle().read(rows_, {{1, 1}});
    return the_oracle().people_at({{now}}, questions, published)[now][1][name];
  }

  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

History history_of(std::string name, Window window = {}) {
  return {.names = {std::move(name)}, .window = std::move(window)};
}

Question count_of(History history) {
  return {.history = std::move(history)};
}

Question linked(const std::string& order, std::int64_t within_ms, History other = history_of("B")) {
  History history = history_of("A");
  history.links.push_back({order, within_ms, std::move(other), {}});
  return count_of(std::move(history));
}

TEST_F(OracleOf, AWindowHasItsEndButNotItsBeginning) {
  happened("2024-03-01T10:00:00Z", "A");
  const Question question = count_of(history_of("A", {.kind = Window::Kind::kLast, .from_ms = kMinuteMs}));
  const std::string_view cel = R"(events("A", duration("60000ms")).count())";
  EXPECT_EQ(answer(question, cel, "2024-03-01T09:59:59.999Z"), "n0");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:00Z"), "n1");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:59.999Z"), "n1");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:01:00Z"), "n0");
  EXPECT_EQ(answer(count_of(history_of("A")), R"(events("A").count())", "2024-03-01T09:00:00Z"), "n1");
}

TEST_F(OracleOf, BetweenIsThatWindowEarlier) {
  happened("2024-03-01T10:00:00Z", "A");
  const Question question = count_of(history_of("A", {.kind = Window::Kind::kBetween, .from_ms = 5000, .to_ms = 2000}));
  const std::string_view cel = R"(events("A", between(duration("5000ms"), duration("2000ms"))).count())";
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:01.999Z"), "n0");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:02Z"), "n1");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:04.999Z"), "n1");
  EXPECT_EQ(answer(question, cel, "2024-03-01T10:00:05Z"), "n0");
}

TEST_F(OracleOf, ACalendarIsThatOfItsZoneAlsoWhenClocksArePutForward) {
  happened("2024-03-30T22:59:59.999Z", "A");  // Saturday's last moment in Berlin
  happened("2024-03-30T23:00:00Z", "A");      // Sunday's first
  happened("2024-03-31T22:00:00Z", "A");      // Monday's first, the month's, too
  const auto on = [&](const std::string& period, int back, std::string_view time) {
    const Window window{.kind = Window::Kind::kCalendar, .period = period, .zone = "Europe/Berlin", .back = back};
    const std::string behind = back > 0 ? ", -" + std::to_string(back) : "";
    return answer(count_of(history_of("A", window)),
                  "events(\"A\", calendar(\"" + period + "\", \"Europe/Berlin\"" + behind + ")).count()", time);
  };
  EXPECT_EQ(on("day", 0, "2024-03-30T22:59:59.999Z"), "n1");
  EXPECT_EQ(on("day", 0, "2024-03-30T23:00:00Z"), "n1");
  EXPECT_EQ(on("day", 1, "2024-03-30T23:00:00Z"), "n1");
  EXPECT_EQ(on("day", 0, "2024-03-31T21:59:59.999Z"), "n1");
  EXPECT_EQ(on("day", 0, "2024-03-31T22:00:00Z"), "n1");
  EXPECT_EQ(on("day", 2, "2024-03-31T22:00:00Z"), "n1");
  EXPECT_EQ(on("day", 3, "2024-03-31T22:00:00Z"), "n0");
  EXPECT_EQ(on("week", 0, "2024-03-31T21:59:59.999Z"), "n2");
  EXPECT_EQ(on("week", 0, "2024-03-31T22:00:00Z"), "n1");
  EXPECT_EQ(on("week", 1, "2024-04-07T21:59:59.999Z"), "n2");
  EXPECT_EQ(on("month", 0, "2024-03-31T21:59:59.999Z"), "n2");
  EXPECT_EQ(on("month", 1, "2024-04-30T21:59:59.999Z"), "n2");
  EXPECT_EQ(on("month", 1, "2024-04-30T22:00:00Z"), "n1");
}

TEST_F(OracleOf, WhatFollowsIsLaterOrBehindInTheLogAndAtMostThatMuch) {
  happened("2024-03-01T10:00:00Z", "B");
  happened("2024-03-01T10:00:00Z", "A");  // followed 5 s later
  happened("2024-03-01T10:00:05Z", "A");  // followed at once
  happened("2024-03-01T10:00:05Z", "B");
  happened("2024-03-01T10:00:09Z", "A");  // not followed
  const std::string_view now = "2024-03-01T11:00:00Z";
  EXPECT_EQ(
      answer(linked("followed_by", 5000), R"(events("A").followed_by(events("B"), duration("5000ms")).count())", now),
      "n2");
  EXPECT_EQ(
      answer(linked("followed_by", 4999), R"(events("A").followed_by(events("B"), duration("4999ms")).count())", now),
      "n1");
  EXPECT_EQ(answer(linked("followed_by", 0), R"(events("A").followed_by(events("B"), duration("0ms")).count())", now),
            "n1");
  EXPECT_EQ(
      answer(linked("preceded_by", 5000), R"(events("A").preceded_by(events("B"), duration("5000ms")).count())", now),
      "n3");
  EXPECT_EQ(
      answer(linked("preceded_by", 4000), R"(events("A").preceded_by(events("B"), duration("4000ms")).count())", now),
      "n2");
  EXPECT_EQ(answer(linked("not_preceded_by", 4000),
                   R"(events("A").not_preceded_by(events("B"), duration("4000ms")).count())", now),
            "n1");
  EXPECT_EQ(answer(linked("followed_by", 5000, history_of("A")),
                   R"(events("A").followed_by(events("A"), duration("5000ms")).count())", now),
            "n2");
}

TEST_F(OracleOf, ThatNothingFollowedIsKnownFromTheEndOfItsTimeOn) {
  happened("2024-03-01T10:00:00Z", "A");
  happened("2024-03-01T10:00:05.001Z", "B");
  const std::string_view cel = R"(events("A").not_followed_by(events("B"), duration("5000ms")).count())";
  EXPECT_EQ(answer(linked("not_followed_by", 5000), cel, "2024-03-01T10:00:04.999Z"), "n0");
  EXPECT_EQ(answer(linked("not_followed_by", 5000), cel, "2024-03-01T10:00:05Z"), "n1");
  const std::string_view longer = R"(events("A").not_followed_by(events("B"), duration("6000ms")).count())";
  EXPECT_EQ(answer(linked("not_followed_by", 6000), longer, "2024-03-01T11:00:00Z"), "n0");
}

TEST_F(OracleOf, SequencesNest) {
  happened("2024-03-01T10:00:00Z", "A");
  happened("2024-03-01T10:00:01Z", "B");
  happened("2024-03-01T10:00:30Z", "A");
  happened("2024-03-01T10:00:31Z", "B");
  happened("2024-03-01T10:00:32Z", "C");
  History middle = history_of("B");
  middle.links.push_back({"followed_by", 2000, history_of("C"), {}});
  EXPECT_EQ(
      answer(
          linked("followed_by", 2000, middle),
          R"(events("A").followed_by(events("B").followed_by(events("C"), duration("2000ms")), duration("2000ms")).count())",
          "2024-03-01T11:00:00Z"),
      "n1");
}

TEST_F(OracleOf, PairsHaveToDoWithEachOtherAndErrorsHoldAsLittleAsFalse) {
  happened("2024-03-01T10:00:00Z", "A",
           R"({"lines":[{"sku":"x1","price":1,"quantity":1},{"sku":"x2","price":2,"quantity":1}]})");
  happened("2024-03-01T10:00:01Z", "B", R"({"kind":"x1","n":"many"})");
  happened("2024-03-01T10:00:02Z", "B", R"({"kind":"x2","n":3})");
  const auto paired = [&](const std::string& comparison) {
    History history = history_of("A");
    history.each = Both{"$.properties.lines", "$.lines"};
    const Link::Match same{{"$.sku", "[$.sku]"}, "==", {"$.properties.kind", "[$.kind]"}};
    const Link::Match other{{"$.price", "[$.price]"}, comparison, {"$.properties.n", "[$.n]"}};
    history.links.push_back({"followed_by", 2000, history_of("B"), {same, other}});
    return answer(count_of(history),
                  R"(events("A").each(e, e.properties.lines).followed_by(events("B"), duration("2000ms"), a, b, )"
                  R"(a.sku == b.properties.kind && a.price )" +
                      comparison + " b.properties.n).count()",
                  "2024-03-01T11:00:00Z");
  };
  EXPECT_EQ(paired("<"), "n1");
  EXPECT_EQ(paired(">="), "n0");
  EXPECT_EQ(paired("!="), "n2");
  EXPECT_EQ(paired("=="), "n0");
}

TEST_F(OracleOf, FirstAndLastValuesStandInTheOrderOfTheirTime) {
  happened("2024-03-01T10:00:02Z", "A", R"({"n":3})");
  happened("2024-03-01T10:00:00Z", "A", R"({"n":1})");
  happened("2024-03-01T10:00:01Z", "A", R"({"kind":"k1"})");
  happened("2024-03-01T10:00:02Z", "A", R"({"n":"four"})");
  const auto values = [&](const std::string& reading, int n) {
    return answer({history_of("A"), reading, n, Both{"$.properties.n", "[$.n]"}, false},
                  R"(events("A").)" + reading + "(" + std::to_string(n) + ", e, e.properties.n)",
                  "2024-03-01T11:00:00Z");
  };
  EXPECT_EQ(values("first", 2), "[n1 null]");
  EXPECT_EQ(values("last", 2), "[n3 sfour]");
  EXPECT_EQ(values("last", 20), "[n1 null n3 sfour]");
}

TEST_F(OracleOf, PeriodsAreNumberedByTheZonesOwnCalendar) {
  happened("2024-03-30T22:59:59Z", "A");
  happened("2024-03-30T23:00:00Z", "A");
  happened("2024-03-31T21:59:59Z", "A");
  const Question question{history_of("A"), "count_distinct", 0,
                          Both{R"(period($.occurred_at, "day", "Europe/Berlin"))",
                               "[num(period_number($.place.at, 'day', 'Europe/Berlin'))]"},
                          false};
  EXPECT_EQ(answer(question, R"(events("A").count_distinct(e, period(e.occurred_at, "day", "Europe/Berlin")))",
                   "2024-05-01T00:00:00Z"),
            "n2");
}

TEST_F(OracleOf, SharesAreToldInThousandthsAndDownwards) {
  happened("2024-03-01T10:00:00Z", "A");
  Questions questions;
  const std::string count = questions.name_of(count_of(history_of("A")));
  const std::string x = "num(" + count + ")";
  const std::string everybody = questions.name_of(Compared{x, "", {count}});
  Published published;
  published.shown.emplace("d0", Expression{{"", "share_at(" + x + ", " + everybody + ")"}, {count}, {}, {everybody}});
  const Timestamp now = *parse_timestamp("2024-03-01T11:00:00Z");
  the_oracle().read(rows(), {{1, 1}});
  const auto share = [&] { return the_oracle().people_at({{now}}, questions, published)[now][1]["d0"]; };
  EXPECT_EQ(share(), "null");
  EXPECT_EQ(published.that_wait(questions, {count}), std::set<std::string>{"d0"});
  for (const auto& [table, expected] : {std::pair{"[]", "null"}, std::pair{"[0, 1, 2]", "n0.666"},
                                        std::pair{"[1, 1, 1]", "n1"}, std::pair{"[2, 2, 2]", "n0"}}) {
    published.tables[published.meaning_of(questions.compared(everybody))] = table;
    EXPECT_EQ(share(), expected) << table;
  }
  EXPECT_EQ(published.that_wait(questions, {count}), std::set<std::string>{});
}

}  // namespace
}  // namespace tessera::meaning
