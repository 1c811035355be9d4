// Segments that move by time alone.
#include "engine/list.h"
#include "engine/machines_fixture.h"
#include "engine/ranking.h"
#include "identity/directory.h"

namespace tessera::engine {
namespace {

using Ids = Bench::Ids;
using Names = std::vector<std::string>;

const Ids kJane{{"user_id", "jane"}};
constexpr std::int64_t kFirst = 1'700'000'000'000;

// Who came and went, and when: "+name@ms" since the first record's second.
Names moves(const Bench& bench) {
  Names all;
  for (const Effect& effect : bench.effects.effects) {
    if (effect.kind != EffectKind::kMembership) continue;
    const std::string body(effect.body);
    const auto begin = body.find(R"("segment":")") + 11;
    all.push_back((effect.name == "Segment Entered" ? "+" : "-") + body.substr(begin, body.find('"', begin) - begin) +
                  "@" + std::to_string(effect.time.ms - kFirst));
  }
  return all;
}

TEST(Time, WhoDoesNothingLeavesAtTheInstantAtWhichTheWindowEnds) {
  Bench bench;
  bench.publish_segment("buyers", R"(events("Order", duration("60s")).count() >= 2)");
  bench.track(bench.shop, "Order", kJane);  // record 4: at 4 s
  bench.wait(10'000);                       // 14 s
  bench.track(bench.shop, "Order", kJane);  // 15 s
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"buyers"});
  bench.wait(48'999);  // 63.999 s
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"buyers"});
  bench.wait(1);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  EXPECT_EQ(moves(bench), (Names{"+buyers@15000", "-buyers@64000"}));
}

TEST(Time, ALongSilenceIsPassedThroughInstantByInstant) {
  Bench bench;
  bench.publish_segment("one", R"(events("Order", duration("60s")).count() == 1)");
  bench.publish_segment("none", R"(events("Order", duration("60s")).count() == 0)");
  bench.publish_segment("lapsed", R"(now - events("Order").last() > duration("1h"))");
  bench.track(bench.shop, "Order", kJane);  // 6 s
  bench.wait(10'000);
  bench.track(bench.shop, "Order", kJane);  // 17 s
  bench.wait(86'400'000);
  EXPECT_EQ(moves(bench),
            (Names{"+one@6000", "-one@17000", "+one@66000", "+none@77000", "-one@77000", "+lapsed@3617001"}));
  EXPECT_EQ(bench.segments("user_id", "jane"), (Names{"lapsed", "none"}));
  // What was due comes before what happens, whichever record brings it.
  bench.track(bench.shop, "Order", kJane);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"one"});
}

TEST(Time, ATimeThatWasNeverReachedByATickIsLookedAtBeforeTheEvent) {
  Bench bench;
  bench.publish_segment("quick", R"(events("Order", duration("500ms")).exists())");
  bench.publish_segment("often", R"(events("Segment Entered", duration("1h"))
      .filter(e, e.properties.segment == "quick").count() >= 2)");
  bench.track(bench.shop, "Order", kJane);
  bench.track(bench.shop, "Order", kJane);
  EXPECT_EQ(moves(bench), (Names{"+quick@5000", "-quick@5500", "+quick@6000", "+often@6000"}));
}

TEST(Time, SequencesAndTheirAbsence) {
  Bench bench;
  bench.publish_segment("abandoned",
                        R"(events("Added", duration("1d")).not_followed_by(events("Order"), duration("1h")).exists())");
  bench.publish_segment("returned", R"(events("Order").each(e, e.properties.lines).followed_by(
      events("Refund").each(e, e.properties.lines), duration("30d"), a, b, a.sku == b.sku).exists())");
  bench.track(bench.shop, "Added", kJane);  // 5 s
  bench.wait(3'599'999);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.wait(1);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"abandoned"});
  // A late event that shows that it was followed after all.
  event::Event late;
  late.name = "Order";
  late.identifiers = kJane;
  late.occurred_at = {kFirst + 10'000};
  late.properties = R"({"lines":[{"sku":"a"},{"sku":"b"}]})";
  bench.send(bench.shop, late);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.track_with(bench.shop, "Refund", kJane, R"({"lines":[{"sku":"c"}]})");
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.track_with(bench.shop, "Refund", kJane, R"({"lines":[{"sku":"b"}]})");
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"returned"});
}

TEST(Time, WindowsOfPeopleWhoAreMergedAndPartedAreOne) {
  Bench bench;
  bench.publish_segment("three", R"(events("Order", duration("1h")).count() >= 3)");
  const Ids phone{{"anonymous_id", "a"}};
  bench.track(bench.shop, "Order", phone);  // 4 s
  bench.track(bench.shop, "Order", kJane);  // 5 s
  bench.track(bench.shop, "Order", kJane);  // 6 s
  const PartId apart{parse_profile_id(bench.id("anonymous_id", "a"))->value};
  bench.track(bench.shop, "Met", {phone[0], kJane[0]});  // 7 s
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"three"});
  bench.correct({.parts = {apart}, .by = "me"});  // 8 s
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.track(bench.shop, "Met", {phone[0], kJane[0]});  // 9 s
  bench.wait(3'600'000);
  EXPECT_EQ(moves(bench), (Names{"+three@7000", "-three@8000", "+three@9000", "-three@3604000"}));
  EXPECT_EQ(bench.machines.next_due(), Timestamp{1'700'000'000'000 + 4000 + kDayMs});  // message ids alone
}

TEST(Time, NothingIsKeptOfWhoIsMergedAway) {
  Bench bench;
  bench.publish_segment("two", R"(events("Order", duration("1h")).count() % 3 == 2)");
  bench.track(bench.shop, "Order", kJane);
  bench.track(bench.shop, "Order", {{"anonymous_id", "a"}});  // due when it leaves the window
  const ProfileId gone = *parse_profile_id(bench.id("anonymous_id", "a"));
  bench.track(bench.shop, "Met", {{"anonymous_id", "a"}, kJane[0]});
  ASSERT_NE(*parse_profile_id(bench.id("anonymous_id", "a")), gone);
  EXPECT_EQ(bench.machines.shards().people().find(gone), nullptr);
}

TEST(Time, CalendarMonthsTurnWhereTheCustomerLives) {
  Bench bench;  // 2023-11-14 22:13:20 UTC and a few seconds
  bench.publish_segment("november", R"(events("Order", calendar("month", "Europe/Berlin")).exists())");
  bench.publish_segment("last-month", R"(events("Order", calendar("month", "Europe/Berlin", -1)).exists())");
  bench.track(bench.shop, "Order", kJane);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"november"});
  bench.wait(60 * kDayMs);
  const std::int64_t december = 1'701'385'200'000 - kFirst;  // 2023-12-01 00:00 in Berlin
  const std::int64_t january = 1'704'063'600'000 - kFirst;
  EXPECT_EQ(moves(bench), (Names{"+november@5000", "+last-month@" + std::to_string(december),
                                 "-november@" + std::to_string(december), "-last-month@" + std::to_string(january)}));
}

TEST(Time, WhoIsDueComesBackFromACutAndAReplayTellsTheSame) {
  const auto live = [](Bench& bench, Machines& machines, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t offset = from; offset <= to; ++offset) {
      const bool is_tick = offset % 3 == 0;
      const std::string user = "u" + std::to_string(offset % 7);
      event::Event event;
      const std::string id = "m" + std::to_string(offset);
      event.message_id = id;
      event.name = "Order";
      event.identifiers = {{"user_id", user}};
      event.occurred_at = event.received_at = {kFirst + static_cast<std::int64_t>(offset) * 1000};
      std::string body;
      if (!is_tick) event::encode(event, body);
      bench.bodies.push_back(std::make_unique<std::string>(std::move(body)));
      const auto kind = is_tick ? log::RecordKind::kTick : log::RecordKind::kEvent;
      const log::Record record{{offset}, event.received_at, 1, kind, bench.shop, *bench.bodies.back()};
      ASSERT_TRUE(machines.apply(record, bench.effects));
    }
  };
  const auto cut = [](Machines& machines, storage::Store& store) {
    storage::CutBatch batch;
    machines.begin_cut(batch);
    while (!machines.encode_some(1)) {
    }
    ASSERT_TRUE(store.commit(batch));
    machines.end_cut();
  };
  Bench whole;
  Bench halves;
  for (Bench* bench : {&whole, &halves}) {
    bench->publish_segment("busy", R"(events("Order", duration("10s")).count() >= 2)");
    bench->publish_segment("last", R"(now - events("Order").last() <= duration("5s"))");
  }
  live(whole, whole.machines, 5, 200);
  live(halves, halves.machines, 5, 90);
  cut(halves.machines, halves.store);
  Machines again(halves.store, {.kinds = Bench::all_kinds()});
  ASSERT_TRUE(again.load());
  EXPECT_EQ(again.next_due(), halves.machines.next_due());
  live(halves, again, 91, 200);
  EXPECT_EQ(moves(whole), moves(halves));
  EXPECT_GT(moves(whole).size(), 100U);
  cut(whole.machines, whole.store);
  cut(again, halves.store);
  EXPECT_EQ(*digest_of(whole.store), *digest_of(halves.store));
}

TEST(Time, ManyWhoAreDueAtOnceAreTakenSomeAtATime) {
  Bench bench;
  bench.publish_segment("buyers", R"(events("Order", duration("1h")).exists())");
  for (int i = 0; i < 2'500; ++i) bench.track(bench.shop, "Order", {{"user_id", "u" + std::to_string(i)}});
  EXPECT_EQ(bench.members("buyers"), 2'500U);
  const std::uint64_t before = bench.offset;
  bench.wait(86'400'000);
  EXPECT_EQ(bench.members("buyers"), 0U);
  EXPECT_EQ(bench.offset - before, 3U);  // ticks
}

TEST(Time, ANewQuestionWaitsForTheHistoryAndThenReachesBack) {
  Bench bench;
  bench.track_with(bench.shop, "Order", kJane, R"({"total":80})");
  bench.publish_segment("big", R"(events("Order", duration("1h")).sum(e, e.properties.total) > 100.0)");
  bench.publish_segment("not-big", R"(!in_segment("big"))");
  EXPECT_TRUE(MachinesView(bench.machines).segments()[0].pending);
  EXPECT_TRUE(MachinesView(bench.machines).segments()[1].pending);
  bench.track_with(bench.shop, "Order", kJane, R"({"total":30})");
  bench.sweep();
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  const BackfillSnapshot fill = MachinesView(bench.machines).backfill();
  ASSERT_TRUE(fill.state.is_under_way());
  ASSERT_EQ(fill.state.features.size(), 1U);
  // What the history knows of Jane's part.
  segment::Folder folder;
  folder.follow(fill.plan);
  event::Event event;
  event.name = "Order";
  event.properties = R"({"total":80})";
  event.occurred_at = {kFirst + 3000};
  profile::StoredPart part;
  const std::uint32_t feature = fill.plan->find_feature(fill.state.features[0].first);
  folder.fold(std::span(&feature, 1), event, "shop", {event.occurred_at, {3}, 0}, bench.time(), part);
  std::string kept;
  profile::PartCodec::encode(part, kept);
  const PartId jane{parse_profile_id(bench.id("user_id", "jane"))->value};
  std::string step;
  encode(BackfillStep{fill.state.began, 1, fill.state.end, {{jane, kept}}}, step);
  bench.apply(log::RecordKind::kBackfill, {}, step);
  bench.apply(log::RecordKind::kBackfill, {}, step);  // twice does nothing
  step.clear();
  encode(BackfillStep{fill.state.began, fill.state.end, fill.state.end, {}}, step);
  bench.apply(log::RecordKind::kBackfill, {}, step);
  EXPECT_FALSE(MachinesView(bench.machines).backfill().state.is_under_way());
  bench.sweep();
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"big"});
  EXPECT_FALSE(MachinesView(bench.machines).segments()[0].pending);
}

TEST(Time, AQuestionThatWasTakenBackAndAskedAnewWaitsForABackfillOfItsOwn) {
  Bench bench;
  const auto sum = [](const std::string& window) {
    return "events(\"Order\", duration(\"" + window + "\")).sum(e, e.properties.total) > 100.0";
  };
  const auto is_pending = [&](std::string_view name) {
    const auto all = MachinesView(bench.machines).segments();
    return std::ranges::find(all, name, &SegmentSnapshot::name)->pending;
  };
  const auto fill = [&] {
    const Backfill state = MachinesView(bench.machines).backfill().state;
    for (const std::uint64_t from : {state.next, state.end}) {
      std::string step;
      encode(BackfillStep{state.began, from, state.end, {}}, step);
      bench.apply(log::RecordKind::kBackfill, {}, step);
    }
  };
  bench.track_with(bench.shop, "Order", kJane, R"({"total":80})");
  bench.publish_segment("year", sum("365d"));
  bench.publish_segment("hour", sum("1h"));
  bench.archive({"segment", "year"});  // from here on an hour is kept
  bench.publish_segment("year", sum("365d"));
  fill();
  EXPECT_FALSE(is_pending("hour"));
  EXPECT_TRUE(is_pending("year"));
  fill();
  EXPECT_FALSE(is_pending("year"));
  EXPECT_FALSE(MachinesView(bench.machines).backfill().state.is_under_way());
}

void make_ranks(Bench& bench) {
  Machines& machines = bench.machines;
  Ranking ranking(machines.core().in_force().plan(), machines.core().counters().next_profile, bench.time());
  while (!ranking.step(machines.core().directory(), machines.shards(), 7)) {
  }
  bench.apply(log::RecordKind::kRanks, {}, ranking.finish());
  bench.sweep();
}

TEST(Ranks, WhoIsAmongTheTopTenthIsSettledWhenATableIsPublished) {
  Bench bench;
  bench.publish_segment("top", R"(percentile(events("Order", duration("1d")).sum(e, e.properties.total)) >= 0.9)");
  bench.publish_segment("odd", R"(traits.odd == true)");
  bench.publish_segment("top-odd", R"(percentile(events("Order").count(), "odd") >= 0.5)");
  EXPECT_TRUE(MachinesView(bench.machines).segments()[1].pending);  // there is no table yet
  for (int i = 1; i <= 20; ++i) {
    const std::string name = "u" + std::to_string(i);
    const Ids user{{"user_id", name}};
    bench.track_with(bench.shop, "Order", user, R"({"total":)" + std::to_string(i) + "}");
    if (i % 2 != 0) bench.track(bench.shop, "", user, {{"odd", "true"}});
    for (int more = 0; more < i; ++more) bench.track(bench.shop, "Order", user);
  }
  EXPECT_EQ(bench.members("top"), 0U);
  make_ranks(bench);
  EXPECT_EQ(bench.members("top"), 3U);  // 18 of 20 are 0.9
  EXPECT_EQ(bench.segments("user_id", "u18"), (Names{"top", "top-odd"}));
  EXPECT_EQ(bench.segments("user_id", "u17"), (Names{"odd", "top-odd"}));
  EXPECT_EQ(bench.members("top-odd"), 12U);  // who ordered as often as u9, the fifth of ten odd ones
  // Who passes a threshold of the newest table moves at once, others when there is another table.
  bench.track_with(bench.shop, "Order", {{"user_id", "u1"}}, R"({"total":100})");
  EXPECT_EQ(bench.members("top"), 4U);
  make_ranks(bench);
  EXPECT_EQ(bench.members("top"), 3U);
  EXPECT_EQ(bench.segments("user_id", "u18"), Names{"top-odd"});
  // The table is kept with the state.
  bench.wait(kDayMs);
  EXPECT_EQ(bench.members("top"), 0U);
  make_ranks(bench);
  EXPECT_EQ(bench.members("top"), 20U);  // nobody bought anything: all are at most at 0
}

TEST(Samples, AreAsLargeAsTheyShouldAndTheSameForEver) {
  Bench bench;
  bench.publish_segment("a-tenth", R"(sampled("control", 0.1))");
  bench.publish_segment("another", R"(sampled("else", 0.1))");
  bench.publish_segment("a-fifth", R"(sampled("control", 0.2))");
  bench.publish_segment("outside", R"(in_segment("a-tenth") && !in_segment("a-fifth"))");
  for (int i = 0; i < 2'000; ++i) bench.track(bench.shop, "Order", {{"user_id", "u" + std::to_string(i)}});
  EXPECT_NEAR(static_cast<double>(bench.members("a-tenth")), 200, 45);
  EXPECT_NEAR(static_cast<double>(bench.members("a-fifth")), 400, 60);
  EXPECT_EQ(bench.members("outside"), 0U);
  const MachinesView view(bench.machines);
  const auto& members = bench.machines.shards().members();
  const segment::Plan& plan = *bench.machines.core().in_force().plan();
  const std::vector<std::uint32_t> both{plan.find("a-tenth")->id, plan.find("another")->id};
  EXPECT_LT(members.overlap(both).in_all, 50U);
}

TEST(Lists, PeopleAreOnThemByNameAndWhoIsMergedBringsTheirPlace) {
  Bench bench;
  bench.publish({"segment", "invited"}, R"({"kind":"segment","name":"invited","list":true})");
  bench.publish_segment("invited-buyers", R"(in_segment("invited") && events("Order").exists())");
  const Ids phone{{"anonymous_id", "a"}};
  bench.track(bench.shop, "Order", phone);
  bench.track(bench.shop, "Order", kJane);
  const ProfileId first = *parse_profile_id(bench.id("anonymous_id", "a"));
  const auto change = [&](const ListStep& step) {
    std::string body;
    encode(step, body);
    bench.apply(log::RecordKind::kList, {}, body);
  };
  change({"invited", {first, {999}}, {}});
  change({"invited", {first}, {}});
  EXPECT_EQ(bench.segments("anonymous_id", "a"), (Names{"invited", "invited-buyers"}));
  bench.track(bench.shop, "Met", {phone[0], kJane[0]});
  EXPECT_EQ(bench.segments("user_id", "jane"), (Names{"invited", "invited-buyers"}));
  EXPECT_EQ(bench.members("invited"), 1U);
  bench.correct({.parts = {PartId{first.value}}, .by = "me"});
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  change({"invited", {}, {first}});
  EXPECT_EQ(bench.members("invited"), 0U);
  change({"invited", {first}, {}});
  bench.track(bench.shop, "Met", {phone[0], kJane[0]});
  EXPECT_EQ(bench.members("invited"), 1U);
  change({"invited", {}, {*parse_profile_id(bench.id("user_id", "jane"))}});
  EXPECT_EQ(bench.members("invited"), 0U);
  change({"nothing", {first}, {}});
  EXPECT_EQ(*bench.machines.core().refusals().find({bench.offset}),
            "there is no published segment \"nothing\" with a list");
}

}  // namespace
}  // namespace tessera::engine
