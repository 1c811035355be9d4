#include "segment/selection.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <tuple>

#include "base/hash.h"
#include "cel/numeric.h"

namespace tessera::segment {

namespace {

using Order = History::Order;
using Comparison = History::Comparison;

// How many candidates more are looked at for a later bound than the first, or a closer one than that of all.
constexpr int kMoreCandidates = 16;
constexpr int kMaxCandidates = 1'000;  // tried for one entry: the nearest of those whose equal values are equal

Timestamp plus(Timestamp at, std::int64_t ms) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(at.ms, ms, &sum)) {
    return {ms < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max()};
  }
  return {sum};
}

bool looks_ahead(Order order) {
  return order == Order::kFollowedBy || order == Order::kNotFollowedBy;
}

bool is_number(Cell cell) {
  return cell.kind == 'd' || cell.kind == 'i';
}

bool holds(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterEqual:
      return order >= 0;
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
  }
  return false;
}

// Two values of one kind that has an order. nullopt: comparing them is an error.
std::optional<std::partial_ordering> compare(const cel::Value& a, const cel::Value& b) {
  if (cel::is_number(a.kind()) && cel::is_number(b.kind())) return cel::compare_numbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case cel::Kind::kBool:
      return a.as_bool() <=> b.as_bool();
    case cel::Kind::kString:
      return a.text() <=> b.text();
    case cel::Kind::kTimestamp:
      return a.as_instant() <=> b.as_instant();
    default:
      return std::nullopt;
  }
}

bool holds(const History::Match& match, const profile::Series& mine, std::size_t my_index,
           const profile::Series& theirs, std::size_t their_index) {
  const Cell a = cell_at(mine, my_index, match.mine);
  const Cell b = cell_at(theirs, their_index, match.theirs);
  if (a.kind == ' ' || b.kind == ' ') return false;
  const bool asks_equality = match.comparison == Comparison::kEqual || match.comparison == Comparison::kNotEqual;
  if (asks_equality && (!is_number(a) || !is_number(b))) return (a == b) == (match.comparison == Comparison::kEqual);
  const auto order = compare(value_at(mine, my_index, match.mine), value_at(theirs, their_index, match.theirs));
  return order && holds(match.comparison, *order);
}

// Equal for values that are equal: an int beside the double it is equal to, too. nullopt where one is an error, which
// is equal to nothing.
std::optional<std::uint64_t> hash_of(const History::Link& link, const profile::Series& series, std::size_t index,
                                     std::uint32_t History::Match::* column) {
  std::uint64_t hash = 0;
  for (const History::Match& match : link.matches) {
    if (match.comparison != Comparison::kEqual) continue;
    Cell cell = cell_at(series, index, match.*column);
    if (cell.kind == ' ') return std::nullopt;
    if (cell.kind == 'i') {
      cell = {'d', std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<std::int64_t>(cell.bits)))};
    }
    hash = mix64(hash ^ cell.bits) + static_cast<unsigned char>(cell.kind);
  }
  return hash;
}

// The instants that others may lie at for entries of a selection.
Range bound_of(const History::Link& link, const Selection& selection) {
  Timestamp first = kNever;
  Timestamp last{std::numeric_limits<std::int64_t>::min()};
  for (const std::vector<Chosen>* list : {&selection.holding, &selection.pending}) {
    if (list->empty()) continue;
    first = std::min(first, list->front().place.at);
    last = std::max(last, list->back().place.at);
  }
  if (looks_ahead(link.order)) return {first, plus(plus(last, link.within_ms), 1)};
  return {plus(first, -link.within_ms), plus(last, 1)};
}

}  // namespace

bool is_before(const Chosen& a, const Chosen& b) {
  return std::tie(a.place, a.part, a.index) < std::tie(b.place, b.part, b.index);
}

std::span<const Span> Selector::spans(const History& history, std::span<const PartSeries> parts, Timestamp now) {
  const Range range = range_at(history.window, now);
  spans_.clear();
  for (const PartSeries& part : parts) {
    Span span{find_series(part, history.series), 0, 0};
    if (span.series != nullptr) std::tie(span.begin, span.end) = entries_between(*span.series, range.begin, range.end);
    spans_.push_back(span);
  }
  return spans_;
}

const Selection& Selector::select(const History& history, std::span<const PartSeries> parts, Timestamp now,
                                  bool ahead) {
  parts_ = parts;
  now_ = now;
  ahead_ = ahead;
  select_at(0, history, {{std::numeric_limits<std::int64_t>::min()}, kNever});
  return levels_.front().selection;
}

void Selector::select_at(std::size_t depth, const History& history, Range bound) {
  if (levels_.size() <= depth) levels_.emplace_back();
  Level& level = levels_[depth];
  take_window(level, history, bound);
  for (const History::Link& link : history.links) {
    if (level.selection.holding.empty() && level.selection.pending.empty()) return;
    select_at(depth + 1, link.other, bound_of(link, level.selection));
    apply(link, level, levels_[depth + 1]);
  }
}

void Selector::take_window(Level& level, const History& history, Range bound) {
  const Range range = range_at(history.window, now_);
  const Timestamp begin = std::max(range.begin, bound.begin);
  level.series.clear();
  level.selection.holding.clear();
  level.selection.pending.clear();
  for (std::uint32_t part = 0; part < parts_.size(); ++part) {
    const profile::Series* const series = find_series(parts_[part], history.series);
    level.series.push_back(series);
    if (series == nullptr) continue;
    Passages leaving(history.window, Passages::Which::kLeaves);
    Passages entering(history.window, Passages::Which::kEnters);
    const auto [first, end] = entries_between(*series, begin, std::min(range.end, bound.end));
    for (std::size_t i = first; i < end; ++i) {
      const Place place = place_at(*series, i);
      const Timestamp until = ahead_ ? leaving.of(place.at) : kNever;
      level.selection.holding.push_back({place, part, static_cast<std::uint32_t>(i), until});
    }
    if (!ahead_) continue;
    const auto [next, last] = entries_between(*series, std::max(range.end, bound.begin), bound.end);
    for (std::size_t i = next; i < last; ++i) {
      const Place place = place_at(*series, i);
      level.selection.pending.push_back({place, part, static_cast<std::uint32_t>(i), entering.of(place.at)});
    }
  }
  if (parts_.size() < 2) return;
  std::sort(level.selection.holding.begin(), level.selection.holding.end(), is_before);
  std::sort(level.selection.pending.begin(), level.selection.pending.end(), is_before);
}

void Selector::apply(const History::Link& link, Level& level, const Level& others) {
  const auto make_keys = [&](const std::vector<Chosen>& list, std::vector<Key>& keys) {
    keys.clear();
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      const auto hash = hash_of(link, *others.series[list[i].part], list[i].index, &History::Match::theirs);
      if (hash) keys.push_back({*hash, i});
    }
    if (link.matches.empty()) return;
    std::sort(keys.begin(), keys.end(),
              [](const Key& a, const Key& b) { return std::tie(a.hash, a.position) < std::tie(b.hash, b.position); });
  };
  make_keys(others.selection.holding, holding_keys_);
  make_keys(others.selection.pending, pending_keys_);
  first_pending_ = kNever;
  for (const Chosen& other : others.selection.pending) first_pending_ = std::min(first_pending_, other.until);

  const Pair pair{link, level.series, others.series};
  auto& [holding, pending] = level.selection;
  const std::size_t were_pending = pending.size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < were_pending; ++i) {
    const Verdict verdict = judge(pair, pending[i], others.selection);
    if (!verdict.holds) pending[i].until = std::max(pending[i].until, verdict.until);
    if (pending[i].until != kNever) pending[kept++] = pending[i];
  }
  pending.resize(kept);
  kept = 0;
  for (std::size_t i = 0; i < holding.size(); ++i) {
    const Verdict verdict = judge(pair, holding[i], others.selection);
    if (verdict.holds) {
      holding[i].until = std::min(holding[i].until, verdict.until);
      holding[kept++] = holding[i];
    } else if (ahead_ && verdict.until != kNever) {
      holding[i].until = verdict.until;
      pending.push_back(holding[i]);
    }
  }
  holding.resize(kept);
  std::sort(pending.begin(), pending.end(), is_before);
}

Selector::Verdict Selector::judge(const Pair& pair, const Chosen& mine, const Selection& others) const {
  const Order order = pair.link.order;
  Verdict verdict = find_other(pair, mine, others);
  if (order == Order::kFollowedBy || order == Order::kPrecededBy) return verdict;
  verdict.holds = !verdict.holds;
  if (order == Order::kNotPrecededBy) return verdict;
  const Timestamp due = plus(mine.place.at, pair.link.within_ms);
  if (now_ >= due) return verdict;
  return {false, verdict.holds ? due : std::max(due, verdict.until)};
}

// Whether there is another entry as the link says.
Selector::Verdict Selector::find_other(const Pair& pair, const Chosen& mine, const Selection& others) const {
  const profile::Series& my_series = *pair.mine[mine.part];
  const auto hash = hash_of(pair.link, my_series, mine.index, &History::Match::mine);
  if (!hash) return {};
  const bool ahead = looks_ahead(pair.link.order);

  bool is_cut = false;  // there were more candidates than are tried
  // Calls `take` for each candidate, the nearest first, whether it matches, until it says false.
  const auto each = [&](const std::vector<Key>& keys, const std::vector<Chosen>& list, auto take) {
    const auto is_behind = [&](const Key& key) {
      if (key.hash != *hash) return key.hash < *hash;
      const Place place = list[key.position].place;
      return ahead ? place <= mine.place : place < mine.place;
    };
    auto at = std::partition_point(keys.begin(), keys.end(), is_behind);
    int tried = 0;
    while (ahead ? at != keys.end() : at != keys.begin()) {
      if (++tried > kMaxCandidates) {
        is_cut = true;
        return;
      }
      const Key key = ahead ? *at++ : *--at;
      if (key.hash != *hash) return;
      const Chosen& other = list[key.position];
      const std::int64_t apart = ahead ? other.place.at - mine.place.at : mine.place.at - other.place.at;
      if (apart > pair.link.within_ms) return;
      const bool matches = std::all_of(pair.link.matches.begin(), pair.link.matches.end(), [&](const auto& match) {
        return holds(match, my_series, mine.index, *pair.theirs[other.part], other.index);
      });
      if (!take(other, matches)) return;
    }
  };

  Verdict verdict;
  Timestamp soonest = kNever;
  int more = 0;
  each(holding_keys_, others.holding, [&](const Chosen& other, bool matches) {
    soonest = std::min(soonest, other.until);
    if (matches) verdict = {true, verdict.holds ? std::max(verdict.until, other.until) : other.until};
    if (!verdict.holds) return true;
    return ahead_ && verdict.until != kNever && ++more <= kMoreCandidates;
  });
  if (verdict.holds || !ahead_) return verdict;
  if (is_cut) verdict.until = soonest;  // when one of them goes, another is tried
  each(pending_keys_, others.pending, [&](const Chosen& other, bool matches) {
    if (matches) verdict.until = std::min(verdict.until, other.until);
    if (++more <= kMoreCandidates) return true;
    verdict.until = first_pending_;
    return false;
  });
  return verdict;
}

}  // namespace tessera::segment
