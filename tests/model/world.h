// The model, page 3 of 5: what it all must come to.
//
// A World is what people can see once everything is quiet. `plainly` works it out from the inputs in the plainest way:
// one loop, one table, no machines, no messages. Every way to run the machines must come to the same World.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine.h"
#include "records.h"

namespace tessera::model {

struct World {
  struct Part {
    ProfileId profile = 0;
    PartState state;
    friend auto operator<=>(const Part&, const Part&) = default;
  };
  std::map<int, PartId> directory;
  std::map<PartId, Part> parts;
  std::map<PartId, std::uint64_t> granted;  // Core's books
  std::multiset<Effect> effects;
  friend auto operator<=>(const World&, const World&) = default;
};

// The World of inputs in this order, with points without end.
World plainly(const std::vector<Input>& inputs, int shards);

// What the machines, Core first, say it is. Effects are the caller's to add.
World seen_by(const std::vector<Machine>& machines);

// Whether nothing waits on any Shard.
bool quiet(const std::vector<Machine>& machines);

// The first difference, in words; empty if there is none.
std::string difference(const World& expected, const World& found);

}  // namespace tessera::model
