#include "analytics/backfiller.h"

#include "analytics/asked_world_fixture.h"

namespace tessera::analytics {
namespace {

constexpr int kPeople = 12;

// Questions that a part's own counts do not answer.
const std::vector<std::pair<std::string, std::string>> kQuestions{
    {"dear", R"(events("Order Completed").filter(e, e.properties.total > 50).count() >= 2)"},
    {"spent", R"(events("Order Completed").sum(e, e.properties.total) > 300.0)"},
    {"lately", R"(events("Order Completed", duration("240h")).count() >= 1)"},
    {"window", R"(events(["Order Completed", "Viewed"], between(duration("960h"), duration("240h"))).count() >= 3)"},
    {"any", R"(events().count_distinct(e, e.name) >= 2)"},
    {"items", R"(events("Order Completed").each(e, e.properties.items).filter(i, i.sku == "a").sum(i, i.n) >= 3.0)"},
    {"soon", R"(events("Viewed").followed_by(events("Order Completed"), duration("48h")).count() >= 1)"},
    {"last", R"(events("Order Completed").last(2, e, e.properties.total).size() == 2)"},
    {"from", R"(events("Viewed").filter(e, e.source == "web" && e.context.page == "p1").exists())"},
    {"golden", R"(events("Segment Entered").filter(e, e.properties.segment == "gold").count() >= 2)"},
    {"both", R"(in_segment("dear") && !in_segment("lately"))"},
};

void ask_all(AskedWorld& world) {
  for (const auto& [name, condition] : kQuestions) world.publish_segment(name, condition);
}

std::string user(std::size_t n) {
  return "u" + std::to_string(n);
}

// What people do, step by step: the same for the same seed.
class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) {}

  void live(AskedWorld& world, int steps) {
    for (int i = 0; i < steps; ++i) step(world);
  }

 private:
  std::size_t one_of(std::size_t n) { return random_() % n; }

  void step(AskedWorld& world) {
    world.clock.advance(static_cast<std::int64_t>(one_of(20)) * kHourMs);
    const std::string who = user(one_of(kPeople));
    const auto ago = static_cast<std::int64_t>(one_of(2) * one_of(900)) * kHourMs;
    switch (one_of(10)) {
      case 0: {
        const std::string plan = one_of(2) == 0 ? "\"gold\"" : "\"none\"";
        return world.identify({{"user_id", who}}, {{"plan", plan}});
      }
      case 1: {
        const std::string email = "e" + std::to_string(one_of(kPeople));
        return world.track({{"user_id", who}, {"email", email}}, "Met");
      }
      case 2:
      case 3:
      case 4: {
        event::Event event;
        event.name = "Viewed";
        event.identifiers = {{"user_id", who}};
        event.context = one_of(2) == 0 ? R"({"page":"p1"})" : R"({"page":"p2"})";
        return world.send(event, ago);
      }
      default:
        return world.track({{"user_id", who}}, "Order Completed",
                           R"({"total":)" + std::to_string(one_of(100)) + R"(,"items":[{"sku":"a","n":)" +
                               std::to_string(one_of(3)) + R"(},{"sku":"b","n":1}]})",
                           ago);
    }
  }

  std::mt19937 random_;
};

void expect_same_answers(AskedWorld& asked_late, AskedWorld& asked_first) {
  asked_late.settle();
  asked_first.settle();
  for (std::size_t n = 0; n < kPeople; ++n) {
    for (const auto& [name, condition] : kQuestions) {
      EXPECT_EQ(asked_late.why(user(n), name), asked_first.why(user(n), name)) << condition;
      EXPECT_FALSE(asked_late.is_pending(name)) << name;
    }
    EXPECT_EQ(asked_late.segments_of(user(n)), asked_first.segments_of(user(n)));
  }
}

using Questions = std::vector<std::pair<std::string, std::string>>;

// Everybody is known, so that they can be asked for. What is asked before needs no history.
void introduce(AskedWorld& world, const Questions& asked = {}) {
  world.publish_segment("gold", R"(traits.plan == "gold")");
  for (const auto& [name, condition] : asked) world.publish_segment(name, condition);
  for (std::size_t n = 0; n < kPeople; ++n) world.track({{"user_id", user(n)}}, "Seen");
}

// Sends the first step of the backfill under way, and no more.
void take_some(AskedWorld& world, std::uint64_t parts) {
  const auto [what, time] = world.ask([](engine::View& view) { return std::pair(view.backfill(), view.time()); });
  ASSERT_TRUE(what.state.is_under_way());
  FoldedHistory folded(what, time, parts, 1u << 20);
  ASSERT_TRUE(world.history->fresh(folded.query().until, 10'000));
  ASSERT_TRUE(world.history->read_history(folded.query(), [&](const HistoryEvent& told) {
    folded.take(told);
    return true;
  }));
  std::uint64_t from = what.state.next;
  world.submit({{log::RecordKind::kBackfill, {}, folded.next_step(from)}});
  EXPECT_EQ(world.ask([](engine::View& view) { return view.backfill().state.next; }), from);
}

TEST(Backfiller, WhoAskedLateGetsTheAnswersOfWhoAskedFirst) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    AskedWorld first;
    introduce(first, kQuestions);
    Life(seed).live(first, 250);

    AskedWorld late;
    introduce(late);
    Life life(seed);
    life.live(late, 150);
    ask_all(late);
    EXPECT_TRUE(late.is_pending("dear"));
    life.live(late, 50);
    Backfiller backfiller(*late.engine, *late.history);
    ASSERT_TRUE(backfiller.fill());
    life.live(late, 50);
    expect_same_answers(late, first);
  }
}

TEST(Backfiller, PassesOfFewPartsOrLittleMemoryComeToTheSame) {
  AskedWorld first;
  introduce(first, kQuestions);
  Life(7).live(first, 200);
  for (const BackfillOptions& options : {BackfillOptions{.pass_parts = 3}, BackfillOptions{.pass_bytes = 2000}}) {
    AskedWorld late;
    introduce(late);
    Life(7).live(late, 200);
    ask_all(late);
    ASSERT_TRUE(Backfiller(*late.engine, *late.history, options).fill());
    expect_same_answers(late, first);
  }
}

TEST(Backfiller, WhatIsPublishedAndWhoIsMergedMeanwhileIsTakenInToo) {
  for (unsigned seed = 11; seed <= 13; ++seed) {
    AskedWorld first;
    introduce(first, kQuestions);
    Life(seed).live(first, 240);

    AskedWorld late;
    introduce(late);
    Life life(seed);
    life.live(late, 120);
    for (std::size_t i = 0; i < 4; ++i) late.publish_segment(kQuestions[i].first, kQuestions[i].second);
    life.live(late, 40);
    take_some(late, 5);
    for (std::size_t i = 4; i < kQuestions.size(); ++i) late.publish_segment(kQuestions[i].first, kQuestions[i].second);
    life.live(late, 40);
    take_some(late, 3);
    life.live(late, 40);
    ASSERT_TRUE(Backfiller(*late.engine, *late.history).fill());
    expect_same_answers(late, first);
  }
}

TEST(Backfiller, ALongerWindowGetsWhatTheShorterOneHadLetGo) {
  const std::string longer = R"(events("Order Completed", duration("2400h")).count() >= 2)";
  const std::string shorter = R"(events("Order Completed", duration("24h")).count() >= 1)";
  AskedWorld first;
  AskedWorld late;
  for (AskedWorld* world : {&first, &late}) {
    introduce(*world,
              world == &first ? Questions{{"longer", longer}, {"shorter", shorter}} : Questions{{"shorter", shorter}});
    Life(3).live(*world, 150);
    if (world == &first) continue;
    world->publish_segment("longer", longer);
    EXPECT_FALSE(world->is_pending("shorter"));
    EXPECT_TRUE(world->is_pending("longer"));
  }
  Life life(4);
  life.live(late, 20);
  ASSERT_TRUE(Backfiller(*late.engine, *late.history).fill());
  Life(4).live(first, 20);
  late.settle();
  for (std::size_t n = 0; n < kPeople; ++n) EXPECT_EQ(late.why(user(n), "longer"), first.why(user(n), "longer"));
}

// What waits while a question is published is taken in after it, and is in the history too.
TEST(Backfiller, WhatWasTakenDownBeforeTheQuestionIsLeftToTheHistory) {
  AskedWorld world;
  introduce(world);
  world.publish_segment("spent", R"(events("Order Completed").sum(e, e.properties.total) > 100.0)");
  segment::Folder folder;
  folder.follow(world.ask([](engine::View& view) { return view.backfill().plan; }));
  const event::Event order = AskedWorld::tracked({}, "Order Completed", R"({"total":60})");
  profile::StoredPart part;
  segment::Touched touched;
  EXPECT_FALSE(folder.fold(order, "web", {{}, world.newest, 0}, {}, part, touched));
  EXPECT_TRUE(folder.fold(order, "web", {{}, {world.newest.value + 1}, 0}, {}, part, touched));
}

TEST(Backfiller, ItGoesOnAfterACrashWhereItWas) {
  AskedWorld first;
  introduce(first, kQuestions);
  Life(21).live(first, 200);

  AskedWorld late;
  introduce(late);
  Life life(21);
  life.live(late, 150);
  ask_all(late);
  take_some(late, 4);
  late.restart();
  life.live(late, 25);
  take_some(late, 2);
  ASSERT_TRUE(late.engine->cut());
  take_some(late, 2);
  late.restart();
  life.live(late, 25);
  ASSERT_TRUE(Backfiller(*late.engine, *late.history).fill());
  expect_same_answers(late, first);
}

TEST(Backfiller, ItsThreadSeesWhatIsPublishedAndStopsWhenTold) {
  AskedWorld world;
  introduce(world);
  Life(31).live(world, 100);
  Backfiller backfiller(*world.engine, *world.history);
  backfiller.start();
  for (const auto& [name, condition] : kQuestions) {
    world.publish_segment(name, condition);
    while (world.is_pending(name)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  backfiller.stop();
  world.publish_segment("after", R"(events("Viewed").filter(e, e.type == "track").exists())");
  EXPECT_TRUE(world.is_pending("after"));
  EXPECT_EQ(backfiller.fill().error().code, Code::kUnavailable);
}

TEST(Backfiller, WhatIsReadIsWhatIsAskedFor) {
  AskedWorld world;
  introduce(world);
  world.publish_segment("a", R"(events("Order Completed", duration("24h")).filter(e, e.properties.total > 1).exists()
    && pages("Home", duration("48h")).filter(e, e.occurred_at > timestamp("2020-01-01T00:00:00Z")).exists())");
  const auto what = world.ask([](engine::View& view) { return view.backfill(); });
  const Timestamp now{100 * kDayMs};
  HistoryQuery query = FoldedHistory(what, now, 10, 1000).query();
  EXPECT_EQ(query.events.at(event::EventType::kTrack), std::set<std::string>{"Order Completed"});
  EXPECT_EQ(query.events.at(event::EventType::kPage), std::set<std::string>{"Home"});
  EXPECT_TRUE(query.properties);
  EXPECT_FALSE(query.context);
  EXPECT_EQ(query.from, Timestamp{98 * kDayMs} + 1);
  world.publish_segment("c", R"(events().filter(e, "x" in e).exists())");
  ASSERT_TRUE(Backfiller(*world.engine, *world.history).fill());
  world.publish_segment("d", R"(events().filter(e, "y" in e).exists())");
  query = FoldedHistory(world.ask([](engine::View& view) { return view.backfill(); }), now, 10, 1000).query();
  EXPECT_EQ(query.events.at(event::EventType::kTrack), std::set<std::string>{});
  EXPECT_TRUE(query.context);
  EXPECT_FALSE(query.from);
}

}  // namespace
}  // namespace tessera::analytics
