// The view that queries get: reads of the machines, on the engine's thread.
#pragma once

#include <algorithm>
#include <functional>

#include "engine/engine.h"
#include "engine/machines.h"

namespace tessera::engine {

class MachinesView : public View {
 public:
  // `now`: the time of day that questions are answered at; none: the newest record's.
  explicit MachinesView(Machines& machines, std::function<Timestamp()> now = {})
      : machines_(machines), now_(std::move(now)) {}
  Offset position() const override { return machines_.position(); }
  Timestamp time() const override { return machines_.time(); }
  Timestamp now() const override { return now_ ? std::max(machines_.time(), now_()) : machines_.time(); }
  std::optional<std::string> refusal(Offset record) override { return machines_.core().refusals().find(record); }
  Result<ProfileId> find(ProfileId id) override;
  Result<ProfileId> find(std::string_view identifier_type, std::string_view value) override;
  Result<profile::ProfileSnapshot> profile(ProfileId id) override;
  Result<profile::GraphSnapshot> graph(ProfileId id) override;
  Result<profile::TimelineSnapshot> timeline(ProfileId id, Timestamp before, Offset before_offset,
                                             std::size_t limit) override;

  std::vector<SegmentSnapshot> segments() override;
  SweepSnapshot sweep() override;
  BackfillSnapshot backfill() override;
  std::uint64_t next_profile() override { return machines_.core().counters().next_profile; }
  Result<PersonState> person(ProfileId id) override;
  Result<std::vector<ProfileId>> members(std::string_view segment, ProfileId after, std::size_t limit) override;
  Result<std::vector<std::uint32_t>> all_members(std::string_view segment) override;
  Result<bool> is_member(std::string_view segment, ProfileId id) override;
  std::vector<RanksSnapshot> ranks() override;
  Result<OverlapSnapshot> overlap(std::span<const std::string> segments) override;
  Result<segment::Explanation> explain(ProfileId id, std::string_view segment) override;

 private:
  Status add_meaning(ProfileId id, profile::ProfileSnapshot& snapshot);
  Result<const segment::PlannedSegment*> planned(std::string_view segment) const;

  Machines& machines_;
  std::function<Timestamp()> now_;
};

}  // namespace tessera::engine
