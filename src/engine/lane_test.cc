#include "engine/lane.h"

#include <gtest/gtest.h>

#include "engine/timers.h"
#include "testing/memory_store.h"

namespace tessera::engine {
namespace {

Message message(MachineId from, std::uint64_t input, std::uint32_t index) {
  return {from, 5, {input, index}, MessageKind::kEvent, {}, {}, {}};
}

TEST(Mailmarks, TakesEachMessageOnceAndNoneFromBefore) {
  Mailmarks marks;
  EXPECT_TRUE(marks.take(message(0, 7, 0)));
  EXPECT_TRUE(marks.take(message(0, 7, 1)));
  EXPECT_FALSE(marks.take(message(0, 7, 1)));
  EXPECT_FALSE(marks.take(message(0, 6, 9)));
  EXPECT_TRUE(marks.take(message(0, 9, 0)));
  EXPECT_TRUE(marks.take(message(3, 1, 0)));  // another sender's lane
  EXPECT_EQ(marks.inputs, 4U);
}

TEST(Mailmarks, StoredFormRoundTripsWhateverTheOrderOfContact) {
  Mailmarks one;
  one.take(message(9, 1, 0));
  one.take(message(2, 4, 1));
  Mailmarks other;
  other.take(message(2, 4, 1));
  other.take(message(9, 1, 0));
  std::string a;
  std::string b;
  encode(one, a);
  encode(other, b);
  EXPECT_EQ(a, b);
  auto read = decode_mailmarks(a);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->take(message(9, 1, 0)));
  EXPECT_TRUE(read->take(message(9, 1, 1)));
  EXPECT_FALSE(decode_mailmarks("\xff\xff"));
}

TEST(LaneQueue, WhatWaitsOutlivesTheRecordAndTheProcess) {
  LaneQueue queue;
  {
    const std::string record = "a body";
    Outbox outbox(queue, 0, 3);
    outbox.send(8, MessageKind::kEvent, encode(EventHead{{1}, {2}, {3}, {4}, catalog::Trust::kServer}), record);
    outbox.send_owned(9, MessageKind::kAdopt, encode(MoveHead{{5}, {6}, {7}}), "x");
    queue.own_bodies();
  }
  std::string stored;
  queue.encode(stored);
  LaneQueue again;
  ASSERT_TRUE(again.decode(stored));
  ASSERT_EQ(again.size(), 2U);
  const Message first = again.pop();
  EXPECT_EQ(first.to, 8);
  EXPECT_EQ(first.body, "a body");
  EXPECT_EQ(decode_event_head(first.head).offset, Offset{3});
  EXPECT_EQ(decode_event_head(first.head).trust, catalog::Trust::kServer);
  const Message second = again.pop();
  EXPECT_EQ(second.body, "x");
  EXPECT_EQ(second.sequence, (Sequence{3, 1}));
  EXPECT_EQ(decode_move_head(second.head).to, ProfileId{7});
  EXPECT_TRUE(again.empty());
}

TEST(Timers, FireInOrderOfDueTimeAndComeBackFromACut) {
  testing::MemoryStore store;
  Timers timers;
  timers.set({{300}, 1, TimerKind::kForgetSeen, 3});
  timers.set({{100}, 2, TimerKind::kForgetSeen, 1});
  timers.set({{200}, 0, TimerKind::kForgetSeen, 2});
  timers.cancel({{200}, 0, TimerKind::kForgetSeen, 2});
  storage::CutBatch batch;
  timers.write_changes(batch);
  ASSERT_TRUE(store.commit(batch));

  Timers again;
  ASSERT_TRUE(again.load(*store.snapshot()));
  EXPECT_EQ(again.next_due(), Timestamp{100});
  Timer timer;
  EXPECT_FALSE(again.take_due({99}, timer));
  ASSERT_TRUE(again.take_due({1000}, timer));
  EXPECT_EQ(timer.subject, 1U);
  ASSERT_TRUE(again.take_due({1000}, timer));
  EXPECT_EQ(timer.subject, 3U);
  EXPECT_FALSE(again.take_due({1000}, timer));

  storage::CutBatch second;
  again.write_changes(second);
  ASSERT_TRUE(store.commit(second));
  EXPECT_TRUE(store.rows(storage::Family::kTimer).empty());
}

}  // namespace
}  // namespace tessera::engine
