#include "life.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "backfill.h"
#include "base/json.h"
#include "dice.h"
#include "engine/ranking.h"
#include "identity/directory.h"
#include "segment/documents.h"

namespace tessera::meaning {

namespace {

engine::MachineOptions options() {
  static const auto kKinds = std::make_shared<const catalog::Kinds>(std::vector<catalog::Kind>{
      catalog::source_kind(), catalog::identity_rules_kind(), segment::trait_kind(), segment::segment_kind()});
  return {.kinds = kKinds};
}

std::string told(const engine::Effect& effect) {
  return std::to_string(static_cast<int>(effect.kind)) + " " + std::to_string(effect.index) + " " +
         to_text(effect.profile) + " " + to_text(effect.part) + " " + std::string(effect.name) + " " +
         (effect.kind == engine::EffectKind::kEvent ? "" : std::string(effect.body));
}

std::vector<std::string> told(const engine::EffectBatch& batch) {
  std::vector<std::string> all;
  for (const engine::Effect& effect : batch.effects) all.push_back(told(effect));
  return all;
}

std::string member(std::string_view json, std::string_view name) {
  const auto value = boost::json::parse(json).at(name);
  return std::string(value.get_string());
}

}  // namespace

const std::vector<std::string>& source_names() {
  static const std::vector<std::string> kNames{"web", "shop", "till"};
  return kNames;
}

Life::Life(Timestamp begin) : machines_(std::make_unique<engine::Machines>(store_, options())), time_(begin) {
  catalog::ChangeSet set{{}, "a test"};
  for (const std::string& name : source_names()) {
    const auto trust = &name == &source_names().front() ? catalog::Trust::kPublic : catalog::Trust::kServer;
    const std::string word = trust == catalog::Trust::kPublic ? "public" : "server";
    set.changes.push_back({catalog::ChangeAction::kPublish,
                           {"source", name},
                           R"({"kind":"source","name":")" + name + R"(","trust":")" + word + "\"}",
                           {},
                           catalog::key_attachment(name, trust)});
  }
  publish(set);
}

void Life::append(log::RecordKind kind, SourceId source, std::string body) {
  log_.push_back({time_, kind, source, std::move(body)});
  engine::EffectBatch batch;
  const Status applied = machines_->apply(record(log_.size() - 1), batch);
  RC_ASSERT(applied.has_value());
  effects_.push_back(told(batch));
  last_moves_.clear();
  last_passages_.clear();
  tell(batch);
  time_ = time_ + any(3000);
}

log::Record Life::record(std::size_t index) const {
  const Stored& stored = log_[index];
  return {{index + 1}, stored.time, 1, stored.kind, stored.source, stored.body};
}

void Life::send(SourceId source, const std::string& event) {
  append(log::RecordKind::kEvent, source, event);
}

void Life::publish(const catalog::ChangeSet& set) {
  std::string body;
  catalog::encode(set, body);
  append(log::RecordKind::kDefinitions, {}, std::move(body));
  if (const auto refused = machines_->core().refusals().find(position())) RC_FAIL(*refused);
}

void Life::correct(const identity::Correction& correction) {
  std::string body;
  identity::encode(correction, body);
  append(log::RecordKind::kCorrection, {}, std::move(body));
  if (const auto refused = machines_->core().refusals().find(position())) RC_FAIL(*refused);
}

void Life::tick(std::int64_t ms) {
  time_ = time_ + ms;
  append(log::RecordKind::kTick, {}, {});
}

void Life::sweep_some(std::uint64_t people) {
  auto step = machines_->next_sweep_step();
  if (!step) return;
  step->to = std::min(step->to, step->from + people);
  std::string body;
  engine::encode(*step, body);
  append(log::RecordKind::kSweep, {}, std::move(body));
}

void Life::backfill_some(std::uint64_t parts) {
  if (!is_backfilling()) return;
  append(log::RecordKind::kBackfill, {}, next_backfill_step(*machines_, rows_, parts));
}

void Life::settle() {
  while (is_backfilling() || is_sweeping() || machines_->wants_tick(machines_->time())) {
    backfill_some(engine::kBackfillParts);
    sweep_some(engine::kSweepProfiles);
    if (machines_->wants_tick(machines_->time())) append(log::RecordKind::kTick, {}, {});
  }
}

void Life::make_ranks() {
  const engine::Core& core = machines_->core();
  engine::Ranking ranking(core.in_force().plan(), core.counters().next_profile, machines_->time());
  while (!ranking.step(machines_->core().directory(), machines_->shards(), static_cast<std::uint64_t>(1 + any(5)))) {
  }
  append(log::RecordKind::kRanks, {}, ranking.finish());
}

// Who is named is the part that the profile began as.
void Life::list(const engine::ListStep& step) {
  identity::Directory& directory = machines_->core().directory();
  std::set<std::uint64_t>& listed = listed_[step.segment];
  for (const ProfileId id : step.remove) {
    for (const PartId part : directory.parts(directory.find(id))) listed.erase(part.value);
  }
  for (const ProfileId id : step.add) listed.insert(directory.find(id).value);
  std::string body;
  engine::encode(step, body);
  append(log::RecordKind::kList, {}, std::move(body));
}

bool Life::is_listed(const std::string& segment, PartId part) const {
  const auto listed = listed_.find(segment);
  return listed != listed_.end() && listed->second.contains(part.value);
}

// ---- Effects

std::uint64_t Life::profile_of(std::uint64_t part) const {
  const auto moved = moved_.find(part);
  return moved == moved_.end() ? part : moved->second;
}

void Life::tell(const engine::EffectBatch& batch) {
  for (const engine::Effect& effect : batch.effects) {
    switch (effect.kind) {
      case engine::EffectKind::kEvent:
        tell_event(effect);
        break;
      case engine::EffectKind::kMembership:
        tell_membership(effect);
        break;
      case engine::EffectKind::kMoved:
        moved_[effect.part.value] = effect.profile.value;
        last_moves_.emplace_back(effect.part, effect.profile);
        break;
      case engine::EffectKind::kSystem:
        // Refusals come before the event that they are of, but for that of a group.
        if (effect.name == "Identifier Refused" && member(effect.body, "identifier_type") == "group_id") {
          rows_.back().group_id.clear();
        }
        break;
      case engine::EffectKind::kRejected:
        break;
    }
  }
}

void Life::tell_event(const engine::Effect& effect) {
  const auto event = event::decode(effect.body);
  RC_ASSERT(event.has_value());
  std::string traits;
  JsonWriter json(traits);
  json.begin_object();
  for (const event::Trait& trait : event->traits) json.key(trait.name).raw(trait.json);
  json.end_object();
  RC_ASSERT(profile_of(effect.part.value) == effect.profile.value);
  rows_.push_back({effect.offset.value, effect.index, effect.part.value, source_names()[effect.source.value - 1],
                   effect.source.value > 1, std::string(event::type_name(event->type)), std::string(event->name),
                   event->occurred_at, std::string(event->properties.empty() ? "{}" : event->properties),
                   std::move(traits), std::string(event->group_id)});
  ++accepted_;
}

void Life::tell_membership(const engine::Effect& effect) {
  const std::string segment = member(effect.body, "segment");
  auto& members = members_[segment];
  const bool is_news = effect.name == "Segment Entered" ? members.insert(effect.profile.value).second
                                                        : members.erase(effect.profile.value) == 1;
  RC_ASSERT(is_news);
  last_passages_.push_back({effect.profile.value, segment, effect.name == "Segment Entered", effect.time});
  rows_.push_back({effect.offset.value,
                   effect.index,
                   effect.part.value,
                   "tessera",
                   true,
                   "track",
                   std::string(effect.name),
                   effect.time,
                   std::string(effect.body),
                   "{}",
                   {}});
}

// ---- Cuts

void Life::go_on_with_cut(std::size_t count) {
  if (cut_ == nullptr) {
    cut_ = std::make_unique<storage::CutBatch>();
    machines_->begin_cut(*cut_);
  }
  if (!machines_->encode_some(count)) return;
  RC_ASSERT(store_.commit(*cut_).has_value());
  machines_->end_cut();
  cut_ = nullptr;
}

void Life::cut() {
  if (cut_ != nullptr) go_on_with_cut(1'000'000);
  go_on_with_cut(1'000'000);
}

void Life::reload() {
  cut_ = nullptr;
  machines_ = std::make_unique<engine::Machines>(store_, options());
  RC_ASSERT(machines_->load().has_value());
  for (std::size_t i = machines_->position().value; i < log_.size(); ++i) {
    engine::EffectBatch batch;
    RC_ASSERT(machines_->apply(record(i), batch).has_value());
    RC_ASSERT(told(batch) == effects_[i]);
  }
}

std::string Life::digest() {
  cut();
  return *engine::digest_of(store_);
}

std::string Life::digest_of_another_run() {
  testing::MemoryStore store;
  auto machines = std::make_unique<engine::Machines>(store, options());
  const auto cut = [&] {
    storage::CutBatch batch;
    machines->begin_cut(batch);
    while (!machines->encode_some(10)) {
    }
    RC_ASSERT(store.commit(batch).has_value());
    machines->end_cut();
  };
  const auto every = static_cast<std::size_t>(5 + any(60));
  for (std::size_t i = 0; i < log_.size(); ++i) {
    engine::EffectBatch batch;
    RC_ASSERT(machines->apply(record(i), batch).has_value());
    RC_ASSERT(told(batch) == effects_[i]);
    if (i % every != 0) continue;
    cut();
    machines->shrink_to(0);
    if (i % 2 == 0) continue;
    machines = std::make_unique<engine::Machines>(store, options());
    RC_ASSERT(machines->load().has_value());
  }
  cut();
  return *engine::digest_of(store);
}

std::vector<ProfileId> Life::people() {
  std::vector<ProfileId> all;
  identity::Directory& directory = machines_->core().directory();
  for (std::uint64_t number = 1; number < machines_->core().counters().next_profile; ++number) {
    const ProfileId id = identity::profile_of_number(number);
    if (directory.find(id) == id && !directory.is_group(id)) all.push_back(id);
  }
  return all;
}

}  // namespace tessera::meaning
