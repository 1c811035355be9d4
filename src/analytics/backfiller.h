// Takes what new questions ask about from the history (engine/backfill.h): reads it, folds it, and sends it to the
// engine as steps.
//
//   Backfiller backfiller(*engine, *analytics);
//   backfiller.start();  // a thread that looks when definitions change
//   …
//   backfiller.stop();   // before the engine stops; what is left is done after the next start
//
// Parts are taken in order, as many at once as fit into memory, and the history is read once for each such pass. Steps
// give way to those who send events. Nothing is kept here: after a crash it goes on where the engine's state says.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "analytics/analytics.h"
#include "analytics/folded_history.h"
#include "engine/engine.h"

namespace tessera::analytics {

struct BackfillOptions {
  std::size_t pass_bytes = 256u << 20;   // of folded parts, in memory at once
  std::uint64_t pass_parts = 4'000'000;  // and how many
};

class Backfiller {
 public:
  // Both must outlive it.
  Backfiller(engine::Engine& engine, Analytics& analytics, const BackfillOptions& options = {});
  ~Backfiller();
  Backfiller(const Backfiller&) = delete;
  Backfiller& operator=(const Backfiller&) = delete;

  void start();
  // Ends the thread, or another's `fill`, soon. Any thread.
  void stop();

  // Does all that is to be done after what is written by now, on the caller's thread, and returns when nothing waits
  // for the history any more. kUnavailable if it was stopped, or the engine was.
  Status fill();

 private:
  struct Look {
    engine::BackfillSnapshot what;
    Offset position;
    Timestamp time;
  };
  class Flight;

  void run();
  bool wait_ms(std::int64_t ms);
  Status go_on() const;
  Result<Look> look(Offset at_least);
  Result<Offset> take_pass(const Look& look);
  Result<Offset> send_steps(const FoldedHistory& folded, std::uint64_t from);
  Result<Offset> send_end(const engine::Backfill& state);
  Status submit(std::string body, const std::shared_ptr<Flight>& flight);
  void give_way();

  engine::Engine& engine_;
  Analytics& analytics_;
  const BackfillOptions options_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tessera::analytics
