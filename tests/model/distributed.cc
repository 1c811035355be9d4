#include "distributed.h"

namespace tessera::model {

Distributed::Distributed(const Settings& settings) : settings_(settings) {
  const auto machines = static_cast<std::size_t>(settings.shards) + 1;
  inboxes_.resize(machines);
  sinks_.resize(machines);
  for (MachineId id = 0; id <= settings.shards; ++id) {
    cuts_.emplace_back(id, settings);
    owners_.push_back({cuts_.back(), {}});
  }
}

bool Distributed::advance(Owner& owner) {
  const auto id = static_cast<std::size_t>(owner.machine.id());
  const std::uint64_t offset = owner.machine.offset();
  if (offset == inboxes_[id].size()) return false;
  const Outputs outputs = owner.machine.consume(Entry(inboxes_[id][offset]));
  owner.unsent.insert(owner.unsent.end(), outputs.messages.begin(), outputs.messages.end());
  for (const auto& [place, effect] : outputs.effects) sinks_[id].accept(place.offset, place.index, effect);
  return true;
}

bool Distributed::pass_on(Owner& owner) {
  if (owner.unsent.empty()) return false;
  const Message message = owner.unsent.front();
  owner.unsent.pop_front();
  inboxes_[static_cast<std::size_t>(message.to)].push_back(message);
  return true;
}

void Distributed::consume(MachineId id) {
  advance(owners_[static_cast<std::size_t>(id)]);
}
void Distributed::send(MachineId id) {
  pass_on(owners_[static_cast<std::size_t>(id)]);
}

void Distributed::cut(MachineId id) {
  const auto i = static_cast<std::size_t>(id);
  Owner& owner = owners_[i];
  if (!owner.unsent.empty() && settings_.flaw != Flaw::kCutBeforeOutputs) return;
  if (settings_.flaw != Flaw::kCutBeforeSinks) sinks_[i].make_durable(owner.machine.offset());
  cuts_[i] = owner.machine;
}

void Distributed::crash(MachineId id) {
  const auto i = static_cast<std::size_t>(id);
  Owner fresh{cuts_[i], {}};
  if (settings_.flaw == Flaw::kMarksOutsideCuts) fresh.machine.set_marks(owners_[i].machine.marks());
  owners_[i] = std::move(fresh);
  sinks_[i].crash();
}

void Distributed::displace(MachineId id) {
  const auto i = static_cast<std::size_t>(id);
  displaced_.push_back(owners_[i]);
  owners_[i] = {cuts_[i], {}};
}

void Distributed::wander(std::size_t which) {
  if (displaced_.empty()) return;
  Owner& owner = displaced_[which % displaced_.size()];
  advance(owner);
  pass_on(owner);
}

void Distributed::repeat(MachineId id, std::size_t which) {
  auto& inbox = inboxes_[static_cast<std::size_t>(id)];
  if (inbox.empty()) return;
  const Entry entry = inbox[which % inbox.size()];
  if (std::holds_alternative<Message>(entry)) inbox.push_back(entry);
}

void Distributed::drain() {
  for (bool busy = true; busy;) {
    busy = false;
    for (Owner& owner : owners_) {
      while (advance(owner)) busy = true;
      while (pass_on(owner)) busy = true;
    }
  }
}

void Distributed::settle() {
  drain();
  const std::vector<Input> so_far = inputs();
  append({(so_far.empty() ? 0 : so_far.back().time) + 2 * kQuiet, Tick{}});
  drain();
}

std::vector<Machine> Distributed::machines() const {
  std::vector<Machine> machines;
  for (const Owner& owner : owners_) machines.push_back(owner.machine);
  return machines;
}

World Distributed::world() const {
  World world = seen_by(machines());
  for (const Sink& sink : sinks_) world.effects.merge(sink.effects());
  return world;
}

bool Distributed::quiet() const {
  return model::quiet(machines());
}

bool Distributed::contradicted() const {
  return std::ranges::any_of(sinks_, [](const Sink& sink) { return sink.contradicted(); });
}

bool Distributed::replays() const {
  for (const Owner& owner : owners_) {
    Machine fresh(owner.machine.id(), settings_);
    for (const Entry& entry : inboxes_[static_cast<std::size_t>(fresh.id())]) fresh.consume(entry);
    if (fresh != owner.machine) return false;
  }
  return true;
}

std::vector<Input> Distributed::inputs() const {
  std::vector<Input> inputs;
  for (const Entry& entry : inboxes_.front()) {
    if (const auto* input = std::get_if<Input>(&entry)) inputs.push_back(*input);
  }
  return inputs;
}

}  // namespace tessera::model
