#include "embedded.h"

namespace tessera::model {

void Sink::accept(std::uint64_t offset, std::uint64_t index, const Effect& effect) {
  const auto [told, first] = told_.emplace(std::pair(offset, index), effect);
  if (!first && told->second != effect) contradicted_ = true;
}

void Sink::crash() {
  told_.erase(told_.upper_bound({durable_, ~0ULL}), told_.end());
}

std::multiset<Effect> Sink::effects() const {
  std::multiset<Effect> effects;
  for (const auto& [id, effect] : told_) effects.insert(effect);
  return effects;
}

Embedded::Embedded(const Settings& settings, int step_limit) : settings_(settings), step_limit_(step_limit) {
  for (MachineId id = 0; id <= settings.shards; ++id) state_.machines.emplace_back(id, settings);
  cut_ = state_;
}

void Embedded::acknowledge() {
  const std::size_t kept = settings_.flaw == Flaw::kAcknowledgeBeforeSync ? log_.size() : synced_;
  for (std::size_t i = 0; i < kept; ++i) {
    if (const auto* event = std::get_if<Event>(&log_[i].what)) acknowledged_.emplace(event->source, event->message);
  }
}

bool Embedded::step() {
  if (state_.applied == synced_) return false;
  const Input& input = log_[state_.applied++];
  std::uint64_t effects = 0;  // of this input, so far: an effect's id is (offset, number)
  deliver(kCore, input, effects);
  for (int steps = 0; steps < step_limit_ && !state_.lanes.empty(); ++steps) {
    const auto lane = state_.lanes.begin();
    const Message message = lane->second.front();
    lane->second.pop_front();
    if (lane->second.empty()) state_.lanes.erase(lane);
    deliver(message.to, message, effects);
  }
  return true;
}

void Embedded::deliver(MachineId to, const std::variant<Input, Message>& entry, std::uint64_t& effects) {
  const Outputs outputs = state_.machines[static_cast<std::size_t>(to)].consume(entry);
  for (const Message& message : outputs.messages) state_.lanes[{message.to, message.from}].push_back(message);
  for (const auto& [place, effect] : outputs.effects) sink_.accept(state_.applied, effects++, effect);
}

void Embedded::cut() {
  if (settings_.flaw != Flaw::kCutBeforeSinks) sink_.make_durable(state_.applied);
  cut_ = state_;
}

void Embedded::crash(std::size_t kept) {
  log_.resize(std::min(log_.size(), synced_ + kept));
  synced_ = log_.size();  // opening the log again syncs what it finds
  std::vector<Machine::Marks> marks;
  for (const Machine& machine : state_.machines) marks.push_back(machine.marks());
  state_ = cut_;
  if (settings_.flaw == Flaw::kMarksOutsideCuts) {
    for (std::size_t i = 0; i < marks.size(); ++i) state_.machines[i].set_marks(marks[i]);
  }
  sink_.crash();
}

void Embedded::settle() {
  const std::int64_t end = (log_.empty() ? 0 : log_.back().time) + 2 * kQuiet;
  append({end, Tick{}});
  sync();
  while (step()) {
    if (state_.applied == log_.size() && !state_.lanes.empty()) {
      append({end, Unmerge{kNobody}});  // changes nothing, and drains the lanes by so many steps
      sync();
    }
  }
}

World Embedded::world() const {
  World world = seen_by(state_.machines);
  world.effects = sink_.effects();
  return world;
}

bool Embedded::quiet() const {
  return state_.lanes.empty() && model::quiet(state_.machines);
}

}  // namespace tessera::model
