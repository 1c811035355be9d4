// Strong ids: numbers that cannot be mistaken for each other.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera {

template <class Tag, class Rep>
struct StrongId {
  Rep value = 0;
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

// A record's place in the log. The first record has offset 1; 0 means "before everything".
using Offset = StrongId<struct OffsetTag, std::uint64_t>;
// A source of events. 0 is Tessera itself.
using SourceId = StrongId<struct SourceTag, std::uint32_t>;

inline constexpr std::uint32_t kShardCount = 256;  // fixed for life: ids carry it

// A profile, and also a part: a part's id is the id of the profile it was born as. The low eight bits are the shard.
// As text: "p" and 13 characters of Crockford's base 32 (lower case), which sort as the numbers do.
struct ProfileTag {};
struct PartTag {};
using ProfileId = StrongId<ProfileTag, std::uint64_t>;
using PartId = StrongId<PartTag, std::uint64_t>;

template <class Tag>
  requires(std::is_same_v<Tag, ProfileTag> || std::is_same_v<Tag, PartTag>)
constexpr std::uint32_t shard_of(StrongId<Tag, std::uint64_t> id) {
  return static_cast<std::uint32_t>(id.value % kShardCount);
}

std::string to_text(ProfileId id);
std::string to_text(PartId id);
std::optional<ProfileId> parse_profile_id(std::string_view text);

}  // namespace tessera
