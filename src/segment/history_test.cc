// Answers out of series are those worked out over all pairs of entries, and none changes before it was said to.
#include "segment/history.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/series.h"
#include "segment/test_values.h"

namespace tessera::segment {
namespace {

using Order = History::Order;
using Comparison = History::Comparison;
using Answer = std::vector<model::Value>;

constexpr std::uint32_t kSeries = 3;  // ids from 1
constexpr std::uint8_t kColumns = 2;

int any(int below) {
  return *rc::gen::inRange(0, below);
}
bool chance(int percent) {
  return any(100) < percent;
}

struct Entry {
  std::int64_t at = 0;
  std::uint64_t offset = 0;
  std::vector<model::Value> values;
};

// What happened to one person, by series; and the same as it is stored, in one to three parts.
struct Person {
  std::map<std::uint32_t, std::vector<Entry>> entries;
  std::vector<std::vector<profile::Series>> parts;

  std::vector<PartSeries> spans() const { return {parts.begin(), parts.end()}; }
};

model::Value any_value() {
  const int what = any(20);
  if (what == 0) return model::Wrong{};
  if (what < 3) return model::Null{};
  if (what == 3) return chance(50);
  if (what == 4) return model::Time{any(3)};
  if (what < 9) return "t" + std::to_string(any(3));
  return any(7) / 2.0 - 1;
}

void store(std::vector<profile::Series>& part, std::uint32_t id, const Entry& entry) {
  auto at = std::find_if(part.begin(), part.end(), [&](const auto& series) { return series.id >= id; });
  if (at == part.end() || at->id != id) {
    at = part.insert(at, profile::Series{});
    at->id = id;
    at->columns = kColumns;
  }
  std::vector<cel::Value> columns;
  for (const model::Value& value : entry.values) {
    const double* number = std::get_if<double>(&value);
    const bool is_whole = number != nullptr && *number == static_cast<double>(static_cast<int>(*number));
    columns.push_back(is_whole ? cel::Value::integer(static_cast<std::int64_t>(*number)) : to_cel(value));
  }
  ASSERT_TRUE(add_entry(*at, {{entry.at}, {entry.offset}, 0}, columns));
}

// Times are multiples of `unit` below `span` of them.
Person any_person(std::int64_t unit, int span) {
  Person person;
  person.parts.resize(1 + static_cast<std::size_t>(any(3)));
  const int events = chance(10) ? any(60) : any(14);
  for (int i = 0; i < events; ++i) {
    Entry entry{any(span) * unit, static_cast<std::uint64_t>(i + 1), {}};
    auto& part = person.parts[static_cast<std::size_t>(any(static_cast<int>(person.parts.size())))];
    for (std::uint32_t id = 1; id <= kSeries; ++id) {
      for (int elements = any(10) < 5 ? 1 : any(3); elements > 0; --elements) {
        entry.values = {any_value(), any_value()};
        person.entries[id].push_back(entry);
        store(part, id, entry);
      }
    }
  }
  for (auto& [id, entries] : person.entries) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.at, a.offset) < std::tie(b.at, b.offset);
    });
  }
  return person;
}

Window any_window(std::int64_t unit, bool calendars) {
  Window window;
  const int what = any(10);
  if (what < 3) return window;
  if (calendars && what < 7) {
    window.kind = Window::Kind::kCalendar;
    window.zone = chance(50) ? "Europe/Berlin" : "Asia/Kolkata";
    window.period = chance(70) ? Period::kDay : Period::kWeek;
    window.back = any(3);
    return window;
  }
  window.kind = Window::Kind::kSliding;
  window.to_ms = chance(40) ? any(8) * unit : 0;
  window.from_ms = window.to_ms + any(15) * unit;
  return window;
}

History any_history(std::int64_t unit, bool calendars, int depth) {
  History history;
  history.series = static_cast<std::uint32_t>(1 + any(kSeries));
  history.window = any_window(unit, calendars);
  for (int links = depth == 0 ? 0 : any(3); links > 0; --links) {
    History::Link link;
    link.order = static_cast<Order>(any(4));
    link.within_ms = any(12) * unit;
    link.other = any_history(unit, calendars, depth - 1);
    if (chance(50)) {
      link.matches.push_back({static_cast<std::uint32_t>(any(2)), Comparison::kEqual, 0});
      if (chance(40)) link.matches.push_back({1, static_cast<Comparison>(any(6)), 1});
    }
    history.links.push_back(link);
  }
  return history;
}

Asked any_asked(std::int64_t unit, bool calendars, int depth) {
  Asked asked;
  asked.history = any_history(unit, calendars, depth);
  asked.reading = chance(30) ? Reading::kCount : static_cast<Reading>(any(13));
  asked.value = static_cast<std::uint32_t>(any(2));
  asked.first_n = static_cast<std::uint32_t>(any(4));
  return asked;
}

// The slow way.
class Oracle {
 public:
  Oracle(const Person& person, std::int64_t now) : person_(person), now_(now) {}

  Answer answer(const Asked& asked) const {
    std::vector<Entry> entries;
    for (const Entry& entry : of(asked.history.series)) {
      if (has(asked.history, entry)) entries.push_back(entry);
    }
    if (asked.reading == Reading::kCount) return {static_cast<double>(entries.size())};
    if (asked.reading == Reading::kFirstTime || asked.reading == Reading::kLastTime) {
      if (entries.empty()) return {model::Null{}};
      return {model::Time{(asked.reading == Reading::kFirstTime ? entries.front() : entries.back()).at}};
    }
    Answer values;
    for (const Entry& entry : entries) {
      const model::Value& value = entry.values[asked.value];
      if (!std::holds_alternative<model::Wrong>(value)) values.push_back(value);
    }
    return of_values(asked, values);
  }

 private:
  const std::vector<Entry>& of(std::uint32_t series) const {
    static const std::vector<Entry> none;
    const auto found = person_.entries.find(series);
    return found == person_.entries.end() ? none : found->second;
  }

  bool covers(const Window& window, std::int64_t at) const {
    if (window.kind == Window::Kind::kAll) return true;
    if (window.kind == Window::Kind::kSliding) return at > now_ - window.from_ms && at <= now_ - window.to_ms;
    return at <= now_ && period_number({at}, window.period, window.zone).value() ==
                             period_number({now_}, window.period, window.zone).value() - window.back;
  }

  bool has(const History& history, const Entry& entry) const {
    return covers(history.window, entry.at) && std::all_of(history.links.begin(), history.links.end(),
                                                           [&](const auto& link) { return holds(link, entry); });
  }

  bool holds(const History::Link& link, const Entry& mine) const {
    const bool is_later = link.order == Order::kFollowedBy || link.order == Order::kNotFollowedBy;
    bool exists = false;
    for (const Entry& other : of(link.other.series)) {
      const Entry& first = is_later ? mine : other;
      const Entry& second = is_later ? other : mine;
      const bool is_behind = std::tie(second.at, second.offset) > std::tie(first.at, first.offset);
      if (!is_behind || second.at - first.at > link.within_ms || !has(link.other, other)) continue;
      exists |= std::all_of(link.matches.begin(), link.matches.end(), [&](const History::Match& match) {
        return compares(mine.values[match.mine], match.comparison, other.values[match.theirs]);
      });
    }
    if (link.order == Order::kFollowedBy || link.order == Order::kPrecededBy) return exists;
    return !exists && (link.order == Order::kNotPrecededBy || now_ - mine.at >= link.within_ms);
  }

  static bool compares(const model::Value& a, Comparison comparison, const model::Value& b) {
    if (comparison == Comparison::kLessEqual) return compares(b, Comparison::kGreaterEqual, a);
    constexpr std::array<const char*, 6> kOperators{"==", "!=", "<", "", ">", ">="};
    return model::compared(a, kOperators[static_cast<std::size_t>(comparison)], b).value_or(false);
  }

  static Answer of_values(const Asked& asked, const Answer& values) {
    std::map<model::Value, int> tally;
    double sum = 0;
    double summands = 0;
    for (const model::Value& value : values) {
      if (!std::holds_alternative<model::Null>(value)) ++tally[value];
      if (const double* number = std::get_if<double>(&value)) {
        sum += *number;
        ++summands;
      }
    }
    const std::size_t n = std::min<std::size_t>(asked.first_n, values.size());
    const auto count = static_cast<std::ptrdiff_t>(n);
    switch (asked.reading) {
      case Reading::kSum:
        return {sum};
      case Reading::kAverage:
        return {summands == 0 ? model::Value(model::Null{}) : model::Value(sum / summands)};
      case Reading::kMin:
        return {tally.empty() ? model::Value(model::Null{}) : tally.begin()->first};
      case Reading::kMax:
        return {tally.empty() ? model::Value(model::Null{}) : tally.rbegin()->first};
      case Reading::kFirstValue:
        return {values.empty() ? model::Value(model::Null{}) : values.front()};
      case Reading::kLastValue:
        return {values.empty() ? model::Value(model::Null{}) : values.back()};
      case Reading::kDistinct:
        return {static_cast<double>(tally.size())};
      case Reading::kFirstValues:
        return {values.begin(), values.begin() + count};
      case Reading::kLastValues:
        return {values.end() - count, values.end()};
      default:
        break;
    }
    model::Value best = model::Null{};
    for (const auto& [value, times] : tally) {
      if (std::holds_alternative<model::Null>(best) || times > tally[best]) best = value;
    }
    return {best};
  }

  const Person& person_;
  std::int64_t now_;
};

Answer read(HistoryReader& reader, const Asked& asked, const Person& person, std::int64_t now) {
  cel::Arena arena;
  const cel::Value value = reader.read(asked, person.spans(), {now}, arena);
  if (!value.is(cel::Kind::kList)) return {from_cel(value)};
  Answer list;
  for (std::size_t i = 0; i < value.as_list().size(); ++i) list.push_back(from_cel(value.as_list().at(i, arena)));
  return list;
}

// Where a number stands among thresholds, or the answer itself.
Answer seen(const Answer& answer, const std::vector<double>& thresholds) {
  if (thresholds.empty()) return answer;
  Answer places;
  const double number = std::get<double>(answer.front());
  for (const double threshold : thresholds) {
    places.emplace_back(number < threshold ? -1.0 : number > threshold ? 1.0 : 0.0);
  }
  return places;
}

std::vector<double> any_thresholds(Reading reading) {
  std::vector<double> thresholds;
  if (!is_number(reading) || chance(40)) return thresholds;
  for (int i = 1 + any(2); i > 0; --i) thresholds.push_back(any(12) / 2.0 - 1);
  std::sort(thresholds.begin(), thresholds.end());
  return thresholds;
}

// At each step from `now` until the instant that was told, or `horizon` steps, the answer is the same. Without links,
// numbers beside thresholds are followed exactly: then it is another.
void check_next_change(const Asked& asked, const Person& person, std::int64_t now, std::int64_t step, int horizon) {
  HistoryReader reader;
  const std::vector<double> thresholds = any_thresholds(asked.reading);
  const std::vector<PartSeries> spans = person.spans();
  const Timestamp change = reader.next_change(asked, spans, {now}, thresholds);
  RC_ASSERT(change.ms > now);
  const auto at = [&](std::int64_t time) { return seen(Oracle(person, time).answer(asked), thresholds); };
  const Answer first = at(now);
  for (std::int64_t time = now + step; time < std::min(change.ms, now + horizon * step); time += step) {
    RC_ASSERT(at(time) == first);
  }
  if (change == kNever) return;
  RC_ASSERT((change.ms - now) % step == 0);
  if (asked.history.links.empty() && !thresholds.empty()) RC_ASSERT(at(change.ms) != first);
}

RC_GTEST_PROP(History, AnswersAreThoseOfAllPairs, ()) {
  const Person person = any_person(1, 30);
  HistoryReader reader;
  for (int i = 0; i < 5; ++i) {
    const Asked asked = any_asked(1, false, any(3));
    const std::int64_t now = any(50);
    RC_ASSERT(read(reader, asked, person, now) == Oracle(person, now).answer(asked));
  }
}

constexpr std::int64_t kQuarter = 6 * kHourMs;

RC_GTEST_PROP(History, AnswersOverCalendarsAreThoseOfAllPairs, ()) {
  const Person person = any_person(kQuarter, 60);
  HistoryReader reader;
  for (int i = 0; i < 5; ++i) {
    const Asked asked = any_asked(kQuarter, true, any(3));
    const std::int64_t now = any(80) * kQuarter;
    RC_ASSERT(read(reader, asked, person, now) == Oracle(person, now).answer(asked));
  }
}

RC_GTEST_PROP(History, NoAnswerChangesBeforeItWasSaidTo, ()) {
  const Person person = any_person(1, 30);
  for (int i = 0; i < 5; ++i) check_next_change(any_asked(1, false, any(3)), person, any(50), 1, 80);
}

RC_GTEST_PROP(History, NoAnswerOverCalendarsChangesBeforeItWasSaidTo, ()) {
  const Person person = any_person(kQuarter, 24);
  check_next_change(any_asked(kQuarter, true, any(2)), person, any(40) * kQuarter, kHourMs / 2, 700);
}

// One part's series 1 of entries at these times, with these values.
Person person_of(std::initializer_list<std::pair<std::int64_t, model::Value>> entries) {
  Person person;
  person.parts.resize(1);
  std::uint64_t offset = 0;
  for (const auto& [at, value] : entries) store(person.parts[0], 1, {at, ++offset, {value, model::Null{}}});
  return person;
}

Asked last_of(std::int64_t ms, Reading reading) {
  Asked asked;
  asked.history.series = 1;
  if (ms > 0) asked.history.window = {Window::Kind::kSliding, ms, 0, Period::kDay, "", 0};
  asked.reading = reading;
  return asked;
}

Timestamp next_change(const Asked& asked, const Person& person, std::int64_t now, std::vector<double> thresholds = {}) {
  HistoryReader reader;
  return reader.next_change(asked, person.spans(), {now}, thresholds);
}

TEST(History, ACountNearAThresholdWaitsForTheEntryThatMatters) {
  const Person person = person_of({{10, 1.0}, {20, 1.0}, {30, 1.0}, {40, 1.0}});
  const Asked asked = last_of(100, Reading::kCount);
  EXPECT_EQ(next_change(asked, person, 50), Timestamp{110});
  EXPECT_EQ(next_change(asked, person, 50, {2}), Timestamp{120});
  EXPECT_EQ(next_change(asked, person, 50, {1, 4}), Timestamp{110});
  EXPECT_EQ(next_change(asked, person, 50, {0.5}), Timestamp{140});
  EXPECT_EQ(next_change(asked, person, 50, {5, 9}), kNever);
  EXPECT_EQ(next_change(asked, person, 50, {-1}), kNever);
  EXPECT_EQ(next_change(last_of(0, Reading::kCount), person, 50), kNever);
}

TEST(History, WhatIsShownWaitsForItsOwnEnd) {
  const Person person = person_of({{10, 5.0}, {20, 7.0}, {30, 7.0}, {40, 1.0}});
  EXPECT_EQ(next_change(last_of(100, Reading::kLastTime), person, 50), Timestamp{140});
  EXPECT_EQ(next_change(last_of(100, Reading::kLastValue), person, 50), Timestamp{140});
  EXPECT_EQ(next_change(last_of(100, Reading::kFirstTime), person, 50), Timestamp{110});
  EXPECT_EQ(next_change(last_of(100, Reading::kFirstTime), person, 25), Timestamp{110});
  EXPECT_EQ(next_change(last_of(100, Reading::kLastTime), person, 25), Timestamp{30});
  EXPECT_EQ(next_change(last_of(100, Reading::kMax), person, 50), Timestamp{130});
  EXPECT_EQ(next_change(last_of(100, Reading::kMin), person, 50), Timestamp{140});
  Asked two = last_of(100, Reading::kLastValues);
  two.first_n = 2;
  EXPECT_EQ(next_change(two, person, 50), Timestamp{130});
  EXPECT_EQ(next_change(last_of(100, Reading::kSum), person, 50, {10}), Timestamp{120});
}

TEST(History, WhatNothingFollowedIsKnownWhenTheTimeIsUp) {
  const Person person = person_of({{10, 1.0}, {40, 2.0}});
  Asked asked = last_of(1000, Reading::kCount);
  History other;
  other.series = 2;
  asked.history.links.push_back({Order::kNotFollowedBy, 20, other, {}});
  EXPECT_EQ(next_change(asked, person, 15), Timestamp{30});
  EXPECT_EQ(next_change(asked, person, 50), Timestamp{60});
  EXPECT_EQ(next_change(asked, person, 70), Timestamp{1010});
  asked.history.window = {};
  EXPECT_EQ(next_change(asked, person, 70), kNever);
}

TEST(History, ACountOfSequencesNearAThresholdWaitsForTheEntryThatMatters) {
  const Person person = person_of({{10, 1.0}, {20, 1.0}, {30, 1.0}, {40, 1.0}});
  Asked asked = last_of(100, Reading::kCount);
  History other;
  other.series = 2;
  asked.history.links.push_back({Order::kNotFollowedBy, 25, other, {}});
  EXPECT_EQ(next_change(asked, person, 50, {1}), Timestamp{110});
  EXPECT_EQ(next_change(asked, person, 58, {1}), Timestamp{120});
  EXPECT_EQ(next_change(asked, person, 58, {4}), Timestamp{65});
  EXPECT_EQ(next_change(asked, person, 70, {2.5}), Timestamp{120});
  EXPECT_EQ(next_change(asked, person, 70, {4, 5}), Timestamp{110});
  EXPECT_EQ(next_change(asked, person, 70, {5}), kNever);
}

TEST(History, WhatWasFollowedStaysSoUntilTheLastThatFollowedLeaves) {
  const Person person = person_of({{10, 1.0}, {20, 1.0}, {30, 1.0}, {40, 1.0}});
  Asked asked = last_of(0, Reading::kFirstTime);
  asked.history.links.push_back({Order::kFollowedBy, 20, last_of(100, Reading::kCount).history, {}});
  EXPECT_EQ(next_change(asked, person, 50), Timestamp{130});
  asked.history.links[0].other.window = {};
  EXPECT_EQ(next_change(asked, person, 50), kNever);
}

TEST(History, HowFarApartTwoMayBeIsIncluded) {
  Person person = person_of({{40, 1.0}});
  store(person.parts[0], 2, {20, 2, {1.0, 1.0}});
  store(person.parts[0], 2, {60, 3, {1.0, 1.0}});
  HistoryReader reader;
  History other;
  other.series = 2;
  for (const Order order : {Order::kFollowedBy, Order::kPrecededBy}) {
    Asked asked = last_of(0, Reading::kCount);
    asked.history.links.push_back({order, 20, other, {}});
    EXPECT_EQ(read(reader, asked, person, 90), Answer{1.0});
    asked.history.links[0].within_ms = 19;
    EXPECT_EQ(read(reader, asked, person, 90), Answer{0.0});
  }
}

TEST(History, OfManyThatMayComeTheFirstIsWaitedFor) {
  Person person = person_of({{100, 1.0}});
  std::uint64_t offset = 1;
  for (std::int64_t at = 50; at < 80; ++at) store(person.parts[0], 2, {at, ++offset, {1.0, 1.0}});
  Asked asked = last_of(0, Reading::kCount);
  History other;
  other.series = 2;
  other.window = {Window::Kind::kSliding, 1000, 100, Period::kDay, "", 0};
  asked.history.links.push_back({Order::kPrecededBy, 60, other, {}});
  EXPECT_EQ(next_change(asked, person, 120), Timestamp{150});
}

TEST(History, LongNumbersMatchByEveryDigitAndWithTheDoubleTheyRoundTo) {
  Person person;
  person.parts.resize(1);
  profile::Series mine;
  profile::Series theirs;
  mine.id = 1;
  theirs.id = 2;
  mine.columns = theirs.columns = 1;
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  add_entry(mine, {{10}, {1}, 0}, std::array{cel::Value::integer(large)});
  add_entry(theirs, {{20}, {2}, 0}, std::array{cel::Value::integer(large - 1)});
  person.parts[0] = {mine, theirs};
  Asked asked = last_of(0, Reading::kCount);
  History other;
  other.series = 2;
  asked.history.links.push_back({Order::kFollowedBy, 20, other, {{0, Comparison::kEqual, 0}}});
  HistoryReader reader;
  EXPECT_EQ(read(reader, asked, person, 50), Answer{0.0});
  add_entry(theirs, {{30}, {3}, 0}, std::array{cel::Value::real(static_cast<double>(large))});
  person.parts[0] = {mine, theirs};
  EXPECT_EQ(read(reader, asked, person, 50), Answer{1.0});
}

TEST(History, SaysHowFarBackEachSeriesIsNeeded) {
  const auto within = [](std::uint32_t series, std::int64_t ms) {
    History history;
    history.series = series;
    if (ms > 0) history.window = {Window::Kind::kSliding, ms, 0, Period::kDay, "", 0};
    return history;
  };
  History history = within(1, 100);
  history.links.push_back({Order::kFollowedBy, 10, within(2, 0), {}});
  History before = within(3, 0);
  before.links.push_back({Order::kNotPrecededBy, 7, within(4, 50), {}});
  history.links.push_back({Order::kPrecededBy, 30, before, {}});
  std::vector<std::pair<std::uint32_t, std::int64_t>> reaches;
  add_reaches(history, reaches);
  const std::vector<std::pair<std::uint32_t, std::int64_t>> expected{{1, 100}, {2, 100}, {3, 130}, {4, 50}};
  EXPECT_EQ(reaches, expected);
  reaches.clear();
  add_reaches(before, reaches);
  EXPECT_EQ(reaches.front().second, kForever);
}

}  // namespace
}  // namespace tessera::segment
