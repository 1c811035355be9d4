#include "engine/machines_fixture.h"

namespace tessera::engine {
namespace {

using Ids = Bench::Ids;

TEST(Machines, AnAnonymousVisitorWhoLogsInIsOnePersonWithBothHistories) {
  Bench bench;
  bench.track(bench.web, "Product Viewed", {{"anonymous_id", "a1"}});
  bench.track(bench.web, "Product Viewed", {{"anonymous_id", "a1"}});
  bench.track(bench.shop, "Order Completed", {{"user_id", "u1"}});
  EXPECT_NE(bench.id("anonymous_id", "a1"), bench.id("user_id", "u1"));
  bench.track(bench.shop, "Logged In", {{"user_id", "u1"}, {"anonymous_id", "a1"}});
  EXPECT_EQ(bench.id("anonymous_id", "a1"), bench.id("user_id", "u1"));
  EXPECT_EQ(bench.count("user_id", "u1", "Product Viewed"), 2U);
  EXPECT_EQ(bench.count("user_id", "u1", "Order Completed"), 1U);
  EXPECT_EQ(bench.machines.core().counters().profiles, 1U);
  EXPECT_EQ(bench.effects_named("Profile Merged"), 1U);
  EXPECT_EQ(bench.profile("user_id", "u1").graph.parts.size(), 2U);
}

TEST(Machines, TheSameMessageCountsOnceForASourceAndAgainForAnother) {
  Bench bench;
  for (int i = 0; i < 3; ++i) bench.track(bench.web, "Viewed", {{"anonymous_id", "a"}}, {}, "same");
  bench.track(bench.shop, "Viewed", {{"anonymous_id", "a"}}, {}, "same");
  EXPECT_EQ(bench.count("anonymous_id", "a", "Viewed"), 2U);
  EXPECT_EQ(bench.machines.core().counters().duplicates, 2U);
}

TEST(Machines, ASharedTabletDoesNotMakeOnePersonOfTwo) {
  Bench bench;
  bench.track(bench.shop, "Logged In", {{"user_id", "u1"}, {"anonymous_id", "tablet"}});
  bench.track(bench.shop, "Logged In", {{"user_id", "u2"}, {"anonymous_id", "tablet"}});
  bench.track(bench.shop, "Logged In", {{"user_id", "u2"}, {"anonymous_id", "tablet"}});
  EXPECT_NE(bench.id("user_id", "u1"), bench.id("user_id", "u2"));
  EXPECT_EQ(bench.id("anonymous_id", "tablet"), bench.id("user_id", "u1"));
  EXPECT_EQ(bench.count("user_id", "u2", "Logged In"), 2U);
  EXPECT_EQ(bench.effects_named("Identifier Refused"), 1U);  // told once, not at every event
}

TEST(Machines, APublicKeyCannotLinkItsEmailToAKnownPerson) {
  Bench bench;
  bench.track(bench.shop, "", {{"user_id", "victim"}, {"email", "v@x.com"}}, {{"email", "\"v@x.com\""}});
  bench.track(bench.web, "", {{"user_id", "victim"}, {"email", "thief@x.com"}, {"anonymous_id", "t"}},
              {{"email", "\"thief@x.com\""}});
  EXPECT_EQ(bench.id("email", "thief@x.com"), "nobody");
  EXPECT_EQ(bench.trait("user_id", "victim", "email"), "\"v@x.com\"");  // a server's word stands
  EXPECT_EQ(bench.effects_named("Identifier Refused"), 1U);
}

TEST(Machines, APublicKeyCannotJoinTwoKnownPeople) {
  Bench bench;
  bench.track(bench.shop, "A", {{"card", "c1"}});
  bench.track(bench.shop, "A", {{"email", "e@x.com"}});
  bench.track(bench.web, "B", {{"card", "c1"}, {"email", "e@x.com"}});
  EXPECT_NE(bench.id("card", "c1"), bench.id("email", "e@x.com"));
  bench.track(bench.shop, "B", {{"card", "c1"}, {"email", "e@x.com"}});
  EXPECT_EQ(bench.id("card", "c1"), bench.id("email", "e@x.com"));
}

TEST(Machines, ABrowserThatIdentifiesBecomesKnownWhenTheShopNamesTheSameUser) {
  Bench bench;
  bench.track(bench.web, "", {{"user_id", "u"}, {"anonymous_id", "a"}}, {{"plan", "\"gold\""}});
  bench.track(bench.shop, "Order Completed", {{"user_id", "u"}});
  EXPECT_EQ(bench.id("anonymous_id", "a"), bench.id("user_id", "u"));
  bench.track(bench.web, "X", {{"user_id", "u"}, {"email", "late@x.com"}});
  EXPECT_EQ(bench.id("email", "late@x.com"), "nobody");
}

TEST(Machines, TheLaterWordOnATraitWinsWhateverTheOrderOfArrival) {
  Bench bench;
  bench.track(bench.shop, "", {{"user_id", "u"}}, {{"city", "\"Rome\""}});
  bench.track(bench.web, "", {{"user_id", "u"}}, {{"city", "\"Paris\""}, {"size", "3"}});
  EXPECT_EQ(bench.trait("user_id", "u", "city"), "\"Rome\"");
  EXPECT_EQ(bench.trait("user_id", "u", "size"), "3");
  bench.track(bench.shop, "", {{"user_id", "u"}}, {{"city", "\"Oslo\""}});
  EXPECT_EQ(bench.trait("user_id", "u", "city"), "\"Oslo\"");
  bench.track(bench.shop, "", {{"user_id", "u"}}, {{"city", "null"}});
  EXPECT_EQ(bench.trait("user_id", "u", "city"), "(none)");
}

TEST(Machines, ALimitDropsTheLowerIdentifierAndKeepsTheEvent) {
  Bench bench;
  for (int i = 1; i <= 6; ++i) {
    const std::string email = "e" + std::to_string(i) + "@x.com";
    bench.track(bench.shop, "E", {{"user_id", "u"}, {"email", email}});
  }
  EXPECT_EQ(bench.count("user_id", "u", "E"), 6U);
  EXPECT_EQ(bench.id("email", "e5@x.com"), bench.id("user_id", "u"));
  EXPECT_EQ(bench.id("email", "e6@x.com"), "nobody");
}

TEST(Machines, ManyMergesInAChainEndInOnePersonAndTheFormerIdsLeadThere) {
  Bench bench;
  std::vector<std::string> former;
  for (int i = 0; i < 40; ++i) {
    const std::string device = "d" + std::to_string(i);
    bench.track(bench.shop, "Seen", {{"anonymous_id", device}});
    former.push_back(bench.id("anonymous_id", device));
  }
  for (int i = 39; i > 0; --i) {
    const std::string one = "d" + std::to_string(i);
    const std::string other = "d" + std::to_string(i - 1);
    bench.track(bench.shop, "Met", {{"anonymous_id", one}, {"anonymous_id", other}});
  }
  EXPECT_EQ(bench.machines.core().counters().profiles, 1U);
  EXPECT_EQ(bench.count("anonymous_id", "d7", "Seen"), 40U);
  EXPECT_EQ(bench.count("anonymous_id", "d7", "Met"), 39U);
  MachinesView view(bench.machines);
  for (const auto& id : former) EXPECT_EQ(to_text(*view.find(*parse_profile_id(id))), bench.id("anonymous_id", "d0"));
}

// Cuts, forgets everything in memory, and goes on from the store.
TEST(Machines, StateComesBackFromACutAndGoesOnTheSame) {
  Bench whole;
  Bench cut;
  const auto play = [](Bench& bench, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string user = "u" + std::to_string(i % 7);
      const std::string device = "d" + std::to_string(i % 11);
      bench.track(bench.shop, "E" + std::to_string(i % 3), {{"user_id", user}, {"anonymous_id", device}});
    }
  };
  const auto do_cut = [](Machines& machines, testing::MemoryStore& store) {
    storage::CutBatch batch;
    machines.begin_cut(batch);
    while (!machines.encode_some(3)) {
    }
    ASSERT_TRUE(store.commit(batch));
    machines.end_cut();
  };
  play(whole, 0, 100);
  do_cut(whole.machines, whole.store);

  play(cut, 0, 50);
  do_cut(cut.machines, cut.store);
  Machines again(cut.store, {});
  ASSERT_TRUE(again.load());
  EXPECT_EQ(again.position(), cut.machines.position());
  EffectBatch effects;
  for (std::size_t i = 50; i < 100; ++i) {
    const std::uint64_t offset = i + 3;
    ASSERT_TRUE(again.apply({{offset},
                             {1'700'000'000'000 + static_cast<std::int64_t>(offset) * 1000},
                             1,
                             log::RecordKind::kEvent,
                             whole.shop,
                             *whole.bodies[i]},
                            effects));
  }
  do_cut(again, cut.store);
  EXPECT_EQ(*digest_of(cut.store), *digest_of(whole.store));
  EXPECT_TRUE(cut.store.same_as(whole.store));
}

TEST(Machines, AMergeOfTwoPeopleOfHundredsOfPartsLosesNothing) {
  Bench bench;
  std::string rules = catalog::identity_rules_json(catalog::default_identity_rules());
  rules.replace(rules.find("\"limit\":100"), 11, "\"limit\":999");
  bench.publish({"identity_rules", "identity_rules"},
                R"({"kind":"identity_rules","name":"identity_rules",)" + rules.substr(1));
  constexpr int kDevices = 249;
  for (const std::string side : {"l", "r"}) {
    bench.track(bench.shop, "Seen", {{"anonymous_id", side}});
    for (int i = 0; i < kDevices; ++i) {
      const std::string device = side + std::to_string(i);
      bench.track(bench.shop, "Seen", {{"anonymous_id", device}});
      bench.track(bench.shop, "Met", {{"anonymous_id", side}, {"anonymous_id", device}});
    }
  }
  bench.track(bench.shop, "Met", {{"anonymous_id", "l"}, {"anonymous_id", "r"}});
  EXPECT_EQ(bench.count("anonymous_id", "l", "Seen"), 2U * (kDevices + 1));
  EXPECT_EQ(bench.count("anonymous_id", "l", "Met"), 2U * kDevices + 1);
  EXPECT_EQ(bench.profile("anonymous_id", "r").graph.parts.size(), 2U * (kDevices + 1));
}

// A chain of merges in one event says more than one record may drain: the rest waits for the next, through a cut too.
TEST(Machines, WhatOneRecordCannotDrainWaitsForTheNextThroughACut) {
  Bench bench;
  std::string rules = catalog::identity_rules_json(catalog::default_identity_rules());
  rules.replace(rules.find("\"limit\":100"), 11, "\"limit\":999");
  bench.publish({"identity_rules", "identity_rules"},
                R"({"kind":"identity_rules","name":"identity_rules",)" + rules.substr(1));
  std::uint64_t events = 0;
  for (const auto& [side, devices] : {std::pair("x", 9), std::pair("y", 49), std::pair("z", 429)}) {
    bench.track(bench.shop, "Seen", {{"anonymous_id", side}});
    for (int i = 0; i < devices; ++i) {
      const std::string device = side + std::to_string(i);
      bench.track(bench.shop, "Seen", {{"anonymous_id", device}});
      bench.track(bench.shop, "Met", {{"anonymous_id", side}, {"anonymous_id", device}});
    }
    events += 1 + 2 * static_cast<std::uint64_t>(devices);
  }
  // z's 430 parts go to the older y, and all 480 on to the oldest, x.
  bench.track(bench.shop, "All Met", {{"anonymous_id", "z"}, {"anonymous_id", "y"}, {"anonymous_id", "x"}});
  ASSERT_TRUE(bench.machines.wants_tick({0}));  // messages wait

  storage::CutBatch batch;
  bench.machines.begin_cut(batch);
  while (!bench.machines.encode_some(1000)) {
  }
  ASSERT_TRUE(bench.store.commit(batch));
  bench.machines.end_cut();
  Machines again(bench.store, {});
  ASSERT_TRUE(again.load());
  EffectBatch effects;
  for (int i = 1; i <= 5 && again.wants_tick({0}); ++i) {
    const Offset next{bench.offset + static_cast<std::uint64_t>(i)};
    ASSERT_TRUE(again.apply({next, {1'800'000'000'000}, 1, log::RecordKind::kTick, {}, {}}, effects));
  }
  EXPECT_FALSE(again.wants_tick({0}));
  MachinesView view(again);
  const auto person = view.profile(*view.find("anonymous_id", "x"));
  ASSERT_TRUE(person);
  std::uint64_t counted = 0;
  for (const auto& e : person->events) counted += e.count;
  EXPECT_EQ(counted, events + 1);
  EXPECT_EQ(person->graph.parts.size(), 490U);
}

TEST(Machines, MessageIdsAreForgottenByATickWhenTheirTimeIsOver) {
  Bench bench;
  bench.track(bench.web, "Viewed", {{"anonymous_id", "a"}}, {}, "one");
  const Timestamp now = bench.machines.time();
  EXPECT_FALSE(bench.machines.wants_tick(now));
  EXPECT_TRUE(bench.machines.wants_tick(now + kDayMs));
}

}  // namespace
}  // namespace tessera::engine
