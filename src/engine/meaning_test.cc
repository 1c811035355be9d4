// Segments, groups and corrections through Core and Shards.
#include "engine/machines_fixture.h"

namespace tessera::engine {
namespace {

using Ids = Bench::Ids;
using Names = std::vector<std::string>;

const Ids kJane{{"user_id", "jane"}};

TEST(Meaning, APersonEntersAndLeavesAsTheyAct) {
  Bench bench;
  bench.publish_segment("buyers", R"(events("Order Completed").count() >= 2)");
  bench.publish_segment("no-returns", R"(events("Order Refunded").count() == 0)");
  bench.track(bench.shop, "Order Completed", kJane);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"no-returns"});
  bench.track(bench.shop, "Order Completed", kJane);
  EXPECT_EQ(bench.segments("user_id", "jane"), (Names{"buyers", "no-returns"}));
  bench.track(bench.shop, "Order Refunded", kJane);
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"buyers"});
  EXPECT_EQ(bench.members("buyers"), 1U);
  EXPECT_EQ(bench.members("no-returns"), 0U);
  EXPECT_EQ(bench.effects_named("Segment Entered"), 2U);
  EXPECT_EQ(bench.effects_named("Segment Exited"), 1U);
  EXPECT_EQ(bench.count("user_id", "jane", "Segment Entered"), 2U);
}

TEST(Meaning, WhoEntersIsAnEventThatOtherSegmentsCount) {
  Bench bench;
  bench.publish_segment("gold", R"(traits.plan == "gold")");
  bench.publish_segment("back-again",
                        R"(events("Segment Entered").filter(e, e.properties.segment == "gold").count() >= 2)");
  for (const char* plan : {"\"gold\"", "\"none\"", "\"gold\""}) {
    bench.track(bench.shop, "", kJane, {{"plan", plan}});
  }
  EXPECT_EQ(bench.segments("user_id", "jane"), (Names{"back-again", "gold"}));
}

TEST(Meaning, ANewSegmentIsFilledByASweepWithWhatThePartsCounted) {
  Bench bench;
  for (int i = 0; i < 600; ++i) {
    const std::string user = "u" + std::to_string(i);
    for (int n = 0; n <= i % 3; ++n) bench.track(bench.shop, "Order Completed", {{"user_id", user}});
  }
  bench.publish_segment("three", R"(events("Order Completed").count() == 3)");
  EXPECT_EQ(bench.members("three"), 0U);
  EXPECT_EQ(MachinesView(bench.machines).sweep().of, 600U);
  bench.sweep();
  EXPECT_EQ(bench.members("three"), 200U);
  EXPECT_EQ(MachinesView(bench.machines).sweep().of, 0U);
  bench.track(bench.shop, "Order Completed", {{"user_id", "u1"}});
  EXPECT_EQ(bench.segments("user_id", "u1"), Names{"three"});
}

TEST(Meaning, ATraitIsComputedOfAllHistoryBeforeTheSweepComesBy) {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.track(bench.shop, "Order Completed", kJane);
  bench.publish_trait("orders", R"(events("Order Completed").count())");
  EXPECT_EQ(bench.profile("user_id", "jane").computed.front().json, "5");
  bench.sweep();
  EXPECT_EQ(bench.profile("user_id", "jane").computed.front().json, "5");
}

// Everybody bought twice.
void let_many_buy_twice(Bench& bench) {
  for (int i = 0; i < 600; ++i) {
    const std::string device = "a" + std::to_string(i);
    const Ids user{{"anonymous_id", device}};
    for (int n = 0; n < 2; ++n) bench.track(bench.shop, "Order Completed", user);
  }
}

TEST(Meaning, WhoActsBeforeASweepComesByIsJudgedByAllTheyDid) {
  Bench bench;
  let_many_buy_twice(bench);
  bench.publish_segment("one", R"(events("Order Completed").count() == 1)");
  bench.publish_segment("three", R"(events("Order Completed").count() == 3)");
  bench.publish_segment("buyers", R"(events("Order Completed").count() > 0)");
  bench.publish_segment("new-fans", R"(traits.fan == true && !in_segment("buyers"))");
  ASSERT_TRUE(bench.sweep_one_step());
  bench.track(bench.shop, "Order Completed", {{"anonymous_id", "a500"}});
  EXPECT_EQ(bench.segments("anonymous_id", "a500"), (Names{"buyers", "three"}));
  bench.track(bench.shop, "", {{"anonymous_id", "a501"}}, {{"fan", "true"}});
  EXPECT_EQ(bench.segments("anonymous_id", "a501"), Names{"buyers"});
  bench.sweep();
  EXPECT_EQ(bench.members("three"), 1U);
  EXPECT_EQ(bench.effects_named("Segment Exited"), 0U);
}

TEST(Meaning, PartsThatMoveAmidASweepBringAllTheyCounted) {
  Bench bench;
  let_many_buy_twice(bench);
  bench.track(bench.shop, "Met", {{"anonymous_id", "a20"}, {"anonymous_id", "a510"}});
  const PartId apart{parse_profile_id(bench.id("anonymous_id", "a20"))->value};
  bench.publish_segment("four", R"(events("Order Completed").count() == 4)");
  ASSERT_TRUE(bench.sweep_one_step());
  bench.track(bench.shop, "Met", {{"anonymous_id", "a10"}, {"anonymous_id", "a500"}});
  EXPECT_EQ(bench.segments("anonymous_id", "a500"), Names{"four"});
  bench.correct({.parts = {apart}, .by = "me"});
  bench.track(bench.shop, "Met", {{"anonymous_id", "a510"}, {"anonymous_id", "a520"}});
  bench.sweep();
  EXPECT_EQ(bench.segments("anonymous_id", "a510"), Names{"four"});
  EXPECT_EQ(bench.members("four"), 2U);
}

TEST(Meaning, AnArchivedSegmentIsEmptiedByASweepAndAChangedOneSortedAnew) {
  Bench bench;
  bench.track(bench.shop, "Order Completed", kJane);
  bench.publish_segment("buyers", R"(events("Order Completed").count() >= 1)");
  bench.publish_segment("others", R"(!in_segment("buyers"))");
  bench.sweep();
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"buyers"});
  bench.publish_segment("buyers", R"(events("Order Completed").count() >= 2)");
  bench.sweep();
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"others"});
  bench.archive({"segment", "buyers"});
  EXPECT_EQ(*bench.machines.core().refusals().find({bench.offset}),
            "segment others, at /condition: 1:13: there is no published segment \"buyers\"\n  !in_segment(\"buyers\")\n"
            "              ^");
  bench.archive({"segment", "others"});
  bench.sweep();
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  EXPECT_EQ(bench.machines.shards().segments_of(*parse_profile_id(bench.id("user_id", "jane"))).size(), 0U);
}

TEST(Meaning, MergedPeopleAreInWhatTheyAreTogether) {
  Bench bench;
  bench.publish_segment("two", R"(events("Order Completed").count() == 2)");
  bench.publish_segment("one", R"(events("Order Completed").count() == 1)");
  bench.track(bench.shop, "Order Completed", {{"card", "c"}});
  bench.track(bench.shop, "Order Completed", {{"email", "e"}});
  EXPECT_EQ(bench.members("one"), 2U);
  bench.track(bench.shop, "Logged In", {{"card", "c"}, {"email", "e"}});
  EXPECT_EQ(bench.segments("card", "c"), Names{"two"});
  EXPECT_EQ(bench.members("one"), 0U);
  EXPECT_EQ(bench.members("two"), 1U);
}

TEST(Meaning, WhoBecomesAnothersLeavesTheirSegmentsAndTheirPartsRememberIt) {
  Bench bench;
  bench.publish_segment("gold", R"(traits.plan == "gold")");
  bench.publish_segment("left", R"(events("Segment Exited").exists(e, e.properties.segment == "gold"))");
  bench.track(bench.shop, "Seen", {{"card", "c"}});
  bench.track(bench.shop, "", {{"email", "e"}}, {{"plan", "\"gold\""}});
  const std::string email = bench.id("email", "e");
  bench.track(bench.shop, "Logged In", {{"card", "c"}, {"email", "e"}});
  EXPECT_EQ(bench.segments("card", "c"), (Names{"gold", "left"}));
  EXPECT_EQ(bench.count("card", "c", "Segment Exited"), bench.effects_named("Segment Exited"));
  EXPECT_EQ(bench.count("card", "c", "Segment Entered"), bench.effects_named("Segment Entered"));
  bench.correct({.parts = {{parse_profile_id(email)->value}}, .by = "me"});
  EXPECT_EQ(bench.segments("email", "e"), (Names{"gold", "left"}));
  EXPECT_EQ(bench.count("email", "e", "Segment Entered"), 3U);
  EXPECT_EQ(bench.count("email", "e", "Segment Exited"), 1U);
}

TEST(Meaning, ThoseWhoWereMergedComeApartWithNothingLost) {
  Bench bench;
  bench.publish_segment("two", R"(events("Order Completed").count() == 2)");
  bench.publish_segment("one", R"(events("Order Completed").count() == 1)");
  bench.track(bench.shop, "Order Completed", {{"card", "c"}});
  bench.track(bench.shop, "", {{"email", "e"}}, {{"city", "\"Rome\""}});
  bench.track(bench.shop, "Order Completed", {{"email", "e"}});
  const std::string card = bench.id("card", "c");
  const std::string email = bench.id("email", "e");
  bench.track(bench.shop, "Logged In", {{"card", "c"}, {"email", "e"}});
  ASSERT_EQ(bench.id("email", "e"), card);
  bench.correct({.parts = {{parse_profile_id(email)->value}}, .keep_apart = true, .by = "me"});
  EXPECT_EQ(bench.id("card", "c"), card);
  EXPECT_EQ(bench.id("email", "e"), email);
  EXPECT_EQ(bench.trait("email", "e", "city"), "\"Rome\"");
  EXPECT_EQ(bench.trait("card", "c", "city"), "(none)");
  EXPECT_EQ(bench.segments("card", "c"), Names{"one"});
  EXPECT_EQ(bench.segments("email", "e"), Names{"one"});
  EXPECT_EQ(bench.members("one"), 2U);
  EXPECT_EQ(bench.effects_named("Profile Unmerged"), 1U);
  EXPECT_EQ(bench.machines.core().counters().profiles, 2U);
  bench.track(bench.shop, "Logged In", {{"card", "c"}, {"email", "e"}});
  EXPECT_NE(bench.id("card", "c"), bench.id("email", "e"));
}

TEST(Meaning, ACorrectionOfWhatIsNotSoIsRefusedWithItsReason) {
  Bench bench;
  bench.track(bench.shop, "A", kJane);
  const PartId jane{parse_profile_id(bench.id("user_id", "jane"))->value};
  bench.correct({.parts = {jane}, .by = "me"});
  EXPECT_TRUE(bench.machines.core().refusals().find({bench.offset})->contains("nothing to separate"));
  bench.correct({.identifier_type = "email", .identifier_value = "x", .by = "me"});
  EXPECT_EQ(*bench.machines.core().refusals().find({bench.offset}), "nobody has the email \"x\"");
}

TEST(Meaning, AGroupsTraitsFlowToItsMembersWhereverTheyAre) {
  Bench bench;
  bench.publish_segment("big-homes", R"(group.traits.size >= 4)");
  bench.join(bench.shop, kJane, "home-1", {{"size", "3"}});
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.join(bench.shop, {{"user_id", "john"}}, "home-1", {{"size", "4"}});
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"big-homes"});
  EXPECT_EQ(bench.segments("user_id", "john"), Names{"big-homes"});
  EXPECT_EQ(bench.profile("user_id", "jane").groups.front().traits, R"({"size":4})");
  EXPECT_EQ(bench.trait("group_id", "home-1", "size"), "4");
  EXPECT_EQ(bench.machines.core().counters().profiles, 2U);
  EXPECT_EQ(bench.machines.core().counters().groups, 1U);
  // Jane turns out to be somebody known already: her household comes along.
  bench.track(bench.shop, "Seen", {{"card", "c"}});
  bench.track(bench.shop, "Logged In", {{"card", "c"}, {"user_id", "jane"}});
  bench.join(bench.shop, {{"user_id", "john"}}, "home-1", {{"size", "5"}});
  EXPECT_EQ(bench.profile("card", "c").groups.front().traits, R"({"size":5})");
  EXPECT_EQ(bench.segments("card", "c"), Names{"big-homes"});
}

TEST(Meaning, APublicSourceCannotJoinAGroupThatAServerNamed) {
  Bench bench;
  bench.join(bench.shop, kJane, "home-1", {{"size", "3"}});
  bench.join(bench.web, {{"anonymous_id", "thief"}}, "home-1", {{"size", "9"}});
  EXPECT_EQ(bench.profile("anonymous_id", "thief").groups.size(), 0U);
  EXPECT_EQ(bench.trait("group_id", "home-1", "size"), "3");
  EXPECT_EQ(bench.effects_named("Identifier Refused"), 1U);
}

TEST(Meaning, AComputedTraitIsReadAndUsedByConditions) {
  Bench bench;
  bench.publish_trait("average_basket", R"(events("Order Completed").avg(e, e.properties.total))");
  bench.publish_segment("big-baskets", "traits.average_basket > 50.0");
  bench.track_with(bench.shop, "Order Completed", kJane, R"({"total":40})");
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{});
  bench.track_with(bench.shop, "Order Completed", kJane, R"({"total":80})");
  EXPECT_EQ(bench.segments("user_id", "jane"), Names{"big-baskets"});
  EXPECT_EQ(bench.profile("user_id", "jane").computed.front().json, "60");
}

TEST(Meaning, AComputedTraitThatNoSegmentReadsReachesBackAllTheSame) {
  Bench bench;
  bench.track(bench.shop, "Order Completed", kJane);
  bench.publish_trait("orders", R"(events("Order Completed").count())");
  bench.sweep();
  EXPECT_EQ(bench.profile("user_id", "jane").computed.front().json, "1");
}

TEST(Meaning, ASetWithOneWrongDefinitionHasNoEffectAtAll) {
  Bench bench;
  const std::string good = R"({"kind":"segment","name":"a","condition":"traits.x == 1"})";
  const std::string wrong = R"({"kind":"segment","name":"b","condition":"trait.x == 1"})";
  catalog::ChangeSet set;
  set.changes.push_back({catalog::ChangeAction::kPublish, {"segment", "a"}, good, {}, {}});
  set.changes.push_back({catalog::ChangeAction::kPublish, {"segment", "b"}, wrong, {}, {}});
  std::string body;
  catalog::encode(set, body);
  bench.apply(log::RecordKind::kDefinitions, {}, body);
  EXPECT_TRUE(bench.machines.core().refusals().find({bench.offset}).has_value());
  EXPECT_EQ(bench.machines.core().in_force().definitions()->find({"segment", "a"}), nullptr);
}

// Cuts in the middle of everything, and goes on from the store alone.
TEST(Meaning, SegmentsSweepsAndWaitingPartsComeBackFromACut) {
  Bench bench;
  for (int i = 0; i < 700; ++i) bench.track(bench.shop, "A", {{"user_id", "u" + std::to_string(i)}});
  bench.publish_segment("a", R"(events("A").count() >= 1)");
  std::string body;
  encode(*bench.machines.next_sweep_step(), body);
  bench.apply(log::RecordKind::kSweep, {}, body);
  storage::CutBatch batch;
  bench.machines.begin_cut(batch);
  while (!bench.machines.encode_some(100)) {
  }
  ASSERT_TRUE(bench.store.commit(batch));
  bench.machines.end_cut();

  Machines again(bench.store, {.kinds = Bench::all_kinds()});
  ASSERT_TRUE(again.load());
  EXPECT_EQ(MachinesView(again).segments().front().members, 250U);
  EffectBatch effects;
  std::uint64_t offset = bench.offset;
  while (const auto step = again.next_sweep_step()) {
    body.clear();
    encode(*step, body);
    ASSERT_TRUE(again.apply({{++offset}, {1'800'000'000'000}, 1, log::RecordKind::kSweep, {}, body}, effects));
  }
  EXPECT_EQ(MachinesView(again).segments().front().members, 700U);
}

}  // namespace
}  // namespace tessera::engine
