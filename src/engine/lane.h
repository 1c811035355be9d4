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
  kEvent = 1,    // Core → Shard: EventHead, event::Event
  kRelease = 2,  // Core → Shard: MoveHead: send this part to its new profile's shard
  kAdopt = 3,    // Shard → Shard: MoveHead, profile::StoredPart (empty: it had nothing)
  kExpect = 4,   // Core → Shard: MoveHead: this part is on its way; what is about its profile waits until it has come
  kLook = 5,     // Core → Shard: LookHead: find out anew which segments a profile is in
  kGroupEvent = 6,   // Core → Shard: EventHead of the group and the part that named it, event::Event
  kGroupTraits = 7,  // Shard → Core: GroupHead, profile::Group: what members are to know of their group
  kGroup = 8,        // Core → Shard: GroupHead of a member, profile::Group
  kFill = 9,         // Core → Shard: MoveHead (`from` is its profile): what the history knows of a part, Filling's
  kList = 10,        // Core → Shard: ListHead: a person is put on a list, or taken off it
};

struct EventHead {
  ProfileId profile;
  PartId part;
  Offset offset;
  SourceId source;
  catalog::Trust trust = catalog::Trust::kPublic;
  bool born = false;  // the event made the profile
};

struct MoveHead {
  PartId part;
  ProfileId from;
  ProfileId to;
};

// Why a profile's segments are looked at. The numbers reach disk.
enum class LookReason : std::uint8_t {
  kPublished = 1,
  kMerged = 2,  // it took another's parts in
  kSeparated = 3,
  kMergedAway = 4,  // its parts are about to go to another: it leaves its segments, and they remember it
};

struct LookHead {
  ProfileId profile;
  LookReason reason = LookReason::kPublished;
};

struct GroupHead {
  ProfileId profile;      // kGroupTraits: the group; kGroup: the member
  PartId part;            // the member's
  Offset offset;          // of the event behind it
  bool to_all = false;    // kGroupTraits: the group's traits changed, which is news to all members
  bool joins = false;     // kGroup: it was this member whose event it was
  bool historic = false;  // the event was
};

struct ListHead {
  ProfileId profile;
  PartId part;
  std::uint32_t feature = 0;  // the list's id
  bool listed = false;
};

inline constexpr std::size_t kHeadBytes = 32;
using Head = std::array<char, kHeadBytes>;
Head encode(const EventHead& head);
Head encode(const MoveHead& head);
Head encode(const LookHead& head);
Head encode(const GroupHead& head);
Head encode(const ListHead& head);
EventHead decode_event_head(const Head& head);
MoveHead decode_move_head(const Head& head);
LookHead decode_look_head(const Head& head);
GroupHead decode_group_head(const Head& head);
ListHead decode_list_head(const Head& head);

struct Message {
  MachineId from = 0;
  MachineId to = 0;
  Sequence sequence;
  MessageKind kind = MessageKind::kEvent;
  Head head{};
  std::string_view body;  // in the record that is being applied, or in `owned`
  std::string owned;
};

// The profile, on the machine it goes to, that a message is about.
ProfileId subject_of(const Message& message);

// A message's kind, head and body, without its place on a lane.
void encode_content(const Message& message, std::string& out);
Result<Message> decode_content(std::string_view bytes);  // the body points into `bytes`

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
