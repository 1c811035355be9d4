#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "analytics/analytics_fixture.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

using Steps = std::vector<std::array<std::uint64_t, 3>>;  // members, entered, exited

Steps steps_of(const Result<MembershipHistory>& history) {
  Steps steps;
  if (!history) ADD_FAILURE() << history.error().message;
  for (const MembershipStep& step : history->steps) steps.push_back({step.members, step.entered, step.exited});
  return steps;
}

class MembershipHistoryTest : public AnalyticsTest {};

TEST_F(MembershipHistoryTest, CountsWhoCameAndWentInEachStepAndWhoIsThereAtItsEnd) {
  open().accept(BatchBuilder()
                    .membership(1, 1, PartId{1}, "vip", true, {50})
                    .membership(2, 1, PartId{2}, "vip", true, {100})
                    .membership(2, 2, PartId{2}, "other", true, {100})
                    .membership(3, 1, PartId{1}, "vip", false, {199})
                    .membership(4, 1, PartId{3}, "vip", true, {200})
                    .membership(5, 1, PartId{4}, "vip", true, {400})
                    .done());
  ASSERT_TRUE(analytics_->fresh(Offset{5}, 10'000));
  const std::vector<Timestamp> begins{{100}, {200}, {300}};
  const auto history = analytics_->membership_history("vip", begins, {400});
  EXPECT_EQ(steps_of(history), (Steps{{1, 1, 1}, {2, 1, 0}, {2, 0, 0}}));
  EXPECT_EQ(history->position, Offset{5});
  EXPECT_EQ(steps_of(analytics_->membership_history("vip", begins, {401})).back(), (Steps::value_type{3, 1, 0}));
  EXPECT_EQ(steps_of(analytics_->membership_history("it's nobody", begins, {400})), Steps(3));
}

// docs/segments.md has this statement.
TEST_F(MembershipHistoryTest, WhoWasAMemberCanBeAskedInSql) {
  open().accept(BatchBuilder()
                    .track(1, PartId{1}, "Product Viewed", R"({"sku":"G1"})")
                    .membership(2, 1, PartId{1}, "vip", true, {50})
                    .membership(3, 1, PartId{2}, "vip", true, {100})
                    .membership(4, 1, PartId{1}, "vip", false, {200})
                    .done());
  EXPECT_EQ(rows("SELECT DISTINCT profile_id FROM ("
                 "SELECT profile_id, part_id, arg_max(event, (\"offset\", index)) AS latest FROM events "
                 "WHERE event IN ('Segment Entered', 'Segment Exited') AND source = 'tessera' "
                 "AND (properties->>'segment') = 'vip' AND occurred_at < '2026-11-01' GROUP BY ALL) "
                 "WHERE latest = 'Segment Entered'"),
            "[[\"" + to_text(ProfileId{2}) + "\"]]");
}

TEST_F(MembershipHistoryTest, EventsThatOthersSendUnderThoseNamesDoNotCount) {
  open().accept(BatchBuilder().track(1, PartId{1}, "Segment Entered", R"({"segment":"vip"})").done());
  ASSERT_TRUE(analytics_->fresh(Offset{1}, 10'000));
  const std::vector<Timestamp> begins{{0}};
  EXPECT_EQ(steps_of(analytics_->membership_history("vip", begins, {2'000'000'000'000})), Steps(1));
}

TEST_F(MembershipHistoryTest, IsWhatCountingOneByOneGives) {
  open();
  std::uint64_t offset = 0;
  rc::check("any changes over any steps", [&] {
    const std::string segment = "s" + std::to_string(offset);
    const auto moves = *rc::gen::container<std::vector<std::pair<std::uint8_t, std::int64_t>>>(
        rc::gen::pair(rc::gen::inRange<std::uint8_t>(1, 5), rc::gen::inRange<std::int64_t>(0, 10)));
    BatchBuilder batch;
    std::set<std::uint64_t> in;
    std::vector<std::pair<std::int64_t, bool>> changes;
    std::int64_t now = 0;
    for (const auto& [who, wait] : moves) {
      now += wait;
      const bool enters = !in.contains(who);
      if (enters) {
        in.insert(who);
      } else {
        in.erase(who);
      }
      changes.emplace_back(now, enters);
      batch.membership(++offset, 1, PartId{who}, segment, enters, {now});
    }
    analytics_->accept(batch.done());
    const auto set =
        *rc::gen::nonEmpty(rc::gen::container<std::set<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 50)));
    const std::int64_t end = *set.rbegin() + *rc::gen::inRange<std::int64_t>(1, 50);
    std::vector<Timestamp> begins;
    for (const std::int64_t at : set) begins.push_back({at});
    Steps expected(begins.size());
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const std::int64_t until = i + 1 < begins.size() ? begins[i + 1].ms : end;
      for (const auto& [at, enters] : changes) {
        if (at >= until) continue;
        expected[i][0] += enters ? 1 : std::uint64_t(-1);
        if (at >= begins[i].ms) ++expected[i][enters ? 1 : 2];
      }
    }
    RC_ASSERT(analytics_->fresh(Offset{offset}, 60'000));
    RC_ASSERT(steps_of(analytics_->membership_history(segment, begins, {end})) == expected);
  });
}

}  // namespace
}  // namespace tessera::analytics
