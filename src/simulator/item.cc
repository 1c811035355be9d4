#include "simulator/item.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"

namespace tessera::simulator {

namespace {

std::string hex(std::uint64_t number) {
  std::string out(16, '0');
  for (std::size_t i = 0; i < 16; ++i) out[15 - i] = "0123456789abcdef"[(number >> (4 * i)) & 15u];
  return out;
}

void write_if(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.key(name).string(value);
}

void write_context(JsonWriter& json, const Call& call, Origin origin) {
  json.key("context").begin_object();
  json.key("library").begin_object().key("name").string("grocer-" + std::string(origin_name(origin)));
  json.key("version").string("1.0").end_object();
  write_if(json, "userAgent", call.user_agent);
  if (!call.url.empty()) json.key("page").begin_object().key("url").string(call.url).end_object();
  if (!call.campaign.empty()) {
    json.key("campaign").begin_object().key("name").string(call.campaign);
    json.key("source").string("newsletter").key("medium").string("email").end_object();
  }
  if (!call.external_ids.empty()) {
    json.key("externalIds").begin_array();
    for (const auto& [type, id] : call.external_ids) {
      json.begin_object().key("type").string(type).key("id").string(id);
      json.key("collection").string("users").key("encoding").string("none").end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string write_head(Origin origin, const Call& call, std::string_view message_id) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string(call.type).key("messageId").string(message_id);
  write_if(json, call.type == "track" ? "event" : "name", call.name);
  write_if(json, "userId", call.user_id);
  write_if(json, "anonymousId", call.anonymous_id);
  write_if(json, "groupId", call.group_id);
  if (!call.properties.empty()) json.key("properties").raw(call.properties);
  if (!call.traits.empty()) json.key("traits").raw(call.traits);
  write_context(json, call, origin);
  return out;
}

// A heap's comparison: the item to be sent first is on top.
bool later(const Item& a, const Item& b) {
  return a.send_at != b.send_at ? a.send_at > b.send_at : a.sequence > b.sequence;
}

}  // namespace

std::string item_json(const Item& item, Timestamp occurred_at) {
  if (item.garbage) return item.head;
  return item.head + ",\"timestamp\":\"" + to_text(occurred_at) + "\"}";
}

std::string money(std::int64_t minor) {
  const std::int64_t amount = minor < 0 ? -minor : minor;
  std::string cents = std::to_string(amount % 100);
  if (cents.size() < 2) cents.insert(0, 1, '0');
  return (minor < 0 ? "-" : "") + std::to_string(amount / 100) + "." + cents;
}

std::string Outbox::make_message_id() {
  const std::uint64_t number = ++message_;
  const Hash128 hash = hash128(std::string_view(reinterpret_cast<const char*>(&number), sizeof number), salt_);
  return "grocer-" + hex(hash.high) + hex(hash.low);
}

void Outbox::push(Item item) {
  item.sequence = ++sequence_;
  newest_ = item;
  items_.push_back(std::move(item));
  std::ranges::push_heap(items_, later);
}

void Outbox::add(Origin origin, const Call& call, Timestamp occurred_at, Timestamp send_at) {
  Item item;
  item.origin = origin;
  item.occurred_at = occurred_at;
  item.send_at = std::max(occurred_at, send_at);
  item.head = write_head(origin, call, make_message_id());
  push(std::move(item));
}

void Outbox::repeat(Timestamp send_at) {
  if (!newest_) return;
  Item again = *newest_;
  again.send_at = std::max(again.send_at, send_at);
  again.repeated = true;
  push(std::move(again));
}

void Outbox::add_garbage(Origin origin, std::string json, Timestamp occurred_at) {
  Item item;
  item.origin = origin;
  item.occurred_at = occurred_at;
  item.send_at = occurred_at;
  item.garbage = true;
  item.head = std::move(json);
  push(std::move(item));
}

std::optional<Item> Outbox::take(Timestamp until) {
  if (items_.empty() || items_.front().send_at >= until) return std::nullopt;
  std::ranges::pop_heap(items_, later);
  Item item = std::move(items_.back());
  items_.pop_back();
  return item;
}

}  // namespace tessera::simulator
