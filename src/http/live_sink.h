// What the live page shows of the stream of effects: how many events a second, and the last people who did something.
// Keeps nothing: it is a window on the present, not a history.
//
// Cheap however fast events come: a batch is counted at once, and only its last few effects are read, at most
// kLooks of them each kLookMs. The engine's thread writes; any thread may take a look.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "http/passing_sink.h"

namespace tessera::http {

// Someone, and the latest thing they did.
struct LivePerson {
  ProfileId profile;  // at that moment; may have been merged into another since
  Offset offset;
  SourceId source;
  std::string type;  // "track", "page", …
  std::string name;  // may be empty
  Timestamp occurred_at;
  bool merged = false;  // that event made one person of two
};

struct LiveView {
  std::uint64_t events_per_second = 0;          // over the last two seconds
  std::vector<std::uint32_t> events_by_second;  // the last kSeconds whole seconds, oldest first
  std::vector<LivePerson> people;               // each once, newest first; at most kPeople
};

class LiveSink : public PassingSink {
 public:
  static constexpr std::size_t kPeople = 16;  // some more than are shown: two of them may turn out to be one
  static constexpr std::size_t kSeconds = 60;
  static constexpr std::size_t kLooks = 16;
  static constexpr std::int64_t kLookMs = 25;

  // `clock` must outlive it.
  explicit LiveSink(Clock& clock) : clock_(clock) {}

  void accept(std::shared_ptr<const engine::EffectBatch> batch) override;

  LiveView look() const;

 private:
  static constexpr std::int64_t kSlotMs = 250;
  static constexpr std::size_t kSlots = 256;  // 64 seconds

  struct Slot {
    std::int64_t number = -1;  // which quarter of a second it counts
    std::uint32_t events = 0;
  };

  void count(std::int64_t now_ms, std::uint32_t events);
  void note(const engine::Effect& effect, Offset merged_at);
  std::uint32_t events_in(std::int64_t slot) const;

  Clock& clock_;
  std::size_t looks_left_ = 0;       // the engine's thread
  std::int64_t looks_until_ms_ = 0;  // the engine's thread
  mutable std::mutex mutex_;
  std::array<Slot, kSlots> slots_;  // guarded by mutex_
  std::vector<LivePerson> people_;  // guarded by mutex_; newest first
};

}  // namespace tessera::http
