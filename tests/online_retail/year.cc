#include "year.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "catalog/purpose.h"
#include "engine/ranking.h"
#include "event/event.h"
#include "identity/directory.h"
#include "segment/documents.h"

namespace tessera::online_retail {

namespace {

engine::MachineOptions options() {
  return {.kinds = std::make_shared<const catalog::Kinds>(
              std::vector<catalog::Kind>{catalog::source_kind(), catalog::identity_rules_kind(),
                                         catalog::purpose_kind(), segment::trait_kind(), segment::segment_kind()})};
}

void expect(const Status& status, const char* what) {
  if (status) return;
  std::fprintf(stderr, "%s: %s\n", what, status.error().message.c_str());
  std::exit(1);
}

Status take(const log::Record& record, Log& out) {
  if (record.kind == log::RecordKind::kDefinitions) {
    TRY_ASSIGN(catalog::ChangeSet set, catalog::decode_change_set(record.body));
    const bool of_source = set.changes.front().key.kind == "source";
    (of_source ? out.sources : out.conditions).push_back(std::move(set));
  } else if (record.kind == log::RecordKind::kEvent) {
    TRY_ASSIGN(event::Event event, event::decode(record.body));
    event.received_at = event.occurred_at;
    event.historic = false;
    Happened& happened = out.events.emplace_back(Happened{event.occurred_at, record.source, {}});
    event::encode(event, happened.event);
  }
  return {};
}

}  // namespace

Result<Log> read_log(const std::string& folder) {
  Log all;
  TRY_ASSIGN(const auto files, log::open_folder(folder));
  TRY_ASSIGN(const auto log, log::open_log(*files, {}));
  TRY_ASSIGN(const auto reader, log->read(log->first()));
  for (;;) {
    TRY_ASSIGN(const auto group, reader->next());
    if (!group) break;
    for (const log::Record& record : (*group)->records()) TRY(take(record, all));
  }
  std::stable_sort(all.events.begin(), all.events.end(),
                   [](const Happened& a, const Happened& b) { return a.at < b.at; });
  return all;
}

Year::Year() : machines_(store_, options()) {}

void Year::append(log::RecordKind kind, SourceId source, std::string_view body) {
  engine::EffectBatch effects;
  const Offset offset{machines_.position().value + 1};
  expect(machines_.apply({offset, time_, 1, kind, source, body}, effects), "a record was not applied");
  ++counters_.records;
  counters_.ticks += kind == log::RecordKind::kTick ? 1 : 0;
  if (const auto refused = machines_.core().refusals().find(offset)) {
    expect(error(Code::kInvalidArgument, *refused), "a record was refused");
  }
  tell(effects);
}

void Year::tell(const engine::EffectBatch& effects) {
  for (const engine::Effect& effect : effects.effects) {
    if (effect.kind == engine::EffectKind::kMembership) {
      ++counters_.moves;
      counters_.moves_by_time += effect.body.find(R"("reason":"time")") != std::string_view::npos ? 1 : 0;
    } else if (effect.kind == engine::EffectKind::kEvent) {
      const auto event = event::decode(effect.body);
      history_[effect.part.value].push_back(
          {{event->occurred_at, effect.offset, 0}, effect.source, std::string(effect.body)});
    }
  }
}

void Year::publish(const catalog::ChangeSet& set, Timestamp at) {
  time_ = at;
  std::string body;
  catalog::encode(set, body);
  append(log::RecordKind::kDefinitions, {}, body);
}

void Year::send(const Happened& happened) {
  time_ = happened.at;
  append(log::RecordKind::kEvent, happened.source, happened.event);
}

void Year::pass_to(Timestamp at) {
  time_ = at;
  do {
    append(log::RecordKind::kTick, {}, {});
  } while (machines_.wants_tick(at));
}

void Year::go_on() {
  fill_on();
  sweep_on();
}

void Year::end_sweep() {
  while (sweep_on()) {
  }
}

bool Year::sweep_on() {
  const auto step = machines_.next_sweep_step();
  if (!step) return false;
  std::string body;
  engine::encode(*step, body);
  append(log::RecordKind::kSweep, {}, body);
  while (machines_.wants_tick(time_)) append(log::RecordKind::kTick, {}, {});
  return true;
}

// The last step, from the end to the end, is an empty one.
void Year::fill_on() {
  const engine::BackfillSnapshot fill = view().backfill();
  if (!fill.state.is_under_way()) return;
  folder_.follow(fill.plan);
  engine::BackfillStep step{fill.state.began, fill.state.next, 0, {}};
  step.to = std::min<std::uint64_t>(step.from + engine::kBackfillParts, fill.state.end);
  std::vector<std::string> kept;
  kept.reserve(step.to - step.from);
  for (std::uint64_t number = step.from; number < step.to; ++number) {
    const PartId part{identity::profile_of_number(number).value};
    kept.push_back(known_of(part, fill));
    if (!kept.back().empty()) step.parts.push_back({part, kept.back()});
  }
  std::string body;
  engine::encode(step, body);
  append(log::RecordKind::kBackfill, {}, body);
  while (machines_.wants_tick(time_)) append(log::RecordKind::kTick, {}, {});
}

// What the history knows of a part: what each feature has not taken in as it came.
std::string Year::known_of(PartId part, const engine::BackfillSnapshot& fill) {
  const auto rows = history_.find(part.value);
  if (rows == history_.end()) return {};
  profile::StoredPart stored;
  for (const Row& row : rows->second) {
    std::vector<std::uint32_t> features;
    for (const auto& [id, reach] : fill.state.features) {
      const std::uint32_t feature = fill.plan->find_feature(id);
      if (feature == segment::kNone || fill.plan->features()[feature].since <= row.moment.offset) continue;
      features.push_back(feature);
    }
    std::sort(features.begin(), features.end());
    const auto event = event::decode(row.event);
    folder_.fold(features, *event, fill.sources->by_id(row.source)->name, row.moment, time_, stored);
  }
  std::string kept;
  profile::PartCodec::encode(stored, kept);
  return kept;
}

void Year::rank() {
  end_sweep();
  engine::Ranking ranking(machines_.core().in_force().plan(), machines_.core().counters().next_profile, time_);
  while (!ranking.step(machines_.core().directory(), machines_.shards())) {
  }
  append(log::RecordKind::kRanks, {}, ranking.finish());
  end_sweep();
}

std::vector<ProfileId> Year::people() {
  std::vector<ProfileId> all;
  for (std::uint64_t number = 1; number < machines_.core().counters().next_profile; ++number) {
    const ProfileId id = identity::profile_of_number(number);
    if (machines_.core().directory().find(id) == id) all.push_back(id);
  }
  return all;
}

}  // namespace tessera::online_retail
