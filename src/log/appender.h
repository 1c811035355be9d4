// The log's writer thread: gathers what many threads submit into groups, syncs them, and hands them on in order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "log/log.h"

namespace tessera::log {

struct AppenderOptions {
  std::size_t queue_bytes = 64u << 20;  // what may wait to be written; more is refused
};

// Stamps each group: called on the writer thread before it is written.
class Stamper {
 public:
  virtual ~Stamper() = default;
  // The record time for the next group: never less than the one before. kFailedPrecondition while the clock is not
  // to be trusted.
  virtual Result<Timestamp> next_time() = 0;
  virtual std::uint32_t epoch() const = 0;
};

class Appender {
 public:
  // Called on the writer thread when the records are synced, with the offset of the last; or with why they were not
  // written. Must be quick.
  using Done = std::move_only_function<void(Result<Offset>)>;
  // Called on the writer thread with each synced group, in order, before the Dones of its records. Must be quick.
  using Next = std::function<void(std::shared_ptr<const Group>)>;

  Appender(Log& log, Stamper& stamper, Next next, AppenderOptions options);
  ~Appender();  // stops
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  // Any thread. The drafts stay together and in order, but may share groups with others. kResourceExhausted when the
  // queue is full, kUnavailable after `stop` or a write error; then `done` is never called.
  Status submit(std::vector<Draft> drafts, Done done);

  // Writes what is queued, then ends the thread. Safe to call twice.
  void stop();

  std::size_t queued_bytes() const { return queued_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Submission {
    std::vector<Draft> drafts;
    Done done;
    std::size_t bytes;
  };
  void run();
  void write(std::vector<Submission>& submissions);

  Log& log_;
  Stamper& stamper_;
  Next next_;
  AppenderOptions options_;
  std::atomic<std::size_t> queued_bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Submission> queue_;  // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  Status failed_;                  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tessera::log
