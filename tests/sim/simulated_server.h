// A Tessera without threads: each step that its threads would take is a call, and a crash may come between any two.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/machines.h"
#include "engine/record_clock.h"
#include "log/log.h"
#include "testing/manual_clock.h"
#include "testing/memory_files.h"
#include "testing/memory_store.h"
#include "testing/random.h"

namespace tessera::sim {

// What a durable sink has: rows by (offset, index), and how far it is durable. A crash loses what is not.
class SimulatedSink {
 public:
  void accept(const engine::EffectBatch& batch);
  void commit() { durable_ = accepted_, durable_rows_ = rows_; }
  void crash() { accepted_ = durable_, rows_ = durable_rows_; }
  Offset durable() const { return durable_; }
  const std::set<std::pair<std::uint64_t, std::uint32_t>>& rows() const { return rows_; }
  bool repeated() const { return repeated_; }

 private:
  std::set<std::pair<std::uint64_t, std::uint32_t>> rows_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> durable_rows_;
  Offset accepted_;
  Offset durable_;
  bool repeated_ = false;  // a row came twice
};

class SimulatedServer {
 public:
  explicit SimulatedServer(testing::Random& random);

  // Appends as one group; true if it was acknowledged. The server may be dead after a false.
  bool append(const std::vector<log::Draft>& drafts);
  // Some of what its threads would do next: apply records, go on with a cut, commit the sink.
  void work();
  // Loses power, and starts again.
  void crash();
  // Plans that the files die after some more operations.
  void plan_death() { files_.halt_after(random_.below(30)); }
  // Applies everything and cuts.
  void settle();

  testing::ManualClock& clock() { return clock_; }
  engine::Machines& machines() { return *machines_; }
  const testing::MemoryStore& store() const { return store_; }
  const SimulatedSink& sink() const { return sink_; }
  log::Log& log() { return *log_; }
  int crashes() const { return crashes_; }
  const std::string& failure() const { return failure_; }

 private:
  enum class Cut : std::uint8_t { kNone, kEncoding, kEncoded };
  void start();
  bool apply_next();
  void step_cut();
  void fail(const Error& e) { failure_ = e.message; }

  testing::Random& random_;
  const bool drops_segments_;  // those of a third of all lives: the others keep all, to be compared with
  testing::ManualClock clock_;
  testing::MemoryFiles files_;
  testing::MemoryStore store_;
  SimulatedSink sink_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::RecordClock> record_clock_;
  std::unique_ptr<engine::Machines> machines_;
  std::unique_ptr<log::Reader> reader_;
  Cut cut_ = Cut::kNone;
  Offset cut_at_;
  std::unique_ptr<storage::CutBatch> batch_;
  int crashes_ = 0;
  std::string failure_;
};

}  // namespace tessera::sim
