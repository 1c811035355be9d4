#include "http/live_sink.h"

#include <algorithm>
#include <utility>

#include "event/event.h"

namespace tessera::http {

void LiveSink::accept(std::shared_ptr<const engine::EffectBatch> batch) {
  const auto& effects = batch->effects;
  std::uint32_t events = 0;
  for (const engine::Effect& effect : effects) events += effect.kind == engine::EffectKind::kEvent ? 1 : 0;
  if (events > 0) {
    const std::int64_t now_ms = clock_.monotonic_ms();
    if (now_ms >= looks_until_ms_) {
      looks_until_ms_ = now_ms + kLookMs;
      looks_left_ = kLooks;
    }
    const std::lock_guard lock(mutex_);
    count(now_ms, events);
    const std::size_t looks = std::min<std::size_t>(looks_left_, events);
    looks_left_ -= looks;
    std::size_t skip = events - looks;
    Offset merged_at;  // a merge is told just before the event that caused it
    for (const engine::Effect& effect : effects) {
      if (effect.kind == engine::EffectKind::kSystem && effect.name == "Profile Merged") merged_at = effect.offset;
      if (effect.kind != engine::EffectKind::kEvent) continue;
      if (skip > 0) {
        --skip;
      } else {
        note(effect, merged_at);
      }
    }
  }
  make_durable(batch->last);
}

void LiveSink::count(std::int64_t now_ms, std::uint32_t events) {
  const std::int64_t number = now_ms / kSlotMs;
  Slot& slot = slots_[static_cast<std::size_t>(number) % kSlots];
  if (slot.number != number) slot = Slot{number, 0};
  slot.events += events;
}

void LiveSink::note(const engine::Effect& effect, Offset merged_at) {
  const auto event = event::decode(effect.body);
  if (!event) return;
  const auto known = std::ranges::find(people_, effect.profile, &LivePerson::profile);
  LivePerson person = known == people_.end() ? LivePerson{} : std::move(*known);
  if (known != people_.end()) people_.erase(known);
  person.profile = effect.profile;
  person.offset = effect.offset;
  person.source = effect.source;
  person.type = event::type_name(event->type);
  person.name = event->name;
  person.occurred_at = event->occurred_at;
  person.merged = merged_at == effect.offset;
  people_.insert(people_.begin(), std::move(person));
  if (people_.size() > kPeople) people_.pop_back();
}

std::uint32_t LiveSink::events_in(std::int64_t slot) const {
  const Slot& found = slots_[static_cast<std::size_t>(slot) % kSlots];
  return found.number == slot ? found.events : 0;
}

LiveView LiveSink::look() const {
  LiveView view;
  const std::int64_t now_slot = clock_.monotonic_ms() / kSlotMs;  // still being counted, so left out
  constexpr std::int64_t kSlotsASecond = 1000 / kSlotMs;
  const std::lock_guard lock(mutex_);
  for (std::int64_t back = 1; back <= 2 * kSlotsASecond && back <= now_slot; ++back) {
    view.events_per_second += events_in(now_slot - back);
  }
  view.events_per_second = (view.events_per_second + 1) / 2;
  const std::int64_t end = now_slot / kSlotsASecond * kSlotsASecond;
  for (std::int64_t second = kSeconds; second > 0; --second) {
    std::uint32_t events = 0;
    for (std::int64_t i = 0; i < kSlotsASecond; ++i) {
      const std::int64_t slot = end - second * kSlotsASecond + i;
      if (slot >= 0) events += events_in(slot);
    }
    view.events_by_second.push_back(events);
  }
  view.people = people_;
  return view;
}

}  // namespace tessera::http
