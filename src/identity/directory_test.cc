#include "identity/directory.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "testing/memory_store.h"

namespace tessera::identity {
namespace {

using Ids = std::vector<event::Identifier>;

class DirectoryTest : public ::testing::Test {
 protected:
  Resolution resolve(const Ids& ids, catalog::Trust trust = catalog::Trust::kServer) {
    return directory_.resolve(rules_, ids, {{1}, trust, {++time_}}, next_profile_);
  }
  ProfileId who(std::string_view type, std::string_view value) { return directory_.find(type, value); }

  catalog::IdentityRules rules_ = catalog::default_identity_rules();
  testing::MemoryStore store_;
  Directory directory_{store_};
  std::uint64_t next_profile_ = 1;
  std::int64_t time_ = 0;
};

TEST_F(DirectoryTest, TheHighestPriorityIdentifierNamesTheEventsPart) {
  const auto user = resolve({{"user_id", "u"}});
  const auto device = resolve({{"anonymous_id", "a"}});
  const auto both = resolve({{"anonymous_id", "a"}, {"user_id", "u"}});
  EXPECT_EQ(both.part, user.part);
  EXPECT_EQ(resolve({{"anonymous_id", "a"}}).part, device.part);
  EXPECT_EQ(both.merges.size(), 1U);
  EXPECT_EQ(both.merges[0].parts, std::vector{device.part});
}

TEST_F(DirectoryTest, AKnownProfileKeepsItsIdOverAnOlderAnonymousOne) {
  const auto device = resolve({{"anonymous_id", "a"}}, catalog::Trust::kPublic);
  const auto user = resolve({{"user_id", "u"}});
  const auto both = resolve({{"user_id", "u"}, {"anonymous_id", "a"}});
  EXPECT_EQ(both.profile, user.profile);
  EXPECT_EQ(directory_.find(device.profile), user.profile);
}

TEST_F(DirectoryTest, ANewUserOnAnotherUsersDeviceGetsAProfileOfTheirOwn) {
  const auto first = resolve({{"user_id", "u1"}, {"anonymous_id", "a"}});
  const auto second = resolve({{"user_id", "u2"}, {"anonymous_id", "a"}});
  EXPECT_TRUE(second.created);
  ASSERT_EQ(second.refusals.size(), 1U);
  EXPECT_EQ(second.refusals[0].reason, RefusalReason::kLimit);
  EXPECT_EQ(second.refusals[0].points_at, first.profile);
  EXPECT_TRUE(resolve({{"user_id", "u2"}, {"anonymous_id", "a"}}).refusals.empty());  // told once
}

TEST_F(DirectoryTest, APublicSourceMayAttachADeviceToAKnownPersonAndNothingElse) {
  const auto known = resolve({{"user_id", "u"}});
  const auto device = resolve({{"user_id", "u"}, {"anonymous_id", "a"}}, catalog::Trust::kPublic);
  EXPECT_EQ(device.profile, known.profile);
  EXPECT_EQ(who("anonymous_id", "a"), known.profile);
  const auto mail = resolve({{"user_id", "u"}, {"email", "x@y.z"}}, catalog::Trust::kPublic);
  ASSERT_EQ(mail.refusals.size(), 1U);
  EXPECT_EQ(mail.refusals[0].reason, RefusalReason::kTrust);
  EXPECT_EQ(who("email", "x@y.z"), ProfileId{});
}

TEST_F(DirectoryTest, APublicSourceBuildsUpPeopleThatNobodyKnows) {
  resolve({{"user_id", "u"}, {"anonymous_id", "a1"}}, catalog::Trust::kPublic);
  resolve({{"email", "e@x.y"}, {"anonymous_id", "a2"}}, catalog::Trust::kPublic);
  const auto joined = resolve({{"user_id", "u"}, {"email", "e@x.y"}}, catalog::Trust::kPublic);
  EXPECT_EQ(joined.merges.size(), 1U);
  EXPECT_EQ(who("anonymous_id", "a1"), who("anonymous_id", "a2"));
}

TEST_F(DirectoryTest, AServerSourceThatNamesAClaimedUserMakesThePersonKnown) {
  resolve({{"user_id", "u"}, {"anonymous_id", "a"}}, catalog::Trust::kPublic);
  EXPECT_FALSE(directory_.graph(who("user_id", "u")).parts[0].identifiers[0].trusted);
  resolve({{"user_id", "u"}});
  EXPECT_TRUE(directory_.graph(who("user_id", "u")).parts[0].identifiers[0].trusted);
  EXPECT_EQ(resolve({{"user_id", "u"}, {"phone", "+1"}}, catalog::Trust::kPublic).refusals.size(), 1U);
}

TEST_F(DirectoryTest, TypesThatTheRulesDoNotKnowPointAtNobody) {
  const auto first = resolve({{"shoe_size", "44"}, {"anonymous_id", "a"}});
  const auto second = resolve({{"shoe_size", "44"}, {"anonymous_id", "b"}});
  EXPECT_NE(first.profile, second.profile);
}

TEST_F(DirectoryTest, NobodyHasMoreThanSoManyParts) {
  rules_.types.back().limit = 1'000'000;
  resolve({{"user_id", "u"}});
  for (std::size_t i = 0; i < kMaxParts + 5; ++i) {
    const std::string device = std::to_string(i);
    resolve({{"anonymous_id", device}});
    resolve({{"user_id", "u"}, {"anonymous_id", device}});
  }
  EXPECT_EQ(directory_.parts(who("user_id", "u")).size(), kMaxParts);
}

// Against a model: with server sources and no limits in reach, people are the connected components of what was named
// together.
RC_GTEST_PROP(Directory, PeopleAreTheConnectedComponents, ()) {
  testing::MemoryStore store;
  Directory directory(store);
  catalog::IdentityRules rules = catalog::default_identity_rules();
  for (auto& type : rules.types) type.limit = 1000;
  std::uint64_t next_profile = 1;
  std::map<std::string, int> component;
  const auto events = *rc::gen::inRange(0, 80);
  for (int e = 0; e < events; ++e) {
    std::vector<std::string> values;
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) values.push_back(std::to_string(*rc::gen::inRange(0, 40)));
    Ids ids;
    for (const auto& value : values) ids.push_back({value.size() == 1 ? "email" : "anonymous_id", value});
    const auto resolution = directory.resolve(rules, ids, {{1}, catalog::Trust::kServer, {e}}, next_profile);
    RC_ASSERT(resolution.refusals.empty());
    const int mine = -1 - e;
    for (const auto& value : values) {
      const auto had = component.find(value);
      const int old = had == component.end() ? mine : had->second;
      component[value] = mine;
      for (auto& [other, theirs] : component) theirs = theirs == old ? mine : theirs;
    }
  }
  const auto type_of = [](const std::string& value) { return value.size() == 1 ? "email" : "anonymous_id"; };
  for (const auto& [a, component_a] : component) {
    for (const auto& [b, component_b] : component) {
      const bool same = directory.find(type_of(a), a) == directory.find(type_of(b), b);
      RC_ASSERT(same == (component_a == component_b));
    }
  }
}

}  // namespace
}  // namespace tessera::identity
