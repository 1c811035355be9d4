#include "analytics/folded_history.h"

#include <algorithm>

#include "identity/directory.h"

namespace tessera::analytics {

namespace {

constexpr std::string_view kOwnSource = "tessera";

std::size_t bytes_of(const profile::StoredPart& part) {
  std::size_t bytes = sizeof(part) + part.features.capacity() + part.series.capacity() * sizeof(profile::Series);
  for (const profile::Series& series : part.series) bytes += series.entries.capacity() + series.texts.capacity();
  return bytes;
}

}  // namespace

FoldedHistory::FoldedHistory(const engine::BackfillSnapshot& what, Timestamp now, std::uint64_t parts,
                             std::size_t bytes)
    : what_(what),
      now_(now),
      limit_(bytes),
      begin_(what.state.next),
      end_(std::min(what.state.end, what.state.next + parts)),
      folder_(kMaxHistoryBytes) {
  folder_.follow(what_.plan);
  places_.resize(end_ - begin_);
  std::vector<std::uint32_t> asked;
  for (const auto& [id, reach] : what_.state.features) {
    const std::uint32_t index = what_.plan->find_feature(id);
    if (index != segment::kNone) asked.push_back(index);  // else nobody asks for it any more
  }
  const auto since = [&](std::uint32_t index) { return what_.plan->features()[index].since; };
  std::vector<Offset> all;
  for (const std::uint32_t index : asked) all.push_back(since(index));
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const Offset one : all) {
    Tier& tier = tiers_.emplace_back(Tier{one, {}});
    for (const std::uint32_t index : asked) {
      if (since(index) >= one) tier.features.push_back(index);
    }
  }
}

HistoryQuery FoldedHistory::query() const {
  if (tiers_.empty()) return {};
  HistoryQuery query = history_query(*what_.plan, tiers_.front().features, now_);
  query.until = tiers_.back().since;
  query.first = begin_;
  query.end = end_;
  return query;
}

void FoldedHistory::take(const HistoryEvent& told) {
  const std::uint64_t number = identity::number_of(ProfileId{told.part.value});
  const auto tier = std::ranges::lower_bound(tiers_, told.offset, {}, &Tier::since);
  if (tier == tiers_.end() || number < begin_ || number >= end_) return;
  const catalog::Source* const source = what_.sources->by_id(told.source);
  const std::string_view name = source != nullptr        ? std::string_view(source->name)
                                : told.source.value == 0 ? kOwnSource
                                                         : std::string_view{};
  std::uint32_t& place = places_[number - begin_];
  profile::StoredPart& part = place == 0 ? fresh_ : parts_[place - 1];
  const std::size_t before = place == 0 ? 0 : bytes_of(part);
  const segment::Moment moment{told.event.occurred_at, told.offset, told.index};
  if (!folder_.fold(tier->features, told.event, name, moment, now_, part)) return;
  bytes_ += bytes_of(part) - before;
  if (place == 0) {
    parts_.push_back(std::exchange(fresh_, {}));
    place = static_cast<std::uint32_t>(parts_.size());
  }
  if (bytes_ > limit_ && end_ - begin_ > 1) shrink();
}

// Leaves the later parts, which take about half of the memory, to another time.
void FoldedHistory::shrink() {
  std::vector<profile::StoredPart> kept;
  std::size_t bytes = 0;
  std::uint64_t number = begin_;
  for (; number < end_; ++number) {
    std::uint32_t& place = places_[number - begin_];
    if (place == 0) continue;
    const std::size_t size = bytes_of(parts_[place - 1]);
    if (number > begin_ && bytes + size > limit_ / 2) break;
    bytes += size;
    kept.push_back(std::move(parts_[place - 1]));
    place = static_cast<std::uint32_t>(kept.size());
  }
  end_ = number;
  places_.resize(end_ - begin_);
  parts_ = std::move(kept);
  bytes_ = bytes;
}

std::string FoldedHistory::next_step(std::uint64_t& from) const {
  engine::BackfillStep step{what_.state.began, from, from, {}};
  std::vector<std::string> kept;
  kept.reserve(engine::kBackfillParts);  // the step points into them
  std::size_t bytes = 0;
  for (; step.to < end_ && kept.size() < engine::kBackfillParts && bytes < kStepBytes; ++step.to) {
    const std::uint32_t place = places_[step.to - begin_];
    if (place == 0) continue;
    const profile::StoredPart& part = parts_[place - 1];
    if (part.features.empty() && part.series.empty()) continue;
    std::string encoded;
    profile::PartCodec::encode(part, encoded);
    if (!kept.empty() && bytes + encoded.size() > kStepBytes) break;
    bytes += encoded.size();
    kept.push_back(std::move(encoded));
    step.parts.push_back({PartId{identity::profile_of_number(step.to).value}, kept.back()});
  }
  from = step.to;
  std::string body;
  encode(step, body);
  return body;
}

}  // namespace tessera::analytics
