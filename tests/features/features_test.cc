// The definitions of examples/features take effect as they are, and come to what docs/features.md says of people whose
// histories were worked out by hand.
#include <gtest/gtest.h>

#include "catalog/in_force.h"
#include "cli/definition_folder.h"
#include "cli/json_document.h"
#include "engine/machines.h"
#include "engine/ranking.h"
#include "engine/view.h"
#include "segment/documents.h"
#include "testing/memory_store.h"

namespace tessera::engine {
namespace {

constexpr Timestamp kNow{1'719'835'200'000};  // 2024-07-01T12:00:00Z, a Monday
constexpr const char* kNothing = "(none)";

class Features : public ::testing::Test {
 protected:
  Features()
      : machines_(store_, {.kinds = std::make_shared<const catalog::Kinds>(std::vector<catalog::Kind>{
                               catalog::source_kind(), segment::trait_kind(), segment::segment_kind()})}) {}

  void SetUp() override {
    const auto folder = cli::read_definition_folder("examples/features");
    ASSERT_TRUE(folder) << folder.error().message;
    ASSERT_EQ(folder->problems, std::vector<std::string>{});
    catalog::ChangeSet set{.changes = {}, .by = "test"};
    const auto publish = [&](const catalog::DefinitionKey& key, const std::string& document,
                             const std::string& attachment) {
      set.changes.push_back({.action = catalog::ChangeAction::kPublish,
                             .key = key,
                             .document = document,
                             .replaces = {},
                             .attachment = attachment});
    };
    publish({"source", "shop"}, R"({"kind":"source","name":"shop","trust":"server"})",
            catalog::key_attachment("key", catalog::Trust::kServer));
    for (const cli::LocalDefinition& definition : folder->definitions) {
      publish({definition.kind, definition.name}, cli::json_of(definition.document), {});
    }
    std::string body;
    catalog::encode(set, body);
    apply(log::RecordKind::kDefinitions, body);
    ASSERT_FALSE(machines_.core().refusals().find(position_)) << *machines_.core().refusals().find(position_);
    sweep();
  }

  void apply(log::RecordKind kind, std::string_view body) {
    ++position_.value;
    const SourceId source{kind == log::RecordKind::kEvent ? 1U : 0U};
    const Status applied = machines_.apply({position_, time_, 1, kind, source, body}, effects_);
    ASSERT_TRUE(applied) << applied.error().message;
    effects_ = {};
  }
  void sweep() {
    while (const auto step = machines_.next_sweep_step()) {
      std::string body;
      encode(*step, body);
      apply(log::RecordKind::kSweep, body);
    }
  }
  // Time goes on, and whoever is due is looked at.
  void wait(std::int64_t ms) {
    time_.ms += ms;
    do {
      apply(log::RecordKind::kTick, {});
    } while (machines_.wants_tick(time_));
  }
  void send(event::EventType type, const std::string& who, const std::string& name, Timestamp at,
            const std::string& properties = "{}") {
    const std::vector<event::Identifier> identifiers{{"user_id", who}};
    const std::string id = "m" + std::to_string(position_.value);
    event::Event event;
    event.type = type;
    event.message_id = id;
    event.name = name;
    event.identifiers = identifiers;
    event.properties = properties;
    event.occurred_at = at;
    event.received_at = time_;
    std::string body;
    event::encode(event, body);
    apply(log::RecordKind::kEvent, body);
  }
  void track(const std::string& who, const std::string& name, Timestamp at) {
    send(event::EventType::kTrack, who, name, at);
  }
  void order(const std::string& who, Timestamp at, const std::string& properties = "{}") {
    send(event::EventType::kTrack, who, "Order Completed", at, properties);
  }
  // What a trait comes to at some time, as JSON.
  std::string trait(const std::string& who, const std::string& name, Timestamp at) {
    MachinesView view(machines_, [&] { return at; });
    const auto id = view.find("user_id", who);
    EXPECT_TRUE(id) << who;
    if (!id) return kNothing;
    const auto person = view.profile(*id);
    for (const auto& computed : person->computed) {
      if (computed.name == name) return computed.json;
    }
    return kNothing;
  }
  std::string trait(const std::string& who, const std::string& name) { return trait(who, name, time_); }
  // Everyone is compared anew.
  void rank() {
    Ranking ranking(machines_.core().in_force().plan(), machines_.core().counters().next_profile, time_);
    while (!ranking.step(machines_.core().directory(), machines_.shards())) {
    }
    apply(log::RecordKind::kRanks, ranking.finish());
    sweep();
  }

  testing::MemoryStore store_;
  Machines machines_;
  EffectBatch effects_;
  Offset position_;
  Timestamp time_ = kNow;
};

Timestamp days_from(Timestamp at, std::int64_t days, std::int64_t ms = 0) {
  return {at.ms + days * kDayMs + ms};
}

TEST_F(Features, LifecycleGoesByARhythmOfThirtyDaysBeforeThereAreTwoOrders) {
  track("u", "Product Viewed", kNow);
  const Timestamp first = days_from(time_, 1);
  EXPECT_EQ(trait("u", "lifecycle"), R"("prospect")");
  order("u", first);
  EXPECT_EQ(trait("u", "lifecycle", first), R"("new")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(first, 60)), R"("new")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(first, 60, 1)), R"("cooling")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(first, 120)), R"("cooling")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(first, 120, 1)), R"("lapsed")");
}

TEST_F(Features, LifecycleGoesByThePersonsOwnRhythm) {
  for (const int day : {0, 20, 40}) order("u", days_from(kNow, day));
  const Timestamp last = days_from(kNow, 40);
  EXPECT_EQ(trait("u", "lifecycle", last), R"("active")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(last, 40)), R"("active")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(last, 40, 1)), R"("cooling")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(last, 80)), R"("cooling")");
  EXPECT_EQ(trait("u", "lifecycle", days_from(last, 80, 1)), R"("lapsed")");

  // Every day: the rhythm is a week all the same.
  for (const int day : {0, 1, 2}) order("v", days_from(kNow, day));
  EXPECT_EQ(trait("v", "lifecycle", days_from(kNow, 2 + 14)), R"("active")");
  EXPECT_EQ(trait("v", "lifecycle", days_from(kNow, 2 + 14, 1)), R"("cooling")");
  EXPECT_EQ(trait("v", "lifecycle", days_from(kNow, 2 + 28, 1)), R"("lapsed")");
}

TEST_F(Features, WhoHadLapsedReturnsAndIsActiveWithTheNextOrder) {
  for (const int day : {0, 20, 40}) order("late", days_from(kNow, day));
  order("late", days_from(kNow, 120, 1));  // just over four times twenty days
  EXPECT_EQ(trait("late", "lifecycle", days_from(kNow, 120, 1)), R"("returned")");
  // The gap is in the rhythm now: 40 days.
  EXPECT_EQ(trait("late", "lifecycle", days_from(kNow, 200)), R"("returned")");
  EXPECT_EQ(trait("late", "lifecycle", days_from(kNow, 200, 2)), R"("cooling")");
  order("late", days_from(kNow, 150));
  EXPECT_EQ(trait("late", "lifecycle", days_from(kNow, 150)), R"("active")");

  for (const int day : {0, 20, 40, 120}) order("not", days_from(kNow, day));
  EXPECT_EQ(trait("not", "lifecycle", days_from(kNow, 120)), R"("active")");
  order("two", kNow);
  order("two", days_from(kNow, 120, 1));
  EXPECT_EQ(trait("two", "lifecycle", days_from(kNow, 120, 1)), R"("returned")");
}

TEST_F(Features, TenBuyersAreInFifthsOnceTheyWereCompared) {
  const auto name = [](int i) { return "b" + std::to_string(i); };
  const auto often = [](int i) { return i * 3 % 10; };
  const auto much = [](int i) { return i * 7 % 10; };
  for (int i = 0; i < 10; ++i) {
    const Timestamp last = days_from(kNow, i - 20);
    for (int n = 0; n < often(i); ++n) order(name(i), days_from(last, -1 - n), R"({"revenue":0})");
    const std::string value = std::to_string(100 * (much(i) + 1));
    order(name(i), last, i % 2 == 0 ? R"({"revenue":)" + value + "}" : R"({"total":)" + value + "}");
  }
  track("looks", "Product Viewed", kNow);
  EXPECT_EQ(trait("b9", "rfm"), kNothing);
  rank();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(trait(name(i), "rfm_recency"), std::to_string(i / 2 + 1)) << i;
    EXPECT_EQ(trait(name(i), "rfm_frequency"), std::to_string(often(i) / 2 + 1)) << i;
    EXPECT_EQ(trait(name(i), "rfm_monetary"), std::to_string(much(i) / 2 + 1)) << i;
  }
  EXPECT_EQ(trait("b9", "rfm"), R"("542")");
  EXPECT_EQ(trait("looks", "rfm"), kNothing);
  EXPECT_EQ(trait("looks", "rfm_recency"), kNothing);

  // Their own order counts at once, the others' with the next ranking.
  order("b0", time_, R"({"revenue":5000})");
  EXPECT_EQ(trait("b0", "rfm"), R"("515")");
  EXPECT_EQ(trait("b9", "rfm"), R"("542")");
  rank();
  EXPECT_EQ(trait("b2", "rfm_recency"), "1");
  // A year later nobody has bought in a year.
  wait(366 * kDayMs);
  EXPECT_EQ(trait("b9", "rfm"), kNothing);
}

TEST_F(Features, TheManyWhoBoughtOnceAreInTheLastFifth) {
  for (int i = 0; i < 8; ++i) order("once" + std::to_string(i), days_from(kNow, -i), R"({"revenue":10})");
  for (const int day : {1, 2}) order("twice", days_from(kNow, -day), R"({"revenue":10})");
  for (const int day : {1, 2, 3}) order("thrice", days_from(kNow, -day), R"({"revenue":10})");
  rank();
  EXPECT_EQ(trait("once3", "rfm_frequency"), "1");
  EXPECT_EQ(trait("once3", "rfm_monetary"), "1");
  EXPECT_EQ(trait("twice", "rfm_frequency"), "5");
  EXPECT_EQ(trait("thrice", "rfm_frequency"), "5");
}

TEST_F(Features, EngagementCountsThirtyDays) {
  const Timestamp at = kNow;
  track("u", "Other", kNow);
  EXPECT_EQ(trait("u", "engagement_score"), "0");
  EXPECT_EQ(trait("u", "engagement"), R"("none")");
  send(event::EventType::kPage, "u", "Home", at);
  EXPECT_EQ(trait("u", "engagement", at), R"("low")");
  send(event::EventType::kScreen, "u", "Home", at);
  send(event::EventType::kTrack, "u", "Message Opened", at);
  send(event::EventType::kTrack, "u", "Email Opened", at);
  EXPECT_EQ(trait("u", "engagement_score", at), "6");
  send(event::EventType::kTrack, "u", "Email Link Clicked", at);
  EXPECT_EQ(trait("u", "engagement_score", at), "11");
  EXPECT_EQ(trait("u", "engagement", at), R"("medium")");
  for (int i = 0; i < 3; ++i) order("u", days_from(at, 1));
  EXPECT_EQ(trait("u", "engagement_score", days_from(at, 1)), "41");
  EXPECT_EQ(trait("u", "engagement", days_from(at, 1)), R"("high")");
  EXPECT_EQ(trait("u", "engagement_score", days_from(at, 30)), "30") << "what is thirty days old is out";
  EXPECT_EQ(trait("u", "engagement", days_from(at, 31)), R"("none")");
  for (int i = 0; i < 12; ++i) order("u", days_from(at, 2));
  EXPECT_EQ(trait("u", "engagement_score", days_from(at, 2)), "100");
}

TEST_F(Features, WhatSomebodyPrefersIsWhatCameMostOften) {
  // 2024-07-05 is a Friday: half past ten at night in London, half past eleven in Berlin.
  const Timestamp friday{1'720'215'000'000};
  order("u", friday, R"({"channel":"app","products":[{"category":"wine"},{"category":"wine"},{"category":"bread"}]})");
  order("u", days_from(friday, 7), R"({"channel":"app","products":[{"category":"cheese"}]})");
  order("u", days_from(friday, 8, kHourMs), R"({"products":[{"category":"bread"}]})");
  EXPECT_EQ(trait("u", "preferred_channel"), R"("app")");
  EXPECT_EQ(trait("u", "preferred_category"), R"("bread")") << "of several the least";
  EXPECT_EQ(trait("u", "preferred_day"), "5");
  EXPECT_EQ(trait("u", "preferred_hour"), "23");
  order("v", friday);
  EXPECT_EQ(trait("v", "preferred_channel"), R"("shop")") << "the source, where there is no channel";
  EXPECT_EQ(trait("v", "preferred_category"), kNothing);
}

TEST_F(Features, OrdersHaveAMeanAndLieSomeDaysApart) {
  order("u", kNow, R"({"revenue":10,"total":99})");
  EXPECT_EQ(trait("u", "days_between_orders", kNow), kNothing);
  order("u", days_from(kNow, 10), R"({"total":20})");
  order("u", days_from(kNow, 25), R"({"revenue":60})");
  const Timestamp last = days_from(kNow, 25);
  EXPECT_EQ(trait("u", "average_basket", last), "30");
  EXPECT_EQ(trait("u", "days_between_orders", last), "12.5");
  EXPECT_EQ(trait("u", "days_since_order", days_from(last, 1, -1)), "0");
  EXPECT_EQ(trait("u", "days_since_order", days_from(last, 1)), "1");
  track("v", "Other", kNow);
  for (const char* name : {"average_basket", "days_between_orders", "days_since_order"}) {
    EXPECT_EQ(trait("v", name), kNothing) << name;
  }
}

}  // namespace
}  // namespace tessera::engine
