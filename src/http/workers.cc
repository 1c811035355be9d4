#include "http/workers.h"

#include "base/threads.h"

namespace tessera::http {

Workers::Workers(int threads, std::size_t queue) : limit_(queue) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  stop();
}

Status Workers::submit(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return error(Code::kUnavailable, "the server is stopping: try again");
    if (queue_.size() >= limit_) {
      return error(Code::kResourceExhausted, "too many slow requests wait already: try again in a second");
    }
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return {};
}

void Workers::run() {
  name_thread("http-worker");
  while (true) {
    std::move_only_function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

void Workers::stop() {
  std::deque<std::move_only_function<void()>> dropped;  // each answers as it is destroyed
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    std::swap(dropped, queue_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace tessera::http
