#include "world.h"

#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace tessera::model {
namespace {

class Plain {
 public:
  explicit Plain(int shards) : shards_(shards) {}

  void add(const Input& input) {
    if (const auto* event = std::get_if<Event>(&input.what)) {
      if (seen_.emplace(event->source, event->message).second) add(*event, input.time);
    } else if (const auto* unmerge = std::get_if<Unmerge>(&input.what)) {
      const auto found = world_.directory.find(unmerge->identifier);
      if (found != world_.directory.end()) move(found->second, found->second, input.time);
    } else {
      for (auto& [id, part] : world_.parts) lapse(id, part, input.time);
    }
  }

  const World& world() const { return world_; }

 private:
  void add(const Event& event, std::int64_t time) {
    std::optional<PartId> home;
    std::set<ProfileId> people;
    for (const int identifier : event.identifiers) {
      if (!world_.directory.contains(identifier)) continue;
      if (!home) home = world_.directory[identifier];
      people.insert(world_.parts[world_.directory[identifier]].profile);
    }
    if (!home) {
      home = nth_profile(++born_, shards_);
      world_.parts[*home].profile = *home;
      people.insert(*home);
    }
    const ProfileId person = *people.begin();
    for (auto& [id, part] : world_.parts) {
      if (people.contains(part.profile)) move(id, person, time);
    }
    for (const int identifier : event.identifiers) world_.directory.emplace(identifier, *home);

    std::uint64_t events = 1;
    for (auto& [id, part] : world_.parts) {
      if (part.profile != person) continue;
      lapse(id, part, time);
      events += part.state.events;
    }
    PartState& state = world_.parts[*home].state;
    ++state.events;
    state.total += event.amount;
    state.due = time + kQuiet;
    world_.effects.insert({Effect::Kind::kApplied, person, *home, event.source, event.message});
    if (events % kMilestone != 0) return;
    ++state.asked;
    ++state.points;
    ++world_.granted[*home];
  }

  void move(PartId id, ProfileId to, std::int64_t time) {
    World::Part& part = world_.parts[id];
    if (part.profile == to) return;
    lapse(id, part, time);
    part.profile = to;
  }

  void lapse(PartId id, World::Part& part, std::int64_t now) {
    if (part.state.due == 0 || part.state.due > now) return;
    ++part.state.lapses;
    world_.effects.insert({Effect::Kind::kLapsed, part.profile, id, part.state.due, 0});
    part.state.due = 0;
  }

  const int shards_;
  std::uint64_t born_ = 0;
  std::set<std::pair<int, int>> seen_;
  World world_;
};

std::ostream& operator<<(std::ostream& out, const World::Part& part) {
  const PartState& s = part.state;
  return out << "profile " << part.profile << ", " << s.events << " events, total " << s.total << ", due " << s.due
             << ", " << s.lapses << " lapses, asked " << s.asked << ", points " << s.points << ", refused "
             << s.refused;
}
std::ostream& operator<<(std::ostream& out, const Effect& effect) {
  const bool applied = effect.kind == Effect::Kind::kApplied;
  return out << (applied ? "applied message " : "lapsed ") << effect.first << ":" << effect.second << ", part "
             << effect.part << " of " << effect.profile;
}

template <class Map>
void compare(std::ostream& out, const char* what, const Map& expected, const Map& found) {
  for (const auto& [key, value] : expected) {
    const auto other = found.find(key);
    if (other == found.end()) {
      out << what << " " << key << " is missing (" << value << ")\n";
    } else if (other->second != value) {
      out << what << " " << key << ": expected " << value << "\n  found " << other->second << "\n";
    }
  }
  for (const auto& [key, value] : found) {
    if (!expected.contains(key)) out << what << " " << key << " should not be there (" << value << ")\n";
  }
}

}  // namespace

World plainly(const std::vector<Input>& inputs, int shards) {
  Plain plain(shards);
  for (const Input& input : inputs) plain.add(input);
  return plain.world();
}

World seen_by(const std::vector<Machine>& machines) {
  World world;
  const Core& core = machines.front().core();
  world.directory = core.directory();
  world.granted = core.granted();
  for (const auto& [part, profile] : core.profiles()) world.parts[part].profile = profile;
  for (const Machine& machine : machines) {
    for (const auto& [profile, person] : machine.shard().people()) {
      for (const auto& [part, state] : person.parts) world.parts[part] = {profile, state};
    }
  }
  return world;
}

bool quiet(const std::vector<Machine>& machines) {
  return std::ranges::all_of(machines, [](const Machine& machine) { return machine.shard().quiet(); });
}

std::string difference(const World& expected, const World& found) {
  std::ostringstream out;
  compare(out, "identifier", expected.directory, found.directory);
  compare(out, "part", expected.parts, found.parts);
  compare(out, "points granted to", expected.granted, found.granted);
  for (const Effect& effect : expected.effects) {
    if (found.effects.count(effect) < expected.effects.count(effect)) out << "never told: " << effect << "\n";
  }
  for (const Effect& effect : found.effects) {
    if (found.effects.count(effect) > expected.effects.count(effect)) out << "told too often: " << effect << "\n";
  }
  return out.str();
}

}  // namespace tessera::model
