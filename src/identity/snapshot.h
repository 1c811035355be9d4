// What readers are shown of the graph: plain copies, safe on any thread.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace tessera::identity {

struct IdentifierSnapshot {
  std::string type;
  std::string value;
  PartId part;
  SourceId source;  // that first attached it
  Timestamp attached_at;
  bool trusted = false;  // named by a server source at least once
  Offset offset;         // of the event that attached it
};

struct PartSnapshot {
  PartId id;
  Timestamp created_at;
  std::vector<IdentifierSnapshot> identifiers;
};

// Why two parts are one person: an event that named an identifier of each.
struct LinkSnapshot {
  PartId part;
  PartId other;
  std::string type;  // the identifier that pointed at `part`
  std::string value;
  std::string other_type;  // and the one that pointed at `other`
  std::string other_value;
  Offset offset;  // of the event
};

// The graph of a profile: its parts, and what points at each.
struct GraphSnapshot {
  ProfileId id;
  bool group = false;               // a household or company
  std::vector<PartSnapshot> parts;  // oldest first
  std::vector<LinkSnapshot> links;  // what holds them together, the latest kMaxEvidence of each part at least
};

}  // namespace tessera::identity
