// The model, page 2 of 5: the machines.
//
// A machine consumes its inbox, entry by entry, and nothing else: state and outputs are a function of the inbox.
// Core decides who is who, what was seen before, and who gets a point. A Shard holds parts and what follows from them.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "records.h"

namespace tessera::model {

struct Settings {
  int shards = 3;
  std::uint64_t points = ~0ULL;  // how many Core may grant in all
  Flaw flaw = Flaw::kNone;
  friend auto operator<=>(const Settings&, const Settings&) = default;
};

// Gathers what one inbox entry causes, and numbers it.
class Outputs {
 public:
  Outputs(MachineId from, std::uint64_t offset) : from_(from), offset_(offset) {}
  template <class What>
  void send(MachineId to, std::int64_t time, ProfileId profile, What what) {
    messages.push_back({from_, to, {offset_, index_++}, time, profile, std::move(what)});
  }
  void tell(Effect effect) { effects.emplace_back(Place{offset_, index_++}, effect); }

  std::vector<Message> messages;
  std::vector<std::pair<Place, Effect>> effects;

 private:
  MachineId from_;
  std::uint64_t offset_;
  std::uint32_t index_ = 0;
};

class Core {
 public:
  void consume(const Settings& settings, const Input& input, Outputs& out);
  void consume(const Settings& settings, const Message& message, Outputs& out);  // an Ask

  const std::map<int, PartId>& directory() const { return directory_; }
  const std::map<PartId, ProfileId>& profiles() const { return profile_of_; }
  const std::map<PartId, std::uint64_t>& granted() const { return granted_; }
  friend auto operator<=>(const Core&, const Core&) = default;

 private:
  void apply(const Settings& settings, const Event& event, Outputs& out);
  bool first_sight(const Settings& settings, const Event& event, ProfileId profile);
  void move(const Settings& settings, PartId part, ProfileId to, Outputs& out);

  std::int64_t now_ = 0;
  std::uint64_t born_ = 0;
  std::set<std::tuple<ProfileId, int, int>> seen_;  // (0, source, message)
  std::map<int, PartId> directory_;                 // identifier → part
  std::map<PartId, ProfileId> profile_of_;
  std::map<PartId, std::uint64_t> granted_;
  std::uint64_t granted_in_all_ = 0;
};

// What a Shard does about one person is in Core's order, whatever else is on its way: a message about a person whose
// part has not arrived yet waits, in order, with all that come after it. So a merge never shows half of itself.
class Shard {
 public:
  void consume(const Settings& settings, const Message& message, Outputs& out);

  struct Person {
    std::map<PartId, PartState> parts;
    std::deque<Message> waiting;  // Core's messages; not empty only if the first is an Expect whose part is on its way
    friend auto operator<=>(const Person&, const Person&) = default;
  };
  const std::map<ProfileId, Person>& people() const { return people_; }
  bool quiet() const;  // nothing waits
  friend auto operator<=>(const Shard&, const Shard&) = default;

 private:
  void proceed(const Settings& settings, ProfileId profile, Outputs& out);
  void apply(const Settings& settings, ProfileId profile, Person& person, const Message& message, Outputs& out);
  void apply_event(ProfileId profile, Person& person, const Apply& apply, std::int64_t time, Outputs& out);
  void fire_timers(ProfileId profile, Person& person, std::int64_t now, Outputs& out);

  std::map<ProfileId, Person> people_;
  // Parts that came before their person was ready for them. By whom they were sent to, too: a part that moves on is
  // expected in two places at once, and must not be taken by the later one.
  std::map<std::pair<ProfileId, PartId>, PartState> arrived_;
};

// A machine and how far it is: all that a cut keeps.
class Machine {
 public:
  Machine(MachineId id, const Settings& settings) : id_(id), settings_(settings) {}

  // The next entry of the inbox. What is not above its lane's mark was here before, and does nothing.
  Outputs consume(const std::variant<Input, Message>& entry);

  MachineId id() const { return id_; }
  std::uint64_t offset() const { return offset_; }  // entries consumed
  const Core& core() const { return core_; }
  const Shard& shard() const { return shard_; }

  using Marks = std::map<MachineId, Place>;
  const Marks& marks() const { return marks_; }
  void set_marks(Marks marks) { marks_ = std::move(marks); }  // for Flaw::kMarksOutsideCuts
  friend auto operator<=>(const Machine&, const Machine&) = default;

 private:
  MachineId id_;
  Settings settings_;
  std::uint64_t offset_ = 0;
  Marks marks_;  // the highest place taken from each lane
  Core core_;    // of machine 0
  Shard shard_;  // of all others
};

}  // namespace tessera::model
