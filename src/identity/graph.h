// The graph's state: which identifier points at which part, and which profile a part belongs to.
//
// Stored forms: docs/formats/state.md. Plain data and codecs; no threads.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/object_cache.h"

namespace tessera::identity {

// One identifier of a part.
struct Attached {
  std::string type;
  std::string value;
  SourceId source;  // that attached it
  Timestamp attached_at;
  bool trusted = false;  // a server source has named it for this person
};

inline constexpr std::size_t kMaxRefused = 16;  // remembered per profile

// A part, and the profile it belongs to. Where `profile` is the part's own id, it is that profile's root.
struct Node {
  ProfileId profile;
  Timestamp created_at;
  bool known = false;                  // root only: has a trusted identifier that is not anonymous
  std::vector<PartId> members;         // root only: the other parts, in the order they came
  std::vector<std::uint64_t> refused;  // root only: hashes of identifiers whose refusal was reported
  std::string attached;                // the part's identifiers in stored form; see `attached_of`
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

// Where an identifier points.
struct Pointer {
  PartId part;
  bool trusted = false;
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

// The pointer's key. Neither type nor value may hold a zero byte in the type; values may hold anything.
std::string pointer_key(std::string_view type, std::string_view value);

}  // namespace tessera::identity
