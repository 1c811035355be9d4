#include "ingest/item_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash.h"
#include "ingest/event_time.h"
#include "ingest/merge.h"

namespace tessera::ingest {

namespace {

using event::EventType;

constexpr std::size_t kMaxMessageIdCharacters = 99;  // "under 100 characters"
constexpr std::size_t kMaxNameBytes = 1024;          // of events, pages, screens; and of traits
constexpr std::string_view kSpace = " \t\r\n\v\f";

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kSpace) == std::string_view::npos;
}

// A text or number that says something; anything else counts as not sent.
std::string_view stated(JsonValue value, TextSpace& space) {
  const std::string_view text = value.text(space);
  return is_blank(text) ? std::string_view() : text;
}

bool is_sent(JsonValue value) {
  return value.kind() != JsonKind::kAbsent && value.kind() != JsonKind::kNull;
}

// An object, or none if the field is missing or null.
std::optional<Refusal> take_object(JsonValue item, std::string_view name, JsonValue& object) {
  object = item.find(name);
  if (!is_sent(object)) object = JsonValue();
  if (!object || object.is_object()) return std::nullopt;
  return Refusal{"bad_field", std::string(name) + " must be an object"};
}

}  // namespace

std::optional<Refusal> ItemReader::read(const RequestFrame& frame, JsonValue item, std::uint32_t index,
                                        event::Event& event) {
  space_.clear();
  auto traits = std::move(event.traits);
  auto identifiers = std::move(event.identifiers);
  traits.clear();
  identifiers.clear();
  event = event::Event();
  event.traits = std::move(traits);
  event.identifiers = std::move(identifiers);
  event.received_at = frame.received_at;

  if (!item.is_object()) return Refusal{"bad_item", "the item must be a JSON object"};
  if (auto refusal = read_message_id(frame, item, index, event)) return refusal;
  if (const std::size_t limit = limits_of(frame.call).item_bytes; item.raw().size() > limit) {
    return Refusal{"too_large", "the item has " + std::to_string(item.raw().size()) + " bytes; at most " +
                                    std::to_string(limit) + " are taken"};
  }
  if (auto refusal = read_type(frame, item, event)) return refusal;
  if (auto refusal = read_ids(item, event)) return refusal;
  if (auto refusal = read_objects(frame, item, event)) return refusal;
  if (auto refusal = read_name(item, event)) return refusal;
  if (auto refusal = read_time(frame, item, event)) return refusal;
  if (auto refusal = read_traits(frame, item, event)) return refusal;
  return read_identifiers(frame, item, event);
}

std::optional<Refusal> ItemReader::read_message_id(const RequestFrame& frame, JsonValue item, std::uint32_t index,
                                                   event::Event& event) {
  const JsonValue sent = item.find("messageId");
  const std::string_view text = stated(sent, space_);
  if (text.empty()) {
    // Two equal items of one request are two events, as with Segment, which gives each an id of its own.
    const Hash128 hash = hash128(item.raw(), static_cast<std::uint64_t>(frame.received_at.ms) + mix64(index));
    message_id_ = "made-";
    append_hex(message_id_, hash);
    event.message_id = message_id_;
    return std::nullopt;
  }
  if (text.size() > kMaxMessageIdCharacters && count_characters(text) > kMaxMessageIdCharacters) {
    return Refusal{"bad_message_id", "messageId must have fewer than 100 characters"};
  }
  event.message_id = text;
  return std::nullopt;
}

std::optional<Refusal> ItemReader::read_type(const RequestFrame& frame, JsonValue item, event::Event& event) const {
  switch (frame.call) {
    case Call::kIdentify:
      event.type = EventType::kIdentify;
      return std::nullopt;
    case Call::kTrack:
      event.type = EventType::kTrack;
      return std::nullopt;
    case Call::kPage:
      event.type = EventType::kPage;
      return std::nullopt;
    case Call::kScreen:
      event.type = EventType::kScreen;
      return std::nullopt;
    case Call::kGroup:
      event.type = EventType::kGroup;
      return std::nullopt;
    case Call::kAlias:
      event.type = EventType::kAlias;
      return std::nullopt;
    case Call::kBatch:
    case Call::kImport:
      break;
  }
  TextSpace space;
  if (event::parse_type(item.find("type").text(space), &event.type)) return std::nullopt;
  return Refusal{"bad_type", "type must be identify, track, page, screen, group or alias"};
}

// Merges what the batch says into what the item says, and brings what is left into the event.
std::optional<Refusal> ItemReader::read_objects(const RequestFrame& frame, JsonValue item, event::Event& event) {
  JsonValue properties;
  JsonValue context;
  JsonValue integrations;
  if (auto refusal = take_object(item, "properties", properties)) return refusal;
  if (auto refusal = take_object(item, "context", context)) return refusal;
  if (auto refusal = take_object(item, "integrations", integrations)) return refusal;
  event.properties = properties.raw();
  event.context = merged(context, frame.context, context_);
  event.integrations = merged(integrations, frame.integrations, integrations_);
  if (event.context.size() + event.integrations.size() > limits_of(frame.call).item_bytes) {
    return Refusal{"too_large",
                   "the item with the context and integrations of its batch is larger than an item may be"};
  }
  if (event.type == EventType::kPage || event.type == EventType::kScreen) {
    event.properties = with_fields_of(item, {"name", "category"}, properties, properties_);
  }
  return std::nullopt;
}

std::optional<Refusal> ItemReader::read_name(JsonValue item, event::Event& event) {
  if (event.type == EventType::kTrack) {
    const JsonValue name = item.find("event");
    if (!name.is_string() || is_blank(name.text(space_))) {
      return Refusal{"missing_event", "a track call needs event, the name of what happened"};
    }
    event.name = name.text(space_);
  } else if (event.type == EventType::kPage || event.type == EventType::kScreen) {
    JsonValue name = item.find("name");
    if (!name.is_string()) name = item.find("properties").find("name");
    if (name.is_string()) event.name = name.text(space_);
  }
  if (event.name.size() <= kMaxNameBytes) return std::nullopt;
  return Refusal{"bad_field", "the name of an event, page or screen may have at most 1024 bytes"};
}

std::optional<Refusal> ItemReader::read_time(const RequestFrame& frame, JsonValue item, event::Event& event) {
  JsonValue original = item.find("originalTimestamp");
  if (!is_sent(original)) original = item.find("timestamp");
  event.occurred_at = frame.received_at;
  if (is_sent(original)) {
    const auto time = parse_stated_time(original.text(space_));
    JsonValue sent = item.find("sentAt");
    if (!is_sent(sent)) sent = frame.sent_at;
    const auto corrected =
        time ? corrected_time(*time, parse_stated_time(sent.text(space_)), frame.received_at) : std::nullopt;
    if (!corrected) {
      return Refusal{"bad_timestamp",
                     "timestamp must be ISO 8601, as in \"2024-03-01T10:11:12.345Z\", or milliseconds since 1970"};
    }
    event.occurred_at = *corrected;
  }
  event.historic = frame.call == Call::kImport || frame.received_at - event.occurred_at > frame.source.lateness_ms;
  return std::nullopt;
}

std::optional<Refusal> ItemReader::add_traits(JsonValue traits, event::Event& event) {
  for (JsonValue trait = traits.is_object() ? traits.first() : JsonValue(); trait; trait = trait.next()) {
    const std::string_view name = trait.key(space_);
    if (name.empty() || std::ranges::find(event.traits, name, &event::Trait::name) != event.traits.end()) continue;
    if (name.size() > kMaxNameBytes) return Refusal{"bad_field", "a trait's name may have at most 1024 bytes"};
    if (event.traits.size() == event::kMaxTraits) {
      return Refusal{"too_many_traits", "an item may have at most " + std::to_string(event::kMaxTraits) + " traits"};
    }
    event.traits.push_back({name, trait.raw()});
  }
  return std::nullopt;
}

std::optional<Refusal> ItemReader::read_traits(const RequestFrame& frame, JsonValue item, event::Event& event) {
  JsonValue traits;
  if (auto refusal = take_object(item, "traits", traits)) return refusal;
  if (event.type != EventType::kIdentify && event.type != EventType::kGroup) return std::nullopt;
  if (auto refusal = add_traits(traits, event)) return refusal;
  if (event.type == EventType::kGroup) return std::nullopt;  // context.traits are the person's
  if (auto refusal = add_traits(item.find("context").find("traits"), event)) return refusal;
  return add_traits(frame.context.find("traits"), event);
}

std::optional<Refusal> ItemReader::read_ids(JsonValue item, event::Event& event) {
  event.user_id = stated(item.find("userId"), space_);
  event.anonymous_id = stated(item.find("anonymousId"), space_);
  if (event.type == EventType::kGroup) {
    event.group_id = stated(item.find("groupId"), space_);
    if (event.group_id.empty()) return Refusal{"missing_group_id", "a group call needs groupId"};
  }
  if (event.type == EventType::kAlias) {
    event.previous_id = stated(item.find("previousId"), space_);
    if (event.previous_id.empty()) return Refusal{"missing_previous_id", "an alias call needs previousId"};
    if (event.user_id.empty()) return Refusal{"missing_identity", "an alias call needs userId"};
  }
  return std::nullopt;
}

// Whether there was one of a known type.
bool ItemReader::add_external_ids(const RequestFrame& frame, JsonValue list) {
  bool any = false;
  if (list.kind() != JsonKind::kArray) return any;
  for (JsonValue entry = list.first(); entry; entry = entry.next()) {
    const JsonValue collection = entry.find("collection");
    if (is_sent(collection) && collection.text(space_) != "users") continue;
    const int rank = frame.rules.rank(entry.find("type").text(space_));
    const std::string_view value = stated(entry.find("id"), space_);
    if (rank < 0 || value.empty()) continue;
    any = true;
    identifiers_.add(frame.rules.types[static_cast<std::size_t>(rank)].name, value);
  }
  return any;
}

std::optional<Refusal> ItemReader::read_identifiers(const RequestFrame& frame, JsonValue item, event::Event& event) {
  identifiers_.begin(frame.rules, event.identifiers);
  identifiers_.add("user_id", event.user_id);
  identifiers_.add("anonymous_id", event.anonymous_id);

  const JsonValue context = item.find("context");
  const std::array<JsonValue, 3> traits = {event.type == EventType::kIdentify ? item.find("traits") : JsonValue(),
                                           context.find("traits"), frame.context.find("traits")};
  for (const auto& [trait, type] : frame.source.identifier_traits) {
    for (const JsonValue& object : traits) {
      const JsonValue value = object.find(trait);
      if (!value) continue;
      identifiers_.add(type, stated(value, space_));
      break;
    }
  }
  bool external = add_external_ids(frame, context.find("externalIds"));
  external = add_external_ids(frame, frame.context.find("externalIds")) || external;
  if (event.previous_id != event.user_id) identifiers_.add("anonymous_id", event.previous_id);

  if (identifiers_.too_many()) {
    return Refusal{"too_many_identifiers",
                   "an item may have at most " + std::to_string(event::kMaxIdentifiers) + " identifiers"};
  }
  if (event.user_id.empty() && event.anonymous_id.empty() && !external) {
    return Refusal{"missing_identity", "an item needs userId, anonymousId or a known type in context.externalIds"};
  }
  if (!event.identifiers.empty()) return std::nullopt;
  if (identifiers_.any_blocked()) {
    return Refusal{"blocked_identity", "all identifiers of the item are blocked values, such as \"null\" or \"guest\""};
  }
  if (identifiers_.any_too_long()) return Refusal{"bad_identity", "an identifier may have at most 256 bytes"};
  return Refusal{"missing_identity", "no identifier of the item has a type that the identity rules know"};
}

}  // namespace tessera::ingest
