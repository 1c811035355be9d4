// Which entries of several parts' series a history has at a moment, and until when that stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "segment/history.h"
#include "segment/series.h"

namespace tessera::segment {

// An entry, and the first instant at which it may be another way with it.
struct Chosen {
  Place place;
  std::uint32_t part = 0;
  std::uint32_t index = 0;  // in the part's series
  Timestamp until = kNever;
};

bool is_before(const Chosen& a, const Chosen& b);  // in the order of a history

// In the order of the history: by place, then by part.
struct Selection {
  std::vector<Chosen> holding;  // those that the history has now
  std::vector<Chosen> pending;  // those that it has not, but may have at `until`
};

// The entries of each part that a window covers, links aside.
struct Span {
  const profile::Series* series = nullptr;  // null: the part has none
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Scratch memory for one thread.
class Selector {
 public:
  std::span<const Span> spans(const History& history, std::span<const PartSeries> parts, Timestamp now);

  // `ahead`: with what may come, and until when things stand; else `pending` stays empty and `until` means nothing.
  // Good until the next call.
  const Selection& select(const History& history, std::span<const PartSeries> parts, Timestamp now, bool ahead);

 private:
  struct Key {
    std::uint64_t hash = 0;
    std::uint32_t position = 0;
  };
  struct Verdict {
    bool holds = false;
    Timestamp until = kNever;
  };
  struct Pair {  // the two sides of a link, by part
    const History::Link& link;
    std::span<const profile::Series* const> mine;
    std::span<const profile::Series* const> theirs;
  };
  // A level of nesting: what is selected there, and the series it is selected from, by part.
  struct Level {
    Selection selection;
    std::vector<const profile::Series*> series;
  };

  void select_at(std::size_t depth, const History& history, Range bound);
  void take_window(Level& level, const History& history, Range bound);
  void apply(const History::Link& link, Level& level, const Level& others);
  Verdict judge(const Pair& pair, const Chosen& mine, const Selection& others) const;
  Verdict find_other(const Pair& pair, const Chosen& mine, const Selection& others) const;

  std::span<const PartSeries> parts_;
  Timestamp now_;
  bool ahead_ = false;
  std::deque<Level> levels_;
  std::vector<Key> holding_keys_;  // of the others of the link in hand: by hash, then by position
  std::vector<Key> pending_keys_;
  Timestamp first_pending_;  // the least `until` of the others that are pending
  std::vector<Span> spans_;
};

}  // namespace tessera::segment
