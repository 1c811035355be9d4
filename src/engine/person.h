// What a shard knows of a profile besides its parts: which came from elsewhere, which segments it is in, and what is on
// its way. A profile that never merged and is in no segment has none of it.
//
// Stored form: docs/formats/state.md, family `profile`. Plain data; no threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "segment/window.h"
#include "storage/object_cache.h"

namespace tessera::engine {

struct Person {
  // What Core said of the profile behind a part that has not come yet, and parts that came before they were expected.
  // A part that moves on is expected in two places at once: it goes to whom it was sent. Core orders what happens to a
  // person, and each wait is for something it ordered before, so every wait ends.
  struct Moving {
    std::vector<std::string> waiting;                     // messages' contents, oldest first
    std::vector<std::pair<PartId, std::string>> arrived;  // stored parts
  };

  std::vector<PartId> adopted;          // in the order they came; the profile's own root is not among them
  std::vector<std::uint32_t> segments;  // ids, ascending
  Timestamp due = segment::kNever;      // when segments are to be looked at again if nothing happens
  std::unique_ptr<Moving> moving;       // null: nothing is on its way

  bool waits() const { return moving != nullptr && !moving->waiting.empty(); }
  bool empty() const { return adopted.empty() && segments.empty() && moving == nullptr && due == segment::kNever; }
};

struct PersonCodec {
  using Key = ProfileId;
  using Value = Person;
  static constexpr storage::Family kFamily = storage::Family::kProfile;
  static std::string key(ProfileId id);
  static ProfileId parse_key(std::string_view key);
  static void encode(const Person& person, std::string& out);
  static Result<Person> decode(std::string_view bytes);
  static std::size_t size(const Person& person);
};

}  // namespace tessera::engine
