// Answers questions about windows and sequences out of series, and tells when an answer changes by itself.
//
// An answer depends on the entries and on `now` alone: nothing is kept between two questions. So late events, merges
// and parts that move need no rule of their own. Several parts of a person are read as one history.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"
#include "cel/arena.h"
#include "cel/value.h"
#include "profile/part.h"
#include "segment/aggregate.h"
#include "segment/window.h"

namespace tessera::segment {

class Selector;

// A history: entries of one series, through a window, of which some have others before or behind them.
struct History {
  enum class Order : std::uint8_t { kFollowedBy, kNotFollowedBy, kPrecededBy, kNotPrecededBy };
  enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  // What an entry (its column `mine`) and the other one (its column `theirs`) must have to do with each other. As in
  // the language: an error, and an order between kinds that have none, holds as little as false; 1 and 1.0 are equal,
  // and null equals null.
  struct Match {
    std::uint32_t mine = 0;
    Comparison comparison = Comparison::kEqual;
    std::uint32_t theirs = 0;
  };
  struct Link;

  std::uint32_t series = 0;  // a feature's id
  Window window;
  std::vector<Link> links;  // all of which must hold

  std::int64_t reach() const;  // how far back its own series is needed
};
struct History::Link {
  Order order = Order::kFollowedBy;
  // followed_by: another at most `within_ms` later; not_followed_by: none until then, and it is at least that long ago.
  std::int64_t within_ms = 0;
  History other;
  std::vector<Match> matches;  // all of which must hold of the two; those for kEqual first
};

// What is asked of it.
struct Asked {
  History history;
  Reading reading = Reading::kCount;
  std::uint32_t value = 0;    // the column, for readings of values
  std::uint32_t first_n = 0;  // kFirstValues, kLastValues: how many
};

// Adds the ids of all series that a history is about, with how far back each is needed: an id once for each time that
// it is named.
void add_reaches(const History& history, std::vector<std::pair<std::uint32_t, std::int64_t>>& out);

// The series of one part of a person, ascending by id.
using PartSeries = std::span<const profile::Series>;

// Scratch memory for one thread.
class HistoryReader {
 public:
  HistoryReader();
  ~HistoryReader();
  HistoryReader(const HistoryReader&) = delete;
  HistoryReader& operator=(const HistoryReader&) = delete;

  // The answer at `now`; null, 0 or an empty list of nothing, as Reading says. Texts point into the series, lists lie
  // in the arena.
  cel::Value read(const Asked& asked, std::span<const PartSeries> parts, Timestamp now, cel::Arena& arena);

  // The first instant after `now` at which the answer may be another if nothing more happens; never later than the
  // first at which it is. With `thresholds` (ascending; the answer is a number and only ever compared with these):
  // at which the answer may reach, leave or pass one of them. kNever if there is none.
  Timestamp next_change(const Asked& asked, std::span<const PartSeries> parts, Timestamp now,
                        std::span<const double> thresholds);

 private:
  std::unique_ptr<Selector> selector_;
};

}  // namespace tessera::segment
