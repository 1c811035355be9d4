#include "engine/core.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "base/json.h"
#include "engine/list.h"
#include "engine/ranking.h"
#include "event/event.h"

namespace tessera::engine {

namespace {

constexpr std::string_view kCountersKey = "core/counters";
constexpr std::string_view kSeenKey = "core/seen";
constexpr std::string_view kSweepKey = "core/sweep";
constexpr std::string_view kBackfillKey = "core/backfill";

void encode_counters(const Counters& counters, std::string& out) {
  protozero::pbf_writer message(out);
  const std::array values{counters.events, counters.duplicates, counters.rejected, counters.profiles,
                          counters.merges, counters.unmerges,   counters.groups,   counters.next_profile};
  message.add_packed_uint64(1, values.begin(), values.end());
}

Result<Counters> decode_counters(std::string_view bytes) try {
  std::vector<std::uint64_t> values;
  protozero::pbf_reader message(bytes.data(), bytes.size());
  while (message.next(1)) {
    for (const std::uint64_t value : message.get_packed_uint64()) values.push_back(value);
  }
  if (values.size() == 7) {
    return error(
        Code::kFailedPrecondition,
        "the state was written by a build that had no definitions yet, and this one cannot read it: start on a "
        "new folder, and send or import the events again");
  }
  if (values.size() != 8) return error(Code::kDataLoss, "the stored counters are damaged");
  return Counters{values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]};
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored counters are damaged: ") + e.what());
}

}  // namespace

Core::Core(storage::Store& store, std::uint64_t seen_limit, std::int64_t seen_ms,
           std::shared_ptr<const catalog::Kinds> kinds)
    : seen_(store, seen_limit, seen_ms), directory_(store), in_force_(std::move(kinds)) {}

Status Core::load(const storage::Store& store, const storage::Snapshot& state) {
  std::string text;
  TRY_ASSIGN(const bool has_counters, store.get(storage::Family::kMeta, kCountersKey, text));
  if (has_counters) {
    TRY_ASSIGN(counters_, decode_counters(text));
  }
  TRY_ASSIGN(const bool has_seen, store.get(storage::Family::kMeta, kSeenKey, text));
  if (has_seen) TRY(seen_.decode(text));
  TRY_ASSIGN(const bool has_sweep, store.get(storage::Family::kMeta, kSweepKey, text));
  if (has_sweep) {
    TRY_ASSIGN(sweep_, decode_sweep(text));
  }
  TRY_ASSIGN(const bool has_backfill, store.get(storage::Family::kMeta, kBackfillKey, text));
  if (has_backfill) {
    TRY_ASSIGN(backfill_, decode_backfill(text));
  }
  return in_force_.load(state);
}

Status Core::apply(const log::Record& record, bool quiet, Outbox& outbox, Timers& timers, Effects& effects) {
  switch (record.kind) {
    case log::RecordKind::kEvent:
      return apply_event(record, outbox, timers, effects);
    case log::RecordKind::kRejected:
      ++counters_.rejected;
      effects.add({.kind = EffectKind::kRejected, .source = record.source, .body = record.body});
      return {};
    case log::RecordKind::kDefinitions:
      return apply_definitions(record);
    case log::RecordKind::kCorrection:
      return apply_correction(record, outbox, effects);
    case log::RecordKind::kSweep:
      return apply_sweep(record, quiet, outbox);
    case log::RecordKind::kBackfill:
      return apply_backfill(record, quiet, outbox);
    case log::RecordKind::kList:
      return apply_list(record, outbox);
    case log::RecordKind::kRanks:
      return apply_ranks(record);
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

  const catalog::Source* source = in_force_.sources()->by_id(record.source);
  const catalog::Trust trust = source == nullptr ? catalog::Trust::kPublic : source->trust;
  const identity::Claim claim{record.source, trust, record.time, record.offset};
  const auto who = directory_.resolve(*in_force_.rules(), event.identifiers, claim, counters_.next_profile);
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
              encode(EventHead{who.profile, who.part, record.offset, record.source, trust, who.created}), record.body);
  if (event.type == event::EventType::kGroup && !event.group_id.empty()) {
    apply_group(record, event, who, claim, outbox, effects);
  }
  return {};
}

void Core::apply_group(const log::Record& record, const event::Event& event, const identity::Resolution& who,
                       const identity::Claim& claim, Outbox& outbox, Effects& effects) {
  if (in_force_.rules()->blocked(event.group_id)) return;
  const auto joining = directory_.join(event.group_id, who.part, claim, counters_.next_profile);
  counters_.groups += joining.created ? 1 : 0;
  if (joining.refused) {
    const ProfileId group{joining.group.value};
    return tell_refusal({{catalog::kGroupIdType, event.group_id}, *joining.refused, group}, who, effects);
  }
  const ProfileId group{joining.group.value};
  outbox.send(machine_of(group), MessageKind::kGroupEvent,
              encode(EventHead{group, who.part, record.offset, record.source, claim.trust, false}), record.body);
}

// What a group's shard has to say of it goes to its members, wherever they are now.
Status Core::take(const Message& message, Outbox& outbox) {
  TESSERA_ASSERT(message.kind == MessageKind::kGroupTraits);
  const GroupHead head = decode_group_head(message.head);
  for (const PartId member : directory_.members({head.profile.value})) {
    if (!head.to_all && member != head.part) continue;
    const ProfileId profile = directory_.find(ProfileId{member.value});
    const bool joins = member == head.part;
    outbox.send_owned(machine_of(profile), MessageKind::kGroup,
                      encode(GroupHead{profile, member, head.offset, false, joins, head.historic}),
                      std::string(message.body));
  }
  return {};
}

// Sends a part from one profile to another. What is said of the other from here on waits for it.
void Core::move(PartId part, ProfileId from, ProfileId into, Outbox& outbox, Effects& effects) {
  effects.add({.kind = EffectKind::kMoved, .profile = into, .part = part});
  const Head head = encode(MoveHead{part, from, into});
  outbox.send(machine_of(from), MessageKind::kRelease, head, {});
  outbox.send(machine_of(into), MessageKind::kExpect, head, {});
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
  outbox.send(machine_of(merge.from), MessageKind::kLook, encode(LookHead{merge.from, LookReason::kMergedAway}), {});
  for (const PartId part : merge.parts) move(part, merge.from, merge.into, outbox, effects);
  outbox.send(machine_of(merge.into), MessageKind::kLook, encode(LookHead{merge.into, LookReason::kMerged}), {});
}

void Core::tell_split(const identity::Split& split, const identity::Correction& why, Outbox& outbox, Effects& effects) {
  ++counters_.unmerges;
  ++counters_.profiles;
  std::string properties;
  JsonWriter json(properties);
  json.begin_object().key("from").string(to_text(split.from)).key("into").string(to_text(split.into));
  if (!why.identifier_type.empty()) {
    json.key("identifier_type").string(why.identifier_type).key("identifier").string(why.identifier_value);
  }
  json.key("by").string(why.by).key("keep_apart").boolean(why.keep_apart).key("parts").begin_array();
  for (const PartId part : split.parts) json.string(to_text(part));
  json.end_array().end_object();
  effects.add_with_text(
      {.kind = EffectKind::kSystem, .profile = split.into, .part = split.parts.front(), .name = "Profile Unmerged"},
      std::move(properties));
  for (const PartId part : split.parts) move(part, split.from, split.into, outbox, effects);
  outbox.send(machine_of(split.from), MessageKind::kLook, encode(LookHead{split.from, LookReason::kSeparated}), {});
  outbox.send(machine_of(split.into), MessageKind::kLook, encode(LookHead{split.into, LookReason::kSeparated}), {});
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

Status Core::apply_definitions(const log::Record& record) {
  const auto before = in_force_.plan();
  TRY_ASSIGN(std::string refused, in_force_.apply(record, counters_.events != 0));
  if (!refused.empty()) {
    refusals_.add(record.offset, std::move(refused));
    return {};
  }
  begin_sweep(*before);
  narrow_backfill();
  if (!backfill_.is_under_way()) begin_backfill(record.offset);
  return {};
}

// What a backfill under way brought from farther back than is kept now is let go again, even if it is asked for anew.
void Core::narrow_backfill() {
  for (auto& [id, reach] : backfill_.features) {
    const std::uint32_t feature = in_force_.plan()->find_feature(id);
    if (feature == segment::kNone || in_force_.plan()->features()[feature].reach >= reach) continue;
    reach = in_force_.plan()->features()[feature].reach;
    backfill_changed_ = true;
  }
}

// After what is in force has changed: who may be in other segments now is looked at.
void Core::begin_sweep(const segment::Plan& before) {
  const segment::Plan& after = *in_force_.plan();
  std::vector<std::uint32_t> changed = segment::changed_segments(before, after);
  const bool any_gone = std::any_of(before.segments().begin(), before.segments().end(),
                                    [&](const auto& segment) { return after.find(segment.id) == nullptr; });
  // What parts' own counts tell of before is put into features as people are looked at, whoever asks for it.
  const bool any_to_seed = std::any_of(after.features().begin(), after.features().end(), [&](const auto& feature) {
    return feature.is_counted_anyway() && before.find_feature(feature.id) == segment::kNone;
  });
  if (changed.empty() && !any_gone && !any_to_seed) return;
  // A sweep that was under way begins again, with what it had to look at.
  if (sweep_.is_under_way()) changed.insert(changed.end(), sweep_.segments.begin(), sweep_.segments.end());
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  sweep_ = {1, counters_.next_profile, std::move(changed)};
  sweep_changed_ = true;
}

// If anything in force waits for the history.
void Core::begin_backfill(Offset offset) {
  backfill_ = {offset, 1, counters_.next_profile, {}};
  for (const segment::Feature& feature : in_force_.plan()->features()) {
    if (!feature.is_whole()) backfill_.features.emplace_back(feature.id, feature.reach);
  }
  backfill_changed_ = true;
}

Status Core::apply_backfill(const log::Record& record, bool quiet, Outbox& outbox) {
  TRY_ASSIGN(const BackfillStep step, decode_backfill_step(record.body));
  const bool is_next = backfill_.is_under_way() && step.began == backfill_.began && step.from == backfill_.next;
  if (!is_next || step.to < step.from || step.to > backfill_.end) return {};  // of a backfill that is over
  if (step.from == backfill_.end) {
    if (!quiet) return {};
    const auto before = in_force_.plan();
    in_force_.fill(backfill_.features);
    begin_sweep(*before);
    begin_backfill(record.offset);  // what was published meanwhile
    return {};
  }
  for (const BackfillStep::Part& part : step.parts) {
    const ProfileId profile = directory_.find(ProfileId{part.id.value});
    if (profile.value == 0) continue;
    outbox.send(machine_of(profile), MessageKind::kFill, encode(MoveHead{part.id, profile, profile}), part.kept);
  }
  backfill_.next = step.to;
  backfill_changed_ = true;
  return {};
}

Status Core::apply_sweep(const log::Record& record, bool quiet, Outbox& outbox) {
  if (!quiet) return {};  // who is counted as looked at must have been: the step is sent again
  TRY_ASSIGN(const SweepStep step, decode_sweep_step(record.body));
  if (step.from != sweep_.next || step.to <= step.from || step.to > sweep_.end) return {};  // of a sweep that is over
  for (std::uint64_t number = step.from; number < step.to; ++number) {
    const ProfileId id = identity::profile_of_number(number);
    if (directory_.find(id) != id || directory_.is_group(id)) continue;
    outbox.send(machine_of(id), MessageKind::kLook, encode(LookHead{id, LookReason::kPublished}), {});
  }
  sweep_.next = step.to;
  sweep_changed_ = true;
  return {};
}

Status Core::apply_list(const log::Record& record, Outbox& outbox) {
  TRY_ASSIGN(const ListStep step, decode_list_step(record.body));
  const auto feature = in_force_.registry().features.find("listed(\"" + step.segment + "\")");
  if (feature == in_force_.registry().features.end()) {
    refusals_.add(record.offset, "there is no published segment \"" + step.segment + "\" with a list");
    return {};
  }
  const auto tell = [&](ProfileId named, bool listed) {
    const ProfileId profile = directory_.find(named);
    if (profile.value == 0 || directory_.is_group(profile)) return;
    // One part of theirs on the list is enough to be on it; whoever is taken off it is so with all of them.
    const std::vector<PartId> parts = listed ? std::vector<PartId>{{profile.value}} : directory_.parts(profile);
    for (const PartId part : parts) {
      const ListHead head{profile, part, feature->second.id, listed};
      outbox.send(machine_of(profile), MessageKind::kList, encode(head), {});
    }
  };
  for (const ProfileId id : step.remove) tell(id, false);
  for (const ProfileId id : step.add) tell(id, true);
  return {};
}

Status Core::apply_ranks(const log::Record& record) {
  TRY_ASSIGN(auto tables, decode_ranks(record.body));
  const auto before = in_force_.plan();
  in_force_.rank(std::move(tables), record.offset);
  begin_sweep(*before);
  return {};
}

Status Core::apply_correction(const log::Record& record, Outbox& outbox, Effects& effects) {
  TRY_ASSIGN(const identity::Correction correction, identity::decode_correction(record.body));
  Result<std::vector<identity::Split>> splits;
  if (correction.identifier_type.empty()) {
    auto split = directory_.separate(*in_force_.rules(), correction.parts, correction.keep_apart);
    if (split) {
      splits->push_back(std::move(*split));
    } else {
      splits = std::unexpected(split.error());
    }
  } else {
    splits = directory_.detach(*in_force_.rules(), {correction.identifier_type, correction.identifier_value});
  }
  if (!splits) {
    refusals_.add(record.offset, splits.error().message);
    return {};
  }
  for (const identity::Split& split : *splits) tell_split(split, correction, outbox, effects);
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
  in_force_.write_changes(batch);
  if (std::exchange(sweep_changed_, false)) {
    text.clear();
    encode(sweep_, text);
    batch.put(storage::Family::kMeta, kSweepKey, text);
  }
  if (std::exchange(backfill_changed_, false)) {
    text.clear();
    encode(backfill_, text);
    batch.put(storage::Family::kMeta, kBackfillKey, text);
  }
}

}  // namespace tessera::engine
