// A few threads for what may block: SQL, cuts, digests. Bounded: what does not fit is refused, so that the IO threads
// never wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace tessera::http {

class Workers {
 public:
  Workers(int threads, std::size_t queue);
  ~Workers();  // stops
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Any thread. kResourceExhausted if the queue is full, kUnavailable after `stop`; then `work` is destroyed unused.
  Status submit(std::move_only_function<void()> work);

  // Ends the threads when they have done what they began; drops what waits. Safe to call twice.
  void stop();

 private:
  void run();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;  // guarded by mutex_
  bool stopping_ = false;                              // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace tessera::http
