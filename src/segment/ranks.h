// How people compare with everyone: percentile(x) is the share of people whose x is at most this one's.
//
// What everyone's x is does not change with every event. It is looked at now and then, and a table of it is published,
// which holds until the next: membership is exact with respect to the newest table. Pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "cel/value.h"

namespace tessera::segment {

inline constexpr std::size_t kRankSteps = 1'000;  // shares are told in thousandths

struct RankTable {
  std::uint64_t people = 0;   // of whom x is a number or a time
  std::vector<double> least;  // [k]: the least x that at least (k + 1) thousandths of them are at or below
  Timestamp at;               // when it was made
  Offset since;               // the record that published it
};

// A number, or a time in milliseconds; nothing else has a rank.
std::optional<double> rankable(const cel::Value& value);
// Out of everyone's x, in any order.
RankTable make_rank_table(std::vector<double> values, Timestamp at);
// The share of people at or below x, in thousandths and downwards; null where there are no people.
cel::Value rank_of(const RankTable& table, double x);

void encode(const RankTable& table, std::string& out);
Result<RankTable> decode_rank_table(std::string_view bytes);

}  // namespace tessera::segment
