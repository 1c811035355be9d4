// Series hold what a list of entries in plain view holds.
#include "segment/series.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segment/test_values.h"

namespace tessera::segment {
namespace {

struct Entry {
  Place place;
  std::vector<model::Value> values;
  friend bool operator==(const Entry&, const Entry&) = default;
};

profile::Series empty_series(std::uint8_t columns) {
  profile::Series series;
  series.columns = columns;
  return series;
}

int any(int below) {
  return *rc::gen::inRange(0, below);
}

model::Value any_value() {
  switch (any(8)) {
    case 0:
      return model::Null{};
    case 1:
      return model::Wrong{};
    case 2:
      return any(2) == 0;
    case 3:
      return model::Time{any(5) * 1001 - 2000};
    case 4:
    case 5:
      return any(9) / 4.0 - 1;
    default:
      return "text " + std::to_string(any(30));
  }
}

Moment any_moment() {
  return {{any(40) - 20}, {static_cast<std::uint64_t>(any(6))}, static_cast<std::uint32_t>(any(2))};
}

bool add(profile::Series& series, const Moment& moment, const std::vector<model::Value>& values) {
  std::vector<cel::Value> columns;
  for (const model::Value& value : values) columns.push_back(to_cel(value));
  return add_entry(series, moment, columns);
}

void add(std::vector<Entry>& model, const Entry& entry) {
  const auto is_before = [](const Entry& a, const Entry& b) { return a.place < b.place; };
  model.insert(std::upper_bound(model.begin(), model.end(), entry, is_before), entry);
}

std::vector<Entry> contents(const profile::Series& series) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < count_entries(series); ++i) {
    Entry entry{place_at(series, i), {}};
    for (std::size_t column = 0; column < series.columns; ++column) {
      entry.values.push_back(from_cel(value_at(series, i, column)));
    }
    entries.push_back(entry);
  }
  return entries;
}

RC_GTEST_PROP(Series, HoldsWhatAListInPlainViewHolds, ()) {
  const auto columns = static_cast<std::uint8_t>(any(3));
  profile::Series series = empty_series(columns);
  std::vector<Entry> model;
  const int steps = any(120);
  for (int step = 0; step < steps; ++step) {
    const int what = any(20);
    if (what == 0) {
      const Timestamp begin{any(40) - 20};
      forget_before(series, begin);
      const auto is_old = [&](const Entry& entry) { return entry.place.at < begin; };
      const auto old = static_cast<std::size_t>(std::count_if(model.begin(), model.end(), is_old));
      if (old == model.size() || (old >= 8 && old * 4 >= model.size())) std::erase_if(model, is_old);
    } else if (what == 1) {
      profile::Series other = empty_series(columns);
      std::vector<Entry> theirs;
      for (int i = any(15); i > 0; --i) {
        const Moment moment = any_moment();
        std::vector<model::Value> values(columns);
        for (model::Value& value : values) value = any_value();
        add(other, moment, values);
        add(theirs, {place_of(moment), values});
      }
      unite(series, other);
      const std::vector<Entry> before = model;
      for (const Entry& entry : theirs) {
        const auto at_its_place = [&](const Entry& mine) { return mine.place == entry.place; };
        if (std::none_of(before.begin(), before.end(), at_its_place)) add(model, entry);
      }
    } else {
      const Moment moment = any_moment();
      std::vector<model::Value> values(columns);
      for (model::Value& value : values) value = any_value();
      RC_ASSERT(add(series, moment, values));
      add(model, {place_of(moment), values});
    }
    RC_ASSERT(contents(series) == model);
  }
  const Timestamp begin{any(44) - 22};
  const Timestamp end{any(44) - 22};
  const auto [first, last] = entries_between(series, begin, end);
  for (std::size_t i = 0; i < model.size(); ++i) {
    RC_ASSERT((i >= first && i < last) == (model[i].place.at >= begin && model[i].place.at < end));
  }
  RC_ASSERT(!series.frozen);
}

RC_GTEST_PROP(Series, EqualValuesHaveEqualCellsAndOthersDoNot, ()) {
  profile::Series series = empty_series(2);
  const model::Value a = any_value();
  const model::Value b = any_value();
  add(series, {}, {a, b});
  RC_ASSERT((cell_at(series, 0, 0) == cell_at(series, 0, 1)) == (a == b));
}

TEST(Series, KeepsNumbersByTheirValueAndTextsByTheirFirstBytes) {
  profile::Series series = empty_series(2);
  const std::string text(kMaxValueBytes, 'a');
  const std::string longer = text + "b";
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const std::array<std::array<cel::Value, 2>, 5> equal{{{cel::Value::integer(2), cel::Value::real(2)},
                                                        {cel::Value::uinteger(7), cel::Value::integer(7)},
                                                        {cel::Value::real(-0.0), cel::Value::integer(0)},
                                                        {cel::Value::integer(large), cel::Value::integer(large)},
                                                        {cel::Value::string(text), cel::Value::string(longer)}}};
  for (const auto& pair : equal) {
    EXPECT_TRUE(add_entry(series, {}, pair));
    const std::size_t last = count_entries(series) - 1;
    EXPECT_EQ(cell_at(series, last, 0), cell_at(series, last, 1));
  }
  EXPECT_EQ(value_at(series, 3, 0).as_int(), large);
  EXPECT_EQ(value_at(series, 4, 1).text(), text);
  EXPECT_TRUE(add_entry(series, {}, std::array{cel::Value::real(0.0 / 0.0), cel::Value::list(nullptr)}));
  EXPECT_EQ(cell_at(series, 5, 0).kind, ' ');
  EXPECT_TRUE(value_at(series, 5, 1).is_error());
}

TEST(Series, KeepsInstantsToTheMicrosecond) {
  profile::Series series = empty_series(1);
  add_entry(series, {}, std::array{cel::Value::timestamp({-5, 123'456'789})});
  EXPECT_EQ(value_at(series, 0, 0).as_instant(), (cel::Instant{-5, 123'456'000}));
}

TEST(Series, SumsWhatIsANumber) {
  profile::Series series = empty_series(3);
  add_entry(series, {},
            std::array{cel::Value::real(-1.25), cel::Value::integer((std::int64_t{1} << 59)), cel::Value::string("3")});
  EXPECT_EQ(millionths_at(series, 0, 0), Exact{-1'250'000});
  EXPECT_EQ(millionths_at(series, 0, 1), (Exact{1} << 59) * 1'000'000);
  EXPECT_EQ(millionths_at(series, 0, 2), std::nullopt);
}

TEST(Series, OfFullOnesNothingMoreIsTakenUntilTheyAreEmpty) {
  profile::Series series = empty_series(0);
  for (std::size_t i = 0; i < kMaxEntries; ++i) {
    ASSERT_TRUE(add_entry(series, {{static_cast<std::int64_t>(i)}, {1}, 0}, {}));
  }
  EXPECT_FALSE(series.frozen);
  EXPECT_FALSE(add_entry(series, {{5}, {2}, 0}, {}));
  EXPECT_TRUE(series.frozen);
  EXPECT_EQ(count_entries(series), kMaxEntries);
  forget_before(series, {kMaxEntries / 2});
  EXPECT_FALSE(add_entry(series, {{kMaxEntries}, {2}, 0}, {}));
  forget_before(series, {kMaxEntries});
  EXPECT_FALSE(series.frozen);
  EXPECT_TRUE(add_entry(series, {{5}, {2}, 0}, {}));
}

TEST(Series, TextsAreKeptOnceAndLimitedToo) {
  profile::Series series = empty_series(2);
  std::string text(kMaxValueBytes, 'x');
  std::size_t added = 0;
  for (; added < 100'000; ++added) {
    std::snprintf(text.data(), 10, "%09zu", added);
    if (!add(series, {{static_cast<std::int64_t>(added)}, {1}, 0}, {text, text})) break;
  }
  EXPECT_EQ(added, kMaxSeriesTexts / (kMaxValueBytes + 10));
  EXPECT_TRUE(series.frozen);
  EXPECT_EQ(count_entries(series), added);
  const std::size_t full = series.texts.size();
  forget_before(series, {static_cast<std::int64_t>(added) - 10});
  EXPECT_LT(series.texts.size(), full / 100);
  EXPECT_EQ(count_entries(series), 10U);
  std::snprintf(text.data(), 10, "%09zu", added - 1);
  EXPECT_EQ(value_at(series, 9, 1).text(), text);
}

TEST(Series, AUnionThatDoesNotFitIsFrozen) {
  profile::Series series = empty_series(0);
  profile::Series other = empty_series(0);
  for (std::size_t i = 0; i < kMaxEntries - 3; ++i) {
    ASSERT_TRUE(add_entry(series, {{static_cast<std::int64_t>(i)}, {1}, 0}, {}));
  }
  for (std::uint64_t i = 0; i < 5; ++i) add_entry(other, {{static_cast<std::int64_t>(i) * 10}, {2}, 0}, {});
  unite(series, other);
  EXPECT_TRUE(series.frozen);
  EXPECT_EQ(count_entries(series), kMaxEntries);
  EXPECT_EQ(place_at(series, 23), (Place{{20}, std::uint64_t{2} << 16}));
  profile::Series small = empty_series(0);
  unite(small, series);
  EXPECT_TRUE(small.frozen);
}

TEST(Series, IsFoundByItsId) {
  std::vector<profile::Series> all(3);
  for (std::uint32_t i = 0; i < 3; ++i) all[i].id = 2 * i + 1;
  EXPECT_EQ(find_series(all, 3), &all[1]);
  EXPECT_EQ(find_series(all, 4), nullptr);
  EXPECT_EQ(find_series(all, 9), nullptr);
}

}  // namespace
}  // namespace tessera::segment
