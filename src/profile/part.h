// A part: what one original profile contributed. A fold over its events that does not depend on their order.
//
// Stored form: docs/formats/state.md. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
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
inline constexpr std::size_t kMaxPartTraits = 1000;  // statements: one per trait and source
inline constexpr std::size_t kMaxPartGroups = 20;    // the latest joined are kept
inline constexpr std::size_t kMaxEventNames = 500;
inline constexpr std::size_t kRecent = 50;  // newest events kept for the timeline; older ones come from the history

// A source's newest word on a trait: the later (occurred_at, offset) wins. Which source's word counts is decided when
// traits are read, so that another rule needs no history.
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

// A group (household, company) that the part's person joined, with the group's traits.
struct Group {
  ProfileId id;
  std::string name;    // the group_id, as it was sent
  std::string traits;  // JSON object
  Timestamp joined_at;
  Offset joined;   // the event that joined it
  Offset updated;  // the event that its traits are of
};

struct Part {
  std::vector<Trait> traits;       // by name, then source
  std::vector<EventCount> events;  // by type and name
  std::vector<Recent> recent;      // oldest first, by (occurred_at, offset)
  Timestamp first_seen;
  Timestamp last_seen;
  bool truncated = false;
  std::vector<Group> groups;  // by id
};

// Whose word on a trait counts, where a definition says so: sources, first to last; those not named come after. Without
// one, and between equals, a server source's word stands over a public one's, then the later wins.
using TraitPrecedence = std::map<std::string, std::vector<SourceId>, std::less<>>;

// The place of a source in a trait's precedence, from 0; 0 for all where no definition says anything.
std::size_t source_rank(const TraitPrecedence& precedence, std::string_view trait, SourceId source);
// Whether one word on a trait counts rather than another; a lower rank counts for more.
bool stands_over(const Trait& a, std::size_t rank_of_a, const Trait& b, std::size_t rank_of_b);

// Where an event came from, as its record says.
struct Origin {
  Offset offset;
  SourceId source;
  catalog::Trust trust = catalog::Trust::kPublic;
};

// Adds an event. The names of traits whose newest word it changed are appended to `changed`. `of_group`: the part is a
// group's, and takes the traits of group calls.
void fold(Part& part, const event::Event& event, const Origin& origin, bool of_group,
          std::vector<std::string>& changed);
// Joins a group, or brings its traits up to date. False if nothing changed.
bool fold(Part& part, const Group& group);

void encode(const Group& group, std::string& out);
Result<Group> decode_group(std::string_view bytes);
// All traits of a part as a JSON object, those that were taken back left out.
std::string traits_json(const Part& part, const TraitPrecedence& precedence);

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

// The entries behind a question about windows or sequences, which `segment` keeps of a part's events
// (segment/series.h). A series of its own grows by what is added to it, however much else a part has.
struct Series {
  std::uint32_t id = 0;      // of the feature
  std::uint8_t columns = 0;  // values of each entry
  bool frozen = false;       // it was full: it takes nothing more
  bool negative = false;     // a first value was below zero: sums may grow as entries leave
  std::string entries;
  std::string texts;
};

// In memory a part is kept as it is stored, a fraction of its decoded size: reading and writing it costs less than
// fetching what then does not fit.
struct StoredPart {
  std::string part;            // a Part in stored form
  std::string features;        // what features keep of its events, in their own stored form; often empty
  std::vector<Series> series;  // ascending by id; often none
};

// Puts a changed part in the place of the stored one, which takes no more room than it needs.
void keep(const Part& part, StoredPart& stored);

// Adds events of one origin to a stored part, one after another: the same as decoding, folding and keeping it, but
// statements on traits stay unread where no event makes one.
Status fold(StoredPart& stored, std::span<const event::Event> events, const Origin& origin, bool of_group,
            std::vector<std::string>& changed);

struct PartCodec {
  using Key = PartKey;
  using Value = StoredPart;
  static constexpr storage::Family kFamily = storage::Family::kPart;
  static std::string key(PartKey key);
  static PartKey parse_key(std::string_view key);
  static void encode(const StoredPart& part, std::string& out);
  static Result<StoredPart> decode(std::string_view bytes);
  static std::size_t size(const StoredPart& part);
};

// Adds a part's share to what readers see of the profile.
void combine(const Part& part, PartId id, const TraitPrecedence& precedence, ProfileSnapshot& into);
// The word that counts on one trait, over several parts in stored form: its JSON text, pointing into one of them; empty
// if there is none, or it was taken back. Reads no more of the parts than it must.
std::string_view find_trait(std::span<const std::string_view> parts, const TraitPrecedence& precedence,
                            std::string_view name);
// The groups of several parts in stored form, the one joined last first, each once.
std::vector<Group> groups_of(std::span<const std::string_view> parts);
// The part's recent events strictly before (before, before_offset), appended in any order.
void append_recent(const Part& part, PartId id, Timestamp before, Offset before_offset,
                   std::vector<TimelineEntry>& out);
// The oldest recent event, if older ones may have been let go.
std::optional<std::pair<Timestamp, Offset>> recent_floor(const Part& part);

}  // namespace tessera::profile
