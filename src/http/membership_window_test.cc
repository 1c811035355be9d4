#include "http/membership_window.h"

#include <gtest/gtest.h>

namespace tessera::http {
namespace {

MembershipChange change(std::uint64_t profile, std::string segment, bool entered, std::string reason = "event") {
  MembershipChange made;
  made.profile = ProfileId{profile};
  made.segment = std::move(segment);
  made.entered = entered;
  made.reason = std::move(reason);
  return made;
}

TEST(MembershipWindow, CountsTheLastMinuteBySegment) {
  MembershipWindow window;
  window.add(change(1, "a", true), 100'000);
  window.add(change(2, "a", true), 101'000);
  window.add(change(1, "a", false), 110'000);
  window.add(change(1, "b", true), 110'000);
  const auto motion = window.motion(110'000);
  ASSERT_EQ(motion.size(), 2u);
  const SegmentMotion& a = motion.at("a");
  EXPECT_EQ(a.entered, 2u);
  EXPECT_EQ(a.exited, 1u);
  ASSERT_EQ(a.net.size(), MembershipWindow::kSlots);
  EXPECT_EQ(a.net.back(), -1);
  EXPECT_EQ(a.net[MembershipWindow::kSlots - 6], 2) << "ten seconds earlier";
  EXPECT_EQ(motion.at("b").entered, 1u);
}

TEST(MembershipWindow, ForgetsWhatIsOlderThanAMinute) {
  MembershipWindow window;
  window.add(change(1, "a", true), 100'000);
  window.add(change(2, "a", true), 130'000);
  EXPECT_EQ(window.motion(159'999).at("a").entered, 2u);
  EXPECT_EQ(window.motion(160'000).at("a").entered, 1u);
  EXPECT_TRUE(window.motion(190'000).empty());
}

TEST(MembershipWindow, ShowsTheLastPeopleButNoneOfThePastOrOfPublishing) {
  MembershipWindow window;
  for (std::uint64_t i = 1; i <= 80; ++i) window.add(change(i, "a", true), 1'000);
  MembershipChange imported = change(100, "a", true);
  imported.historic = true;
  window.add(imported, 1'000);
  window.add(change(101, "a", true, "published"), 1'000);
  ASSERT_EQ(window.recent().size(), MembershipWindow::kRecent);
  EXPECT_EQ(window.recent().front().profile, ProfileId{80});
  EXPECT_EQ(window.motion(1'000).at("a").entered, 82u);
}

}  // namespace
}  // namespace tessera::http
