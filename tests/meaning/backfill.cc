#include "backfill.h"

#include <algorithm>
#include <map>

#include "engine/backfill.h"
#include "identity/directory.h"
#include "life.h"
#include "segment/folding.h"

namespace tessera::meaning {

namespace {

event::Event event_of(const Row& row) {
  event::Event event;
  event.type = row.type == "track"    ? event::EventType::kTrack
               : row.type == "page"   ? event::EventType::kPage
               : row.type == "screen" ? event::EventType::kScreen
                                      : event::EventType::kIdentify;
  event.name = row.event;
  event.properties = row.properties;
  event.occurred_at = row.occurred_at;
  return event;
}

}  // namespace

std::string next_backfill_step(engine::Machines& machines, std::span<const Row> history, std::uint64_t parts) {
  const engine::Backfill& backfill = machines.core().backfill();
  engine::BackfillStep step{backfill.began, backfill.next, std::min(backfill.next + parts, backfill.end), {}};
  const auto plan = machines.core().in_force().plan();
  segment::Folder folder;
  folder.follow(plan);
  std::map<std::uint64_t, profile::StoredPart> kept;
  for (const Row& row : history) {
    const std::uint64_t number = identity::number_of(ProfileId{row.part});
    if (number < step.from || number >= step.to || row.offset > backfill.began.value) continue;
    std::vector<std::uint32_t> features;
    for (const auto& [id, reach] : backfill.features) {
      const std::uint32_t index = plan->find_feature(id);
      if (index != segment::kNone && row.offset <= plan->features()[index].since.value) features.push_back(index);
    }
    // A record has one event, and what Tessera tells of it.
    const segment::Moment moment{row.occurred_at, {row.offset}, row.source == "tessera" ? row.index : 0};
    folder.fold(features, event_of(row), row.source, moment, machines.time(), kept[row.part]);
  }
  std::vector<std::string> texts;
  texts.reserve(kept.size());
  for (const auto& [part, stored] : kept) {
    profile::PartCodec::encode(stored, texts.emplace_back());
    step.parts.push_back({PartId{part}, texts.back()});
  }
  std::string body;
  engine::encode(step, body);
  return body;
}

}  // namespace tessera::meaning
