// Cuts: when one is due, and its three steps (encode what changed; wait for the sinks; commit), taken a little at a
// time between batches. One at a time. The engine's thread.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"
#include "engine/machines.h"
#include "engine/state_writer.h"

namespace tessera::engine {

class Cutter {
 public:
  Cutter(const Options& options, Machines& machines, storage::Store& store, std::vector<Sink*> sinks,
         std::function<void()> wake);

  // The last durable cut is at `offset` (after load).
  void start_from(Offset offset, std::int64_t now_ms);
  // Wants a cut at `offset` or later as soon as can be.
  void request(Offset offset) { wanted_ = std::max(wanted_, offset); }

  // Goes on with the cut, or begins one that is due. True if there was something to do.
  Result<bool> step(std::int64_t now_ms);

  Offset durable() const { return durable_; }
  bool running() const { return stage_ != Stage::kIdle; }
  // The sinks hold a cut back for longer than two should take: nothing more should come in.
  bool overdue(std::int64_t now_ms) const;
  std::uint64_t count() const { return count_; }
  std::int64_t last_ms() const { return last_ms_; }

 private:
  enum class Stage : std::uint8_t { kIdle, kEncoding, kSinks, kWriting };
  bool due(std::int64_t now_ms) const;
  void begin(std::int64_t now_ms);

  const Options& options_;
  Machines& machines_;
  std::vector<Sink*> sinks_;
  StateWriter writer_;
  Stage stage_ = Stage::kIdle;
  std::unique_ptr<storage::CutBatch> batch_;
  Offset at_;  // of the running cut
  Offset durable_;
  Offset wanted_;
  std::int64_t began_ms_ = 0;  // the running cut, or the last one
  std::uint64_t count_ = 0;
  std::int64_t last_ms_ = 0;
};

}  // namespace tessera::engine
