// The state writer: a thread that commits one cut at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "storage/store.h"

namespace tessera::engine {

// `write` and `take_result` belong to the engine's thread.
class StateWriter {
 public:
  // `done` is called on the writer's thread after each commit, to wake the engine.
  StateWriter(storage::Store& store, std::function<void()> done);
  ~StateWriter();
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  // Commits the batch in the background. None may be under way.
  void write(std::unique_ptr<storage::CutBatch> batch);
  // How the last `write` ended, once; nullopt while it runs.
  std::optional<Status> take_result();

 private:
  void run();

  storage::Store& store_;
  std::function<void()> done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unique_ptr<storage::CutBatch> batch_;  // guarded by mutex_, as the two below
  std::optional<Status> result_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tessera::engine
