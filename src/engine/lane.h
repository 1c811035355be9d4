// Lanes: how machines tell each other things. Messages are encoded, ordered per lane, and taken once.
//
// A message's sequence is (the sender's input, index): where the sender stood when it spoke, and the how-manieth thing
// it said there. A replay says the same again under the same sequence; a receiver keeps the highest sequence it has
// taken per sender and drops what is not above it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/source.h"

namespace tessera::engine {

// 0 is Core; 1 + n is Shard n.
using MachineId = std::uint16_t;
inline constexpr MachineId kCoreMachine = 0;
inline constexpr std::size_t kMachineCount = 1 + kShardCount;
constexpr MachineId machine_of(ProfileId id) {
  return static_cast<MachineId>(1 + shard_of(id));
}

struct Sequence {
  std::uint64_t input = 0;
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(Sequence, Sequence) = default;
};

// The numbers reach disk.
enum class MessageKind : std::uint8_t {
  kEvent = 1,    // Core → Shard: head: EventHead, body: event::Event
  kRelease = 2,  // Core → Shard: head: MoveHead: send this part to its new profile's shard
  kAdopt = 3,    // Shard → Shard: head: MoveHead, body: profile::Part (empty: it had nothing)
};

struct EventHead {
  ProfileId profile;
  PartId part;
  Offset offset;
  SourceId source;
  catalog::Trust trust = catalog::Trust::kPublic;
};

struct MoveHead {
  PartId part;
  ProfileId from;
  ProfileId to;
};

inline constexpr std::size_t kHeadBytes = 32;
using Head = std::array<char, kHeadBytes>;
Head encode(const EventHead& head);
Head encode(const MoveHead& head);
EventHead decode_event_head(const Head& head);
MoveHead decode_move_head(const Head& head);

struct Message {
  MachineId from = 0;
  MachineId to = 0;
  Sequence sequence;
  MessageKind kind = MessageKind::kEvent;
  Head head{};
  std::string_view body;  // in the record that is being applied, or in `owned`
  std::string owned;
};

// What one machine knows of its lanes.
struct Mailmarks {
  std::uint64_t inputs = 0;                           // how many inputs it has applied; Core: the log's offset
  std::vector<std::pair<MachineId, Sequence>> marks;  // per sender, the highest sequence taken
  bool changed = false;                               // since the last cut

  // Whether `message` is new; if so it counts as taken.
  bool take(const Message& message);
};
void encode(const Mailmarks& marks, std::string& out);
Result<Mailmarks> decode_mailmarks(std::string_view bytes);

// Messages that wait, oldest first. Drained in this order, whatever the machines.
class LaneQueue {
 public:
  void push(Message message) { messages_.push_back(std::move(message)); }
  bool empty() const { return next_ == messages_.size(); }
  std::size_t size() const { return messages_.size() - next_; }
  Message pop();
  // The record is done with: what still waits takes its bodies along.
  void own_bodies();
  void encode(std::string& out) const;
  Status decode(std::string_view bytes);

 private:
  std::vector<Message> messages_;
  std::size_t next_ = 0;
};

// Where a machine's messages go while it applies one input.
class Outbox {
 public:
  Outbox(LaneQueue& queue, MachineId from, std::uint64_t input) : queue_(queue), from_(from), input_(input) {}
  void send(MachineId to, MessageKind kind, const Head& head, std::string_view body) {
    queue_.push({from_, to, {input_, index_++}, kind, head, body, {}});
  }
  void send_owned(MachineId to, MessageKind kind, const Head& head, std::string body);

 private:
  LaneQueue& queue_;
  MachineId from_;
  std::uint64_t input_;
  std::uint32_t index_ = 0;
};

}  // namespace tessera::engine
