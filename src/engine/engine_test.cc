#include "engine/engine.h"

#include <gtest/gtest.h>

#include <future>

#include "event/event.h"
#include "segment/documents.h"
#include "testing/manual_clock.h"
#include "testing/memory_files.h"
#include "testing/memory_store.h"

namespace tessera::engine {
namespace {

// Keeps what it is given; becomes durable when asked, unless told to hold back.
class RecordingSink : public Sink {
 public:
  void accept(std::shared_ptr<const EffectBatch> batch) override {
    const std::lock_guard lock(mutex_);
    accepted_ = batch->last;
    if (!holding_) durable_ = accepted_;
    for (const Effect& effect : batch->effects) offsets_.push_back(effect.offset.value);
  }
  std::size_t waiting_bytes() const override { return waiting_bytes_; }
  Offset durable() const override {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  void make_durable(Offset) override {
    const std::lock_guard lock(mutex_);
    if (!holding_) durable_ = accepted_;
  }
  void hold(bool holding) {
    const std::lock_guard lock(mutex_);
    holding_ = holding;
    if (!holding) durable_ = accepted_;
  }
  std::size_t effects() const {
    const std::lock_guard lock(mutex_);
    return offsets_.size();
  }
  std::atomic<std::size_t> waiting_bytes_ = 0;

 private:
  mutable std::mutex mutex_;
  Offset accepted_;
  Offset durable_;
  bool holding_ = false;
  std::vector<std::uint64_t> offsets_;
};

log::Draft event_draft(const std::string& user, const std::string& message_id) {
  event::Event event;
  event.name = "Viewed";
  event.message_id = message_id;
  event.identifiers = {{"user_id", user}};
  event.occurred_at = event.received_at = {1'700'000'000'000};
  log::Draft draft{log::RecordKind::kEvent, {1}, {}};
  event::encode(event, draft.body);
  return draft;
}

class EngineTest : public ::testing::Test {
 protected:
  void start() {
    log_ = std::move(*log::open_log(files_, {}));
    auto engine = Engine::start(options_, store_, *log_, files_, clock_, {&sink_});
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  void restart() {
    engine_.reset();
    start();
  }
  Result<Offset> send(std::vector<log::Draft> drafts) {
    std::promise<Result<Offset>> promise;
    auto acknowledged = promise.get_future();
    TRY(engine_->submit(std::move(drafts), [&](Result<Offset> last) { promise.set_value(std::move(last)); }));
    return acknowledged.get();
  }
  // Sends, and expects to be acknowledged.
  void take(std::vector<log::Draft> drafts) {
    const auto sent = send(std::move(drafts));
    EXPECT_TRUE(sent) << sent.error().message;
  }
  std::uint64_t viewed(const std::string& user, Offset at_least) {
    std::promise<std::uint64_t> promise;
    auto answer = promise.get_future();
    EXPECT_TRUE(engine_->query(at_least, [&](View& view, bool stale) {
      EXPECT_FALSE(stale);
      const auto id = view.find("user_id", user);
      promise.set_value(id ? view.profile(*id)->events.at(0).count : 0);
    }));
    return answer.get();
  }

  Options options_;
  testing::ManualClock clock_;
  testing::MemoryFiles files_;
  testing::MemoryStore store_;
  RecordingSink sink_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AReaderSeesItsOwnWrites) {
  start();
  const auto last = send({event_draft("u", "1"), event_draft("u", "2")});
  ASSERT_TRUE(last);
  EXPECT_EQ(viewed("u", *last), 2U);
}

TEST_F(EngineTest, WhatWasAcknowledgedIsThereAfterACrashWithoutACut) {
  start();
  const auto last = send({event_draft("u", "1")});
  restart();
  EXPECT_EQ(viewed("u", *last), 1U);
  EXPECT_EQ(engine_->stats().replayed, 2U);  // the epoch record and the event
  take({event_draft("u", "1")});
  const auto after = send({event_draft("u", "2")});
  EXPECT_EQ(viewed("u", *after), 2U);
  EXPECT_EQ(engine_->stats().duplicates, 1U);
}

TEST_F(EngineTest, ACleanStopCutsAtTheHeadAndReplaysNothing) {
  start();
  const auto last = send({event_draft("u", "1")});
  engine_->stop();
  EXPECT_EQ(engine_->stats().cut, *last);
  restart();
  EXPECT_EQ(engine_->stats().replayed, 0U);
  EXPECT_EQ(viewed("u", *last), 1U);
}

TEST_F(EngineTest, TheDigestIsTheSameHoweverOftenItWasInterrupted) {
  start();
  for (int i = 0; i < 20; ++i) take({event_draft("u" + std::to_string(i % 3), std::to_string(i))});
  const auto undisturbed = engine_->digest();
  ASSERT_TRUE(undisturbed);
  engine_.reset();
  testing::MemoryStore other;
  std::string disturbed;
  for (int round = 0; round < 3; ++round) {
    log_ = std::move(*log::open_log(files_, {}));
    auto engine = Engine::start(options_, other, *log_, files_, clock_, {&sink_});
    ASSERT_TRUE(engine);
    disturbed = *(*engine)->digest();
  }
  EXPECT_EQ(disturbed, *undisturbed);
}

TEST_F(EngineTest, ACutWaitsForTheSink) {
  start();
  sink_.hold(true);
  const auto last = send({event_draft("u", "1")});
  viewed("u", *last);
  auto cut = std::async(std::launch::async, [&] { return engine_->cut(); });
  EXPECT_EQ(cut.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_LT(engine_->stats().cut, *last);
  sink_.hold(false);
  EXPECT_TRUE(cut.get());
  EXPECT_GE(engine_->stats().cut, *last);
}

TEST_F(EngineTest, AFullSinkStopsApplyingAndFillsTheQueueUntilSubmitsAreRefused) {
  options_.apply_queue_bytes = 10'000;
  start();
  take({event_draft("u", "0")});
  sink_.waiting_bytes_ = options_.sink_bytes + 1;
  int taken = 0;
  Status submitted;
  for (int i = 1; i < 10'000 && submitted; ++i) {
    submitted = engine_->submit({event_draft("u", std::to_string(i))}, [&](Result<Offset>) { ++taken; });
    if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ASSERT_FALSE(submitted);
  EXPECT_EQ(submitted.error().code, Code::kResourceExhausted);
  sink_.waiting_bytes_ = 0;
  engine_->stop();
  EXPECT_EQ(engine_->stats().events, static_cast<std::uint64_t>(taken) + 1);
}

TEST_F(EngineTest, ANearlyFullDiskRefusesUntilThereIsSpace) {
  start();
  files_.set_free_share(0.01);
  Result<Offset> sent;
  for (int i = 0; i < 100 && sent; ++i) {
    clock_.advance(200);
    sent = send({event_draft("u", std::to_string(i))});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kUnavailable);
}

TEST_F(EngineTest, RecordsOfAnotherEpochThatAreInNoCutAreRefused) {
  log_ = std::move(*log::open_log(files_, {}));
  ASSERT_TRUE(log_->append(std::vector<log::Draft>{{log::RecordKind::kTick, {}, {}}}, {1'700'000'000'000}, 99));
  log_ = std::move(*log::open_log(files_, {}));
  const auto engine = Engine::start(options_, store_, *log_, files_, clock_, {&sink_});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Code::kFailedPrecondition);
  EXPECT_NE(engine.error().message.find("epoch 99"), std::string::npos);
}

TEST_F(EngineTest, ALogThatEndsBeforeTheCutIsTold) {
  start();
  take({event_draft("u", "1")});
  engine_->stop();
  engine_.reset();
  testing::MemoryFiles empty;
  log_ = std::move(*log::open_log(empty, {}));
  const auto engine = Engine::start(options_, store_, *log_, empty, clock_, {&sink_});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Code::kDataLoss);
}

TEST_F(EngineTest, AStartLongAfterTheNewestRecordNeedsConsent) {
  start();
  take({event_draft("u", "1")});
  engine_.reset();
  clock_.jump_wall(31 * kDayMs);
  log_ = std::move(*log::open_log(files_, {}));
  EXPECT_EQ(Engine::start(options_, store_, *log_, files_, clock_, {&sink_}).error().code, Code::kFailedPrecondition);
  options_.accept_clock = true;
  start();
}

TEST_F(EngineTest, AForwardJumpOfTheWallClockIsHeldUntilAccepted) {
  start();
  take({event_draft("u", "1")});
  const Timestamp before = log_->last_time();
  clock_.jump_wall(kHourMs);
  take({event_draft("u", "2")});
  EXPECT_EQ(log_->last_time(), before);
  EXPECT_TRUE(engine_->stats().clock_held);
  engine_->accept_clock();
  take({event_draft("u", "3")});
  EXPECT_EQ(log_->last_time() - before, kHourMs);
  clock_.jump_wall(-kHourMs);  // back: waited for
  take({event_draft("u", "4")});
  EXPECT_EQ(log_->last_time() - before, kHourMs);
}

TEST_F(EngineTest, AFailedCutStopsTheEngineAndSaysWhy) {
  start();
  take({event_draft("u", "1")});
  store_.fail_commits(0);
  EXPECT_FALSE(engine_->cut());
  EXPECT_NE(engine_->stats().failure, "");
  EXPECT_EQ(send({event_draft("u", "2")}).error().code, Code::kUnavailable);
}

TEST_F(EngineTest, OneSweepAfterAnotherIsTakenToItsEnd) {
  options_.kinds = std::make_shared<const catalog::Kinds>(
      std::vector<catalog::Kind>{catalog::source_kind(), segment::trait_kind(), segment::segment_kind()});
  start();
  take({event_draft("u", "1")});
  for (const std::string name : {"a", "b", "c"}) {
    const std::string document =
        R"({"kind":"segment","name":")" + name + R"(","condition":"events(\"Viewed\").count() == 1"})";
    log::Draft draft{log::RecordKind::kDefinitions, {}, {}};
    catalog::encode(
        catalog::ChangeSet{{{catalog::ChangeAction::kPublish, {"segment", name}, document, {}, {}}}, "test"},
        draft.body);
    const auto published = send({std::move(draft)});
    ASSERT_TRUE(published);
    for (bool is_over = false; !is_over;) {
      std::promise<bool> promise;
      auto answer = promise.get_future();
      ASSERT_TRUE(
          engine_->query(*published, [&](engine::View& view, bool) { promise.set_value(view.sweep().of == 0); }));
      is_over = answer.get();
    }
  }
}

}  // namespace
}  // namespace tessera::engine
