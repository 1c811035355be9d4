#include "http/live_sink.h"

#include <gtest/gtest.h>

#include "event/event.h"
#include "testing/manual_clock.h"

namespace tessera::http {
namespace {

// Batches of effects as the engine makes them, one event each.
class LiveSinkTest : public ::testing::Test {
 protected:
  void add(std::uint64_t profile, std::string_view name, bool merged = false) {
    event::Event event;
    event.name = name;
    event.message_id = "m";
    event.occurred_at = Timestamp{1'000};
    event.received_at = Timestamp{2'000};
    event.identifiers.push_back({"anonymous_id", "a"});
    auto text = std::make_unique<std::string>();
    event::encode(event, *text);
    ++offset_;
    engine::Effect effect;
    effect.offset = Offset{offset_};
    effect.profile = ProfileId{profile};
    if (merged) {
      effect.kind = engine::EffectKind::kSystem;
      effect.name = "Profile Merged";
      batch_->effects.push_back(effect);
    }
    effect.kind = engine::EffectKind::kEvent;
    effect.source = SourceId{3};
    effect.name = {};
    effect.body = *text;
    batch_->effects.push_back(effect);
    batch_->texts.push_back(std::move(text));
  }
  void deliver() {
    batch_->last = Offset{offset_};
    sink_.accept(std::exchange(batch_, std::make_shared<engine::EffectBatch>()));
  }

  testing::ManualClock clock_;
  LiveSink sink_{clock_};
  std::shared_ptr<engine::EffectBatch> batch_ = std::make_shared<engine::EffectBatch>();
  std::uint64_t offset_ = 0;
};

TEST_F(LiveSinkTest, KeepsEachPersonOnceWithTheLatestThingTheyDid) {
  add(1, "Product Viewed");
  add(2, "Product Added");
  add(1, "Order Completed");
  deliver();
  const LiveView view = sink_.look();
  ASSERT_EQ(view.people.size(), 2u);
  EXPECT_EQ(view.people[0].profile, ProfileId{1});
  EXPECT_EQ(view.people[0].name, "Order Completed");
  EXPECT_EQ(view.people[0].type, "track");
  EXPECT_EQ(view.people[0].source, SourceId{3});
  EXPECT_EQ(view.people[0].occurred_at, Timestamp{1'000});
  EXPECT_EQ(view.people[1].name, "Product Added");
}

TEST_F(LiveSinkTest, MarksTheEventThatMergedTwoPeople) {
  add(1, "Signed In", true);
  add(2, "Product Viewed");
  deliver();
  const LiveView view = sink_.look();
  ASSERT_EQ(view.people.size(), 2u);
  EXPECT_FALSE(view.people[0].merged);
  EXPECT_TRUE(view.people[1].merged);
}

TEST_F(LiveSinkTest, CountsEventsOfTheLastSeconds) {
  clock_.advance(10'000);
  for (int i = 0; i < 300; ++i) add(1, "Product Viewed");
  deliver();
  EXPECT_EQ(sink_.look().events_per_second, 0u);  // the quarter of a second is not over
  clock_.advance(1'000);
  EXPECT_EQ(sink_.look().events_per_second, 150u);
  ASSERT_EQ(sink_.look().events_by_second.size(), LiveSink::kSeconds);
  EXPECT_EQ(sink_.look().events_by_second.back(), 300u);
  clock_.advance(70'000);
  EXPECT_EQ(sink_.look().events_per_second, 0u);
  EXPECT_EQ(sink_.look().events_by_second.front(), 0u);
}

TEST_F(LiveSinkTest, OfALargeBatchReadsOnlyTheLastFew) {
  for (std::uint64_t i = 0; i < 1'000; ++i) add(i, "Product Viewed");
  deliver();
  const LiveView view = sink_.look();
  ASSERT_EQ(view.people.size(), LiveSink::kPeople);
  EXPECT_EQ(view.people.front().profile, ProfileId{999});
  add(5'000, "Product Added");
  deliver();
  EXPECT_EQ(sink_.look().people.front().profile, ProfileId{999}) << "no looks are left at this moment";
  clock_.advance(LiveSink::kLookMs);
  add(5'001, "Product Added");
  deliver();
  EXPECT_EQ(sink_.look().people.front().profile, ProfileId{5'001});
}

TEST_F(LiveSinkTest, NeverHoldsUpACut) {
  add(1, "Product Viewed");
  deliver();
  EXPECT_EQ(sink_.durable(), Offset{1});
  sink_.make_durable(Offset{7});
  EXPECT_EQ(sink_.durable(), Offset{7});
  EXPECT_EQ(sink_.waiting_bytes(), 0u);
}

}  // namespace
}  // namespace tessera::http
