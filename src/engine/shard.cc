#include "engine/shard.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

enum class MembershipField : protozero::pbf_tag_type { kMembers = 1, kPassing = 2 };

// A string of its own size: one that grew in place would hold up to twice as much.
void keep(const profile::Part& part, std::string& stored) {
  thread_local std::string space;
  space.clear();
  profile::encode(part, space);
  stored = std::string(space);
}

Status apply_event(const Message& message, std::uint32_t shard, ShardState& state) {
  const EventHead head = decode_event_head(message.head);
  TRY_ASSIGN(const event::Event event, event::decode(message.body));
  std::string& stored = state.parts.edit({shard, head.part});
  TRY_ASSIGN(profile::Part part, profile::decode_part(stored));
  profile::fold(part, event, {head.offset, head.source, head.trust});
  keep(part, stored);
  return {};
}

// The part goes to its new profile's shard. If it has not arrived here yet, what is here goes ahead and the rest
// follows.
void apply_release(const Message& message, std::uint32_t shard, ShardState& state, Outbox& outbox) {
  const MoveHead head = decode_move_head(message.head);
  if (head.part.value != head.from.value) {
    Membership& membership = state.memberships.edit(head.from);
    if (std::erase(membership.members, head.part) == 0) membership.passing.emplace_back(head.part, head.to);
  }
  std::string body;
  const profile::PartKey key{shard, head.part};
  if (const std::string* part = state.parts.find(key)) {
    body = *part;
    state.parts.erase(key);
  }
  outbox.send_owned(machine_of(head.to), MessageKind::kAdopt, message.head, std::move(body));
}

Status apply_adopt(const Message& message, std::uint32_t shard, ShardState& state, Outbox& outbox) {
  const MoveHead head = decode_move_head(message.head);
  auto& passing = state.memberships.edit(head.to).passing;
  const auto onward = std::find_if(passing.begin(), passing.end(), [&](const auto& p) { return p.first == head.part; });
  if (onward != passing.end()) {
    const MoveHead next{head.part, head.to, onward->second};
    passing.erase(onward);
    outbox.send_owned(machine_of(next.to), MessageKind::kAdopt, encode(next), std::string(message.body));
    return {};
  }
  TRY_ASSIGN(const profile::Part part, profile::decode_part(message.body));
  std::string& stored = state.parts.edit({shard, head.part});
  TRY_ASSIGN(profile::Part here, profile::decode_part(stored));
  profile::unite(here, part);
  keep(here, stored);
  auto& members = state.memberships.edit(head.to).members;
  if (std::find(members.begin(), members.end(), head.part) == members.end()) members.push_back(head.part);
  return {};
}

}  // namespace

std::string MembershipCodec::key(ProfileId id) {
  return profile::PartCodec::key({shard_of(id), {id.value}});
}

void MembershipCodec::encode(const Membership& membership, std::string& out) {
  protozero::pbf_builder<MembershipField> message(out);
  {
    protozero::packed_field_fixed64 members(message, static_cast<protozero::pbf_tag_type>(MembershipField::kMembers));
    for (const PartId part : membership.members) members.add_element(part.value);
  }
  protozero::packed_field_fixed64 passing(message, static_cast<protozero::pbf_tag_type>(MembershipField::kPassing));
  for (const auto& [part, to] : membership.passing) {
    passing.add_element(part.value);
    passing.add_element(to.value);
  }
}

Result<Membership> MembershipCodec::decode(std::string_view bytes) try {
  Membership membership;
  protozero::pbf_message<MembershipField> message(bytes.data(), bytes.size());
  while (message.next()) {
    if (message.tag() == MembershipField::kMembers) {
      for (const std::uint64_t part : message.get_packed_fixed64()) membership.members.push_back({part});
    } else if (message.tag() == MembershipField::kPassing) {
      std::vector<std::uint64_t> numbers;
      for (const std::uint64_t number : message.get_packed_fixed64()) numbers.push_back(number);
      for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        membership.passing.emplace_back(PartId{numbers[i]}, ProfileId{numbers[i + 1]});
      }
    } else {
      message.skip();
    }
  }
  return membership;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored membership is damaged: ") + e.what());
}

Status apply_to_shard(const Message& message, ShardState& state, Outbox& outbox) {
  const auto shard = static_cast<std::uint32_t>(message.to - 1);
  switch (message.kind) {
    case MessageKind::kEvent:
      return apply_event(message, shard, state);
    case MessageKind::kRelease:
      apply_release(message, shard, state, outbox);
      return {};
    case MessageKind::kAdopt:
      return apply_adopt(message, shard, state, outbox);
  }
  return error(Code::kDataLoss, "a lane message is of no kind this build knows");
}

}  // namespace tessera::engine
