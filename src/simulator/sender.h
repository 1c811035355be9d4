// Sends batches of one source over one connection, in order, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "http_client/client.h"

namespace tessera::simulator {

struct Tally {
  std::uint64_t sent = 0;      // acknowledged, the refused ones included
  std::uint64_t rejected = 0;  // the server put these into quarantine
  std::uint64_t busy = 0;      // answers "later" (429, 503), each waited for and sent again
};

class Sender {
 public:
  // What waits at most; `send` blocks beyond it.
  static constexpr std::size_t kMaxWaiting = 4;
  // How long a server may be busy or gone before the sender gives up.
  static constexpr std::int64_t kPatienceMs = 60'000;

  Sender(const std::string& url, const std::string& write_key);
  ~Sender();  // drops what still waits
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Sends `items` as one batch. Blocks while kMaxWaiting batches wait. Fails once sending has failed for good.
  Status send(std::string path, std::string body, std::size_t items);

  // Returns once everything is acknowledged.
  Status drain();

  Tally tally() const;

 private:
  struct Batch {
    std::string path;
    std::string body;
    std::size_t items = 0;
  };

  void run();
  Status deliver(const Batch& batch);
  bool pause(std::int64_t ms);

  http_client::Client client_;  // the thread's
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> waiting_;  // under mutex_; the front one is being sent
  Tally tally_;                // under mutex_
  Status status_;              // under mutex_
  bool stopping_ = false;      // under mutex_
  std::thread thread_;
};

}  // namespace tessera::simulator
