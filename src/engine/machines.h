// The 257 machines, their state and their lanes: the deterministic heart of the engine. No threads, no clock, no I/O
// but reads of the store. Everything that happens to it is `apply`; the same records give the same state.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "engine/core.h"
#include "engine/lane.h"
#include "engine/shard.h"
#include "engine/sink.h"
#include "engine/timers.h"
#include "log/log.h"

namespace tessera::engine {

struct MachineOptions {
  std::uint64_t seen_limit = 200'000'000;
  std::int64_t seen_ms = 7 * kDayMs;
  std::shared_ptr<const catalog::Kinds> kinds;  // of definitions; null: sources and identity rules alone
};

inline constexpr int kMaxSteps = 1000;  // lane messages taken per record
inline constexpr int kMaxFired = 1000;  // timers fired per record

class Machines {
 public:
  Machines(storage::Store& store, const MachineOptions& options);

  // Reads the last cut's state. Call once, first.
  Status load();

  // After `load`: reads state ahead, up to about `bytes`, because work would soon ask for it piece by piece.
  Status preload(std::size_t bytes);

  // Applies one record, the one after `position`, and adds its effects. An error means damage, and that nothing more
  // may be applied.
  Status apply(const log::Record& record, EffectBatch& effects);

  Offset position() const { return position_; }
  Timestamp time() const { return time_; }
  // Whether a tick at `time` would do something.
  bool wants_tick(Timestamp time) const { return !lanes_.empty() || next_due() <= time; }
  // When somebody is to be woken next; the end of time if nobody is.
  Timestamp next_due() const { return std::min(timers_.next_due(), shards_.next_due()); }

  // The step that a sweep under way is to take next; nullopt if none is.
  std::optional<SweepStep> next_sweep_step() const;

  // A cut at the present position: `begin_cut`, then `encode_some` until it is true, commit `batch`, `end_cut`. Records
  // may be applied in between; they are not in the cut.
  void begin_cut(storage::CutBatch& batch);
  bool encode_some(std::size_t count);
  void end_cut();
  std::size_t changed_bytes() const;  // about what a cut now would write
  std::size_t cache_bytes() const;
  // Forgets a little of what is over `bytes`; called between any two batches.
  void shrink_to(std::size_t bytes);

  Core& core() { return core_; }
  const Core& core() const { return core_; }
  Shards& shards() { return shards_; }

 private:
  void follow();
  Status drain(Outbox& from_core, Effects& effects);
  Status failure() const;

  storage::Store& store_;
  Core core_;
  Shards shards_;
  std::shared_ptr<const segment::Plan> followed_;  // what the Shards follow
  Timers timers_;
  LaneQueue lanes_;
  bool stored_lanes_ = false;  // the last cut held waiting messages
  std::array<Mailmarks, kMachineCount> marks_;
  Offset position_;
  Timestamp time_;
};

// A hash over all state in `store`: equal for equal logs, however they were cut and batched.
Result<std::string> digest_of(const storage::Store& store);

}  // namespace tessera::engine
