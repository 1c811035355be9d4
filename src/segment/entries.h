// The entries that a history has at a moment, to be read in any order or in theirs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "segment/selection.h"

namespace tessera::segment {

class Entries {
 public:
  // Of a history without links: what lies in its window. `spans` must outlive it.
  explicit Entries(std::span<const Span> spans) : spans_(spans) {}
  // Of one with links: what was selected.
  Entries(std::span<const Chosen> chosen, std::uint32_t series, std::span<const PartSeries> parts) : chosen_(chosen) {
    for (const PartSeries& part : parts) series_.push_back(find_series(part, series));
  }

  std::size_t size() const {
    std::size_t size = chosen_.size();
    for (const Span& span : spans_) size += span.end - span.begin;
    return size;
  }

  // take(series, index) for each, in any order.
  template <class Take>
  void each(Take take) const {
    for (const Chosen& chosen : chosen_) take(*series_[chosen.part], chosen.index);
    for (const Span& span : spans_) {
      for (std::size_t i = span.begin; i < span.end; ++i) take(*span.series, i);
    }
  }

  // take(series, index) for each in the history's order, or against it, until it says false.
  template <class Take>
  void in_order(bool from_front, Take take) const {
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      const Chosen& chosen = chosen_[from_front ? i : chosen_.size() - 1 - i];
      if (!take(*series_[chosen.part], chosen.index)) return;
    }
    std::vector<Span> left(spans_.begin(), spans_.end());
    while (Span* const next = nearest(left, from_front)) {
      if (!take(*next->series, from_front ? next->begin++ : --next->end)) return;
    }
  }

 private:
  static Span* nearest(std::span<Span> left, bool from_front) {
    Span* nearest = nullptr;
    Place its;
    for (Span& span : left) {
      if (span.begin == span.end) continue;
      const Place place = place_at(*span.series, from_front ? span.begin : span.end - 1);
      if (nearest != nullptr && (from_front ? place >= its : place < its)) continue;
      nearest = &span;
      its = place;
    }
    return nearest;
  }

  std::span<const Span> spans_;
  std::span<const Chosen> chosen_;
  std::vector<const profile::Series*> series_;
};

}  // namespace tessera::segment
