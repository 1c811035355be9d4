#include "http/membership_window.h"

namespace tessera::http {

void MembershipWindow::add(const MembershipChange& change, std::int64_t now_ms) {
  const std::int64_t number = now_ms / kSlotMs;
  Slot& slot = segments_[change.segment][static_cast<std::size_t>(number) % kSlots];
  if (slot.number != number) slot = Slot{number};
  ++(change.entered ? slot.entered : slot.exited);
  if (change.historic || change.reason == "published" || change.reason == "archived") return;
  recent_.push_front(change);
  if (recent_.size() > kRecent) recent_.pop_back();
}

std::map<std::string, SegmentMotion> MembershipWindow::motion(std::int64_t now_ms) const {
  const std::int64_t now = now_ms / kSlotMs;
  std::map<std::string, SegmentMotion> all;
  for (const auto& [name, slots] : segments_) {
    SegmentMotion motion;
    for (std::int64_t number = now - static_cast<std::int64_t>(kSlots) + 1; number <= now; ++number) {
      const bool is_kept = number >= 0 && slots[static_cast<std::size_t>(number) % kSlots].number == number;
      const Slot slot = is_kept ? slots[static_cast<std::size_t>(number) % kSlots] : Slot{};
      motion.entered += slot.entered;
      motion.exited += slot.exited;
      motion.net.push_back(std::int64_t{slot.entered} - std::int64_t{slot.exited});
    }
    if (motion.entered + motion.exited > 0) all.emplace(name, std::move(motion));
  }
  return all;
}

}  // namespace tessera::http
