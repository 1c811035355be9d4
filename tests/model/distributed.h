// The model, page 5 of 5: many logs, every machine on its own.
//
// Each machine has an inbox that survives everything (a partition). Its owner, a process that may die, consumes the
// inbox at its own pace and appends what it sends to the inboxes of others, in order, some time later. A new owner
// starts from the last cut and sends again what it sends again. An owner that was displaced may not know it, and goes
// on sending. The transport may repeat what it carried.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "embedded.h"
#include "machine.h"
#include "world.h"

namespace tessera::model {

class Distributed {
 public:
  explicit Distributed(const Settings& settings);

  // The edge appends to Core's inbox.
  void append(const Input& input) { inboxes_.front().push_back(input); }

  // What may happen to machine `id`, in any order. Those that have nothing to do, do nothing.
  void consume(MachineId id);
  void send(MachineId id);                       // its oldest output reaches the receiver's inbox
  void cut(MachineId id);                        // once its outputs are in their inboxes and its effects are durable
  void crash(MachineId id);                      // a new owner starts from the cut
  void displace(MachineId id);                   // so does it here, but the old one lives on
  void wander(std::size_t which);                // a displaced owner goes on: consumes an entry, and sends an output
  void repeat(MachineId id, std::size_t which);  // the transport repeats a message in this inbox

  // Everybody consumes and sends until nothing is left, and time passes.
  void settle();

  World world() const;
  bool quiet() const;
  bool contradicted() const;
  // Whether each machine's state is what its inbox alone, consumed by a fresh machine, comes to.
  bool replays() const;
  std::vector<Input> inputs() const;  // as they stand in Core's inbox

 private:
  using Entry = std::variant<Input, Message>;
  struct Owner {
    Machine machine;
    std::deque<Message> unsent;
  };
  bool advance(Owner& owner);  // consumes one entry; false if there was none
  bool pass_on(Owner& owner);  // sends one output; false if there was none
  void drain();
  std::vector<Machine> machines() const;

  const Settings settings_;
  std::vector<std::vector<Entry>> inboxes_;  // by machine; durable
  std::vector<Machine> cuts_;                // by machine; durable
  std::vector<Sink> sinks_;                  // by machine
  std::vector<Owner> owners_;                // by machine
  std::vector<Owner> displaced_;
};

}  // namespace tessera::model
