#include "catalog/in_force.h"

#include <gtest/gtest.h>

namespace tessera::catalog {
namespace {

// Definitions and sources as a machine keeps them, changed by one set after the other.
struct World {
  Definitions definitions;
  Sources sources{{}};
  std::uint32_t next_id = 1;

  Result<std::vector<SourceId>> apply(std::vector<DefinitionChange> changes) {
    const ChangeSet set{std::move(changes), "me"};
    TRY_ASSIGN(Definitions after, definitions.with(set, {}, {}, nullptr));
    TRY_ASSIGN(SourcesAfter next, sources_after(sources, set, after, next_id));
    definitions = std::move(after);
    sources = std::move(next.sources);
    return std::move(next.changed);
  }
};

DefinitionChange publish(const std::string& name, const std::string& members, std::string attachment = {}) {
  return {.action = ChangeAction::kPublish,
          .key = {"source", name},
          .document = R"({"kind":"source","name":")" + name + "\"" + members + "}",
          .attachment = std::move(attachment)};
}

DefinitionChange archive(const std::string& name) {
  return {.action = ChangeAction::kArchive, .key = {"source", name}};
}

TEST(SourcesAfter, NewSourcesGetIdsInTheOrderOfTheSet) {
  World world;
  const auto changed = world.apply({publish("web", "", key_attachment("k1", Trust::kPublic)),
                                    publish("crm", R"(,"trust":"server")", key_attachment("k2", Trust::kServer))});
  ASSERT_TRUE(changed);
  EXPECT_EQ(*changed, (std::vector<SourceId>{{1}, {2}}));
  EXPECT_EQ(world.next_id, 3U);
  const Source* web = world.sources.by_write_key("k1");
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->id.value, 1U);
  EXPECT_EQ(web->write_key, "k1");
  const Source* crm = world.sources.by_write_key("k2");
  ASSERT_NE(crm, nullptr);
  EXPECT_EQ(crm->trust, Trust::kServer);
  EXPECT_EQ(crm->write_key, "") << "a server's key is not kept";
}

TEST(SourcesAfter, AChangeKeepsTheKeyUntilAnotherIsAttached) {
  World world;
  ASSERT_TRUE(world.apply({publish("web", "", key_attachment("k1", Trust::kPublic))}));
  ASSERT_TRUE(world.apply({publish("web", R"(,"lateness_hours":1)")}));
  ASSERT_NE(world.sources.by_write_key("k1"), nullptr);
  EXPECT_EQ(world.sources.by_write_key("k1")->lateness_ms, kHourMs);
  ASSERT_TRUE(world.apply({publish("web", "", key_attachment("k2", Trust::kPublic))}));
  EXPECT_EQ(world.sources.by_write_key("k1"), nullptr);
  EXPECT_NE(world.sources.by_write_key("k2"), nullptr);
  EXPECT_EQ(world.sources.all().size(), 1U);
}

TEST(SourcesAfter, AnotherTrustNeedsAnotherKey) {
  World world;
  ASSERT_TRUE(world.apply({publish("web", "", key_attachment("k1", Trust::kPublic))}));
  Source next = *world.sources.by_name("web");
  EXPECT_FALSE(needs_key(world.sources.by_name("web"), next));
  next.trust = Trust::kServer;
  EXPECT_TRUE(needs_key(world.sources.by_name("web"), next));
  EXPECT_TRUE(needs_key(nullptr, next));
  ASSERT_TRUE(world.apply({publish("web", R"(,"trust":"server")")}));
  EXPECT_EQ(world.sources.by_write_key("k1"), nullptr) << "a public key must not become a server's";
  EXPECT_TRUE(needs_key(world.sources.by_name("web"), *world.sources.by_name("web")));
}

TEST(SourcesAfter, OneOutOfForceStaysUnderItsIdAndLetsNothingIn) {
  World world;
  ASSERT_TRUE(world.apply({publish("web", "", key_attachment("k1", Trust::kPublic))}));
  const auto changed = world.apply({archive("web")});
  ASSERT_TRUE(changed);
  EXPECT_EQ(*changed, (std::vector<SourceId>{{1}}));
  EXPECT_EQ(world.sources.by_write_key("k1"), nullptr);
  ASSERT_NE(world.sources.by_id({1}), nullptr);
  EXPECT_FALSE(world.sources.by_id({1})->enabled);
  ASSERT_TRUE(world.apply({publish("web", "")}));
  ASSERT_NE(world.sources.by_write_key("k1"), nullptr) << "published again, it is let in with the key it had";
  EXPECT_EQ(world.sources.by_write_key("k1")->id.value, 1U);
}

TEST(SourcesAfter, DraftsAndOtherKindsChangeNothing) {
  World world;
  DefinitionChange draft = publish("web", "", key_attachment("k1", Trust::kPublic));
  draft.action = ChangeAction::kDraft;
  DefinitionChange other = publish("web", "");
  other.key.kind = "note";
  const auto changed = world.apply({draft, other});
  ASSERT_TRUE(changed);
  EXPECT_TRUE(changed->empty());
  EXPECT_TRUE(world.sources.all().empty());
  EXPECT_EQ(world.next_id, 1U);
}

TEST(SourcesAfter, SeveralChangesOfOneSourceInASetCountAsTheLast) {
  World world;
  const auto changed = world.apply({publish("web", R"(,"lateness_hours":1)", key_attachment("k1", Trust::kPublic)),
                                    publish("web", R"(,"lateness_hours":2)")});
  ASSERT_TRUE(changed);
  EXPECT_EQ(*changed, (std::vector<SourceId>{{1}}));
  ASSERT_NE(world.sources.by_write_key("k1"), nullptr);
  EXPECT_EQ(world.sources.by_write_key("k1")->lateness_ms, 2 * kHourMs);
}

TEST(SourcesAfter, WhatCannotBeReadIsDataLossAndTakesNoId) {
  World world;
  for (const auto& change : {publish("web", R"(,"trust":"full")"), publish("web", "", "short")}) {
    const auto changed = world.apply({change});
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, Code::kDataLoss);
    EXPECT_EQ(world.next_id, 1U);
  }
}

TEST(IdentityRulesInForce, AreTheDefaultOnesUntilSomeArePublished) {
  World world;
  const std::string name(kIdentityRulesName);
  EXPECT_EQ(identity_rules_json(*identity_rules_in_force(world.definitions)),
            identity_rules_json(default_identity_rules()));
  DefinitionChange change{.action = ChangeAction::kPublish,
                          .key = {name, name},
                          .document = R"({"kind":"identity_rules","name":"identity_rules",
                                          "types":[{"name":"member","limit":1}]})"};
  ASSERT_TRUE(world.apply({change}));
  EXPECT_EQ(identity_rules_in_force(world.definitions)->rank("member"), 0);
  change.document = "{}";
  ASSERT_TRUE(world.apply({change}));
  EXPECT_EQ(identity_rules_in_force(world.definitions).error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace tessera::catalog
