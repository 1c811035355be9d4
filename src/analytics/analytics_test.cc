#include "analytics/analytics.h"

#include <sys/wait.h>

#include "analytics/analytics_fixture.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

constexpr PartId kJane{0x101};
constexpr PartId kJohn{0x202};

TEST_F(AnalyticsTest, EveryFieldOfAnEventIsKept) {
  Analytics& analytics = open();
  event::Event event;
  event.type = event::EventType::kIdentify;
  event.message_id = "m1";
  event.user_id = "u1";
  event.anonymous_id = "a1";
  event.occurred_at = Timestamp{1'700'000'000'001};
  event.received_at = Timestamp{1'700'000'000'500};
  event.historic = true;
  event.context = R"({"ip":"10.0.0.1"})";
  event.integrations = R"({"All":false})";
  event.identifiers = {{"user_id", "u1"}};
  event.traits = {{"name", R"("Jané \"J\"")"}, {"age", "41"}};
  analytics.accept(BatchBuilder().event(7, kJane, event).done());
  EXPECT_EQ(
      rows("SELECT \"offset\", index, message_id, profile_id, part_id, source, type, event, occurred_at, received_at,"
           " user_id, anonymous_id, group_id, previous_id FROM events"),
      R"([[7,0,"m1","p0000000000081","p0000000000081","web","identify",null,"2023-11-14T22:13:20.001Z",)"
      R"("2023-11-14T22:13:20.500Z","u1","a1",null,null]])");
  EXPECT_EQ(rows("SELECT traits, properties, context->>'ip', integrations, historic FROM events"),
            R"([[{"name":"Jané \"J\"","age":41},null,"10.0.0.1",{"All":false},true]])");
}

TEST_F(AnalyticsTest, MergesAndUnmergesResolveWhenAsked) {
  Analytics& analytics = open();
  BatchBuilder batch;
  batch.track(1, kJane, "A").track(2, kJohn, "B").moved(3, 0, kJohn, ProfileId{kJane.value});
  analytics.accept(batch.system(3, 1, kJane, "Profile Merged", R"({"from":"p"})").done());
  EXPECT_EQ(rows("SELECT count(*) FROM events WHERE profile_id = 'p0000000000081' AND type = 'track'"), "[[2]]");
  EXPECT_EQ(rows("SELECT event, source, properties FROM events WHERE type = 'system'"),
            R"([["Profile Merged","tessera",{"from":"p"}]])");
  analytics.accept(batch.moved(4, 0, kJohn, ProfileId{kJohn.value}).done());
  EXPECT_EQ(rows("SELECT event FROM events WHERE profile_id = part_id AND type = 'track' ORDER BY 1"),
            R"([["A"],["B"]])");
  EXPECT_EQ(rows("FROM parts"), R"([["p00000000000g2","p00000000000g2"]])");
}

TEST_F(AnalyticsTest, TheLastOfSeveralMovesCounts) {
  Analytics& analytics = open();
  BatchBuilder batch;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    batch.moved(i, 0, kJohn, ProfileId{i});
    if (i % 50 == 0) {
      analytics.accept(batch.done());
      ASSERT_TRUE(analytics.fresh(Offset{i}, 10'000));
    }
  }
  EXPECT_EQ(rows("SELECT part_id, profile_id FROM parts_stored"), "[[514,500]]");
}

TEST_F(AnalyticsTest, QuarantineKeepsWhatWasRefusedAndWhy) {
  Analytics& analytics = open();
  event::Rejected rejected;
  rejected.reason = "userId or anonymousId is required";
  rejected.code = "missing_identity";
  rejected.path = "/v1/batch";
  rejected.index = 3;
  rejected.received_at = Timestamp{1'700'000'000'000};
  rejected.payload = R"({"type":"track"})";
  analytics.accept(BatchBuilder().rejected(9, rejected).done());
  EXPECT_EQ(rows("FROM quarantine"),
            R"([[9,0,"2023-11-14T22:13:20.000Z","web","missing_identity","userId or anonymousId is required",)"
            R"("/v1/batch",3,null,"{\"type\":\"track\"}"]])");
}

TEST_F(AnalyticsTest, SourceNamesAreLearntWhenTheyAreKnown) {
  bool known = false;
  options_.source_name = [&](SourceId) { return known ? std::optional<std::string>("shop") : std::nullopt; };
  Analytics& analytics = open();
  BatchBuilder batch;
  analytics.accept(batch.track(1, kJane, "A").done());
  EXPECT_EQ(rows("SELECT source FROM events"), R"([["source-1"]])");
  open();
  known = true;
  analytics_->accept(batch.track(2, kJane, "B").done());
  EXPECT_EQ(rows("SELECT source FROM events"), R"([["shop"],["shop"]])");
}

TEST_F(AnalyticsTest, EffectsOfferedAgainAreDropped) {
  Analytics& first = open();
  BatchBuilder batch;
  const auto one = batch.track(1, kJane, "A").track(2, kJane, "B").done();
  const auto two = batch.track(3, kJane, "C").track(4, kJane, "D").done();
  const auto straddling = batch.track(4, kJane, "D").track(5, kJane, "E").done();
  first.accept(one);
  first.accept(two);
  ASSERT_TRUE(first.fresh(Offset{4}, 10'000));
  Analytics& second = open();
  EXPECT_EQ(second.durable(), Offset{4});
  second.accept(one);
  second.accept(two);
  second.accept(straddling);
  EXPECT_EQ(rows("SELECT event FROM events ORDER BY \"offset\""), R"([["A"],["B"],["C"],["D"],["E"]])");
  EXPECT_EQ(second.stats().dropped, 5U);
}

TEST_F(AnalyticsTest, PositionsWithoutRowsBecomeDurable) {
  Analytics& analytics = open();
  analytics.accept(BatchBuilder().done(12));
  EXPECT_TRUE(analytics.fresh(Offset{12}, 10'000));
  EXPECT_EQ(open().durable(), Offset{12});
}

TEST_F(AnalyticsTest, ClosingCommitsWhatWasAccepted) {
  open().accept(BatchBuilder().track(1, kJane, "A").done());
  EXPECT_EQ(open().durable(), Offset{1});
}

TEST_F(AnalyticsTest, RowsAreCommittedInTimeThoughNobodyAsks) {
  options_.commit_every_ms = 10;
  Analytics& analytics = open();
  analytics.accept(BatchBuilder().track(1, kJane, "A").done());
  for (int i = 0; i < 1000 && analytics.durable() != Offset{1}; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(analytics.durable(), Offset{1});
  EXPECT_EQ(analytics.waiting_bytes(), 0U);
}

TEST_F(AnalyticsTest, ManyRowsOverManyCommitsAreAllThereOnce) {
  options_.commit_rows = 1000;
  Analytics& analytics = open();
  BatchBuilder batch;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    batch.track(i, PartId{i % 50 + 1}, "E", R"({"n":)" + std::to_string(i) + "}");
    if (i % 300 == 0) analytics.accept(batch.done());
  }
  analytics.accept(batch.done());
  ASSERT_TRUE(analytics.fresh(Offset{20'000}, 60'000));
  EXPECT_EQ(rows("SELECT count(*), count(DISTINCT \"offset\"), sum((properties->>'n')::INT), min(\"offset\"),"
                 " max(\"offset\") FROM events"),
            R"([[20000,20000,"200010000",1,20000]])");
  EXPECT_GE(analytics.stats().commits, 15U);
}

TEST_F(AnalyticsTest, EventsAreFoundByOffset) {
  Analytics& analytics = open();
  BatchBuilder batch;
  batch.track(10, kJane, "A", R"({"a":1})").track(11, kJohn, "B").system(11, 1, kJohn, "Identifier Refused", "{}");
  analytics.accept(batch.track(12, kJane, "C").done());
  const Offset asked[] = {Offset{11}, Offset{10}, Offset{99}};
  const auto events = analytics.events_by_offset(asked);
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 3U);
  EXPECT_EQ(events->at(0).event, "A");
  EXPECT_EQ(events->at(0).properties, R"({"a":1})");
  EXPECT_EQ(events->at(0).message_id, "message-10");
  EXPECT_EQ(events->at(1).event, "B");
  EXPECT_EQ(events->at(2).event, "Identifier Refused");
  EXPECT_EQ(events->at(2).type, "system");
}

TEST_F(AnalyticsTest, TooManyOffsetsAreRefused) {
  const std::vector<Offset> asked(kMaxOffsets + 1);
  EXPECT_EQ(open().events_by_offset(asked).error().code, Code::kTooLarge);
}

TEST_F(AnalyticsTest, DamagedEffectsAreReportedAndHoldThePosition) {
  Analytics& analytics = open();
  auto batch = std::make_shared<engine::EffectBatch>();
  batch->last = Offset{5};
  batch->effects.push_back({.kind = engine::EffectKind::kEvent,
                            .offset = Offset{5},
                            .index = 2,
                            .time = {},
                            .source = {},
                            .profile = {},
                            .part = {},
                            .name = {},
                            .body = "not an event"});
  analytics.accept(batch);
  for (int i = 0; i < 100 && analytics.stats().failure.empty(); ++i) EXPECT_FALSE(analytics.fresh(Offset{5}, 300));
  EXPECT_TRUE(analytics.stats().failure.contains("effect 2 of record 5")) << analytics.stats().failure;
  EXPECT_GT(analytics.waiting_bytes(), 0U);
}

TEST_F(AnalyticsTest, ASecondProcessIsRefused) {
  open();
  const pid_t child = fork();
  if (child == 0) {
    const auto second = Analytics::open(options_);
    _exit(!second && second.error().code == Code::kFailedPrecondition ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tessera::analytics
