// The model, page 1 of 5: what there is to say.
//
// Input is what the world tells Tessera; it stands in Core's inbox. Messages are what machines tell each other; they
// stand in the receiver's inbox. Effects are what the machines tell the world. All are plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tessera::model {

using MachineId = int;  // 0 is Core, 1 … n are the Shards
using PartId = std::uint64_t;
using ProfileId = std::uint64_t;  // also the id of the part that the profile was born with
inline constexpr MachineId kCore = 0;

// A profile lives on one Shard for life; its id says on which.
inline MachineId shard_of(ProfileId profile, int shards) {
  return 1 + static_cast<MachineId>(profile % shards);
}
inline ProfileId nth_profile(std::uint64_t n, int shards) {
  return n * shards + n * 2654435761U % shards;
}

// How long a part must be silent to have lapsed, in the model's unit of time.
inline constexpr std::int64_t kQuiet = 20;
// Every third event of a person, over all their parts, asks Core for a point.
inline constexpr std::uint64_t kMilestone = 3;

// ---- What the world says.

struct Event {
  int source = 0;
  int message = 0;               // unique within its source: senders repeat it when they try again
  std::vector<int> identifiers;  // at least one; the first is the most important
  std::int64_t amount = 0;
  friend auto operator<=>(const Event&, const Event&) = default;
};
inline constexpr int kNobody = -1;  // an identifier that no event names
struct Unmerge {                    // the part that this identifier belongs to becomes a person of its own again
  int identifier = 0;
  friend auto operator<=>(const Unmerge&, const Unmerge&) = default;
};
struct Tick {
  friend auto operator<=>(const Tick&, const Tick&) = default;
};
struct Input {
  std::int64_t time = 0;  // never less than the input before it
  std::variant<Event, Unmerge, Tick> what;
  friend auto operator<=>(const Input&, const Input&) = default;
};

// ---- What machines say to each other.

// What a Shard knows of one part. Only the Shard that holds the part changes it.
struct PartState {
  std::uint64_t events = 0;
  std::int64_t total = 0;
  std::int64_t due = 0;  // when the part will have lapsed; 0: no timer
  std::uint64_t lapses = 0;
  std::uint64_t asked = 0;    // points asked of Core …
  std::uint64_t points = 0;   // … granted …
  std::uint64_t refused = 0;  // … and refused
  friend auto operator<=>(const PartState&, const PartState&) = default;
};

struct Apply {
  Event event;
  PartId part = 0;
  bool born = false;
  friend auto operator<=>(const Apply&, const Apply&) = default;
};
struct Release {
  PartId part = 0;
  ProfileId to = 0;
  friend auto operator<=>(const Release&, const Release&) = default;
};
struct Expect {
  PartId part = 0;
  friend auto operator<=>(const Expect&, const Expect&) = default;
};
struct Adopt {
  PartId part = 0;
  PartState state;
  friend auto operator<=>(const Adopt&, const Adopt&) = default;
};
struct Ask {
  PartId part = 0;
  friend auto operator<=>(const Ask&, const Ask&) = default;
};
struct Answer {
  PartId part = 0;
  bool granted = false;
  friend auto operator<=>(const Answer&, const Answer&) = default;
};
struct TimePasses {
  friend auto operator<=>(const TimePasses&, const TimePasses&) = default;
};

// A message's place on its lane: the sender's inbox offset that caused it, and how many it caused before. It is a
// function of the sender's inbox alone, so a sender that replays gives the same message the same place.
struct Place {
  std::uint64_t offset = 0;
  std::uint32_t index = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};
struct Message {
  MachineId from = 0;
  MachineId to = 0;
  Place place;
  std::int64_t time = 0;  // Core's, at the input that led here
  ProfileId profile = 0;  // whom it is about; 0: everybody
  std::variant<Apply, Release, Expect, Adopt, Ask, Answer, TimePasses> what;
  friend auto operator<=>(const Message&, const Message&) = default;
};

// ---- What the world is told.

struct Effect {
  enum class Kind : std::uint8_t { kApplied, kLapsed } kind = Kind::kApplied;
  ProfileId profile = 0;  // at that moment
  PartId part = 0;
  std::int64_t first = 0;   // applied: source; lapsed: when
  std::int64_t second = 0;  // applied: message
  friend auto operator<=>(const Effect&, const Effect&) = default;
};

// ---- What can be left out, to show that it is needed (see `EveryRule` in model_test.cc).

enum class Flaw : std::uint8_t {
  kNone,
  kDuplicatesByProfile,    // de-duplication after identity, keyed by (profile, source, message)
  kNoMarks,                // a receiver takes whatever comes
  kMarksOutsideCuts,       // marks outlive a crash, though the state they speak of does not
  kNoWaiting,              // a Shard applies a person's events while a part of theirs is still on its way
  kArrivalsByPart,         // a part that has come is given to whoever expects it, not to whom it was sent
  kAnswerTheAsker,         // Core answers the Shard that asked, not the one that holds the part now
  kAcknowledgeBeforeSync,  // a sender is told "kept" before the log is synced
  kCutBeforeSinks,         // a cut does not wait for what is outside to be durable
  kCutBeforeOutputs,       // a cut does not wait until what was sent is in the receivers' inboxes
};

}  // namespace tessera::model
