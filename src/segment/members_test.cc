#include "segment/members.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace tessera::segment {
namespace {

RC_GTEST_PROP(Members, AreWhatASetOfNumbersIs, ()) {
  Members members;
  std::map<std::uint32_t, std::set<std::uint32_t>> model;
  const auto steps = *rc::gen::container<std::vector<std::tuple<std::uint8_t, std::uint16_t, bool>>>(rc::gen::tuple(
      rc::gen::inRange<std::uint8_t>(0, 3), rc::gen::inRange<std::uint16_t>(0, 200), rc::gen::arbitrary<bool>()));
  for (const auto& [segment, number, in] : steps) {
    members.set(segment, number, in);
    if (in) {
      model[segment].insert(number);
    } else {
      model[segment].erase(number);
    }
  }
  for (std::uint32_t segment = 0; segment < 3; ++segment) {
    RC_ASSERT(members.count(segment) == model[segment].size());
    const auto from = *rc::gen::inRange<std::uint32_t>(0, 200);
    const auto limit = *rc::gen::inRange<std::size_t>(0, 50);
    std::vector<std::uint32_t> expected;
    for (auto at = model[segment].lower_bound(from); at != model[segment].end() && expected.size() < limit; ++at) {
      expected.push_back(*at);
    }
    RC_ASSERT(members.list(segment, from, limit) == expected);
  }
}

using Numbers = std::set<std::uint32_t>;

std::uint64_t in_both(const Numbers& a, const Numbers& b) {
  return static_cast<std::uint64_t>(std::ranges::count_if(a, [&](std::uint32_t number) { return b.contains(number); }));
}

RC_GTEST_PROP(Members, OverlapAsSetsOfNumbersDo, ()) {
  Members members;
  std::vector<Numbers> model(*rc::gen::inRange<std::size_t>(0, 6));
  std::vector<std::uint32_t> segments;
  for (std::uint32_t segment = 0; segment < model.size(); ++segment) {
    segments.push_back(segment);
    model[segment] = *rc::gen::container<Numbers>(rc::gen::inRange<std::uint32_t>(0, 40));
    for (const std::uint32_t number : model[segment]) members.set(segment, number, true);
  }
  const Overlap overlap = members.overlap(segments);
  Numbers any;
  std::vector<std::uint64_t> pairs;
  for (std::size_t i = 0; i < model.size(); ++i) {
    RC_ASSERT(overlap.members[i] == model[i].size());
    any.insert(model[i].begin(), model[i].end());
    for (std::size_t k = i + 1; k < model.size(); ++k) pairs.push_back(in_both(model[i], model[k]));
  }
  RC_ASSERT(overlap.pairs == pairs);
  RC_ASSERT(overlap.in_any == any.size());
  RC_ASSERT(overlap.in_all == static_cast<std::uint64_t>(std::ranges::count_if(any, [&](std::uint32_t number) {
              return std::ranges::all_of(model, [&](const Numbers& set) { return set.contains(number); });
            })));
}

TEST(Members, TakenInAtOnceAreTheSameAsOneByOne) {
  Members members;
  const std::vector<std::uint32_t> numbers{1, 5, 70'000, 4'000'000'000};
  members.add_all(7, numbers);
  EXPECT_EQ(members.list(7, 0, 10), numbers);
  EXPECT_TRUE(members.contains(7, 70'000));
  EXPECT_FALSE(members.contains(8, 70'000));
}

}  // namespace
}  // namespace tessera::segment
