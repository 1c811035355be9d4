// The engine as it runs: its threads, and the order of their work. See engine.h for what callers see.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/cutter.h"
#include "engine/engine.h"
#include "engine/machines.h"
#include "engine/mailbox.h"
#include "engine/ranking.h"
#include "engine/record_clock.h"
#include "engine/view.h"

namespace tessera::engine {

// The semantics of this build's machines. A build that would apply old records differently has another one.
inline constexpr std::uint32_t kEpoch = 3;

class RunningEngine : public Engine {
 public:
  RunningEngine(const Options& options, storage::Store& store, log::Log& log, log::Files& log_files, Clock& clock,
                std::vector<Sink*> sinks);
  ~RunningEngine() override;

  // Before the threads: loads the cut and replays the log behind it.
  Status recover();
  void begin();

  Status submit(std::vector<log::Draft> drafts, log::Appender::Done done) override;
  Status query(Offset at_least, Ask ask) override;
  const catalog::Kinds& kinds() const override { return machines_.core().in_force().kinds(); }
  std::shared_ptr<const catalog::Definitions> definitions() const override { return definitions_.load(); }
  std::shared_ptr<const catalog::Sources> sources() const override { return sources_.load(); }
  std::shared_ptr<const catalog::IdentityRules> identity_rules() const override { return rules_.load(); }
  Stats stats() const override;
  void accept_clock() override { record_clock_.accept(); }
  Status cut() override;
  Result<std::string> digest() override;
  void rank() override;
  void stop() override;

 private:
  void run();
  bool apply_next();
  Status apply_group(std::shared_ptr<const log::Group> group);
  void take_group(std::shared_ptr<const log::Group> group);
  void between_batches();
  bool sinks_full() const;
  void wait_for_work();
  void look_after(std::int64_t now_ms);
  void look_at_disk();
  bool should_rank(Timestamp wall) const;
  void rank_on();
  void tick();
  void sweep_on(std::int64_t now_ms);
  void publish();
  void fail(const Error& e);
  void wake();
  void end_threads(bool clean);

  const Options options_;
  storage::Store& store_;
  log::Log& log_;
  log::Files& log_files_;
  Clock& clock_;
  const std::vector<Sink*> sinks_;

  Machines machines_;  // the engine's thread, once it runs
  MachinesView view_;
  Cutter cutter_;
  Mailbox mailbox_;
  RecordClock record_clock_;

  std::mutex queue_mutex_;
  std::condition_variable queue_wake_;
  std::deque<std::shared_ptr<const log::Group>> queue_;  // synced, not applied; guarded by queue_mutex_
  bool poked_ = false;                                   // guarded by queue_mutex_
  std::atomic<std::size_t> queue_bytes_ = 0;

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> dropped_ = false;  // stop without applying what waits
  std::atomic<bool> overloaded_ = false;
  std::atomic<bool> disk_full_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<std::uint64_t> synced_ = 0;
  std::atomic<std::shared_ptr<const catalog::Definitions>> definitions_;
  std::atomic<std::shared_ptr<const catalog::Sources>> sources_;
  std::atomic<std::shared_ptr<const catalog::IdentityRules>> rules_;

  mutable std::mutex stats_mutex_;
  std::condition_variable cut_done_;
  Stats stats_;  // guarded by stats_mutex_
  std::atomic<std::uint64_t> wanted_cut_ = 0;
  std::int64_t looked_after_ms_ = 0;  // the engine's thread
  std::atomic<bool> tick_sent_ = false;
  // The record of the step that was sent last, which takes effect before the next is sent; while it has none yet, one
  // that never comes.
  std::atomic<std::uint64_t> sweep_sent_ = 0;
  std::int64_t swept_ms_ = 0;         // the engine's thread
  std::unique_ptr<Ranking> ranking_;  // under way; the engine's thread
  // Whose tables are on their way, until it is another; the engine's thread.
  std::shared_ptr<const segment::Plan> ranked_;
  std::atomic<bool> rank_wanted_ = false;

  std::unique_ptr<log::Appender> appender_;
  std::thread thread_;
};

}  // namespace tessera::engine
