// What readers are shown of a person: plain copies, safe to use on any thread after the engine has moved on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "identity/snapshot.h"

namespace tessera::profile {

using identity::GraphSnapshot;
using identity::IdentifierSnapshot;
using identity::PartSnapshot;

struct TraitSnapshot {
  std::string name;
  std::string json;  // the value, as JSON text
  SourceId source;
  bool trusted = false;  // stated by a server source
  Timestamp stated_at;   // occurred_at of the event that stated it
  Offset offset;         // of that event
  PartId part;
};

struct EventCountSnapshot {
  std::string type;  // "track", "page", …
  std::string name;  // may be empty
  std::uint64_t count = 0;
  Timestamp first_at;
  Timestamp last_at;
};

// A trait that a definition computes.
struct ComputedTraitSnapshot {
  std::string name;
  std::string json;
};

// A group (household, company) that the person joined.
struct GroupMembershipSnapshot {
  ProfileId id;
  std::string name;    // the group_id
  std::string traits;  // JSON object
  Timestamp joined_at;
  Offset joined;  // of the event
};

struct ProfileSnapshot {
  GraphSnapshot graph;
  std::vector<TraitSnapshot> traits;            // combined over parts, by name
  std::vector<ComputedTraitSnapshot> computed;  // by name; each stands over a stated trait of the same name
  std::vector<EventCountSnapshot> events;       // combined over parts, by type and name
  std::vector<std::string> segments;            // by name
  std::vector<GroupMembershipSnapshot> groups;  // the one joined last first
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

// The newest events that state keeps, newest first by (occurred_at, offset).
struct TimelineSnapshot {
  std::vector<TimelineEntry> entries;
  std::vector<PartId> parts;
  bool older_in_history = false;  // there are more behind the last entry, which only the history has
};

}  // namespace tessera::profile
