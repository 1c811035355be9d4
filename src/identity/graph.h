// The graph's state: which identifier points at which part, and which profile a part belongs to.
//
// Stored forms: docs/formats/state.md. Plain data and codecs; no threads.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "event/event.h"
#include "storage/object_cache.h"

namespace tessera::identity {

// One identifier of a part.
struct Attached {
  std::string type;
  std::string value;
  SourceId source;  // that attached it
  Timestamp attached_at;
  bool trusted = false;  // a server source has named it for this person
  Offset offset;         // of the event that attached it
};

inline constexpr std::size_t kMaxRefused = 16;   // remembered per profile
inline constexpr std::size_t kMaxEvidence = 32;  // links of one part besides those that merged it

// Why two parts are one person: an event named two identifiers, one of each.
struct Link {
  PartId to;        // the other part
  std::string via;  // pointer keys: the identifier that pointed at this part,
  std::string by;   // and the one that pointed at the other
  Offset offset;    // of the event
};

// A part, and the profile it belongs to. Where `profile` is the part's own id, it is that profile's root.
struct Node {
  ProfileId profile;
  Timestamp created_at;
  bool known = false;                  // root only: has a trusted identifier that is not anonymous
  bool group = false;                  // a household or company, which never merges
  std::vector<PartId> members;         // root only: the other parts, in the order they came
  std::vector<std::uint64_t> refused;  // root only: hashes of identifiers whose refusal was reported
  std::string attached;                // the part's identifiers in stored form; see `attached_of`
  std::vector<Link> links;             // to other parts; each link is kept at one of its ends
  std::vector<PartId> apart;           // parts that an operator says are somebody else
};

std::vector<Attached> attached_of(const Node& node);
void append_attached(Node& node, const Attached& attached);
void replace_attached(Node& node, const std::vector<Attached>& all);

struct NodeCodec {
  using Key = PartId;
  using Value = Node;
  static constexpr storage::Family kFamily = storage::Family::kNode;
  static std::string key(PartId id);
  static PartId parse_key(std::string_view key);
  static void encode(const Node& node, std::string& out);
  static Result<Node> decode(std::string_view bytes);
  static std::size_t size(const Node& node);
};

// The parts that joined a group, in the order they came.
using GroupMembers = std::vector<PartId>;
inline constexpr std::size_t kMaxGroupMembers = 500;  // more do not join: its traits flow to each

struct GroupCodec {
  using Key = PartId;  // the group's one part
  using Value = GroupMembers;
  static constexpr storage::Family kFamily = storage::Family::kGroup;
  static std::string key(PartId id) { return NodeCodec::key(id); }
  static void encode(const GroupMembers& members, std::string& out);
  static Result<GroupMembers> decode(std::string_view bytes);
  static std::size_t size(const GroupMembers& members) { return 8 * members.capacity(); }
};

// Where an identifier points.
struct Pointer {
  PartId part;                   // 0: nobody's, kept because it is held back
  std::uint32_t since_hour = 0;  // when `people` began, in hours since 1970
  std::uint16_t people = 0;      // whom it linked, or would have, to somebody else
  bool trusted = false;
  bool held = false;  // a hub, or taken off by an operator: links nobody
};

// Key: the type, a zero byte, the value.
struct PointerCodec {
  using Key = std::string;
  using Value = Pointer;
  static constexpr storage::Family kFamily = storage::Family::kIdentifier;
  static std::string key(const std::string& key) { return key; }
  static std::string parse_key(std::string_view key) { return std::string(key); }
  static void encode(const Pointer& pointer, std::string& out);
  static Result<Pointer> decode(std::string_view bytes);
  static std::size_t size(const Pointer&) { return 24; }
};

// The pointer's key. The type may not hold a zero byte; the value may hold anything.
std::string pointer_key(std::string_view type, std::string_view value);
event::Identifier parse_pointer_key(std::string_view key);

}  // namespace tessera::identity
