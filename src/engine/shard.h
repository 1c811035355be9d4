// A Shard: one of 256 machines that keep what is known of profiles. All share one cache; each touches its own keys.
#pragma once

#include <string>
#include <vector>

#include "engine/lane.h"
#include "profile/part.h"
#include "storage/object_cache.h"

namespace tessera::engine {

// What a shard knows of a profile besides its parts. A profile that never merged has none of it.
struct Membership {
  std::vector<PartId> members;  // parts that were adopted; the root part is not among them
  // Parts that left again before they arrived: when one comes, it is passed on.
  std::vector<std::pair<PartId, ProfileId>> passing;
};

struct MembershipCodec {
  using Key = ProfileId;
  using Value = Membership;
  static constexpr storage::Family kFamily = storage::Family::kProfile;
  static std::string key(ProfileId id);
  static void encode(const Membership& membership, std::string& out);
  static Result<Membership> decode(std::string_view bytes);
  static std::size_t size(const Membership& m) {
    return sizeof(m) + 8 * m.members.capacity() + 16 * m.passing.capacity();
  }
};

// State that all shards share.
struct ShardState {
  explicit ShardState(const storage::Store& store) : parts(store), memberships(store) {}
  storage::ObjectCache<profile::PartCodec> parts;
  storage::ObjectCache<MembershipCodec> memberships;
};

// Applies a message to its shard. kDataLoss if its body cannot be read.
Status apply_to_shard(const Message& message, ShardState& state, Outbox& outbox);

}  // namespace tessera::engine
