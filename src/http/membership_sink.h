// Who enters and leaves segments, as it happens: to everybody who watches (GET /v1/segments/changes), and to the page.
//
// The engine's thread only copies what was told into a bounded queue; one thread of its own reads it, remembers the
// last kKept changes, and pushes to the watchers. Who watches may say after which change they go on. A watcher who
// falls behind is dropped, and all are when the queue was full: what they miss is in the history. Keeps nothing that
// outlives the process.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/membership_window.h"
#include "http/passing_sink.h"
#include "http/stream.h"

namespace tessera::http {

// What the page shows.
struct MembershipView {
  std::map<std::string, SegmentMotion> motion;
  std::deque<MembershipChange> recent;  // newest first
};

class MembershipSink : public PassingSink {
 public:
  static constexpr std::size_t kMaxWaiting = 200'000;  // changes, of about 150 bytes
  static constexpr std::size_t kKept = 10'000;         // changes that a watcher can go back by
  static constexpr std::size_t kMaxWatchers = 32;
  // That a watcher may be behind: all that is kept, with the longest names, and some more.
  static constexpr std::size_t kStreamBytes = kKept * 320;
  static constexpr std::int64_t kHeartbeatMs = 10'000;

  // `clock` must outlive it.
  explicit MembershipSink(Clock& clock, std::int64_t heartbeat_ms = kHeartbeatMs);
  ~MembershipSink() override;  // stops
  MembershipSink(const MembershipSink&) = delete;
  MembershipSink& operator=(const MembershipSink&) = delete;

  void accept(std::shared_ptr<const engine::EffectBatch> batch) override;

  // Any thread. From now on the stream gets each change as a server-sent event, with a comment now and then, until its
  // reader goes away. With `after`, those behind it come first; an event "gap" comes before them where some are missing
  // that are not remembered any more. kResourceExhausted if kMaxWatchers watch already; kUnavailable once stopped.
  struct Watch {
    std::shared_ptr<Stream> stream;
    std::set<std::string, std::less<>> segments;  // empty: all
    std::optional<EffectPlace> after;
  };
  Status watch(Watch watch);

  // Any thread.
  MembershipView look() const;

  // Any thread, any number of times. Closes the streams and takes no more watchers. Before the server's stop, which
  // would wait for the streams otherwise.
  void stop();

 private:
  // A change as the engine told it, with its properties still to be read.
  using Told = std::pair<MembershipChange, std::string>;

  void run();
  void greet(std::vector<Watch> fresh, std::optional<EffectPlace> missing_up_to);
  // Returns the last that is not remembered any more, if any was let go.
  std::optional<EffectPlace> take(std::deque<Told> told);
  void drop_all();

  Clock& clock_;
  const std::chrono::milliseconds heartbeat_;
  bool has_begun_ = false;  // the engine's thread

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Told> told_;                     // guarded by mutex_
  std::optional<EffectPlace> lost_;           // guarded by mutex_: the last that had no room in told_
  std::optional<EffectPlace> missing_up_to_;  // guarded by mutex_: what came later is in kept_; none: nothing is known
  std::vector<Watch> fresh_;                  // guarded by mutex_: not greeted yet
  std::size_t watching_ = 0;                  // guarded by mutex_: how many, fresh ones and others
  bool stopping_ = false;                     // guarded by mutex_

  std::vector<Watch> watchers_;        // its own thread
  std::deque<MembershipChange> kept_;  // its own thread; oldest first

  mutable std::mutex window_mutex_;
  MembershipWindow window_;  // guarded by window_mutex_

  std::thread thread_;
};

}  // namespace tessera::http
