#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "identity/directory.h"
#include "testing/memory_store.h"

namespace tessera::identity {
namespace {

using Ids = std::vector<event::Identifier>;

class UnmergeTest : public ::testing::Test {
 protected:
  Resolution resolve(const Ids& ids) {
    ++time_;
    return directory_.resolve(rules_, ids, {{1}, catalog::Trust::kServer, {time_}, {static_cast<std::uint64_t>(time_)}},
                              next_profile_);
  }
  ProfileId who(std::string_view type, std::string_view value) { return directory_.find(type, value); }

  catalog::IdentityRules rules_ = catalog::default_identity_rules();
  testing::MemoryStore store_;
  Directory directory_{store_};
  std::uint64_t next_profile_ = 1;
  std::int64_t time_ = 0;
};

TEST_F(UnmergeTest, MergedPeopleComeApartUnderTheirOldIds) {
  const auto a = resolve({{"email", "a"}});
  const auto b = resolve({{"email", "b"}});
  resolve({{"email", "a"}, {"email", "b"}});
  ASSERT_EQ(who("email", "b"), a.profile);
  const auto split = directory_.separate(rules_, std::vector{b.part}, false);
  ASSERT_TRUE(split);
  EXPECT_EQ(who("email", "a"), a.profile);
  EXPECT_EQ(who("email", "b"), b.profile);
  EXPECT_EQ(directory_.parts(b.profile), std::vector{b.part});
}

TEST_F(UnmergeTest, SeparatingTheRootLeavesItItsIdAndSendsTheOthersAway) {
  const auto a = resolve({{"email", "a"}});
  const auto b = resolve({{"email", "b"}});
  const auto c = resolve({{"email", "c"}});
  resolve({{"email", "a"}, {"email", "b"}, {"email", "c"}});
  const auto split = directory_.separate(rules_, std::vector{a.part}, false);
  ASSERT_TRUE(split);
  EXPECT_EQ(who("email", "a"), a.profile);
  EXPECT_EQ(who("email", "b"), b.profile);
  EXPECT_EQ(who("email", "c"), b.profile);
  EXPECT_EQ(c.part, split->parts.back());
}

TEST_F(UnmergeTest, WhomAnOperatorKeepsApartNoEventJoins) {
  const auto a = resolve({{"email", "a"}});
  const auto b = resolve({{"email", "b"}});
  resolve({{"email", "a"}, {"email", "b"}});
  ASSERT_TRUE(directory_.separate(rules_, std::vector{b.part}, true));
  const auto again = resolve({{"email", "a"}, {"email", "b"}});
  ASSERT_EQ(again.refusals.size(), 1U);
  EXPECT_EQ(again.refusals[0].reason, RefusalReason::kApart);
  EXPECT_NE(who("email", "a"), who("email", "b"));
  EXPECT_EQ(again.profile, a.profile);
}

TEST_F(UnmergeTest, AWrongIdentifierIsTakenOffAndWhatOnlyItHeldTogetherFallsApart) {
  const auto a = resolve({{"email", "a"}});
  const auto b = resolve({{"email", "b"}});
  const auto c = resolve({{"email", "c"}});
  resolve({{"email", "a"}, {"phone", "wrong"}});
  resolve({{"email", "b"}, {"phone", "wrong"}});  // merges b into a
  resolve({{"email", "a"}, {"email", "c"}});      // and c, rightly
  ASSERT_EQ(who("email", "b"), a.profile);
  const auto splits = directory_.detach(rules_, {"phone", "wrong"});
  ASSERT_TRUE(splits);
  ASSERT_EQ(splits->size(), 1U);
  EXPECT_EQ(who("email", "b"), b.profile);
  EXPECT_EQ(who("email", "c"), a.profile);
  EXPECT_EQ(who("phone", "wrong"), ProfileId{});
  EXPECT_TRUE(resolve({{"email", "b"}, {"phone", "wrong"}}).merges.empty());
  EXPECT_EQ(c.part, directory_.parts(a.profile).back());
}

TEST_F(UnmergeTest, OtherEvidenceHoldsWhatAWrongIdentifierMerged) {
  const auto a = resolve({{"email", "a"}});
  const auto b = resolve({{"email", "b"}});
  resolve({{"email", "a"}, {"card", "good"}});
  resolve({{"email", "a"}, {"phone", "wrong"}});
  resolve({{"email", "b"}, {"phone", "wrong"}});
  resolve({{"email", "b"}, {"card", "good"}});
  ASSERT_TRUE(directory_.detach(rules_, {"phone", "wrong"}));
  EXPECT_EQ(who("email", "b"), a.profile);
  EXPECT_EQ(directory_.graph(a.profile).links.size(), 1U);
  EXPECT_EQ(b.part, directory_.parts(a.profile).back());
}

TEST_F(UnmergeTest, AValueThatLinksTooManyPeopleIsHeldBack) {
  rules_.hub = {3, 24};
  Ids tablet{{"anonymous_id", "tablet"}};
  const auto first = resolve(tablet);
  for (const std::string_view user : {"u1", "u2", "u3"}) {
    resolve({{"user_id", user}});
    const auto seen = resolve({{"user_id", user}, {"anonymous_id", "tablet"}});
    EXPECT_EQ(seen.held.size(), user == "u3" ? 1U : 0U) << user;
  }
  const auto after = resolve({{"user_id", "u4"}, {"anonymous_id", "tablet"}});
  ASSERT_EQ(after.refusals.size(), 1U);
  EXPECT_EQ(after.refusals[0].reason, RefusalReason::kHeld);
  EXPECT_EQ(resolve(tablet).profile, directory_.find(first.profile));  // alone, it still says who it was
}

TEST_F(UnmergeTest, SoManyNewValuesWithinAPeriodAndNoMore) {
  for (auto& type : rules_.types) {
    if (type.name == "card") type.per_count = 2, type.per_days = 1;
  }
  resolve({{"user_id", "u"}, {"card", "1"}});
  resolve({{"user_id", "u"}, {"card", "2"}});
  EXPECT_EQ(resolve({{"user_id", "u"}, {"card", "3"}}).refusals.size(), 1U);
  time_ += kDayMs;
  EXPECT_TRUE(resolve({{"user_id", "u"}, {"card", "4"}}).refusals.empty());
}

// Whatever merged before: a merge and its undoing leave everybody where they were.
RC_GTEST_PROP(Unmerge, MergeThenUnmergeGivesBackExactlyWhatWas, ()) {
  testing::MemoryStore store;
  Directory directory(store);
  catalog::IdentityRules rules = catalog::default_identity_rules();
  for (auto& type : rules.types) type.limit = 1000;
  std::uint64_t next_profile = 1;
  const auto say = [&](const Ids& ids) {
    return directory.resolve(rules, ids, {{1}, catalog::Trust::kServer, {1}, {1}}, next_profile);
  };
  const int people = *rc::gen::inRange(2, 12);
  std::vector<std::string> values;
  for (int i = 0; i < people; ++i) values.push_back(std::to_string(i));
  for (const auto& value : values) say({{"email", value}});
  for (int i = *rc::gen::inRange(0, people); i > 0; --i) {
    say({{"email", *rc::gen::elementOf(values)}, {"email", *rc::gen::elementOf(values)}});
  }
  const auto where = [&] {
    std::map<std::string, std::pair<ProfileId, std::vector<PartId>>> all;
    for (const auto& value : values) {
      const ProfileId profile = directory.find("email", value);
      all[value] = {profile, directory.parts(profile)};
    }
    return all;
  };
  const auto before = where();
  const auto merged = say({{"email", *rc::gen::elementOf(values)}, {"email", *rc::gen::elementOf(values)}});
  RC_PRE(!merged.merges.empty());
  const Merge& merge = merged.merges.front();
  RC_ASSERT(directory.separate(rules, merge.parts, *rc::gen::arbitrary<bool>()).has_value());
  RC_ASSERT(where() == before);
}

}  // namespace
}  // namespace tessera::identity
