#include "ingest/mapped_event.h"

#include <algorithm>
#include <array>

#include "base/closest.h"

namespace tessera::ingest {

namespace {

using cel::Kind;
using cel::Value;

// What an item of the tracking API may have (item_reader.h reads them).
constexpr std::array<std::string_view, 16> kFields = {
    "type",       "event",     "name",    "category", "userId",       "anonymousId",       "groupId",
    "previousId", "messageId", "context", "traits",   "integrations", "originalTimestamp", "timestamp",
    "sentAt",     "properties"};

Value member(const cel::Map& map, std::string_view name, cel::Arena& arena) {
  Value value;
  return map.find(Value::string(name), arena, &value) ? value : Value::null();
}

bool is_stated_id(const Value& value) {
  if (value.is(Kind::kString)) return value.text().find_first_not_of(" \t\r\n\v\f") != std::string_view::npos;
  return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble);
}

std::unexpected<Error> wrong_result(std::string message) {
  return error(Code::kInvalidArgument, "events: " + std::move(message));
}

}  // namespace

Result<std::vector<MappedEvent>> EventWriter::write_all(const Value& value) {
  std::vector<MappedEvent> events;
  if (!value.is(Kind::kList)) {
    TRY(add(value, events));
    return events;
  }
  const cel::List& list = value.as_list();
  if (list.size() > kMaxMappedEvents) {
    return wrong_result("a list of " + std::to_string(list.size()) + "; a document may give at most " +
                        std::to_string(kMaxMappedEvents) + " events");
  }
  for (std::size_t i = 0; i < list.size(); ++i) TRY(add(list.at(i, arena_), events));
  return events;
}

Status EventWriter::add(const Value& value, std::vector<MappedEvent>& events) {
  const Value given = value.is(Kind::kOptional) && value.as_optional().present ? value.as_optional().value : value;
  if (given.is(Kind::kNull) || given.is(Kind::kOptional)) return {};
  const std::size_t index = events.size();
  if (!given.is(Kind::kMap)) {
    return wrong_result("event " + std::to_string(index) + " is of type " + std::string(cel::type_name(given)) +
                        ": an event is a map. A list of lists becomes one with .flatten()");
  }
  const cel::Map& map = given.as_map();
  TRY(check_names(map, "event " + std::to_string(index)));
  const Value type = member(map, "type", arena_);
  const std::string_view type_text = type.is(Kind::kString) ? type.text() : "track";
  const Value name = member(map, "event", arena_);
  const std::string_view name_text = name.is(Kind::kString) ? name.text() : std::string_view();
  MappedEvent event;
  event.name = name_text.empty() ? type_text : name_text;
  JsonWriter json(event.json);
  json.begin_object().key("type");
  TRY(write_value(type.is(Kind::kNull) ? Value::string(type_text) : type, index, json));
  json.key("messageId");
  if (const Value id = member(map, "messageId", arena_); is_stated_id(id)) {
    TRY(write_value(id, index, json));
  } else {
    event.message_id = made_id(type_text, name_text, index);
    json.string(event.message_id);
  }
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i, arena_);
    Value member;
    map.find(key, arena_, &member);
    if (member.is(Kind::kNull) || key.text() == "type" || key.text() == "messageId") continue;
    json.key(key.text());
    TRY(write_value(member, index, json));
  }
  json.end_object();
  bytes_ += event.json.size();
  if (bytes_ > kMaxMappedBytes) {
    return wrong_result("the events have more than " + std::to_string(kMaxMappedBytes) + " bytes together");
  }
  events.push_back(std::move(event));
  return {};
}

Status EventWriter::write_value(const Value& value, std::size_t index, JsonWriter& json) const {
  std::string text;
  if (!cel::append_json(text, value, arena_)) {
    return wrong_result("event " + std::to_string(index) + " is too large or too deep");
  }
  json.raw(text);
  return {};
}

// A wrong name would be ignored in silence.
Status EventWriter::check_names(const cel::Map& map, std::string_view place) const {
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i, arena_);
    if (!key.is(Kind::kString)) return wrong_result(std::string(place) + " has a key that is no text");
    const std::string_view name = key.text();
    if (std::ranges::find(kFields, name) != kFields.end()) continue;
    return wrong_result(std::string(place) + " has \"" + std::string(name.substr(0, 100)) + "\", which no event has" +
                        did_you_mean(name, kFields));
  }
  return {};
}

std::string EventWriter::made_id(std::string_view type, std::string_view name, std::size_t index) const {
  std::string subject;
  append_hex(subject, document_);
  for (const std::string_view part : {mapping_, type, name}) subject.append(1, '\0').append(part);
  std::string id = "mapped-";
  append_hex(id, hash128(subject, index));
  return id;
}

}  // namespace tessera::ingest
