#include "segment/members.h"

#include <map>
#include <roaring/roaring.hh>

namespace tessera::segment {

struct Members::Sets {
  std::map<std::uint32_t, ::Roaring> by_segment;
};

Members::Members() : sets_(std::make_unique<Sets>()) {}
Members::~Members() = default;

void Members::set(std::uint32_t segment, std::uint32_t number, bool is_member) {
  ::Roaring& set = sets_->by_segment[segment];
  if (is_member) {
    set.add(number);
  } else {
    set.remove(number);
  }
}

void Members::add_all(std::uint32_t segment, std::span<const std::uint32_t> numbers) {
  ::Roaring& set = sets_->by_segment[segment];
  set.addMany(numbers.size(), numbers.data());
  set.runOptimize();
}

std::uint64_t Members::count(std::uint32_t segment) const {
  const auto set = sets_->by_segment.find(segment);
  return set == sets_->by_segment.end() ? 0 : set->second.cardinality();
}

bool Members::contains(std::uint32_t segment, std::uint32_t number) const {
  const auto set = sets_->by_segment.find(segment);
  return set != sets_->by_segment.end() && set->second.contains(number);
}

std::vector<std::uint32_t> Members::list(std::uint32_t segment, std::uint32_t from, std::size_t limit) const {
  std::vector<std::uint32_t> found;
  const auto set = sets_->by_segment.find(segment);
  if (set == sets_->by_segment.end()) return found;
  auto at = set->second.begin();
  at.equalorlarger(from);
  for (; at != set->second.end() && found.size() < limit; ++at) found.push_back(*at);
  return found;
}

Overlap Members::overlap(std::span<const std::uint32_t> segments) const {
  static const ::Roaring nobody;
  std::vector<const ::Roaring*> sets;
  for (const std::uint32_t segment : segments) {
    const auto set = sets_->by_segment.find(segment);
    sets.push_back(set == sets_->by_segment.end() ? &nobody : &set->second);
  }
  Overlap overlap;
  ::Roaring in_all = sets.empty() ? nobody : *sets.front();
  for (std::size_t i = 0; i < sets.size(); ++i) {
    overlap.members.push_back(sets[i]->cardinality());
    in_all &= *sets[i];
    for (std::size_t k = i + 1; k < sets.size(); ++k) overlap.pairs.push_back(sets[i]->and_cardinality(*sets[k]));
  }
  overlap.in_all = in_all.cardinality();
  overlap.in_any = ::Roaring::fastunion(sets.size(), sets.data()).cardinality();
  return overlap;
}

}  // namespace tessera::segment
