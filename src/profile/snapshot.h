// What readers are shown of a person: plain copies, safe to use on any thread after the engine has moved on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace tessera::profile {

struct TraitSnapshot {
  std::string name;
  std::string json;  // the value, as JSON text
  SourceId source;
  Timestamp stated_at;  // occurred_at of the event that stated it
  PartId part;
};

struct EventCountSnapshot {
  std::string type;  // "track", "page", …
  std::string name;  // may be empty
  std::uint64_t count = 0;
  Timestamp first_at;
  Timestamp last_at;
};

struct IdentifierSnapshot {
  std::string type;
  std::string value;
  PartId part;
  SourceId source;      // that first attached it
  Timestamp attached_at;
  bool trusted = false;  // named by a server source at least once
};

struct PartSnapshot {
  PartId id;
  Timestamp created_at;
  std::vector<IdentifierSnapshot> identifiers;
};

// The graph of a profile: its parts, and what points at each.
struct GraphSnapshot {
  ProfileId id;
  std::vector<PartSnapshot> parts;  // oldest first
};

struct ProfileSnapshot {
  GraphSnapshot graph;
  std::vector<TraitSnapshot> traits;       // combined over parts, by name
  std::vector<EventCountSnapshot> events;  // combined over parts, by type and name
  Timestamp first_seen;
  Timestamp last_seen;
  bool truncated = false;  // a limit of traits or event names was reached; the history has all
};

struct TimelineEntry {
  Offset offset;
  Timestamp occurred_at;
  std::string type;
  std::string name;
  SourceId source;
  PartId part;
};

}  // namespace tessera::profile
