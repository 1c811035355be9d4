// The Shards' segments: who enters and who leaves.
#include <map>

#include "base/json.h"
#include "engine/shard.h"
#include "identity/directory.h"

namespace tessera::engine {

namespace {

constexpr std::string_view kOwnSource = "tessera";
constexpr std::string_view kByTime = "time";
constexpr std::size_t kMaxInstants = 1'000;  // that one message passes through

std::string_view word_of(LookReason reason) {
  switch (reason) {
    case LookReason::kPublished:
      return "published";
    case LookReason::kMerged:
    case LookReason::kMergedAway:
      return "merged";
    case LookReason::kSeparated:
      return "separated";
  }
  return "";
}

std::uint32_t number_of(ProfileId profile) {
  return static_cast<std::uint32_t>(identity::number_of(profile));
}

}  // namespace

Status Shards::load(const storage::Snapshot& state) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> numbers;
  Status decoded;
  TRY(state.scan(storage::Family::kProfile, "", [&](std::string_view key, std::string_view value) {
    const auto person = PersonCodec::decode(value);
    if (!person) {
      decoded = std::unexpected(person.error());
      return false;
    }
    const ProfileId profile = PersonCodec::parse_key(key);
    note(profile);
    if (person->due != segment::kNever) due_.emplace(person->due, identity::number_of(profile));
    waiting_ += person->waits() ? 1 : 0;
    for (const std::uint32_t id : person->segments) numbers[id].push_back(number_of(profile));
    return true;
  }));
  TRY(std::move(decoded));
  for (auto& [segment, all] : numbers) {
    std::sort(all.begin(), all.end());
    members_.add_all(segment, all);
  }
  return {};
}

void Shards::follow(std::shared_ptr<const segment::Plan> plan, const segment::Registry& registry,
                    std::shared_ptr<const catalog::Sources> sources) {
  sources_ = std::move(sources);
  if (plan == plan_) return;
  plan_ = std::move(plan);
  for (const auto& [name, id] : registry.segments) segment_names_[id] = name;
  evaluator_.follow(plan_);
}

std::string_view Shards::source_name(SourceId id) const {
  const catalog::Source* source = sources_->by_id(id);
  return source == nullptr ? std::string_view{} : std::string_view(source->name);
}

// What a profile is made of, and the segments it is in: into `views_` and `memberships_`.
void Shards::gather(ProfileId profile) {
  views_.clear();
  memberships_.clear();
  look_.due = segment::kNever;
  const auto add = [&](PartId id) {
    const profile::StoredPart* const stored = parts_.find({shard_of(profile), id});
    if (stored != nullptr) views_.push_back(segment::view_of(id, *stored));
  };
  add({profile.value});
  const Person* const person = find_person(profile);
  if (person == nullptr) return;
  for (const PartId id : person->adopted) add(id);
  memberships_ = person->segments;
  look_.due = person->due;
}

std::vector<segment::PartView> Shards::views_of(ProfileId profile) {
  gather(profile);
  return views_;
}

std::vector<std::uint32_t> Shards::segments_of(ProfileId profile) {
  const Person* const person = find_person(profile);
  return person == nullptr ? std::vector<std::uint32_t>{} : person->segments;
}

Status Shards::look_again(ProfileId profile, bool born, const Cause& cause) {
  if (plan_->segments().empty() || (touched_.empty() && !born)) return {};
  gather(profile);
  changes_.clear();
  look_.now = cause.now();
  if (born && memberships_.empty()) {
    evaluator_.look_first(views_, touched_, look_, memberships_, changes_);
  } else {
    evaluator_.look_again(views_, touched_, look_, memberships_, changes_);
  }
  return settle(profile, cause);
}

Status Shards::apply_look(const Message& message, Effects& effects) {
  const LookHead head = decode_look_head(message.head);
  TRY(pass_due(head.profile, effects));
  if (head.reason == LookReason::kMergedAway) return leave_all(head.profile, effects);
  return look(head.profile, head.reason, effects);
}

bool Shards::waits_for_sweep(ProfileId profile) const {
  const std::uint64_t number = identity::number_of(profile);
  return sweep_.next <= number && number < sweep_.end;
}

Result<std::vector<segment::PartView>> Shards::swept_views_of(ProfileId profile,
                                                              std::vector<profile::StoredPart>& space) {
  std::vector<segment::PartView> views = views_of(profile);
  if (!waits_for_sweep(profile)) return views;
  space.clear();
  space.reserve(views.size());
  for (segment::PartView& view : views) {
    profile::StoredPart& seeded = space.emplace_back();
    seeded.part = view.part;
    seeded.features = view.features;
    seeded.series.assign(view.series.begin(), view.series.end());
    TRY(evaluator_.folder().seed(seeded));
    view = segment::view_of(view.id, seeded);
  }
  return views;
}

// What was due comes first, each at its own instant. A sweep comes to this profile later; until then its new features
// have not begun, and its memberships are of what was in force before.
Status Shards::catch_up(ProfileId profile, Effects& effects) {
  TRY(pass_due(profile, effects));
  return waits_for_sweep(profile) ? look(profile, LookReason::kPublished, effects) : Status{};
}

Status Shards::pass_due(ProfileId profile, Effects& effects) {
  for (std::size_t instants = 0; instants < kMaxInstants; ++instants) {
    const Person* const person = due_.empty() ? nullptr : find_person(profile);
    if (person == nullptr || person->due > effects.time()) return {};
    TRY(look_when_due(profile, person->due, effects));
  }
  // After a long standstill: what is so now counts, not each instant in between.
  gather(profile);
  changes_.clear();
  look_.now = effects.time();
  evaluator_.look_at_all(views_, look_, memberships_, changes_);
  return settle(profile, {effects, kByTime});
}

Status Shards::pass_time(Timestamp until, int limit, Effects& effects) {
  for (; limit > 0 && !due_.empty() && due_.begin()->first <= until; --limit) {
    const auto [at, number] = *due_.begin();
    const ProfileId profile = identity::profile_of_number(number);
    const Person* const person = find_person(profile);
    if (person == nullptr) return error(Code::kDataLoss, "a profile that is due cannot be read: " + to_text(profile));
    if (person->waits()) {
      set_due(profile, segment::kNever);  // when what it waits for has come, everything is looked at
      continue;
    }
    TRY(look_when_due(profile, at, effects));
  }
  return {};
}

Status Shards::look_when_due(ProfileId profile, Timestamp at, Effects& effects) {
  const bool ahead_of_sweep = waits_for_sweep(profile);
  if (ahead_of_sweep) TRY(seed(profile));
  gather(profile);
  changes_.clear();
  look_.now = at;
  evaluator_.look_when_due(views_, ahead_of_sweep ? sweep_.segments : std::vector<std::uint32_t>{}, look_, memberships_,
                           changes_);
  return settle(profile, {.effects = effects, .reason = kByTime, .at = at});
}

void Shards::set_due(ProfileId profile, Timestamp due) {
  const Person* const person = find_person(profile);
  const Timestamp before = person == nullptr ? segment::kNever : person->due;
  if (due == before) return;
  const std::uint64_t number = identity::number_of(profile);
  if (before != segment::kNever) due_.erase({before, number});
  if (due != segment::kNever) due_.emplace(due, number);
  edit_person(profile).due = due;
}

Status Shards::look(ProfileId profile, LookReason reason, Effects& effects) {
  TRY(seed(profile));  // a part that came from another profile may not have been swept there
  gather(profile);
  changes_.clear();
  look_.now = effects.time();
  if (reason == LookReason::kPublished) {
    evaluator_.look_at(views_, sweep_.segments, look_, memberships_, changes_);
  } else {
    evaluator_.look_at_all(views_, look_, memberships_, changes_);
  }
  return settle(profile, {effects, word_of(reason)});
}

// Nothing is looked at anew: what may be counted of it now, their new profile is judged by.
Status Shards::leave_all(ProfileId profile, Effects& effects) {
  const Cause cause{effects, word_of(LookReason::kMergedAway)};
  set_due(profile, segment::kNever);
  changes_.clear();
  for (const std::uint32_t id : segments_of(profile)) changes_.push_back({id, false});
  if (!changes_.empty()) {
    touched_.clear();
    TRY(tell(profile, cause));
    edit_person(profile).segments.clear();
  }
  const Person* const person = find_person(profile);
  if (person != nullptr && person->empty()) people_.erase(profile);
  return {};
}

// New features that the parts' own counts of events tell begin with all their history.
Status Shards::seed(ProfileId profile) {
  for (const PartId id : parts_of(profile)) {
    const profile::PartKey key{shard_of(profile), id};
    const profile::StoredPart* const stored = parts_.find(key);
    if (stored == nullptr) continue;
    profile::StoredPart seeded = *stored;
    TRY_ASSIGN(const bool changed, evaluator_.folder().seed(seeded));
    if (changed) parts_.edit(key) = std::move(seeded);
  }
  return {};
}

// Keeps `memberships_` and tells `changes_`. What is told may be counted, and change more: that ends, because no
// segment counts its own members' comings and goings, nor does one that it depends on.
Status Shards::settle(ProfileId profile, const Cause& cause) {
  while (!changes_.empty()) {
    edit_person(profile).segments = memberships_;
    touched_.clear();
    TRY(tell(profile, cause));
    changes_.clear();
    if (touched_.empty()) break;
    const Timestamp due = look_.due;
    gather(profile);
    look_.due = due;
    evaluator_.look_again(views_, touched_, look_, memberships_, changes_);
  }
  set_due(profile, look_.due);
  const Person* const person = find_person(profile);
  if (person != nullptr && person->empty()) people_.erase(profile);
  return {};
}

std::string Shards::properties_of(const segment::MembershipChange& change, const Cause& cause) const {
  const segment::PlannedSegment* const planned = plan_->find(change.segment);
  const auto name = segment_names_.find(change.segment);
  std::string properties;
  JsonWriter json(properties);
  json.begin_object().key("segment").string(name == segment_names_.end() ? std::string_view{} : name->second);
  if (planned != nullptr) json.key("version").number(std::uint64_t{planned->version});
  json.key("reason").string(planned == nullptr ? "archived" : cause.reason);
  if (cause.historic) json.key("historic").boolean(true);
  json.end_object();
  return properties;
}

// Tells `changes_`.
Status Shards::tell(ProfileId profile, const Cause& cause) {
  std::vector<std::string> properties;
  std::vector<event::Event> events(changes_.size());
  properties.reserve(changes_.size());
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    members_.set(changes_[i].segment, number_of(profile), changes_[i].entered);
    properties.push_back(properties_of(changes_[i], cause));
    events[i].name = changes_[i].entered ? segment::kEnteredEvent : segment::kExitedEvent;
    events[i].occurred_at = cause.now();
    events[i].received_at = cause.effects.time();
    events[i].historic = cause.historic;
    events[i].properties = properties.back();
  }
  const PartId part = parts_of(profile).front();
  const Offset offset = cause.effects.offset();
  profile::StoredPart& stored = parts_.edit({shard_of(profile), part});
  std::vector<std::string> no_traits;
  TRY(profile::fold(stored, events, {offset, {}, catalog::Trust::kServer}, false, no_traits));
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::uint32_t index = cause.effects.add_with_text({.kind = EffectKind::kMembership,
                                                             .time = cause.now(),
                                                             .profile = profile,
                                                             .part = part,
                                                             .name = events[i].name},
                                                            std::string(properties[i]));
    if (!plan_->counts_memberships()) continue;
    evaluator_.folder().fold(events[i], kOwnSource, {events[i].occurred_at, offset, index}, cause.now(), stored,
                             touched_);
  }
  return {};
}

}  // namespace tessera::engine
