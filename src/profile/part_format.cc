#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "profile/part.h"

namespace tessera::profile {

namespace {

enum class PartField : protozero::pbf_tag_type {
  kTrait = 1,
  kEvent = 2,
  kRecent = 3,
  kFirstSeen = 4,
  kLastSeen = 5,
  kTruncated = 6,
  kGroup = 7
};
enum class TraitField : protozero::pbf_tag_type {
  kName = 1,
  kJson = 2,
  kSource = 3,
  kTrusted = 4,
  kStatedAt = 5,
  kOffset = 6
};
enum class GroupField : protozero::pbf_tag_type {
  kId = 1,
  kName = 2,
  kTraits = 3,
  kJoinedAt = 4,
  kJoined = 5,
  kUpdated = 6
};
enum class EventField : protozero::pbf_tag_type { kType = 1, kName = 2, kCount = 3, kFirstAt = 4, kLastAt = 5 };

std::string_view as_view(protozero::data_view view) {
  return {view.data(), view.size()};
}
std::string text(protozero::data_view view) {
  return {view.data(), view.size()};
}

// Five numbers an entry, packed: occurred_at less the entry's before, offset less the entry's before, source, type,
// event index + 1 (0: none).
void encode_recent(const std::vector<Recent>& recent, protozero::pbf_builder<PartField>& message) {
  if (recent.empty()) return;
  protozero::packed_field_sint64 numbers(message, static_cast<protozero::pbf_tag_type>(PartField::kRecent));
  std::int64_t time = 0;
  std::int64_t offset = 0;
  for (const Recent& r : recent) {
    numbers.add_element(r.occurred_at.ms - time);
    numbers.add_element(static_cast<std::int64_t>(r.offset.value) - offset);
    numbers.add_element(r.source.value);
    numbers.add_element(static_cast<std::int64_t>(r.type));
    numbers.add_element(r.event == kNoEvent ? 0 : std::int64_t{r.event} + 1);
    time = r.occurred_at.ms;
    offset = static_cast<std::int64_t>(r.offset.value);
  }
}

template <class Range>
std::vector<Recent> decode_recent(const Range& numbers) {
  std::vector<Recent> recent;
  std::int64_t time = 0;
  std::int64_t offset = 0;
  for (auto at = numbers.begin(); at != numbers.end();) {
    Recent r;
    time += *at++;
    r.occurred_at.ms = time;
    if (at == numbers.end()) break;
    offset += *at++;
    r.offset.value = static_cast<std::uint64_t>(offset);
    if (at == numbers.end()) break;
    r.source.value = static_cast<std::uint32_t>(*at++);
    if (at == numbers.end()) break;
    r.type = static_cast<event::EventType>(*at++);
    if (at == numbers.end()) break;
    const std::int64_t event = *at++;
    r.event = event == 0 ? kNoEvent : static_cast<std::uint32_t>(event - 1);
    recent.push_back(r);
  }
  return recent;
}

Trait decode_trait(protozero::pbf_message<TraitField> message) {
  Trait trait;
  while (message.next()) {
    switch (message.tag()) {
      case TraitField::kName:
        trait.name = text(message.get_view());
        break;
      case TraitField::kJson:
        trait.json = text(message.get_view());
        break;
      case TraitField::kSource:
        trait.source.value = message.get_uint32();
        break;
      case TraitField::kTrusted:
        trait.trusted = message.get_bool();
        break;
      case TraitField::kStatedAt:
        trait.stated_at.ms = message.get_int64();
        break;
      case TraitField::kOffset:
        trait.offset.value = message.get_uint64();
        break;
      default:
        message.skip();
    }
  }
  return trait;
}

Group read_group(protozero::pbf_message<GroupField> message) {
  Group group;
  while (message.next()) {
    switch (message.tag()) {
      case GroupField::kId:
        group.id.value = message.get_fixed64();
        break;
      case GroupField::kName:
        group.name = text(message.get_view());
        break;
      case GroupField::kTraits:
        group.traits = text(message.get_view());
        break;
      case GroupField::kJoinedAt:
        group.joined_at.ms = message.get_int64();
        break;
      case GroupField::kJoined:
        group.joined.value = message.get_uint64();
        break;
      case GroupField::kUpdated:
        group.updated.value = message.get_uint64();
        break;
      default:
        message.skip();
    }
  }
  return group;
}

void write_group(const Group& group, protozero::pbf_builder<GroupField>& message) {
  message.add_fixed64(GroupField::kId, group.id.value);
  message.add_string(GroupField::kName, group.name);
  message.add_string(GroupField::kTraits, group.traits);
  message.add_int64(GroupField::kJoinedAt, group.joined_at.ms);
  message.add_uint64(GroupField::kJoined, group.joined.value);
  message.add_uint64(GroupField::kUpdated, group.updated.value);
}

EventCount decode_event(protozero::pbf_message<EventField> message) {
  EventCount count;
  while (message.next()) {
    switch (message.tag()) {
      case EventField::kType:
        count.type = static_cast<event::EventType>(message.get_uint32());
        break;
      case EventField::kName:
        count.name = text(message.get_view());
        break;
      case EventField::kCount:
        count.count = message.get_uint64();
        break;
      case EventField::kFirstAt:
        count.first_at.ms = message.get_int64();
        break;
      case EventField::kLastAt:
        count.last_at.ms = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  return count;
}

}  // namespace

void encode(const Part& part, std::string& out) {
  protozero::pbf_builder<PartField> message(out);
  for (const Trait& trait : part.traits) {
    protozero::pbf_builder<TraitField> sub(message, PartField::kTrait);
    sub.add_string(TraitField::kName, trait.name);
    sub.add_string(TraitField::kJson, trait.json);
    sub.add_uint32(TraitField::kSource, trait.source.value);
    if (trait.trusted) sub.add_bool(TraitField::kTrusted, true);
    sub.add_int64(TraitField::kStatedAt, trait.stated_at.ms);
    sub.add_uint64(TraitField::kOffset, trait.offset.value);
  }
  for (const EventCount& count : part.events) {
    protozero::pbf_builder<EventField> sub(message, PartField::kEvent);
    sub.add_uint32(EventField::kType, static_cast<std::uint32_t>(count.type));
    sub.add_string(EventField::kName, count.name);
    sub.add_uint64(EventField::kCount, count.count);
    sub.add_int64(EventField::kFirstAt, count.first_at.ms);
    sub.add_int64(EventField::kLastAt, count.last_at.ms);
  }
  encode_recent(part.recent, message);
  message.add_int64(PartField::kFirstSeen, part.first_seen.ms);
  message.add_int64(PartField::kLastSeen, part.last_seen.ms);
  if (part.truncated) message.add_bool(PartField::kTruncated, true);
  for (const Group& group : part.groups) {
    protozero::pbf_builder<GroupField> sub(message, PartField::kGroup);
    write_group(group, sub);
  }
}

Result<Part> decode_part(std::string_view bytes) try {
  Part part;
  protozero::pbf_message<PartField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case PartField::kTrait:
        part.traits.push_back(decode_trait(message.get_message()));
        break;
      case PartField::kEvent:
        part.events.push_back(decode_event(message.get_message()));
        break;
      case PartField::kRecent:
        part.recent = decode_recent(message.get_packed_sint64());
        break;
      case PartField::kFirstSeen:
        part.first_seen.ms = message.get_int64();
        break;
      case PartField::kLastSeen:
        part.last_seen.ms = message.get_int64();
        break;
      case PartField::kTruncated:
        part.truncated = message.get_bool();
        break;
      case PartField::kGroup:
        part.groups.push_back(read_group(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  for (const Recent& recent : part.recent) {
    if (recent.event != kNoEvent && recent.event >= part.events.size()) {
      return error(Code::kDataLoss, "a stored part is damaged: its timeline names an event it does not have");
    }
  }
  return part;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored part is damaged: ") + e.what());
}

void encode(const Group& group, std::string& out) {
  protozero::pbf_builder<GroupField> message(out);
  write_group(group, message);
}

Result<Group> decode_group(std::string_view bytes) try {
  return read_group(protozero::pbf_message<GroupField>(bytes.data(), bytes.size()));
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("what is stored of a group is damaged: ") + e.what());
}

namespace {

// Traits come first in the stored form. What lies before `rest` is left as it is.
void keep_behind(std::string_view before, const Part& rest, StoredPart& stored) {
  thread_local std::string space;
  space.assign(before);
  encode(rest, space);
  // A string of its own size: one that grew in place would hold up to twice as much.
  if (space.size() == stored.part.size()) {
    stored.part.replace(before.size(), std::string::npos, space, before.size());
  } else {
    stored.part = std::string(space);
  }
}

std::size_t end_of_traits(std::string_view bytes) {
  protozero::pbf_message<PartField> message(bytes.data(), bytes.size());
  std::size_t end = 0;
  while (message.next(PartField::kTrait)) {
    message.skip();
    end = bytes.size() - message.length();
  }
  return end;
}

}  // namespace

void keep(const Part& part, StoredPart& stored) {
  keep_behind({}, part, stored);
}

Status fold(StoredPart& stored, std::span<const event::Event> events, const Origin& origin, bool of_group,
            std::vector<std::string>& changed) try {
  const bool states_traits = std::any_of(events.begin(), events.end(), [](const auto& e) { return !e.traits.empty(); });
  const std::size_t unread = states_traits ? 0 : end_of_traits(stored.part);
  TRY_ASSIGN(Part part, decode_part(std::string_view(stored.part).substr(unread)));
  for (const event::Event& event : events) fold(part, event, origin, of_group, changed);
  keep_behind(std::string_view(stored.part).substr(0, unread), part, stored);
  return {};
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored part is damaged: ") + e.what());
}

// A trait's fields lie in the order they are written: the name first, so that others are passed over unread.
std::string_view find_trait(std::span<const std::string_view> parts, const TraitPrecedence& precedence,
                            std::string_view name) try {
  std::string_view best_json;
  std::optional<Trait> best;
  for (const std::string_view bytes : parts) {
    protozero::pbf_message<PartField> message(bytes.data(), bytes.size());
    while (message.next(PartField::kTrait)) {
      const protozero::data_view view = message.get_view();
      protozero::pbf_message<TraitField> fields(view);
      if (!fields.next(TraitField::kName) || as_view(fields.get_view()) != name) continue;
      Trait trait = decode_trait(protozero::pbf_message<TraitField>(view));
      if (best && !stands_over(trait, source_rank(precedence, name, trait.source), *best,
                               source_rank(precedence, name, best->source))) {
        continue;
      }
      best = std::move(trait);
      best_json = fields.next(TraitField::kJson) ? as_view(fields.get_view()) : std::string_view{};
    }
  }
  return best_json == "null" ? std::string_view{} : best_json;
} catch (const protozero::exception&) {
  return {};  // whoever decodes the whole part tells of the damage
}

std::vector<Group> groups_of(std::span<const std::string_view> parts) try {
  std::vector<Group> all;
  for (const std::string_view bytes : parts) {
    protozero::pbf_message<PartField> message(bytes.data(), bytes.size());
    while (message.next(PartField::kGroup)) {
      Group group = read_group(message.get_message());
      const auto same = std::find_if(all.begin(), all.end(), [&](const Group& g) { return g.id == group.id; });
      if (same == all.end()) {
        all.push_back(std::move(group));
      } else {
        const Offset joined = std::max(same->joined, group.joined);
        if (same->updated < group.updated) *same = std::move(group);
        same->joined = joined;
      }
    }
  }
  std::sort(all.begin(), all.end(), [](const Group& a, const Group& b) { return a.joined > b.joined; });
  return all;
} catch (const protozero::exception&) {
  return {};
}

}  // namespace tessera::profile
