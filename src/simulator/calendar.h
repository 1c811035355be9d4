// What kind of day it is, as a grocer sees it.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace tessera::simulator {

// One day of the simulated calendar. `number` counts from the simulation's first day (0).
struct Day {
  std::int32_t number = 0;
  Timestamp start;           // midnight, UTC
  std::int32_t month = 0;    // 0 January … 11 December
  std::int32_t date = 0;     // 1 … 31
  std::int32_t weekday = 0;  // 0 Monday … 6 Sunday
  std::int32_t week = 0;     // weeks since 1970, turning on Thursdays: when offers change

  static Day at(Timestamp first_day, std::int32_t number) {
    const Timestamp start = first_day + number * kDayMs;
    const auto days = std::chrono::sys_days{std::chrono::days{start.ms / kDayMs}};
    const std::chrono::year_month_day civil{days};
    Day day;
    day.number = number;
    day.start = start;
    day.month = static_cast<std::int32_t>(static_cast<unsigned>(civil.month())) - 1;
    day.date = static_cast<std::int32_t>(static_cast<unsigned>(civil.day()));
    day.weekday = static_cast<std::int32_t>(std::chrono::weekday{days}.iso_encoding()) - 1;
    day.week = static_cast<std::int32_t>(start.ms / kDayMs / 7);
    return day;
  }

  // How busy the shop is on such a day, in per cent of a usual one.
  std::int32_t busyness() const {
    constexpr std::int32_t kByMonth[12] = {88, 92, 98, 104, 100, 98, 92, 90, 100, 102, 108, 130};
    constexpr std::int32_t kByWeekday[7] = {82, 84, 90, 104, 124, 138, 78};
    std::int32_t busy = kByMonth[month] * kByWeekday[weekday] / 100;
    if (month == 11 && date >= 19 && date <= 24) busy = busy * 150 / 100;
    if (month == 11 && date == 25) busy = 5;
    return busy;
  }
};

}  // namespace tessera::simulator
