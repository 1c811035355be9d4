// Core: the machine that needs one total order. It drops messages that came before, decides who an event is about,
// keeps what people have set up, and sends each event to the shard of its profile.
#pragma once

#include <memory>
#include <string>

#include "engine/backfill.h"
#include "engine/effects.h"
#include "engine/in_force.h"
#include "engine/lane.h"
#include "engine/seen.h"
#include "engine/sink.h"
#include "engine/sweep.h"
#include "engine/timers.h"
#include "identity/correction.h"
#include "identity/directory.h"
#include "log/log.h"

namespace tessera::engine {

// Counted since the first record.
struct Counters {
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
  std::uint64_t profiles = 0;  // now
  std::uint64_t merges = 0;
  std::uint64_t unmerges = 0;  // profiles that came out of another
  std::uint64_t groups = 0;    // now
  std::uint64_t next_profile = 1;
};

class Core {
 public:
  Core(storage::Store& store, std::uint64_t seen_limit, std::int64_t seen_ms,
       std::shared_ptr<const catalog::Kinds> kinds);

  Status load(const storage::Store& store, const storage::Snapshot& state);
  // kDataLoss if the record's body cannot be read.
  // `quiet`: no message waits to be taken.
  Status apply(const log::Record& record, bool quiet, Outbox& outbox, Timers& timers, Effects& effects);
  void fire(const Timer& timer, Timestamp time, Timers& timers);
  // Takes what a shard says.
  Status take(const Message& message, Outbox& outbox);

  identity::Directory& directory() { return directory_; }
  const identity::Directory& directory() const { return directory_; }
  Seen& seen() { return seen_; }
  const Seen& seen() const { return seen_; }
  const Counters& counters() const { return counters_; }
  const InForce& in_force() const { return in_force_; }
  const Refusals& refusals() const { return refusals_; }
  const Sweep& sweep() const { return sweep_; }
  const Backfill& backfill() const { return backfill_; }

  // What is not in a cache: counters, seen blocks, definitions.
  void write_changes(storage::CutBatch& batch);

 private:
  Status apply_event(const log::Record& record, Outbox& outbox, Timers& timers, Effects& effects);
  Status apply_definitions(const log::Record& record);
  void begin_sweep(const segment::Plan& before);
  void begin_backfill(Offset offset);
  void narrow_backfill();
  Status apply_sweep(const log::Record& record, bool quiet, Outbox& outbox);
  Status apply_list(const log::Record& record, Outbox& outbox);
  Status apply_ranks(const log::Record& record);
  Status apply_backfill(const log::Record& record, bool quiet, Outbox& outbox);
  Status apply_correction(const log::Record& record, Outbox& outbox, Effects& effects);
  void apply_group(const log::Record& record, const event::Event& event, const identity::Resolution& who,
                   const identity::Claim& claim, Outbox& outbox, Effects& effects);
  void move(PartId part, ProfileId from, ProfileId into, Outbox& outbox, Effects& effects);
  void tell_merge(const identity::Merge& merge, Outbox& outbox, Effects& effects);
  void tell_refusal(const identity::Refusal& refusal, const identity::Resolution& who, Effects& effects);
  void tell_split(const identity::Split& split, const identity::Correction& why, Outbox& outbox, Effects& effects);

  Counters counters_;
  Seen seen_;
  identity::Directory directory_;
  InForce in_force_;
  Refusals refusals_;
  Sweep sweep_;
  bool sweep_changed_ = false;  // since the last cut
  Backfill backfill_;
  bool backfill_changed_ = false;  // since the last cut
};

}  // namespace tessera::engine
