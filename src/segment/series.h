// Series: the entries behind windows and sequences, in the order of their time, then of the log. Pure functions.
//
// One entry for each event, or for each element of a list in one. It has a time, a place (which orders what has the
// same time) and the values of the series' columns. Entries have a fixed width, so a moment is found by halving; texts
// are kept once, and entries refer to them (docs/formats/features.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "cel/value.h"
#include "profile/part.h"
#include "segment/aggregate.h"

namespace tessera::segment {

inline constexpr std::size_t kMaxEntries = 100'000;  // of a series in one part; past them it is frozen
inline constexpr std::size_t kMaxColumns = 8;
inline constexpr std::size_t kMaxSeriesTexts =
    4u << 20;  // bytes of different texts, with 10 for each; past them it is frozen

// Where an entry stands: by time, then by the log. Elements of one event stand at one place, in their list's order.
struct Place {
  Timestamp at;
  std::uint64_t in_log = 0;  // offset << 16 | index within the record, at most 65,535
  friend constexpr auto operator<=>(Place, Place) = default;
};
Place place_of(const Moment& moment);

// A value as an entry keeps it. Equal values have equal cells, and others do not, but for texts, which are told apart
// by 64-bit hashes; instants are kept to the microsecond.
struct Cell {
  char kind = 'n';  // docs/formats/features.md; ' ': the value was an error, or none that is kept
  std::uint64_t bits = 0;
  friend constexpr bool operator==(Cell, Cell) = default;
};

std::size_t count_entries(const profile::Series& series);
Place place_at(const profile::Series& series, std::size_t index);
Cell cell_at(const profile::Series& series, std::size_t index, std::size_t column);
// Texts point into the series. An error where the cell has no value.
cel::Value value_at(const profile::Series& series, std::size_t index, std::size_t column);
// What an entry adds to a sum over a column; nullopt where it is left out.
std::optional<Exact> millionths_at(const profile::Series& series, std::size_t index, std::size_t column);
// The first entry whose time is at least `at`.
std::size_t lower_bound(const profile::Series& series, Timestamp at);
// The entries of a range: [first, second).
std::pair<std::size_t, std::size_t> entries_between(const profile::Series& series, Timestamp begin, Timestamp end);

// Adds an entry in its place, behind those that have the same one. False, and nothing is done, where it does not fit:
// then the series is frozen. A frozen series takes nothing more until it has become empty.
bool add_entry(profile::Series& series, const Moment& moment, std::span<const cel::Value> columns);

// Lets go of entries before `begin`, when there are enough of them to be worth it (and of their texts).
void forget_before(profile::Series& series, Timestamp begin);

// Takes the entries of another series of the same question, of the same part, in. Those at a place that this one has
// entries at are known already.
void unite(profile::Series& series, const profile::Series& other);

// Of a part's series (ascending by id); null if there is none.
const profile::Series* find_series(std::span<const profile::Series> all, std::uint32_t id);

}  // namespace tessera::segment
