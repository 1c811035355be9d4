// When an answer changes by itself.
#include <algorithm>
#include <cmath>
#include <map>

#include "segment/entries.h"
#include "segment/history.h"
#include "segment/selection.h"
#include "segment/stored_value.h"

namespace tessera::segment {

namespace {

using Thresholds = std::span<const double>;

// Between which thresholds a number lies, or on which.
std::pair<std::size_t, std::size_t> level_of(double number, Thresholds thresholds) {
  std::size_t below = 0;
  std::size_t equal = 0;
  for (const double threshold : thresholds) {
    if (threshold < number) ++below;
    if (threshold == number) ++equal;
  }
  return {below, equal};
}

// How many must go from a count before it lies elsewhere among thresholds; more than there are if it never does.
std::size_t fall_to_next(std::size_t count, Thresholds thresholds) {
  const auto number = static_cast<double>(count);
  double next = -1;
  for (const double threshold : thresholds) {
    if (threshold <= number) next = std::max(next, threshold);
  }
  if (next < 0) return count + 1;
  return next == number ? 1 : count - static_cast<std::size_t>(next);
}

// How many must come.
std::size_t rise_to_next(std::size_t count, Thresholds thresholds) {
  const auto number = static_cast<double>(count);
  double next = std::numeric_limits<double>::infinity();
  for (const double threshold : thresholds) {
    if (threshold >= number) next = std::min(next, threshold);
  }
  if (next >= 1e15) return static_cast<std::size_t>(1) << 50;  // more than can ever come
  return next == number ? 1 : static_cast<std::size_t>(next) - count + (next == std::floor(next) ? 0 : 1);
}

// A count, sum or number of different values that entries come to and go from.
class Running {
 public:
  Running(Reading reading, std::uint32_t column) : reading_(reading), column_(column) {}

  void change(const profile::Series& series, std::size_t index, bool comes) {
    if (reading_ == Reading::kCount) {
      number_ += comes ? 1 : -1;
    } else if (reading_ == Reading::kSum) {
      const Exact millionths = millionths_at(series, index, column_).value_or(0);
      number_ += comes ? millionths : -millionths;
    } else {
      change_value(cell_at(series, index, column_), comes);
    }
  }

  double number() const { return as_double(aggregate_of(reading_), number_); }

 private:
  void change_value(Cell cell, bool comes) {
    if (cell.kind == ' ' || cell.kind == 'n') return;
    const auto [at, is_new] = values_.try_emplace({cell.kind, cell.bits}, 0);
    at->second += comes ? 1 : -1;
    if (is_new) ++number_;
    if (at->second != 0) return;
    values_.erase(at);
    --number_;
  }

  Reading reading_;
  std::uint32_t column_;
  Exact number_ = 0;
  std::map<std::pair<char, std::uint64_t>, std::int64_t> values_;  // how often each is there
};

// A part's entries on their way through a window.
struct Passing {
  const profile::Series* series = nullptr;
  std::size_t next_in = 0;
  std::size_t next_out = 0;
  Passages entering;
  Passages leaving;

  Timestamp enters() { return next_in < count_entries(*series) ? entering.of(place_at(*series, next_in).at) : kNever; }
  Timestamp leaves() { return next_out < count_entries(*series) ? leaving.of(place_at(*series, next_out).at) : kNever; }
};

// Follows a number through all that enters and leaves, until it lies elsewhere among thresholds.
Timestamp follow(const Asked& asked, std::span<const Span> spans, Thresholds thresholds) {
  Running running(asked.reading, asked.value);
  Entries(spans).each(
      [&](const profile::Series& series, std::size_t index) { running.change(series, index, /*comes=*/true); });
  std::vector<Passing> parts;
  for (const Span& span : spans) {
    if (span.series == nullptr) continue;
    parts.push_back({span.series,
                     span.end,
                     span.begin,
                     {asked.history.window, Passages::Which::kEnters},
                     {asked.history.window, Passages::Which::kLeaves}});
  }
  const auto level = level_of(running.number(), thresholds);
  for (;;) {
    Timestamp at = kNever;
    for (Passing& part : parts) at = std::min({at, part.enters(), part.leaves()});
    if (at == kNever) return kNever;
    for (Passing& part : parts) {
      for (; part.enters() == at; ++part.next_in) running.change(*part.series, part.next_in, /*comes=*/true);
      for (; part.leaves() == at; ++part.next_out) running.change(*part.series, part.next_out, /*comes=*/false);
    }
    if (level_of(running.number(), thresholds) != level) return at;
  }
}

// A count of one part's entries, of which none is yet to come: it only falls.
bool only_falls(const Asked& asked, std::span<const Span> spans) {
  const Window& window = asked.history.window;
  return asked.reading == Reading::kCount && window.kind == Window::Kind::kSliding && window.to_ms == 0 &&
         spans.size() == 1 && spans[0].series != nullptr && spans[0].end == count_entries(*spans[0].series);
}

Timestamp fall(const Asked& asked, const Span& span, Thresholds thresholds) {
  const std::size_t count = span.end - span.begin;
  const std::size_t going = fall_to_next(count, thresholds);
  if (going > count) return kNever;
  return leaves(asked.history.window, place_at(*span.series, span.begin + going - 1).at);
}

// When the first entry enters or leaves; only those that can matter where the first or last is asked for.
Timestamp next_passage(const Asked& asked, std::span<const Span> spans) {
  const Window& window = asked.history.window;
  if (window.kind == Window::Kind::kAll) return kNever;
  Timestamp enter = kNever;
  Timestamp leave = kNever;
  for (const Span& span : spans) {
    if (span.series == nullptr) continue;
    if (span.end < count_entries(*span.series)) {
      enter = std::min(enter, enters(window, place_at(*span.series, span.end).at));
    }
    if (asked.reading != Reading::kLastTime && span.begin < span.end) {
      leave = std::min(leave, leaves(window, place_at(*span.series, span.begin).at));
    }
  }
  if (asked.reading == Reading::kLastTime) {
    Entries(spans).in_order(/*from_front=*/false, [&](const profile::Series& series, std::size_t index) {
      leave = leaves(window, place_at(series, index).at);
      return false;
    });
  }
  if (asked.reading == Reading::kFirstTime && leave != kNever) return leave;
  return std::min(enter, leave);
}

// What was selected, and when an answer that is read of it may change.
class Ahead {
 public:
  Ahead(const Asked& asked, std::span<const PartSeries> parts, const Selection& selection)
      : asked_(asked), selection_(selection) {
    for (const PartSeries& part : parts) series_.push_back(find_series(part, asked.history.series));
  }

  Timestamp change(Thresholds thresholds) const {
    switch (asked_.reading) {
      case Reading::kCount:
        if (!thresholds.empty()) return change_of_count(thresholds);
        return first_of_all([](const Chosen&) { return true; });
      case Reading::kSum:
      case Reading::kAverage:
        return first_of_all([&](const Chosen& chosen) {
          return millionths_at(*series_[chosen.part], chosen.index, asked_.value).has_value();
        });
      case Reading::kMin:
      case Reading::kMax:
        return change_of_extreme();
      case Reading::kDistinct:
      case Reading::kMostFrequent:
        return first_of_all([&](const Chosen& chosen) { return kind_of(chosen) != ' ' && kind_of(chosen) != 'n'; });
      default:
        return change_of_shown();
    }
  }

 private:
  char kind_of(const Chosen& chosen) const { return cell_at(*series_[chosen.part], chosen.index, asked_.value).kind; }
  cel::Value value_of(const Chosen& chosen) const {
    return value_at(*series_[chosen.part], chosen.index, asked_.value);
  }

  template <class Matters>
  Timestamp first_of_all(Matters matters) const {
    Timestamp first = kNever;
    for (const std::vector<Chosen>* list : {&selection_.holding, &selection_.pending}) {
      for (const Chosen& chosen : *list) {
        if (chosen.until < first && matters(chosen)) first = chosen.until;
      }
    }
    return first;
  }

  // So many must go or come.
  Timestamp change_of_count(Thresholds thresholds) const {
    const std::size_t count = selection_.holding.size();
    const auto nth_until = [](const std::vector<Chosen>& list, std::size_t n) {
      if (n > list.size()) return kNever;
      std::vector<Timestamp> untils;
      for (const Chosen& chosen : list) untils.push_back(chosen.until);
      const auto at = untils.begin() + static_cast<std::ptrdiff_t>(n - 1);
      std::nth_element(untils.begin(), at, untils.end());
      return *at;
    };
    return std::min(nth_until(selection_.holding, fall_to_next(count, thresholds)),
                    nth_until(selection_.pending, rise_to_next(count, thresholds)));
  }

  // The extreme stands until the last that has it goes, or a better one comes.
  Timestamp change_of_extreme() const {
    const int sign = asked_.reading == Reading::kMin ? 1 : -1;
    const auto has_value = [&](const Chosen& chosen) { return kind_of(chosen) != ' ' && kind_of(chosen) != 'n'; };
    cel::Value best;
    Timestamp change = kNever;
    for (const Chosen& chosen : selection_.holding) {
      if (!has_value(chosen)) continue;
      const cel::Value value = value_of(chosen);
      const int by_value = best.is(cel::Kind::kNull) ? -1 : sign * order(value, best);
      if (by_value > 0) continue;
      change = by_value < 0 ? chosen.until : std::max(change, chosen.until);
      best = value;
    }
    for (const Chosen& chosen : selection_.pending) {
      if (chosen.until >= change || !has_value(chosen)) continue;
      if (best.is(cel::Kind::kNull) || sign * order(value_of(chosen), best) < 0) change = chosen.until;
    }
    return change;
  }

  // First or last times and values: those shown stand until one of them goes, or one comes that lies before or among
  // the first, after or among the last.
  Timestamp change_of_shown() const {
    const Reading reading = asked_.reading;
    const bool from_front =
        reading == Reading::kFirstTime || reading == Reading::kFirstValue || reading == Reading::kFirstValues;
    const bool has_value = reading != Reading::kFirstTime && reading != Reading::kLastTime;
    const bool is_list = reading == Reading::kFirstValues || reading == Reading::kLastValues;
    const std::size_t wanted = is_list ? asked_.first_n : 1;
    const auto is_shown = [&](const Chosen& chosen) { return !has_value || kind_of(chosen) != ' '; };
    if (wanted == 0) return kNever;
    Timestamp change = kNever;
    const Chosen* farthest = nullptr;
    std::size_t shown = 0;
    for (std::size_t i = 0; i < selection_.holding.size() && shown < wanted; ++i) {
      const Chosen& chosen = selection_.holding[from_front ? i : selection_.holding.size() - 1 - i];
      if (!is_shown(chosen)) continue;
      ++shown;
      change = std::min(change, chosen.until);
      farthest = &chosen;
    }
    for (const Chosen& chosen : selection_.pending) {
      if (chosen.until >= change || !is_shown(chosen)) continue;
      if (shown == wanted && is_before(chosen, *farthest) != from_front) continue;
      change = chosen.until;
    }
    return change;
  }

  const Asked& asked_;
  const Selection& selection_;
  std::vector<const profile::Series*> series_;
};

}  // namespace

Timestamp HistoryReader::next_change(const Asked& asked, std::span<const PartSeries> parts, Timestamp now,
                                     std::span<const double> thresholds) {
  const bool has_thresholds = is_number(asked.reading) && !thresholds.empty();
  const bool is_extreme_time = asked.reading == Reading::kFirstTime || asked.reading == Reading::kLastTime;
  if (asked.history.links.empty()) {
    const auto spans = selector_->spans(asked.history, parts, now);
    if (has_thresholds && only_falls(asked, spans)) return fall(asked, spans[0], thresholds);
    if (has_thresholds) return follow(asked, spans, thresholds);
    if (asked.reading == Reading::kCount || is_extreme_time) return next_passage(asked, spans);
  }
  const Selection& selection = selector_->select(asked.history, parts, now, /*ahead=*/true);
  return Ahead(asked, parts, selection).change(has_thresholds ? thresholds : std::span<const double>());
}

}  // namespace tessera::segment
