// Questions for the engine's thread, and the thread's wake-up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "engine/engine.h"

namespace tessera::engine {

class Mailbox {
 public:
  static constexpr std::size_t kCapacity = 10'000;  // questions that may wait
  static constexpr std::int64_t kMaxWaitMs = 50;    // for a position

  // Any thread.
  Status post(Offset at_least, std::int64_t now_ms, Engine::Ask ask);
  // Any thread: later posts are refused; those that wait are dropped unanswered by `answer_all`.
  void close();

  // The engine's thread. Answers what can be answered at the view's position, or has waited long enough.
  void answer(View& view, std::int64_t now_ms);
  void answer_all(View& view);
  bool has_new() const { return fresh_.load(std::memory_order_acquire); }
  bool waiting() const { return !waiting_.empty(); }
  void on_post(std::function<void()> wake) { wake_ = std::move(wake); }

 private:
  struct Question {
    Offset at_least;
    std::int64_t deadline_ms;
    Engine::Ask ask;
  };
  void take_posted();

  std::mutex mutex_;
  std::vector<Question> posted_;  // guarded by mutex_
  bool closed_ = false;           // guarded by mutex_
  std::atomic<bool> fresh_ = false;
  std::vector<Question> waiting_;  // the engine's thread only
  std::function<void()> wake_;
};

}  // namespace tessera::engine
