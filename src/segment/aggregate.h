// Aggregates over a person's history: what is kept of the events that a feature counts.
//
// A state is a short string of bytes, kept per part and feature (docs/formats/features.md). It does not depend on the
// order in which events came: first and last go by the events' own time. States of several parts are united when they
// are read, so that merging and unmerging move states and compute nothing anew. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "cel/arena.h"
#include "cel/value.h"

namespace tessera::segment {

// What is kept. The numbers reach disk.
enum class Aggregate : std::uint8_t {
  kCount = 1,
  kSum = 2,  // and how many were summed: for sum and avg. Exact, in 128-bit integers of 10^-6
  kMin = 3,
  kMax = 4,
  kFirst = 5,  // when, and the value
  kLast = 6,
  kDistinct = 7,      // hashes of the different values, ascending
  kMostFrequent = 8,  // the different values, ascending, and how often each came
  kFirstTime = 9,     // when alone
  kLastTime = 10,
  kFirstValues = 11,  // the first values there were, with their moments
  kLastValues = 12,
  kSeries = 13,  // entries, kept apart from states (segment/series.h): for windows and sequences
  kListed = 14,  // on a list that was uploaded: 1, or nothing
};

// What a condition reads of it.
enum class Reading : std::uint8_t {
  kCount,    // int
  kSum,      // double; 0.0 of nothing
  kAverage,  // double; null of nothing, as all below
  kMin,      // between types: numbers before texts before times before booleans
  kMax,
  kFirstTime,  // timestamp
  kLastTime,
  kFirstValue,
  kLastValue,
  kDistinct,      // int; 0 of nothing
  kMostFrequent,  // the value that came most often; of several, the smallest
  kFirstValues,   // a list of the first n values, oldest first; empty of nothing
  kLastValues,    // of the last n, oldest first
};
Aggregate aggregate_of(Reading reading);
// Whether `reading` is a number, so that it can be compared with thresholds.
bool is_number(Reading reading);

// Limits per part and feature. Different values past them are let go: the first to come are kept.
inline constexpr std::size_t kMaxDistinct = 10'000;
inline constexpr std::size_t kMaxTallied = 1'000;   // of kMostFrequent
inline constexpr std::size_t kMaxValueBytes = 256;  // of a string; a longer one counts by its first bytes
inline constexpr double kMaxSummand = 1e18;         // numbers beyond are left out of sums
inline constexpr std::uint32_t kMaxValues = 20;     // of kFirstValues and kLastValues

// Where an event stands in a person's history.
struct Moment {
  Timestamp occurred_at;
  Offset offset;
  std::uint32_t index = 0;  // among the events of one record
};

// Adds one event, or one element of a list of its, with its value to a state (empty: nothing yet). What an aggregate
// has no use for (null, a text in a sum, a list) is left out; first and last keep null too, since it is what was said
// then. Of several with one moment the one added first is first, the one added last is last. False if nothing changed.
bool add(Aggregate aggregate, std::string& state, const cel::Value& value, const Moment& moment);

// Takes another part's state in. The same whatever the order of parts, within the limits above.
void unite(Aggregate aggregate, std::string& state, std::string_view other);

// Reads a state; texts in the result point into `state`. Null for kFirstValues and kLastValues.
cel::Value read(Reading reading, std::string_view state);
// kFirstValues, kLastValues: a list of the first or last `n`, at most kMaxValues.
cel::Value read_values(std::string_view state, Reading reading, std::uint32_t n, cel::Arena& arena);

cel::Value as_value(Timestamp time);
// An error past the arena's limit.
cel::Value as_list(std::span<const cel::Value> values, cel::Arena& arena);

// A number that `is_number` readings give, exactly: counts as they are, sums in millionths. 0 for other aggregates.
__extension__ using Exact = __int128;
Exact exact_number(Aggregate aggregate, std::string_view state);
double as_double(Aggregate aggregate, Exact number);

// States that a part's own counts tell (profile::EventCount): kCount, kFirstTime, kLastTime; empty for others.
std::string known_state(Aggregate aggregate, std::uint64_t count, Timestamp first_at, Timestamp last_at);

}  // namespace tessera::segment
