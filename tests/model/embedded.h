// The model, page 4 of 5: one log, one thread, all machines.
//
// The log is what survives: inputs, of which the first `synced` are kept for certain. State is what was cut last, and
// what the log added since. Lanes are part of state; they are drained in a fixed order after each input, up to a limit
// of steps, and what is left over is drained after the next.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine.h"
#include "world.h"

namespace tessera::model {

// Where effects go. It remembers their ids, and loses what it had not made durable when the power goes.
class Sink {
 public:
  void accept(std::uint64_t offset, std::uint64_t index, const Effect& effect);
  void make_durable(std::uint64_t offset) { durable_ = std::max(durable_, offset); }
  void crash();

  std::multiset<Effect> effects() const;
  bool contradicted() const { return contradicted_; }  // one id came with two contents
  friend bool operator==(const Sink&, const Sink&) = default;

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, Effect> told_;
  std::uint64_t durable_ = 0;
  bool contradicted_ = false;
};

class Embedded {
 public:
  Embedded(const Settings& settings, int step_limit);

  // The edge.
  void append(const Input& input) { log_.push_back(input); }
  void sync() { synced_ = log_.size(); }
  std::set<std::pair<int, int>> acknowledged() const { return acknowledged_; }  // (source, message) told "kept"
  void acknowledge();

  // The engine: applies the next synced input, if there is one.
  bool step();
  void cut();
  void make_sink_durable() { sink_.make_durable(state_.applied); }
  // The power goes: of what was not synced, the first `kept` inputs happen to have reached the disk.
  void crash(std::size_t kept);

  // Applies all that is there, and lets time pass until every lane is empty.
  void settle();

  const std::vector<Input>& log() const { return log_; }
  World world() const;
  bool quiet() const;
  bool contradicted() const { return sink_.contradicted(); }
  // All of it, positions, marks and lanes too: the same log gives the same state, however it was run.
  friend bool same_state(const Embedded& a, const Embedded& b) { return a.state_ == b.state_; }

 private:
  struct State {
    std::uint64_t applied = 0;  // inputs
    std::vector<Machine> machines;
    std::map<std::pair<MachineId, MachineId>, std::deque<Message>> lanes;  // (to, from); none is empty
    friend bool operator==(const State&, const State&) = default;
  };
  void deliver(MachineId to, const std::variant<Input, Message>& entry, std::uint64_t& effects);

  const Settings settings_;
  const int step_limit_;
  std::vector<Input> log_;
  std::size_t synced_ = 0;
  std::set<std::pair<int, int>> acknowledged_;
  State state_;
  State cut_;
  Sink sink_;
};

}  // namespace tessera::model
