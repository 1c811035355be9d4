// Reads one item of a tracking request (a call's body, or an element of a batch) into an event, or says why not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"
#include "event/event.h"
#include "ingest/call.h"
#include "ingest/identifiers.h"
#include "ingest/json_tree.h"

namespace tessera::ingest {

// What the items of one request share.
struct RequestFrame {
  const catalog::Source& source;
  const catalog::IdentityRules& rules;
  Call call = Call::kTrack;
  Timestamp received_at;
  // Of a batch; items go before them.
  JsonValue context;
  JsonValue integrations;
  JsonValue sent_at;
};

struct Refusal {
  std::string_view code;  // stable; README.md lists them
  std::string reason;
};

// Used for one item after another. Not thread-safe.
class ItemReader {
 public:
  // Fills `event`; its strings live until the next call, or as long as the item's document if that is shorter. After a
  // refusal only the event's message_id is good.
  std::optional<Refusal> read(const RequestFrame& frame, JsonValue item, std::uint32_t index, event::Event& event);

 private:
  std::optional<Refusal> read_type(const RequestFrame& frame, JsonValue item, event::Event& event) const;
  std::optional<Refusal> read_message_id(const RequestFrame& frame, JsonValue item, std::uint32_t index,
                                         event::Event& event);
  std::optional<Refusal> read_objects(const RequestFrame& frame, JsonValue item, event::Event& event);
  std::optional<Refusal> read_name(JsonValue item, event::Event& event);
  std::optional<Refusal> read_time(const RequestFrame& frame, JsonValue item, event::Event& event);
  std::optional<Refusal> read_traits(const RequestFrame& frame, JsonValue item, event::Event& event);
  std::optional<Refusal> add_traits(JsonValue traits, event::Event& event);
  std::optional<Refusal> read_ids(JsonValue item, event::Event& event);
  std::optional<Refusal> read_identifiers(const RequestFrame& frame, JsonValue item, event::Event& event);
  bool add_external_ids(const RequestFrame& frame, JsonValue list);

  TextSpace space_;
  std::string message_id_;  // one that was made here
  std::string properties_;  // with name and category, for pages and screens
  std::string context_;     // merged
  std::string integrations_;
  IdentifierList identifiers_;
};

}  // namespace tessera::ingest
