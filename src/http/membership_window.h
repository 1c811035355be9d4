// The last minute of coming and going, by segment, and the people who came and went just now: for the page. One thread.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "http/membership_change.h"

namespace tessera::http {

struct SegmentMotion {
  std::uint64_t entered = 0;  // within the last minute
  std::uint64_t exited = 0;
  std::vector<std::int64_t> net;  // entered less exited, by kSlotMs, oldest first; kSlots of them
};

class MembershipWindow {
 public:
  static constexpr std::int64_t kSlotMs = 2'000;
  static constexpr std::size_t kSlots = 30;
  static constexpr std::size_t kRecent = 64;  // changes; one record may bring about several

  // `now_ms` never goes back.
  void add(const MembershipChange& change, std::int64_t now_ms);

  // Of those segments where somebody came or went.
  std::map<std::string, SegmentMotion> motion(std::int64_t now_ms) const;
  // Newest first. Only what happens now: neither imports nor what publishing a condition brought about.
  const std::deque<MembershipChange>& recent() const { return recent_; }

 private:
  struct Slot {
    std::int64_t number = -1;  // since when, in slots
    std::uint32_t entered = 0;
    std::uint32_t exited = 0;
  };
  using Slots = std::array<Slot, kSlots>;

  std::map<std::string, Slots, std::less<>> segments_;  // as many as there ever were
  std::deque<MembershipChange> recent_;
};

}  // namespace tessera::http
