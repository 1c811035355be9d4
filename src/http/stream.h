// An answer's body that goes on: producers push, the connection drains. For server-sent events and long exports.
//
// Bounded: a reader who falls behind by more than the bound is dropped, so a producer never waits. The connection
// notices that its reader went away when it writes, so push something at least every 15 s.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tessera::http {

class Stream {
 public:
  explicit Stream(std::size_t bound = 256u << 10) : bound_(bound) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Any thread. False if the reader is gone, was too slow, or the stream is closed: push no more.
  bool push(std::string_view bytes);
  // Any thread. The answer ends when what was pushed has been sent.
  void close();
  bool open() const;

  // The connection's side. Moves what waits into `out` (which it clears first); false when there will never be more.
  bool take(std::string& out);
  // Calls `wake` once, on the producer's thread, when `take` has something to tell; false (and no call) if it has now.
  bool wait(std::move_only_function<void()> wake);
  // The reader is gone.
  void abandon();

 private:
  void end(bool drop);

  const std::size_t bound_;
  mutable std::mutex mutex_;
  std::string waiting_;                   // guarded by mutex_
  bool closed_ = false;                   // guarded by mutex_
  std::move_only_function<void()> wake_;  // guarded by mutex_
};

}  // namespace tessera::http
