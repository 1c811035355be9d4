#include "engine/state_writer.h"

#include "base/threads.h"

namespace tessera::engine {

StateWriter::StateWriter(storage::Store& store, std::function<void()> done)
    : store_(store), done_(std::move(done)), thread_([this] { run(); }) {}

StateWriter::~StateWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void StateWriter::write(std::unique_ptr<storage::CutBatch> batch) {
  const std::lock_guard lock(mutex_);
  TESSERA_ASSERT(batch_ == nullptr && !result_);
  batch_ = std::move(batch);
  wake_.notify_one();
}

std::optional<Status> StateWriter::take_result() {
  const std::lock_guard lock(mutex_);
  return std::exchange(result_, std::nullopt);
}

void StateWriter::run() {
  name_thread("state-writer");
  yield_to_other_threads();
  for (;;) {
    std::unique_ptr<storage::CutBatch> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || batch_ != nullptr; });
      if (batch_ == nullptr) return;
      batch = std::move(batch_);
    }
    Status result = store_.commit(*batch);
    batch.reset();
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
    }
    done_();
  }
}

}  // namespace tessera::engine
