#include "analytics/preview.h"

#include "analytics/asked_world_fixture.h"
#include "identity/directory.h"

namespace tessera::analytics {
namespace {

std::string user(int n) {
  return "u" + std::to_string(n);
}

class PreviewTest : public ::testing::Test {
 protected:
  PreviewTest() {
    for (int n = 0; n < kPeople; ++n) {
      for (int i = 0; i <= n % 4; ++i) {
        world_.track({{"user_id", user(n)}}, "Order Completed", R"({"total":)" + std::to_string(n) + "}",
                     n % 5 * kDayMs);
      }
      if (n % 3 == 0) world_.identify({{"user_id", user(n)}}, {{"plan", "\"gold\""}});
    }
    world_.track({{"user_id", user(1)}, {"email", "e"}}, "Met");  // two parts make one person
    world_.track({{"user_id", user(2)}}, "Viewed");
    world_.publish_segment("gold", R"(traits.plan == "gold")");
    world_.settle();
  }

  Preview preview_of(const std::string& condition, std::optional<ProfileId> profile = {}, std::uint64_t people = 1000) {
    const log::Draft draft = AskedWorld::segment("preview", condition);
    const auto set = catalog::decode_change_set(draft.body);
    PreviewQuestion question{.segment = "preview", .profile = profile, .people = people};
    question.definitions =
        std::make_shared<catalog::Definitions>(*world_.engine->definitions()->with(*set, {}, {}, nullptr));
    const auto found = preview(*world_.engine, *world_.history, question);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Preview{};
  }
  // What it comes to when it is published.
  std::uint64_t members_of(const std::string& condition) {
    const std::string name = "s" + std::to_string(++published_);
    world_.publish_segment(name, condition);
    EXPECT_TRUE(Backfiller(*world_.engine, *world_.history).fill());
    world_.settle();
    return world_.ask([&](engine::View& view) {
      for (const auto& one : view.segments()) {
        if (one.name == name) return one.members;
      }
      return std::uint64_t{0};
    });
  }

  static constexpr int kPeople = 60;
  AskedWorld world_;
  int published_ = 0;
};

TEST_F(PreviewTest, ForeseesWhatPublishingBrings) {
  for (const char* condition :
       {R"(traits.plan == "gold")", R"(in_segment("gold") && events("Order Completed").count() >= 2)",
        R"(events("Order Completed").filter(e, e.properties.total > 30).count() >= 2)",
        R"(events("Order Completed", duration("60h")).sum(e, e.properties.total) > 40.0)",
        R"(!events("Order Completed", duration("60h")).exists() && traits.plan == null)"}) {
    for (int round = 0; round < 2; ++round) {  // the second time its questions are asked already
      const Preview seen = preview_of(condition);
      EXPECT_TRUE(seen.count.exact);
      EXPECT_EQ(seen.people, static_cast<std::uint64_t>(kPeople));
      EXPECT_EQ(seen.count.estimate, members_of(condition)) << condition;
      EXPECT_EQ(seen.examples.size(), std::min<std::uint64_t>(20, seen.count.estimate));
      EXPECT_TRUE(round == 0 || seen.new_questions == 0) << condition;
    }
  }
}

TEST_F(PreviewTest, ChangesNothing) {
  const auto before = world_.engine->digest();
  preview_of(R"(events("Order Completed").filter(e, e.properties.total > 30).exists())");
  EXPECT_EQ(*world_.engine->digest(), *before);
}

TEST_F(PreviewTest, TellsWhatItCostsAndWhySomebodyWouldBeInIt) {
  const ProfileId who = world_.ask([&](engine::View& view) { return *view.find("user_id", user(40)); });
  const Preview seen = preview_of(
      R"(events("Order Completed", duration("72h")).sum(e, e.properties.total) > 10.0 && events("Viewed").count() == 0)",
      who);
  EXPECT_EQ(seen.questions, 2U);
  EXPECT_EQ(seen.new_questions, 2U);
  EXPECT_GT(seen.entries, 10U);
  EXPECT_GT(seen.events_a_day, 10U);
  ASSERT_TRUE(seen.why);
  EXPECT_TRUE(seen.why->holds);
  EXPECT_EQ(seen.why->operands.front().reads.front().value, "40");
  const auto nobody = identity::profile_of_number(99'999);
  PreviewQuestion question{.definitions = world_.engine->definitions(), .segment = "gold", .profile = nobody};
  EXPECT_EQ(preview(*world_.engine, *world_.history, question).error().code, Code::kNotFound);
}

TEST_F(PreviewTest, ASampleEstimatesBetweenBounds) {
  const Preview seen = preview_of(R"(events("Order Completed").filter(e, e.properties.total >= 30).exists())", {}, 30);
  EXPECT_FALSE(seen.count.exact);
  EXPECT_LE(seen.count.low, 30U);
  EXPECT_GE(seen.count.high, 30U);
  EXPECT_LT(seen.count.high - seen.count.low, 40U);
}

TEST(Estimate, IsAsSureAsTheSampleIsLarge) {
  const auto [all, all_low, all_high, exact] = estimate_of(3, 10, 10);
  EXPECT_TRUE(exact && all == 3 && all_low == 3 && all_high == 3);
  const Estimate some = estimate_of(2000, 20'000, 1'000'000);
  EXPECT_EQ(some.estimate, 100'000U);
  EXPECT_NEAR(static_cast<double>(some.low), 96'000, 500);
  EXPECT_NEAR(static_cast<double>(some.high), 104'200, 500);
  const Estimate none = estimate_of(0, 20'000, 1'000'000);
  EXPECT_EQ(none.low, 0U);
  EXPECT_NEAR(static_cast<double>(none.high), 190, 10);
  EXPECT_EQ(estimate_of(9, 9, 10).low, 9U);
  EXPECT_EQ(estimate_of(0, 9, 10).high, 1U);
}

}  // namespace
}  // namespace tessera::analytics
