#include "engine/core.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "base/json.h"
#include "event/event.h"

namespace tessera::engine {

namespace {

constexpr std::string_view kCountersKey = "core/counters";
constexpr std::string_view kSeenKey = "core/seen";
constexpr std::string_view kRulesKey = "core/identity_rules";
constexpr std::string_view kSourcePrefix = "core/source/";

void encode_counters(const Counters& counters, std::string& out) {
  protozero::pbf_writer message(out);
  const std::array<std::uint64_t, 7> values{counters.events,     counters.duplicates, counters.rejected,
                                            counters.profiles,   counters.merges,     counters.next_profile,
                                            counters.next_source};
  message.add_packed_uint64(1, values.begin(), values.end());
}

Result<Counters> decode_counters(std::string_view bytes) try {
  std::vector<std::uint64_t> values;
  protozero::pbf_reader message(bytes.data(), bytes.size());
  while (message.next(1)) {
    for (const std::uint64_t value : message.get_packed_uint64()) values.push_back(value);
  }
  if (values.size() != 7) return error(Code::kDataLoss, "the stored counters are damaged");
  return Counters{
      values[0], values[1], values[2], values[3], values[4], values[5], static_cast<std::uint32_t>(values[6])};
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored counters are damaged: ") + e.what());
}

std::string source_key(SourceId id) {
  const std::string digits = std::to_string(id.value);
  return std::string(kSourcePrefix) + std::string(10 - digits.size(), '0') + digits;
}

}  // namespace

void Effects::begin(Offset offset, Timestamp time) {
  offset_ = offset;
  time_ = time;
  index_ = 0;
}

void Effects::add(Effect effect) {
  effect.offset = offset_;
  effect.time = time_;
  effect.index = index_++;
  batch_.effects.push_back(effect);
}

void Effects::add_with_text(Effect effect, std::string body) {
  batch_.texts.push_back(std::make_unique<std::string>(std::move(body)));
  effect.body = *batch_.texts.back();
  add(effect);
}

Core::Core(storage::Store& store, std::uint64_t seen_limit, std::int64_t seen_ms)
    : seen_(store, seen_limit, seen_ms),
      directory_(store),
      sources_(std::make_shared<catalog::Sources>(std::vector<catalog::Source>{})),
      rules_(std::make_shared<catalog::IdentityRules>(catalog::default_identity_rules())) {}

Status Core::load(const storage::Store& store, const storage::Snapshot& state) {
  std::string text;
  TRY_ASSIGN(const bool has_counters, store.get(storage::Family::kMeta, kCountersKey, text));
  if (has_counters) {
    TRY_ASSIGN(counters_, decode_counters(text));
  }
  TRY_ASSIGN(const bool has_seen, store.get(storage::Family::kMeta, kSeenKey, text));
  if (has_seen) TRY(seen_.decode(text));
  TRY_ASSIGN(const bool has_rules, store.get(storage::Family::kMeta, kRulesKey, text));
  if (has_rules) {
    TRY_ASSIGN(auto rules, catalog::parse_identity_rules(text));
    rules_ = std::make_shared<catalog::IdentityRules>(std::move(rules));
  }
  std::vector<catalog::Source> sources;
  Status decoded;
  TRY(state.scan(storage::Family::kMeta, kSourcePrefix, [&](std::string_view, std::string_view value) {
    auto source = catalog::decode_source(value);
    if (source) {
      sources.push_back(std::move(*source));
    } else {
      decoded = std::unexpected(source.error());
    }
    return decoded.has_value();
  }));
  TRY(std::move(decoded));
  sources_ = std::make_shared<catalog::Sources>(std::move(sources));
  return {};
}

Status Core::apply(const log::Record& record, Outbox& outbox, Timers& timers, Effects& effects) {
  switch (record.kind) {
    case log::RecordKind::kEvent:
      return apply_event(record, outbox, timers, effects);
    case log::RecordKind::kRejected:
      ++counters_.rejected;
      effects.add({.kind = EffectKind::kRejected, .source = record.source, .body = record.body});
      return {};
    case log::RecordKind::kSource:
      return apply_source(record);
    case log::RecordKind::kIdentityRules:
      return apply_rules(record);
    case log::RecordKind::kTick:
    case log::RecordKind::kEpoch:
      return {};
  }
  return error(Code::kDataLoss, "the record is of no kind this build knows");
}

Status Core::apply_event(const log::Record& record, Outbox& outbox, Timers& timers, Effects& effects) {
  TRY_ASSIGN(const event::Event event, event::decode(record.body));
  const bool nothing_remembered = seen_.remembered() == 0;
  if (seen_.check(hash128(event.message_id, record.source.value), record.offset, record.time)) {
    ++counters_.duplicates;
    return {};
  }
  if (nothing_remembered) timers.set({record.time + kDayMs, kCoreMachine, TimerKind::kForgetSeen, 0});

  const catalog::Source* source = sources_->by_id(record.source);
  const catalog::Trust trust = source == nullptr ? catalog::Trust::kPublic : source->trust;
  const auto who = directory_.resolve(*rules_, event.identifiers, {record.source, trust, record.time, record.offset},
                                      counters_.next_profile);
  ++counters_.events;
  counters_.profiles += who.created ? 1 : 0;
  for (const auto& merge : who.merges) tell_merge(merge, outbox, effects);
  for (const auto& refusal : who.refusals) tell_refusal(refusal, who, effects);
  effects.add({.kind = EffectKind::kEvent,
               .source = record.source,
               .profile = who.profile,
               .part = who.part,
               .body = record.body});
  outbox.send(machine_of(who.profile), MessageKind::kEvent,
              encode(EventHead{who.profile, who.part, record.offset, record.source, trust}), record.body);
  return {};
}

void Core::tell_merge(const identity::Merge& merge, Outbox& outbox, Effects& effects) {
  ++counters_.merges;
  --counters_.profiles;
  std::string properties;
  JsonWriter json(properties);
  json.begin_object().key("from").string(to_text(merge.from)).key("into").string(to_text(merge.into));
  json.key("identifier_type").string(merge.by.type).key("identifier").string(merge.by.value).key("parts").begin_array();
  for (const PartId part : merge.parts) json.string(to_text(part));
  json.end_array().end_object();
  effects.add_with_text(
      {.kind = EffectKind::kSystem, .profile = merge.into, .part = merge.parts.front(), .name = "Profile Merged"},
      std::move(properties));
  for (const PartId part : merge.parts) {
    effects.add({.kind = EffectKind::kMoved, .profile = merge.into, .part = part});
    const Head head = encode(MoveHead{part, merge.from, merge.into});
    outbox.send(machine_of(merge.from), MessageKind::kRelease, head, {});
    outbox.send(machine_of(merge.into), MessageKind::kExpect, head, {});
  }
}

void Core::tell_refusal(const identity::Refusal& refusal, const identity::Resolution& who, Effects& effects) {
  std::string properties;
  JsonWriter json(properties);
  json.begin_object().key("identifier_type").string(refusal.identifier.type);
  json.key("identifier").string(refusal.identifier.value).key("reason").string(identity::reason_text(refusal.reason));
  if (refusal.points_at.value != 0) json.key("points_at").string(to_text(refusal.points_at));
  json.end_object();
  effects.add_with_text(
      {.kind = EffectKind::kSystem, .profile = who.profile, .part = who.part, .name = "Identifier Refused"},
      std::move(properties));
}

Status Core::apply_source(const log::Record& record) {
  TRY_ASSIGN(catalog::Source source, catalog::decode_source(record.body));
  std::vector<catalog::Source> all = sources_->all();
  const auto same = [&](const catalog::Source& s) { return s.name == source.name; };
  if (const auto at = std::find_if(all.begin(), all.end(), same); at != all.end()) {
    source.id = at->id;
    *at = source;
  } else {
    source.id = {counters_.next_source++};
    all.push_back(source);
  }
  changed_sources_.push_back(source.id);
  sources_ = std::make_shared<catalog::Sources>(std::move(all));
  return {};
}

Status Core::apply_rules(const log::Record& record) {
  TRY_ASSIGN(auto rules, catalog::parse_identity_rules(record.body));
  rules_ = std::make_shared<catalog::IdentityRules>(std::move(rules));
  changed_rules_ = true;
  return {};
}

void Core::fire(const Timer& timer, Timestamp time, Timers& timers) {
  TESSERA_ASSERT(timer.kind == TimerKind::kForgetSeen);
  const Timestamp next = seen_.forget(time);
  timers.set({std::max(next, time + kHourMs), kCoreMachine, TimerKind::kForgetSeen, 0});
}

void Core::write_changes(storage::CutBatch& batch) {
  std::string text;
  encode_counters(counters_, text);
  batch.put(storage::Family::kMeta, kCountersKey, text);
  text.clear();
  seen_.encode(text);
  batch.put(storage::Family::kMeta, kSeenKey, text);
  std::sort(changed_sources_.begin(), changed_sources_.end());
  changed_sources_.erase(std::unique(changed_sources_.begin(), changed_sources_.end()), changed_sources_.end());
  for (const SourceId id : changed_sources_) {
    text.clear();
    catalog::encode(*sources_->by_id(id), text);
    batch.put(storage::Family::kMeta, source_key(id), text);
  }
  changed_sources_.clear();
  if (changed_rules_) batch.put(storage::Family::kMeta, kRulesKey, catalog::identity_rules_json(*rules_));
  changed_rules_ = false;
}

}  // namespace tessera::engine
