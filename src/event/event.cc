#include "event/event.h"

#include <array>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <utility>

namespace tessera::event {

namespace {

// Field numbers, as docs/formats/event.md has them.
enum class EventField : protozero::pbf_tag_type {
  kType = 1,
  kName = 2,
  kMessageId = 3,
  kUserId = 4,
  kAnonymousId = 5,
  kGroupId = 6,
  kPreviousId = 7,
  kOccurredMs = 8,
  kReceivedMs = 9,
  kHistoric = 10,
  kProperties = 11,
  kContext = 12,
  kIdentifiers = 13,
  kTraits = 14,
  kIntegrations = 15,
};

// Identifier (type, value) and Trait (name, json) have one shape.
enum class PairField : protozero::pbf_tag_type { kFirst = 1, kSecond = 2 };

enum class RejectedField : protozero::pbf_tag_type {
  kReason = 1,
  kCode = 2,
  kMessageId = 3,
  kPath = 4,
  kIndex = 5,
  kReceivedMs = 6,
  kPayload = 7,
};

constexpr std::array<std::string_view, 6> kTypeNames = {"identify", "track", "page", "screen", "group", "alias"};

// All tags below 16 take one byte.
std::size_t field_size(std::string_view text) {
  return 1 + static_cast<std::size_t>(protozero::length_of_varint(text.size())) + text.size();
}

template <class Field>
void put(protozero::pbf_writer& out, Field field, std::string_view text) {
  if (!text.empty()) out.add_bytes(std::to_underlying(field), text.data(), text.size());
}

// A writer of its own each time: one parent takes a single sub-message of known size in protozero 1.7.
void put_pair(std::string& out, EventField field, std::string_view first, std::string_view second) {
  protozero::pbf_writer parent(out);
  protozero::pbf_writer pair(parent, std::to_underlying(field), field_size(first) + field_size(second));
  pair.add_bytes(std::to_underlying(PairField::kFirst), first.data(), first.size());
  pair.add_bytes(std::to_underlying(PairField::kSecond), second.data(), second.size());
}

template <class Message>
std::string_view take_text(Message& message) {
  const protozero::data_view view = message.get_view();
  return {view.data(), view.size()};
}

template <class Message>
Timestamp take_time(Message& message) {
  return {static_cast<std::int64_t>(message.get_uint64())};
}

constexpr std::uint32_t text_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

constexpr std::uint32_t number_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}

std::pair<std::string_view, std::string_view> take_pair(protozero::pbf_message<EventField>& message) {
  std::pair<std::string_view, std::string_view> result;
  protozero::pbf_message<PairField> pair(message.get_view());
  while (pair.next()) {
    switch (pair.tag_and_type()) {
      case text_of(PairField::kFirst):
        result.first = take_text(pair);
        break;
      case text_of(PairField::kSecond):
        result.second = take_text(pair);
        break;
      default:
        pair.skip();
    }
  }
  return result;
}

void take_identifier(protozero::pbf_message<EventField>& message, Event& event) {
  if (event.identifiers.empty()) event.identifiers.reserve(4);
  const auto [type, value] = take_pair(message);
  if (event.identifiers.size() <= kMaxIdentifiers) event.identifiers.push_back({type, value});
}

void take_trait(protozero::pbf_message<EventField>& message, Event& event) {
  if (event.traits.empty()) event.traits.reserve(8);
  const auto [name, json] = take_pair(message);
  if (event.traits.size() <= kMaxTraits) event.traits.push_back({name, json});
}

// One field; those of another wire type than ours count as unknown.
void take_field(protozero::pbf_message<EventField>& message, Event& event, std::uint64_t& type) {
  switch (message.tag_and_type()) {
    case number_of(EventField::kType):
      type = message.get_uint64();
      break;
    case text_of(EventField::kName):
      event.name = take_text(message);
      break;
    case text_of(EventField::kMessageId):
      event.message_id = take_text(message);
      break;
    case text_of(EventField::kUserId):
      event.user_id = take_text(message);
      break;
    case text_of(EventField::kAnonymousId):
      event.anonymous_id = take_text(message);
      break;
    case text_of(EventField::kGroupId):
      event.group_id = take_text(message);
      break;
    case text_of(EventField::kPreviousId):
      event.previous_id = take_text(message);
      break;
    case number_of(EventField::kOccurredMs):
      event.occurred_at = take_time(message);
      break;
    case number_of(EventField::kReceivedMs):
      event.received_at = take_time(message);
      break;
    case number_of(EventField::kHistoric):
      event.historic = message.get_uint64() != 0;
      break;
    case text_of(EventField::kProperties):
      event.properties = take_text(message);
      break;
    case text_of(EventField::kContext):
      event.context = take_text(message);
      break;
    case text_of(EventField::kIntegrations):
      event.integrations = take_text(message);
      break;
    case text_of(EventField::kIdentifiers):
      take_identifier(message, event);
      break;
    case text_of(EventField::kTraits):
      take_trait(message, event);
      break;
    default:
      message.skip();
  }
}

std::size_t size_hint(const Event& event) {
  std::size_t size = 96 + event.name.size() + event.message_id.size() + event.user_id.size() +
                     event.anonymous_id.size() + event.group_id.size() + event.previous_id.size() +
                     event.properties.size() + event.context.size() + event.integrations.size();
  for (const auto& [type, value] : event.identifiers) size += 8 + type.size() + value.size();
  for (const auto& [name, json] : event.traits) size += 8 + name.size() + json.size();
  return size;
}

// Grows by the usual factor, so that many events may be appended to one string.
void make_room(std::string& out, std::size_t size) {
  if (out.capacity() - out.size() < size) out.reserve(std::max(out.size() + size, out.capacity() * 2));
}

}  // namespace

std::string_view type_name(EventType type) {
  const std::size_t index = std::to_underlying(type) - std::size_t{1};
  TESSERA_ASSERT(index < kTypeNames.size());
  return kTypeNames[index];
}

bool parse_type(std::string_view name, EventType* type) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) {
      *type = static_cast<EventType>(i + 1);
      return true;
    }
  }
  return false;
}

void encode(const Event& event, std::string& out) {
  TESSERA_ASSERT(event.identifiers.size() <= kMaxIdentifiers && event.traits.size() <= kMaxTraits);
  make_room(out, size_hint(event));
  protozero::pbf_writer writer(out);
  writer.add_uint32(std::to_underlying(EventField::kType), std::to_underlying(event.type));
  put(writer, EventField::kName, event.name);
  put(writer, EventField::kMessageId, event.message_id);
  put(writer, EventField::kUserId, event.user_id);
  put(writer, EventField::kAnonymousId, event.anonymous_id);
  put(writer, EventField::kGroupId, event.group_id);
  put(writer, EventField::kPreviousId, event.previous_id);
  writer.add_int64(std::to_underlying(EventField::kOccurredMs), event.occurred_at.ms);
  writer.add_int64(std::to_underlying(EventField::kReceivedMs), event.received_at.ms);
  if (event.historic) writer.add_bool(std::to_underlying(EventField::kHistoric), true);
  put(writer, EventField::kProperties, event.properties);
  put(writer, EventField::kContext, event.context);
  put(writer, EventField::kIntegrations, event.integrations);
  for (const auto& [type, value] : event.identifiers) put_pair(out, EventField::kIdentifiers, type, value);
  for (const auto& [name, json] : event.traits) put_pair(out, EventField::kTraits, name, json);
}

Result<Event> decode(std::string_view bytes) {
  Event event;
  std::uint64_t type = 0;
  try {
    protozero::pbf_message<EventField> message(bytes.data(), bytes.size());
    while (message.next()) take_field(message, event, type);
  } catch (const protozero::exception& e) {
    return error(Code::kDataLoss, std::string("stored event is damaged: ") + e.what());
  }
  if (type < 1 || type > kTypeNames.size()) {
    return error(Code::kDataLoss, "stored event has the unknown type " + std::to_string(type));
  }
  if (event.identifiers.size() > kMaxIdentifiers || event.traits.size() > kMaxTraits) {
    return error(Code::kDataLoss, "stored event has more identifiers or traits than any writer makes");
  }
  event.type = static_cast<EventType>(type);
  return event;
}

void encode(const Rejected& rejected, std::string& out) {
  make_room(out, 64 + rejected.reason.size() + rejected.code.size() + rejected.message_id.size() +
                     rejected.path.size() + rejected.payload.size());
  protozero::pbf_writer writer(out);
  put(writer, RejectedField::kReason, rejected.reason);
  put(writer, RejectedField::kCode, rejected.code);
  put(writer, RejectedField::kMessageId, rejected.message_id);
  put(writer, RejectedField::kPath, rejected.path);
  if (rejected.index > 0) writer.add_uint32(std::to_underlying(RejectedField::kIndex), rejected.index);
  writer.add_int64(std::to_underlying(RejectedField::kReceivedMs), rejected.received_at.ms);
  put(writer, RejectedField::kPayload, rejected.payload.substr(0, kMaxRejectedPayload));
}

Result<Rejected> decode_rejected(std::string_view bytes) {
  Rejected rejected;
  try {
    protozero::pbf_message<RejectedField> message(bytes.data(), bytes.size());
    while (message.next()) {
      switch (message.tag_and_type()) {
        case text_of(RejectedField::kReason):
          rejected.reason = take_text(message);
          break;
        case text_of(RejectedField::kCode):
          rejected.code = take_text(message);
          break;
        case text_of(RejectedField::kMessageId):
          rejected.message_id = take_text(message);
          break;
        case text_of(RejectedField::kPath):
          rejected.path = take_text(message);
          break;
        case number_of(RejectedField::kIndex):
          rejected.index = static_cast<std::uint32_t>(message.get_uint64());
          break;
        case number_of(RejectedField::kReceivedMs):
          rejected.received_at = take_time(message);
          break;
        case text_of(RejectedField::kPayload):
          rejected.payload = take_text(message);
          break;
        default:
          message.skip();
      }
    }
  } catch (const protozero::exception& e) {
    return error(Code::kDataLoss, std::string("stored rejection is damaged: ") + e.what());
  }
  return rejected;
}

}  // namespace tessera::event
