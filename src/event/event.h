// The event model: what one source said happened, Segment-shaped, standardised at the edge before it is logged.
//
// An Event is a view: its strings belong to whoever made it (the parsed request, or the log record it was decoded
// from) and must outlive it. Plain data, no threads. The stored form is protobuf wire format, described in
// docs/formats/event.md; `encode` and `decode` are its only writer and reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tessera::event {

enum class EventType : std::uint8_t { kIdentify = 1, kTrack = 2, kPage = 3, kScreen = 4, kGroup = 5, kAlias = 6 };

// "identify", "track", …
std::string_view type_name(EventType type);
// Sets `type` to the one with that name; false, and `type` is left alone, if there is none.
bool parse_type(std::string_view name, EventType* type);

// (type, value) that points at a person, e.g. ("email", "jane@example.com"). The value is in standard form.
struct Identifier {
  std::string_view type;
  std::string_view value;
};

// A stated property of the person: its name and its value as JSON text.
struct Trait {
  std::string_view name;
  std::string_view json;
};

struct Event {
  EventType type = EventType::kTrack;
  std::string_view name;          // track: the event; page and screen: the page's name; else empty
  std::string_view message_id;    // never empty in the log: the edge makes one where the sender gave none
  std::string_view user_id;       // as sent; empty if absent
  std::string_view anonymous_id;  // as sent; empty if absent
  std::string_view group_id;      // group calls
  std::string_view previous_id;   // alias calls
  Timestamp occurred_at;          // corrected for the sender's clock, never after received_at
  Timestamp received_at;
  bool historic = false;                // imported, or later than its source's limit: corrects state, starts nothing
  std::string_view properties;          // JSON object text, or empty
  std::string_view context;             // JSON object text, or empty
  std::string_view integrations;        // JSON object text, or empty
  std::vector<Identifier> identifiers;  // at least one; whom the event is about, the edge's order
  std::vector<Trait> traits;            // identify: the person's; group: the group's
};

inline constexpr std::size_t kMaxIdentifiers = 20;  // in one event
inline constexpr std::size_t kMaxTraits = 500;      // in one event

// Appends the stored form of `event` to `out`. The two limits above are the caller's to keep.
void encode(const Event& event, std::string& out);

// Reads the stored form; the result's strings point into `bytes`. kDataLoss if it is not one.
Result<Event> decode(std::string_view bytes);

// What the edge refused after it knew the source: kept for repair, and to be told about.
struct Rejected {
  std::string_view reason;      // one sentence: what was wrong and where
  std::string_view code;        // stable word for machines, e.g. "missing_identity", "too_large", "bad_json"
  std::string_view message_id;  // if the item had one
  std::string_view path;        // request path, e.g. "/v1/batch", or "import"
  std::uint32_t index = 0;      // place in the batch, from 0; line number for imports
  Timestamp received_at;
  std::string_view payload;  // the item as received (JSON text where it was JSON), cut at kMaxRejectedPayload
};

inline constexpr std::size_t kMaxRejectedPayload = 1 << 20;

void encode(const Rejected& rejected, std::string& out);
Result<Rejected> decode_rejected(std::string_view bytes);

}  // namespace tessera::event
