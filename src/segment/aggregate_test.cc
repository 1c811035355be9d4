#include "segment/aggregate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/test_model.h"
#include "segment/test_values.h"

namespace tessera::segment {
namespace {

constexpr std::array kAggregates{Aggregate::kCount,    Aggregate::kSum,          Aggregate::kMin,
                                 Aggregate::kMax,      Aggregate::kFirst,        Aggregate::kLast,
                                 Aggregate::kDistinct, Aggregate::kMostFrequent, Aggregate::kFirstTime,
                                 Aggregate::kLastTime, Aggregate::kFirstValues,  Aggregate::kLastValues};

struct Step {
  model::Value value;
  Moment moment;
};

std::vector<Step> any_steps() {
  std::vector<Step> steps;
  const int count = *rc::gen::inRange(0, 30);
  for (int i = 0; i < count; ++i) {
    Step step;
    const int kind = *rc::gen::inRange(0, 10);
    if (kind < 5) step.value = *rc::gen::inRange(-8, 9) / 4.0;
    if (kind >= 5 && kind < 8) step.value = "t" + std::to_string(*rc::gen::inRange(0, 4));
    if (kind == 8) step.value = *rc::gen::arbitrary<bool>();
    step.moment = {
        {*rc::gen::inRange(-3, 4) * 500}, {static_cast<std::uint64_t>(i / 2)}, static_cast<std::uint32_t>(i)};
    steps.push_back(step);
  }
  return steps;
}

std::string folded(Aggregate aggregate, const std::vector<Step>& steps) {
  std::string state;
  for (const Step& step : steps) add(aggregate, state, to_cel(step.value), step.moment);
  return state;
}

// In any order: what there is to read of it, worked out over all values at once.
model::Value expected(Reading reading, std::vector<Step> steps) {
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.moment.occurred_at, a.moment.offset, a.moment.index) <
           std::tie(b.moment.occurred_at, b.moment.offset, b.moment.index);
  });
  const auto last = [&](const model::Value& none, auto take) { return steps.empty() ? none : take(); };
  std::map<model::Value, int> tally;
  double sum = 0;
  double summands = 0;
  for (const Step& step : steps) {
    if (!std::holds_alternative<model::Null>(step.value)) ++tally[step.value];
    if (const double* number = std::get_if<double>(&step.value)) {
      sum += *number;
      ++summands;
    }
  }
  switch (reading) {
    case Reading::kCount:
      return static_cast<double>(steps.size());
    case Reading::kSum:
      return sum;
    case Reading::kAverage:
      return summands == 0 ? model::Value(model::Null{}) : model::Value(sum / summands);
    case Reading::kMin:
      return tally.empty() ? model::Value(model::Null{}) : tally.begin()->first;
    case Reading::kMax:
      return tally.empty() ? model::Value(model::Null{}) : tally.rbegin()->first;
    case Reading::kFirstTime:
      return last(model::Null{}, [&] { return model::Value(model::Time{steps.front().moment.occurred_at.ms}); });
    case Reading::kLastTime:
      return last(model::Null{}, [&] { return model::Value(model::Time{steps.back().moment.occurred_at.ms}); });
    case Reading::kFirstValue:
      return last(model::Null{}, [&] { return steps.front().value; });
    case Reading::kLastValue:
      return last(model::Null{}, [&] { return steps.back().value; });
    case Reading::kDistinct:
      return static_cast<double>(tally.size());
    case Reading::kMostFrequent: {
      model::Value best = model::Null{};
      for (const auto& [value, times] : tally) {
        if (std::holds_alternative<model::Null>(best) || times > tally[best]) best = value;
      }
      return best;
    }
    case Reading::kFirstValues:
    case Reading::kLastValues:
      break;
  }
  return model::Null{};
}

constexpr std::array kReadings{Reading::kCount,     Reading::kSum,       Reading::kAverage,     Reading::kMin,
                               Reading::kMax,       Reading::kFirstTime, Reading::kLastTime,    Reading::kFirstValue,
                               Reading::kLastValue, Reading::kDistinct,  Reading::kMostFrequent};

RC_GTEST_PROP(Aggregate, ReadsWhatASimpleModelSays, ()) {
  const auto steps = any_steps();
  for (const Reading reading : kReadings) {
    const std::string state = folded(aggregate_of(reading), steps);
    RC_ASSERT(from_cel(read(reading, state)) == expected(reading, steps));
  }
}

std::vector<model::Value> listed(std::string_view state, Reading reading, std::uint32_t n) {
  cel::Arena arena;
  const cel::Value list = read_values(state, reading, n, arena);
  std::vector<model::Value> values;
  if (!list.is(cel::Kind::kList)) return {model::Wrong{}};
  for (std::size_t i = 0; i < list.as_list().size(); ++i) values.push_back(from_cel(list.as_list().at(i, arena)));
  return values;
}

RC_GTEST_PROP(Aggregate, ListsTheFirstAndLastValuesOldestFirst, ()) {
  auto steps = any_steps();
  const std::string first = folded(Aggregate::kFirstValues, steps);
  const std::string last = folded(Aggregate::kLastValues, steps);
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.moment.occurred_at, a.moment.offset, a.moment.index) <
           std::tie(b.moment.occurred_at, b.moment.offset, b.moment.index);
  });
  const auto n = *rc::gen::inRange<std::uint32_t>(0, 25);
  const std::size_t count = std::min<std::size_t>({n, kMaxValues, steps.size()});
  std::vector<model::Value> front;
  std::vector<model::Value> back;
  for (std::size_t i = 0; i < count; ++i) {
    front.push_back(steps[i].value);
    back.push_back(steps[steps.size() - count + i].value);
  }
  RC_ASSERT(listed(first, Reading::kFirstValues, n) == front);
  RC_ASSERT(listed(last, Reading::kLastValues, n) == back);
}

TEST(Aggregate, ElementsOfOneListStandInItsOrderWhateverCameBefore) {
  std::string first;
  std::string last;
  const auto add_both = [&](double value, const Moment& moment) {
    add(Aggregate::kFirstValues, first, cel::Value::real(value), moment);
    add(Aggregate::kLastValues, last, cel::Value::real(value), moment);
  };
  for (int i = 0; i < 15; ++i) add_both(100 + i, {{9}, {2}, 0});
  for (int i = 0; i < 15; ++i) add_both(i, {{5}, {1}, 0});
  EXPECT_FALSE(add(Aggregate::kFirstValues, first, cel::Value::real(1), {{9}, {2}, 0}));
  EXPECT_FALSE(add(Aggregate::kLastValues, last, cel::Value::real(1), {{4}, {1}, 0}));
  std::vector<model::Value> earliest;
  std::vector<model::Value> latest;
  for (int i = 0; i < 15; ++i) earliest.emplace_back(static_cast<double>(i));
  for (int i = 0; i < 5; ++i) earliest.emplace_back(100.0 + i);
  for (int i = 10; i < 15; ++i) latest.emplace_back(static_cast<double>(i));
  for (int i = 0; i < 15; ++i) latest.emplace_back(100.0 + i);
  EXPECT_EQ(listed(first, Reading::kFirstValues, 20), earliest);
  EXPECT_EQ(listed(last, Reading::kLastValues, 20), latest);
}

TEST(Aggregate, AListOfNothingIsEmpty) {
  EXPECT_TRUE(listed("", Reading::kFirstValues, 3).empty());
  EXPECT_TRUE(listed("", Reading::kLastValues, 3).empty());
}

RC_GTEST_PROP(Aggregate, TheOrderOfEventsChangesNoByte, ()) {
  auto steps = any_steps();
  for (const Aggregate aggregate : kAggregates) {
    const std::string in_order = folded(aggregate, steps);
    for (std::size_t i = steps.size(); i > 1; --i) {
      std::swap(steps[i - 1], steps[*rc::gen::inRange<std::size_t>(0, i)]);
    }
    RC_ASSERT(folded(aggregate, steps) == in_order);
  }
}

RC_GTEST_PROP(Aggregate, PartsUniteToWhatAllTheirEventsComeTo, ()) {
  const auto steps = any_steps();
  const std::size_t parts = *rc::gen::inRange<std::size_t>(1, 4);
  std::vector<std::vector<Step>> of_part(parts);
  for (const Step& step : steps) of_part[*rc::gen::inRange<std::size_t>(0, parts)].push_back(step);
  for (const Aggregate aggregate : kAggregates) {
    std::string forth;
    std::string back;
    for (std::size_t i = 0; i < parts; ++i) {
      unite(aggregate, forth, folded(aggregate, of_part[i]));
      unite(aggregate, back, folded(aggregate, of_part[parts - 1 - i]));
    }
    RC_ASSERT(forth == folded(aggregate, steps));
    RC_ASSERT(back == forth);
  }
}

TEST(Aggregate, SumsAreExactHoweverManyTenthsThereAre) {
  std::string state;
  for (int i = 0; i < 1000; ++i) add(Aggregate::kSum, state, cel::Value::real(0.1), {});
  EXPECT_EQ(read(Reading::kSum, state).as_double(), 100.0);
  EXPECT_EQ(read(Reading::kAverage, state).as_double(), 0.1);
}

TEST(Aggregate, NumbersThatAreEqualAreOneValueWhateverTheirType) {
  std::string state;
  for (const auto& value : {cel::Value::integer(2), cel::Value::real(2.0), cel::Value::uinteger(2),
                            cel::Value::real(-0.0), cel::Value::integer(0)}) {
    add(Aggregate::kDistinct, state, value, {});
  }
  EXPECT_EQ(read(Reading::kDistinct, state).as_int(), 2);
}

TEST(Aggregate, LongNumbersKeepEveryDigit) {
  std::string state;
  const std::int64_t id = (std::int64_t{1} << 60) + 1;
  add(Aggregate::kMax, state, cel::Value::integer(id), {});
  EXPECT_FALSE(add(Aggregate::kMax, state, cel::Value::real(3.5), {}));
  EXPECT_EQ(read(Reading::kMax, state).as_int(), id);
  EXPECT_TRUE(add(Aggregate::kMax, state, cel::Value::real(1e300), {}));
  EXPECT_EQ(read(Reading::kMax, state).as_double(), 1e300);
}

TEST(Aggregate, OfOneMomentTheFirstIsFirstAndTheLastIsLast) {
  std::string first;
  std::string last;
  for (const double value : {1.0, 2.0, 3.0}) {
    add(Aggregate::kFirst, first, cel::Value::real(value), {{5}, {1}, 0});
    add(Aggregate::kLast, last, cel::Value::real(value), {{5}, {1}, 0});
  }
  EXPECT_EQ(read(Reading::kFirstValue, first).as_double(), 1.0);
  EXPECT_EQ(read(Reading::kLastValue, last).as_double(), 3.0);
}

TEST(Aggregate, PastItsLimitANewValueIsLetGo) {
  std::string distinct;
  std::string tally;
  for (std::size_t i = 0; i < kMaxDistinct; ++i) {
    EXPECT_TRUE(add(Aggregate::kDistinct, distinct, cel::Value::integer(static_cast<std::int64_t>(i)), {}));
  }
  EXPECT_FALSE(add(Aggregate::kDistinct, distinct, cel::Value::integer(-1), {}));
  EXPECT_EQ(read(Reading::kDistinct, distinct).as_int(), std::int64_t{kMaxDistinct});
  for (std::size_t i = 0; i < kMaxTallied; ++i) {
    EXPECT_TRUE(add(Aggregate::kMostFrequent, tally, cel::Value::integer(static_cast<std::int64_t>(i)), {}));
  }
  EXPECT_FALSE(add(Aggregate::kMostFrequent, tally, cel::Value::integer(-1), {}));
  EXPECT_TRUE(add(Aggregate::kMostFrequent, tally, cel::Value::integer(7), {}));
  EXPECT_EQ(read(Reading::kMostFrequent, tally).as_double(), 7.0);
  std::string sum;
  EXPECT_FALSE(add(Aggregate::kSum, sum, cel::Value::real(2e18), {}));
  EXPECT_TRUE(sum.empty());
}

}  // namespace
}  // namespace tessera::segment
