// The Shards: 256 machines that keep what is known of profiles. They share caches; each touches its own keys only.
//
// What is about one profile is applied in Core's order, whatever else is on its way: behind a part that has not come
// yet everything about its new profile waits (tests/model, rule 4). So nobody sees half of a merge.
#pragma once

#include <string>

#include "engine/lane.h"
#include "engine/person.h"
#include "profile/part.h"
#include "storage/object_cache.h"

namespace tessera::engine {

class Shards {
 public:
  explicit Shards(const storage::Store& store) : parts_(store), people_(store) {}

  // Takes a message to its shard. kDataLoss if its body cannot be read.
  Status take(const Message& message, Outbox& outbox);

  // The parts of a profile that have come, its root first.
  std::vector<PartId> parts_of(ProfileId profile);

  storage::ObjectCache<profile::PartCodec>& parts() { return parts_; }
  const storage::ObjectCache<profile::PartCodec>& parts() const { return parts_; }
  storage::ObjectCache<PersonCodec>& people() { return people_; }
  const storage::ObjectCache<PersonCodec>& people() const { return people_; }

 private:
  Status proceed(ProfileId profile, Outbox& outbox);
  bool adopt_next(ProfileId profile, const MoveHead& expected);
  Status apply(const Message& message, Outbox& outbox);
  Status apply_event(const Message& message);
  Status apply_group_event(const Message& message, Outbox& outbox);
  Status apply_group(const Message& message);
  void apply_release(const Message& message, Outbox& outbox);

  storage::ObjectCache<profile::PartCodec> parts_;
  storage::ObjectCache<PersonCodec> people_;
};

}  // namespace tessera::engine
