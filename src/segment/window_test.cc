#include "segment/window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cel/zones.h"

namespace tessera::segment {
namespace {

constexpr std::array<std::string_view, 9> kZones{"UTC",          "Europe/Berlin",       "America/Sao_Paulo",
                                                 "Pacific/Apia", "Asia/Kolkata",        "America/St_Johns",
                                                 "Asia/Manila",  "Australia/Lord_Howe", "Africa/Cairo"};
constexpr std::array<Period, 3> kPeriods{Period::kDay, Period::kWeek, Period::kMonth};

Timestamp at(std::string_view text) {
  return parse_timestamp(text).value();
}
std::int64_t number(std::string_view text, Period period, std::string_view zone) {
  return period_number(at(text), period, zone).value();
}
std::string begin_of(std::string_view text, Period period, std::string_view zone) {
  return to_text(period_begin(number(text, period, zone), period, zone));
}
std::string end_of(std::string_view text, Period period, std::string_view zone) {
  return to_text(period_begin(number(text, period, zone) + 1, period, zone));
}

std::int64_t any(std::int64_t below) {
  return *rc::gen::inRange<std::int64_t>(0, below);
}
template <class List>
auto any_of(const List& list) {
  return list[static_cast<std::size_t>(any(static_cast<std::int64_t>(list.size())))];
}

// Between 1880 and 2060, often near the hours at which clocks were set.
Timestamp any_time(std::string_view zone) {
  Timestamp time{(any(180LL * 365 * 24) - 90LL * 365 * 24) * kHourMs + any(3) * 1'799'999};
  for (int i = 0; i < 400 && any(4) > 0; ++i) {
    const Timestamp next = time + kDayMs;
    if (cel::zone_offset(zone, next.ms / 1000) != cel::zone_offset(zone, time.ms / 1000)) break;
    time = next;
  }
  return time + any(72 * std::int64_t{60}) * kMinuteMs;
}

Window any_window() {
  Window window;
  window.kind = any(2) == 0 ? Window::Kind::kSliding : Window::Kind::kCalendar;
  window.to_ms = any(2) * any(20) * kHourMs;
  window.from_ms = window.to_ms + any(60) * kHourMs;
  window.period = any_of(kPeriods);
  window.zone = any_of(kZones);
  window.back = static_cast<std::int32_t>(any(4));
  return window;
}

bool covers(const Window& window, Timestamp now, Timestamp time) {
  const Range range = range_at(window, now);
  return time >= range.begin && time < range.end;
}

TEST(Window, ADayOfSummertimeHas23HoursAndOneOfWinterTime25) {
  EXPECT_EQ(begin_of("2024-03-31T12:00:00Z", Period::kDay, "Europe/Berlin"), "2024-03-30T23:00:00.000Z");
  EXPECT_EQ(end_of("2024-03-31T12:00:00Z", Period::kDay, "Europe/Berlin"), "2024-03-31T22:00:00.000Z");
  EXPECT_EQ(begin_of("2024-10-27T12:00:00Z", Period::kDay, "Europe/Berlin"), "2024-10-26T22:00:00.000Z");
  EXPECT_EQ(end_of("2024-10-27T12:00:00Z", Period::kDay, "Europe/Berlin"), "2024-10-27T23:00:00.000Z");
}

TEST(Window, ADayWithoutMidnightBeginsAtOne) {
  EXPECT_EQ(begin_of("2018-11-04T12:00:00Z", Period::kDay, "America/Sao_Paulo"), "2018-11-04T03:00:00.000Z");
  EXPECT_EQ(number("2018-11-04T02:59:59.999Z", Period::kDay, "America/Sao_Paulo"),
            number("2018-11-04T03:00:00Z", Period::kDay, "America/Sao_Paulo") - 1);
}

TEST(Window, WhereMidnightComesTwiceTheDayBeginsWithTheFirst) {
  // At 00:01 of 7 November clocks showed 23:01 of the 6th again.
  EXPECT_EQ(begin_of("2010-11-07T12:00:00Z", Period::kDay, "America/St_Johns"), "2010-11-07T02:30:00.000Z");
  EXPECT_EQ(number("2010-11-07T03:00:00Z", Period::kDay, "America/St_Johns"),
            number("2010-11-07T12:00:00Z", Period::kDay, "America/St_Johns"));
  // At midnight of 18 February they showed 23:00 of the 17th again: the 18th had not begun.
  EXPECT_EQ(begin_of("2018-02-18T12:00:00Z", Period::kDay, "America/Sao_Paulo"), "2018-02-18T03:00:00.000Z");
}

TEST(Window, ADateThatAZoneLeftOutIsEmpty) {
  const std::int64_t after = number("2011-12-30T10:00:00Z", Period::kDay, "Pacific/Apia");
  EXPECT_EQ(after, number("2011-12-30T09:59:59.999Z", Period::kDay, "Pacific/Apia") + 2);
  EXPECT_EQ(period_begin(after, Period::kDay, "Pacific/Apia"), at("2011-12-30T10:00:00Z"));
  EXPECT_EQ(period_begin(after - 1, Period::kDay, "Pacific/Apia"), at("2011-12-30T10:00:00Z"));
}

TEST(Window, WeeksBeginOnMondayAndMonthsWithTheirFirst) {
  EXPECT_EQ(begin_of("2024-02-29T20:00:00Z", Period::kWeek, "Asia/Kolkata"), "2024-02-25T18:30:00.000Z");
  EXPECT_EQ(end_of("2024-02-29T20:00:00Z", Period::kWeek, "Asia/Kolkata"), "2024-03-03T18:30:00.000Z");
  EXPECT_EQ(begin_of("2024-02-29T18:29:59Z", Period::kMonth, "Asia/Kolkata"), "2024-01-31T18:30:00.000Z");
  EXPECT_EQ(begin_of("2024-02-29T18:30:00Z", Period::kMonth, "Asia/Kolkata"), "2024-02-29T18:30:00.000Z");
  EXPECT_EQ(number("1970-01-01", Period::kMonth, "UTC"), 0);
  EXPECT_EQ(number("1969-12-31", Period::kMonth, "UTC"), -1);
  EXPECT_EQ(number("2024-01-01", Period::kWeek, "UTC"), number("2023-12-31", Period::kWeek, "UTC") + 1);
  EXPECT_EQ(period_number({0}, Period::kDay, "Europe/Atlantis"), std::nullopt);
}

TEST(Window, CoversWhatItSaysTheEndIncludedAndTheBeginningNot) {
  const Timestamp now = at("2024-03-15T12:00:00Z");
  const Window sliding{Window::Kind::kSliding, 90 * kDayMs, 0, Period::kDay, "", 0};
  EXPECT_EQ(range_at(sliding, now), (Range{now + (1 - 90 * kDayMs), now + 1}));
  const Window between{Window::Kind::kSliding, 90 * kDayMs, kDayMs, Period::kDay, "", 0};
  EXPECT_EQ(range_at(between, now), (Range{now + (1 - 90 * kDayMs), now + (1 - kDayMs)}));
  const Window month{Window::Kind::kCalendar, 0, 0, Period::kMonth, "Europe/Berlin", 0};
  EXPECT_EQ(range_at(month, now), (Range{at("2024-02-29T23:00:00Z"), now + 1}));
  const Window before{Window::Kind::kCalendar, 0, 0, Period::kMonth, "Europe/Berlin", 2};
  EXPECT_EQ(range_at(before, now), (Range{at("2023-12-31T23:00:00Z"), at("2024-01-31T23:00:00Z")}));
  EXPECT_EQ(next_turn(month, now), at("2024-03-31T22:00:00Z"));
  EXPECT_EQ(next_turn(sliding, now), kNever);
  EXPECT_TRUE(covers({}, now, at("9999-12-31")));
}

TEST(Window, HasOneSpelling) {
  const auto sliding = [](std::int64_t from_ms, std::int64_t to_ms) {
    return text_of({Window::Kind::kSliding, from_ms, to_ms, Period::kDay, "", 0});
  };
  EXPECT_EQ(sliding(90 * kDayMs, 0), R"(duration("90d"))");
  EXPECT_EQ(sliding(48 * kHourMs, 0), R"(duration("2d"))");
  EXPECT_EQ(sliding(36 * kHourMs, 90 * kMinuteMs), R"(between(duration("36h"), duration("90m")))");
  EXPECT_EQ(sliding(90 * kSecondMs, 1), R"(between(duration("90s"), duration("1ms")))");
  EXPECT_EQ(sliding(0, 0), R"(duration("0s"))");
  EXPECT_EQ(text_of({Window::Kind::kCalendar, 0, 0, Period::kWeek, "Asia/Kolkata", 0}),
            R"(calendar("week", "Asia/Kolkata"))");
  EXPECT_EQ(text_of({Window::Kind::kCalendar, 0, 0, Period::kMonth, "Europe/Berlin", 3}),
            R"(calendar("month", "Europe/Berlin", -3))");
  EXPECT_EQ(text_of({}), "");
  for (const Period period : kPeriods) EXPECT_EQ(period_of(word_of(period)), period);
  EXPECT_EQ(period_of("year"), std::nullopt);
}

RC_GTEST_PROP(Window, EveryInstantLiesInThePeriodOfItsNumber, ()) {
  const std::string_view zone = any_of(kZones);
  const Timestamp time = any_time(zone);
  for (const Period period : kPeriods) {
    const std::int64_t its = period_number(time, period, zone).value();
    RC_ASSERT(period_begin(its, period, zone) <= time);
    RC_ASSERT(time < period_begin(its + 1, period, zone));
  }
}

// Looked for minute by minute.
RC_GTEST_PROP(Window, ADayBeginsWithTheFirstInstantOfItsDate, ()) {
  const std::string_view zone = any_of(kZones);
  const std::int64_t date = period_number(any_time(zone), Period::kDay, zone).value();
  const std::int64_t begin = period_begin(date, Period::kDay, zone).ms / 1000;
  const auto local_date = [&](std::int64_t seconds) {
    return std::floor(static_cast<double>(seconds + cel::zone_offset(zone, seconds).value()) / 86400.0);
  };
  RC_ASSERT(local_date(begin) >= static_cast<double>(date));
  for (std::int64_t back = 0; back < 3000; ++back) {
    RC_ASSERT(local_date(begin - 1 - back * 60) < static_cast<double>(date));
  }
}

RC_GTEST_PROP(Window, WhatEntersAndLeavesIsCoveredInBetween, ()) {
  const Window window = any_window();
  const Timestamp now = any_time(window.zone);
  std::vector<Timestamp> times;
  for (int i = 0; i < 20; ++i) times.push_back(now + (any(6000) - 5000) * any(2) * kHourMs + (any(4) - any(3000)));
  std::sort(times.begin(), times.end());
  Passages entering(window, Passages::Which::kEnters);
  Passages leaving(window, Passages::Which::kLeaves);
  for (const Timestamp time : times) {
    RC_ASSERT(covers(window, now, time) == (enters(window, time) <= now && now < leaves(window, time)));
    RC_ASSERT(entering.of(time) == enters(window, time));
    RC_ASSERT(leaving.of(time) == leaves(window, time));
    if (time <= now + -reach_of(window)) RC_ASSERT(!covers(window, now, time));
  }
}

RC_GTEST_PROP(Window, ACalendarWindowMovesAtItsTurnAndNotBefore, ()) {
  Window window = any_window();
  window.kind = Window::Kind::kCalendar;
  const Timestamp now = any_time(window.zone);
  const Timestamp turn = next_turn(window, now);
  RC_ASSERT(turn > now);
  RC_ASSERT(range_at(window, turn + -1).begin == range_at(window, now).begin);
  RC_ASSERT(range_at(window, turn).begin >= range_at(window, now).begin);
  RC_ASSERT(period_number(turn, window.period, window.zone).value() >
            period_number(now, window.period, window.zone).value());
}

}  // namespace
}  // namespace tessera::segment
