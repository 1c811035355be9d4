#include "http/membership_sink.h"

#include <gtest/gtest.h>

#include <atomic>

#include "segment/language.h"
#include "testing/manual_clock.h"

namespace tessera::http {
namespace {

class MembershipSinkTest : public ::testing::Test {
 protected:
  // The engine's word that somebody entered or left. Each is a record of its own.
  void add(std::uint64_t profile, const std::string& segment, bool entered = true) {
    engine::Effect effect;
    effect.kind = engine::EffectKind::kMembership;
    effect.offset = Offset{++offset_};
    effect.index = 3;
    effect.time = Timestamp{1'000};
    effect.profile = ProfileId{profile};
    effect.name = entered ? segment::kEnteredEvent : segment::kExitedEvent;
    batch_->texts.push_back(
        std::make_unique<std::string>(R"({"segment":")" + segment + R"(","version":1,"reason":"event"})"));
    effect.body = *batch_->texts.back();
    batch_->effects.push_back(effect);
  }
  void deliver() {
    batch_->last = Offset{offset_};
    sink_.accept(std::exchange(batch_, std::make_shared<engine::EffectBatch>()));
  }
  std::shared_ptr<Stream> watch(std::set<std::string, std::less<>> segments = {},
                                std::optional<EffectPlace> after = std::nullopt) {
    auto stream = std::make_shared<Stream>(MembershipSink::kStreamBytes);
    EXPECT_TRUE(sink_.watch({stream, std::move(segments), after}));
    return stream;
  }
  // What the stream brings until it has `text` in it, or for a few seconds.
  static std::string read_until(Stream& stream, std::string_view text) {
    std::string all;
    std::string some;
    for (int i = 0; i < 1'000 && !all.contains(text); ++i) {
      if (!stream.take(some)) break;
      all += some;
      if (some.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(all.contains(text)) << text << " did not come, but: " << all;
    return all;
  }
  // Returns once all that was delivered has been looked at: whoever comes now is greeted after it.
  void settle() { read_until(*watch(), "happens now"); }

  testing::ManualClock clock_;
  MembershipSink sink_{clock_};
  std::shared_ptr<engine::EffectBatch> batch_ = std::make_shared<engine::EffectBatch>();
  std::uint64_t offset_ = 10;
};

TEST_F(MembershipSinkTest, TellsWhoEntersAndLeaves) {
  const auto stream = watch();
  read_until(*stream, "\n\n");
  add(256, "buyers");
  add(256, "lapsed", false);
  deliver();
  const std::string text = read_until(*stream, "id: 12-3");
  EXPECT_TRUE(text.starts_with(
      "id: 11-3\ndata: {\"segment\":\"buyers\",\"profile\":\"p0000000000080\",\"change\":\"entered\","
      "\"at\":\"1970-01-01T00:00:01.000Z\",\"position\":11,\"reason\":\"event\",\"historic\":false}\n\n"))
      << text;
  EXPECT_TRUE(text.contains("\"segment\":\"lapsed\",\"profile\":\"p0000000000080\",\"change\":\"exited\"")) << text;
}

TEST_F(MembershipSinkTest, TellsOnlyOfTheSegmentsThatWereAskedFor) {
  const auto stream = watch({"a", "c"});
  for (const char* segment : {"a", "b", "c"}) add(256, segment);
  deliver();
  const std::string text = read_until(*stream, R"("segment":"c")");
  EXPECT_TRUE(text.contains(R"("segment":"a")"));
  EXPECT_FALSE(text.contains(R"("segment":"b")"));
}

TEST_F(MembershipSinkTest, WhoComesBackGetsWhatTheyMissed) {
  for (int i = 0; i < 3; ++i) add(256, "a");
  deliver();
  settle();
  const std::string text = read_until(*watch({}, EffectPlace{Offset{11}, 3}), "id: 13-3");
  EXPECT_FALSE(text.contains("gap")) << text;
  EXPECT_FALSE(text.contains("id: 11-3")) << text;
  EXPECT_TRUE(text.contains("id: 12-3")) << text;
}

TEST_F(MembershipSinkTest, WhoWasAwayTooLongIsToldOfTheGap) {
  EXPECT_TRUE(read_until(*watch({}, EffectPlace{Offset{5}, 0}), "\n\n").contains("event: gap")) << "nothing is known";
  for (std::size_t i = 0; i < MembershipSink::kKept + 10; ++i) add(256, "a");
  deliver();
  settle();
  EXPECT_TRUE(read_until(*watch({}, EffectPlace{Offset{20}, 2}), "id: 21-3").contains("event: gap"));
  EXPECT_FALSE(read_until(*watch({}, EffectPlace{Offset{20}, 3}), "id: 21-3").contains("event: gap"));
}

TEST_F(MembershipSinkTest, AReaderWhoFallsBehindIsDroppedAndTheOthersAreNot) {
  const auto slow = watch();
  const auto quick = watch();
  read_until(*quick, "\n\n");
  std::string some;
  for (int round = 0; round < 1'000 && slow->open(); ++round) {
    for (int i = 0; i < 1'000; ++i) add(256, "a");
    deliver();
    read_until(*quick, "id: " + std::to_string(offset_) + "-3");
  }
  EXPECT_FALSE(slow->open());
  EXPECT_TRUE(quick->open());
}

TEST_F(MembershipSinkTest, GivesASignOfLifeWhenNothingHappens) {
  MembershipSink beating(clock_, 1);
  const auto stream = std::make_shared<Stream>();
  ASSERT_TRUE(beating.watch({stream, {"none"}, std::nullopt}));
  read_until(*stream, "\n\n:\n\n:\n\n");
}

TEST_F(MembershipSinkTest, LimitsTheWatchersAndClosesThemWhenStopped) {
  const auto stream = std::make_shared<Stream>();
  for (std::size_t i = 0; i < MembershipSink::kMaxWatchers; ++i) ASSERT_TRUE(sink_.watch({stream, {}, {}}));
  EXPECT_EQ(sink_.watch({stream, {}, {}}).error().code, Code::kResourceExhausted);
  sink_.stop();
  for (int i = 0; i < 1'000 && stream->open(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(stream->open());
  EXPECT_EQ(sink_.watch({stream, {}, {}}).error().code, Code::kUnavailable);
}

TEST_F(MembershipSinkTest, ShowsThePageTheLastMinute) {
  add(256, "a");
  add(512, "a");
  add(256, "a", false);
  deliver();
  settle();
  const MembershipView view = sink_.look();
  EXPECT_EQ(view.motion.at("a").entered, 2u);
  EXPECT_EQ(view.motion.at("a").exited, 1u);
  ASSERT_EQ(view.recent.size(), 3u);
  EXPECT_FALSE(view.recent.front().entered);
}

TEST_F(MembershipSinkTest, NeverHoldsUpACut) {
  add(256, "a");
  deliver();
  EXPECT_EQ(sink_.durable(), Offset{11});
  EXPECT_EQ(sink_.waiting_bytes(), 0u);
}

TEST(EffectPlace, TakesWhatAnEventsIdGives) {
  EXPECT_EQ(parse_effect_place(to_text(EffectPlace{Offset{12}, 7})), (EffectPlace{Offset{12}, 7}));
  for (const char* bad : {"", "-", "12", "12-", "-7", "12-7x", "12-7-1", "x-1", "99999999999999999999-1"}) {
    EXPECT_FALSE(parse_effect_place(bad)) << bad;
  }
}

}  // namespace
}  // namespace tessera::http
