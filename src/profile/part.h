// A part: what one original profile contributed. A fold over its events that does not depend on their order, so that
// two folds over different events of the same part can be united (`unite`) in either order.
//
// Stored form: docs/formats/state.md. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/source.h"
#include "event/event.h"
#include "profile/snapshot.h"
#include "storage/object_cache.h"

namespace tessera::profile {

// Limits of one part. What exceeds them is in the history but not here, and `truncated` says so.
inline constexpr std::size_t kMaxPartTraits = 1000;
inline constexpr std::size_t kMaxEventNames = 500;
inline constexpr std::size_t kRecent = 50;  // newest events kept for the timeline; older ones come from the history

// A trait's newest word. A server source's word stands over a public one's, then the later (occurred_at, offset) wins.
struct Trait {
  std::string name;
  std::string json;  // "null" where the trait was taken back: kept, so that an older word does not return
  SourceId source;
  bool trusted = false;
  Timestamp stated_at;
  Offset offset;
};

struct EventCount {
  event::EventType type = event::EventType::kTrack;
  std::string name;
  std::uint64_t count = 0;
  Timestamp first_at;
  Timestamp last_at;
};

struct Recent {
  Timestamp occurred_at;
  Offset offset;
  SourceId source;
  event::EventType type = event::EventType::kTrack;
  std::uint32_t event = 0;  // index into Part::events, or kNoEvent where the name was over the limit
};
inline constexpr std::uint32_t kNoEvent = ~0U;

struct Part {
  std::vector<Trait> traits;       // by name
  std::vector<EventCount> events;  // by type and name
  std::vector<Recent> recent;      // oldest first, by (occurred_at, offset)
  Timestamp first_seen;
  Timestamp last_seen;
  bool truncated = false;
};

// Where an event came from, as its record says.
struct Origin {
  Offset offset;
  SourceId source;
  catalog::Trust trust = catalog::Trust::kPublic;
};

void fold(Part& part, const event::Event& event, const Origin& origin);
void unite(Part& part, const Part& other);

void encode(const Part& part, std::string& out);
Result<Part> decode_part(std::string_view bytes);

// A shard's part: the stored key begins with the shard, so that a shard's state is one range of keys.
struct PartKey {
  std::uint32_t shard = 0;
  PartId id;
  friend constexpr auto operator<=>(PartKey, PartKey) = default;
};
inline std::uint64_t hash_key(PartKey key) {
  return mix64(key.id.value ^ (std::uint64_t{key.shard} << 56));
}

// In memory a part is kept as it is stored, a fraction of its decoded size: reading and writing it costs less than
// fetching what then does not fit.
struct PartCodec {
  using Key = PartKey;
  using Value = std::string;
  static constexpr storage::Family kFamily = storage::Family::kPart;
  static std::string key(PartKey key);
  static PartKey parse_key(std::string_view key);
  static void encode(const std::string& part, std::string& out) { out += part; }
  static Result<std::string> decode(std::string_view bytes) { return std::string(bytes); }
  static std::size_t size(const std::string& part) { return part.capacity(); }
};

// Adds a part's share to what readers see of the profile: traits by the rule above over all parts.
void combine(const Part& part, PartId id, ProfileSnapshot& into);
// The part's recent events strictly before (before, before_offset), appended in any order.
void append_recent(const Part& part, PartId id, Timestamp before, Offset before_offset,
                   std::vector<TimelineEntry>& out);
// The oldest recent event, if older ones may have been let go.
std::optional<std::pair<Timestamp, Offset>> recent_floor(const Part& part);

}  // namespace tessera::profile
