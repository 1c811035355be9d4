#include "engine/shard.h"

#include "identity/directory.h"

namespace tessera::engine {

Shards::Shards(const storage::Store& store)
    : parts_(store),
      people_(store),
      plan_(std::make_shared<segment::Plan>()),
      sources_(std::make_shared<catalog::Sources>(std::vector<catalog::Source>{})) {}

const Person* Shards::find_person(ProfileId profile) {
  const std::uint64_t number = identity::number_of(profile);
  return number < noted_.size() && noted_[number] ? people_.find(profile) : nullptr;
}

Person& Shards::edit_person(ProfileId profile) {
  const std::uint64_t number = identity::number_of(profile);
  const bool is_noted = number < noted_.size() && noted_[number];
  if (!is_noted) note(profile);
  return is_noted ? people_.edit(profile) : people_.create(profile);
}

void Shards::note(ProfileId profile) {
  const std::uint64_t number = identity::number_of(profile);
  if (number >= noted_.size()) noted_.resize(std::max(number + 1, 2 * static_cast<std::uint64_t>(noted_.size())));
  noted_[number] = true;
}

Status Shards::take(const Message& message, Outbox& outbox, Effects& effects) {
  const ProfileId profile = subject_of(message);
  if (message.kind == MessageKind::kAdopt) {
    Person& person = edit_person(profile);
    if (person.moving == nullptr) person.moving = std::make_unique<Person::Moving>();
    person.moving->arrived.emplace_back(decode_move_head(message.head).part, message.body);
    return proceed(profile, outbox, effects);
  }
  const Person* const person = waiting_ == 0 ? nullptr : find_person(profile);
  const bool waits = person != nullptr && person->waits();
  if (!waits && message.kind != MessageKind::kExpect) return apply(message, outbox, effects);
  if (!waits) {
    // Before it has other parts than what was due is of. When they have come, everything is looked at.
    TRY(pass_due(profile, effects));
    set_due(profile, segment::kNever);
  }
  Person& changed = edit_person(profile);
  if (changed.moving == nullptr) changed.moving = std::make_unique<Person::Moving>();
  if (!waits) ++waiting_;
  encode_content(message, changed.moving->waiting.emplace_back());
  return waits ? Status{} : proceed(profile, outbox, effects);
}

// Applies what waits, up to a part that has not come yet.
Status Shards::proceed(ProfileId profile, Outbox& outbox, Effects& effects) {
  if (edit_person(profile).waits()) {
    TRY_ASSIGN(const bool is_over, proceed_waiting(profile, outbox, effects));
    if (!is_over) return {};
    --waiting_;
  }
  Person& person = edit_person(profile);
  if (person.moving != nullptr && person.moving->arrived.empty()) person.moving = nullptr;
  if (person.empty()) people_.erase(profile);
  return {};
}

// False if the rest waits for a part that has not come yet.
Result<bool> Shards::proceed_waiting(ProfileId profile, Outbox& outbox, Effects& effects) {
  while (edit_person(profile).waits()) {
    auto& waiting = edit_person(profile).moving->waiting;
    const std::string content = waiting.front();
    TRY_ASSIGN(const Message message, decode_content(content));
    if (message.kind != MessageKind::kExpect) {
      TRY(apply(message, outbox, effects));
    } else if (!adopt_next(profile, decode_move_head(message.head))) {
      return false;
    }
    auto& rest = edit_person(profile).moving->waiting;
    rest.erase(rest.begin());
  }
  return true;
}

// False if the part has not come yet.
bool Shards::adopt_next(ProfileId profile, const MoveHead& expected) {
  Person& person = edit_person(profile);
  auto& arrived = person.moving->arrived;
  const auto part =
      std::find_if(arrived.begin(), arrived.end(), [&](const auto& a) { return a.first == expected.part; });
  if (part == arrived.end()) return false;
  if (!part->second.empty()) {
    auto stored = profile::PartCodec::decode(part->second);
    TESSERA_ASSERT(stored.has_value());  // it was encoded by a shard of this very state
    parts_.edit({shard_of(profile), expected.part}) = std::move(*stored);
  }
  arrived.erase(part);
  if (expected.part.value != profile.value) person.adopted.push_back(expected.part);
  return true;
}

Status Shards::apply(const Message& message, Outbox& outbox, Effects& effects) {
  switch (message.kind) {
    case MessageKind::kEvent:
      return apply_event(message, effects);
    case MessageKind::kRelease:
      apply_release(message, outbox);
      return {};
    case MessageKind::kGroupEvent:
      return apply_group_event(message, outbox);
    case MessageKind::kGroup:
      return apply_group(message, effects);
    case MessageKind::kLook:
      return apply_look(message, effects);
    case MessageKind::kFill:
      return apply_fill(message);
    case MessageKind::kList:
      return apply_list(message, effects);
    case MessageKind::kAdopt:
    case MessageKind::kExpect:
    case MessageKind::kGroupTraits:
      break;
  }
  return error(Code::kDataLoss, "a lane message is of no kind this build knows");
}

Status Shards::apply_event(const Message& message, Effects& effects) {
  const EventHead head = decode_event_head(message.head);
  TRY_ASSIGN(const event::Event event, event::decode(message.body));
  TRY(catch_up(head.profile, effects));
  const profile::PartKey key{shard_of(head.profile), head.part};
  profile::StoredPart& stored = head.born ? parts_.create(key) : parts_.edit(key);
  touched_.clear();
  TRY(profile::fold(stored, std::span(&event, 1), {head.offset, head.source, head.trust}, false, touched_.traits));
  evaluator_.folder().fold(event, source_name(head.source), {event.occurred_at, head.offset, 0}, effects.time(), stored,
                           touched_);
  return look_again(head.profile, head.born, {effects, "event", event.historic});
}

// A group call about this group: its traits are taken, and Core is told what its members are to know.
Status Shards::apply_group_event(const Message& message, Outbox& outbox) {
  const EventHead head = decode_event_head(message.head);
  TRY_ASSIGN(const event::Event event, event::decode(message.body));
  profile::StoredPart& stored = parts_.edit({shard_of(head.profile), {head.profile.value}});
  std::vector<std::string> changed;
  TRY(profile::fold(stored, std::span(&event, 1), {head.offset, head.source, head.trust}, true, changed));
  TRY_ASSIGN(const profile::Part part, profile::decode_part(stored.part));
  std::string body;
  profile::encode(profile::Group{head.profile, std::string(event.group_id), profile::traits_json(part, {}),
                                 event.occurred_at, head.offset, head.offset},
                  body);
  outbox.send_owned(kCoreMachine, MessageKind::kGroupTraits,
                    encode(GroupHead{head.profile, head.part, head.offset, !changed.empty(), false, event.historic}),
                    std::move(body));
  return {};
}

// What the history knows of a part is added to what was taken in as it came. Who waits for it is looked at later, when
// all of it has come; nobody else reads it.
Status Shards::apply_fill(const Message& message) {
  const MoveHead head = decode_move_head(message.head);
  TRY_ASSIGN(const profile::StoredPart known, profile::PartCodec::decode(message.body));
  evaluator_.folder().unite(parts_.edit({shard_of(head.from), head.part}), known);
  return {};
}

// Somebody is put on a list, or taken off it.
Status Shards::apply_list(const Message& message, Effects& effects) {
  const ListHead head = decode_list_head(message.head);
  const std::uint32_t feature = plan_->find_feature(head.feature);
  if (feature == segment::kNone) return {};
  TRY(catch_up(head.profile, effects));
  touched_.clear();
  profile::StoredPart& stored = parts_.edit({shard_of(head.profile), head.part});
  if (!evaluator_.folder().set_listed(feature, head.listed, stored, touched_)) return {};
  return look_again(head.profile, false, {effects, "list"});
}

// What a member is to know of their group.
Status Shards::apply_group(const Message& message, Effects& effects) {
  const GroupHead head = decode_group_head(message.head);
  TRY_ASSIGN(profile::Group group, profile::decode_group(message.body));
  if (!head.joins) {
    group.joined = {};
    group.joined_at = {};
  }
  TRY(catch_up(head.profile, effects));
  profile::StoredPart& stored = parts_.edit({shard_of(head.profile), head.part});
  TRY_ASSIGN(profile::Part part, profile::decode_part(stored.part));
  if (!profile::fold(part, group)) return {};
  profile::keep(part, stored);
  touched_.clear();
  touched_.groups = true;
  return look_again(head.profile, false, {effects, "event", head.historic});
}

// The part goes to its new profile's shard.
void Shards::apply_release(const Message& message, Outbox& outbox) {
  const MoveHead head = decode_move_head(message.head);
  if (head.part.value != head.from.value) {
    Person& person = edit_person(head.from);
    std::erase(person.adopted, head.part);
    if (person.empty()) people_.erase(head.from);
  }
  std::string body;
  const profile::PartKey key{shard_of(head.from), head.part};
  if (const profile::StoredPart* part = parts_.find(key)) {
    profile::PartCodec::encode(*part, body);
    parts_.erase(key);
  }
  outbox.send_owned(machine_of(head.to), MessageKind::kAdopt, message.head, std::move(body));
}

std::vector<PartId> Shards::parts_of(ProfileId profile) {
  std::vector<PartId> parts;
  const PartId root{profile.value};
  if (parts_.find({shard_of(profile), root}) != nullptr) parts.push_back(root);
  if (const Person* person = find_person(profile)) {
    parts.insert(parts.end(), person->adopted.begin(), person->adopted.end());
  }
  return parts;
}

}  // namespace tessera::engine
