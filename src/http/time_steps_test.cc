#include "http/time_steps.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tessera::http {
namespace {

using Texts = std::vector<std::string>;

Texts steps(std::string_view from, std::string_view to, Every every, std::string_view zone) {
  const auto begins = time_steps(*parse_zoned(from, zone), *parse_zoned(to, zone), every, zone);
  if (!begins) return {begins.error().message};
  Texts texts;
  for (const Timestamp begin : *begins) texts.push_back(zoned_text(begin, zone));
  return texts;
}

TEST(TimeSteps, BeginBeforeTheFirstInstantAndEndBeforeTheLast) {
  EXPECT_EQ(steps("2026-01-01T10:30:00Z", "2026-01-01T12:00:00Z", Every::kHour, "UTC"),
            (Texts{"2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z"}));
  EXPECT_EQ(steps("2026-01-01", "2026-01-01T00:00:00.001", Every::kDay, "UTC"), Texts{"2026-01-01T00:00:00.000Z"});
}

TEST(TimeSteps, DaysWeeksAndMonthsAreThoseOfTheZone) {
  EXPECT_EQ(steps("2026-10-24", "2026-10-27", Every::kDay, "Europe/Berlin"),  // the clocks go back on the 25th
            (Texts{"2026-10-24T00:00:00.000+02:00", "2026-10-25T00:00:00.000+02:00", "2026-10-26T00:00:00.000+01:00"}));
  EXPECT_EQ(steps("2026-11-26T12:00:00Z", "2026-12-01", Every::kWeek, "America/New_York"),
            (Texts{"2026-11-23T00:00:00.000-05:00", "2026-11-30T00:00:00.000-05:00"}));
  EXPECT_EQ(steps("2026-02-28T22:30:00Z", "2026-03-31T22:00:00Z", Every::kMonth, "Europe/Berlin"),
            (Texts{"2026-02-01T00:00:00.000+01:00", "2026-03-01T00:00:00.000+01:00"}));
  EXPECT_EQ(steps("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", Every::kHour, "Asia/Kolkata"),
            (Texts{"2026-01-01T05:00:00.000+05:30", "2026-01-01T06:00:00.000+05:30"}));
}

TEST(TimeSteps, AnHourThatComesTwiceIsTwoStepsAndOneThatIsSkippedIsNone) {
  EXPECT_EQ(steps("2026-10-25T02:00:00", "2026-10-25T03:00:00", Every::kHour, "Europe/Berlin"),
            (Texts{"2026-10-25T02:00:00.000+02:00", "2026-10-25T02:00:00.000+01:00"}));
  EXPECT_EQ(steps("2026-03-29T01:00:00", "2026-03-29T04:00:00", Every::kHour, "Europe/Berlin"),
            (Texts{"2026-03-29T01:00:00.000+01:00", "2026-03-29T03:00:00.000+02:00"}));
  EXPECT_EQ(steps("2017-10-15", "2017-10-16", Every::kDay, "America/Sao_Paulo"),  // that day begins at one o'clock
            Texts{"2017-10-15T01:00:00.000-02:00"});
  EXPECT_EQ(steps("2011-12-29", "2012-01-01", Every::kDay, "Pacific/Apia"),  // the 30th was left out
            (Texts{"2011-12-29T00:00:00.000-10:00", "2011-12-31T00:00:00.000+14:00"}));
}

TEST(TimeSteps, ThereAreSoManyAndNoMore) {
  const Timestamp from = *parse_timestamp("2026-01-01");
  EXPECT_EQ(time_steps(from, from + 1000 * kHourMs, Every::kHour, "UTC")->size(), kMaxTimeSteps);
  EXPECT_EQ(time_steps(from, from + 1000 * kHourMs + 1, Every::kHour, "UTC").error().code, Code::kInvalidArgument);
}

TEST(TimeSteps, WhatSaysItsOffsetIsTakenAtItsWord) {
  EXPECT_EQ(parse_zoned("2026-07-01T00:00:00Z", "Europe/Berlin"), parse_timestamp("2026-07-01"));
  EXPECT_EQ(parse_zoned("2026-07-01T00:00:00+01:00", "Europe/Berlin"), parse_timestamp("2026-06-30T23:00:00Z"));
  EXPECT_EQ(parse_zoned("2026-07-01", "Europe/Berlin"), parse_timestamp("2026-06-30T22:00:00Z"));
  EXPECT_EQ(parse_zoned("yesterday", "Europe/Berlin"), std::nullopt);
  EXPECT_TRUE(is_zone("UTC"));
  EXPECT_FALSE(is_zone("Europe/Nowhere"));
  EXPECT_EQ(every_of("week"), Every::kWeek);
  EXPECT_EQ(every_of("year"), std::nullopt);
}

RC_GTEST_PROP(TimeSteps, AscendAndEachBeginsItsDate, ()) {
  const std::string zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata",
                                                          "Pacific/Apia", "Africa/Casablanca");
  const auto every = *rc::gen::element(Every::kHour, Every::kDay, Every::kWeek, Every::kMonth);
  const Timestamp from{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)};
  const auto begins = time_steps(from, from + 40 * kDayMs, every, zone);
  RC_ASSERT(begins.has_value());
  RC_ASSERT(begins->front() <= from);
  RC_ASSERT(begins->back() < from + 40 * kDayMs);
  for (std::size_t i = 1; i < begins->size(); ++i) {
    const Timestamp begin = (*begins)[i];
    RC_ASSERT((*begins)[i - 1] < begin);
    if (every == Every::kDay || every == Every::kMonth) {
      const std::size_t same = every == Every::kDay ? 10 : 7;  // of "2026-11-01"
      RC_ASSERT(zoned_text(begin, zone).substr(0, same) != zoned_text(begin + -1, zone).substr(0, same));
    }
    RC_ASSERT(time_steps(begin + -1, begin, every, zone)->back() == (*begins)[i - 1]);
    RC_ASSERT(parse_zoned(zoned_text(begin, zone), zone) == begin);
  }
}

}  // namespace
}  // namespace tessera::http
