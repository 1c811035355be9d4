#include "http/live_feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>

#include "segment/language.h"
#include "testing/manual_clock.h"

namespace tessera::http {
namespace {

namespace json = boost::json;

profile::ProfileSnapshot person_with(std::string type, std::string value) {
  profile::ProfileSnapshot person;
  person.graph.id = ProfileId{7};
  person.graph.parts.push_back({});
  person.graph.parts.back().identifiers.push_back({});
  person.graph.parts.back().identifiers.back().type = std::move(type);
  person.graph.parts.back().identifiers.back().value = std::move(value);
  return person;
}

void state(profile::ProfileSnapshot& person, std::string name, std::string text) {
  person.traits.push_back({});
  person.traits.back().name = std::move(name);
  person.traits.back().json = std::move(text);
}

TEST(DisplayName, IsTheNameThatSomebodyGave) {
  auto person = person_with("email", "amelia@example.com");
  state(person, "firstName", R"("Amelia")");
  state(person, "lastName", R"("O'Connor")");
  EXPECT_EQ(display_name(person).text, "Amelia O'Connor");
  EXPECT_TRUE(display_name(person).named);
}

TEST(DisplayName, MasksIdentifiersOfWhoGaveNone) {
  EXPECT_EQ(display_name(person_with("email", "amelia@example.com")).text, "a•••@example.com");
  EXPECT_EQ(display_name(person_with("card", "6337949100002216")).text, "Card •••2216");
  EXPECT_EQ(display_name(person_with("anonymous_id", "3f17110e-67a5")).text, "Visitor •••67a5");
  EXPECT_EQ(display_name(person_with("payment_token", "pay_5229")).text, "Payment token •••5229");
  EXPECT_FALSE(display_name(person_with("card", "6337949100002216")).named);
}

TEST(DisplayName, ShowsNothingOfShortOrBrokenValues) {
  EXPECT_EQ(display_name(person_with("user_id", "ab")).text, "User •••");
  EXPECT_EQ(display_name(person_with("email", "nobody")).text, "•••");
  EXPECT_EQ(display_name(person_with("email", "@example.com")).text, "•••");
  EXPECT_EQ(display_name({}).text, "");
}

TEST(DisplayName, TraitsThatAreNoTextAreNoNames) {
  auto person = person_with("card", "6337949100002216");
  state(person, "firstName", "17");
  state(person, "name", R"({"first":"A"})");
  EXPECT_EQ(display_name(person).text, "Card •••2216");
}

// Knows everybody as the same person with an e-mail address.
class OnePersonView : public engine::View {
 public:
  Offset position() const override { return {}; }
  Timestamp time() const override { return {}; }
  Timestamp now() const override { return {}; }
  std::optional<std::string> refusal(Offset) override { return std::nullopt; }
  Result<ProfileId> find(ProfileId id) override { return id; }
  Result<ProfileId> find(std::string_view, std::string_view) override { return ProfileId{7}; }
  Result<profile::ProfileSnapshot> profile(ProfileId) override { return person_with("email", "jane@example.com"); }
  Result<profile::GraphSnapshot> graph(ProfileId) override { return profile::GraphSnapshot{}; }
  std::vector<engine::SegmentSnapshot> segments() override { return {{"buyers", 1, 7}}; }
  engine::SweepSnapshot sweep() override { return {}; }
  engine::BackfillSnapshot backfill() override { return {}; }
  std::uint64_t next_profile() override { return 8; }
  Result<engine::PersonState> person(ProfileId id) override { return engine::PersonState{id, {}, {}}; }
  Result<std::vector<ProfileId>> members(std::string_view, ProfileId, std::size_t) override {
    return std::vector<ProfileId>{};
  }
  Result<std::vector<std::uint32_t>> all_members(std::string_view) override { return std::vector<std::uint32_t>{}; }
  Result<bool> is_member(std::string_view, ProfileId) override { return false; }
  std::vector<engine::RanksSnapshot> ranks() override { return {}; }
  Result<engine::OverlapSnapshot> overlap(std::span<const std::string>) override { return engine::OverlapSnapshot{}; }
  Result<segment::Explanation> explain(ProfileId, std::string_view) override { return segment::Explanation{}; }
  Result<profile::TimelineSnapshot> timeline(ProfileId, Timestamp, Offset, std::size_t) override {
    return profile::TimelineSnapshot{};
  }
};

class IdleEngine : public engine::Engine {
 public:
  Status submit(std::vector<log::Draft>, log::Appender::Done) override { return {}; }
  Status query(Offset, Ask ask) override {
    if (busy) return error(Code::kResourceExhausted, "busy");
    OnePersonView view;
    ask(view, false);
    return {};
  }
  const catalog::Kinds& kinds() const override { return kinds_; }
  std::shared_ptr<const catalog::Definitions> definitions() const override {
    return std::make_shared<catalog::Definitions>();
  }
  std::shared_ptr<const catalog::Sources> sources() const override {
    return std::make_shared<catalog::Sources>(std::vector<catalog::Source>{});
  }
  std::shared_ptr<const catalog::IdentityRules> identity_rules() const override { return nullptr; }
  engine::Stats stats() const override {
    engine::Stats stats;
    stats.events = 12;
    stats.profiles = 3;
    return stats;
  }
  void rank() override {}
  void accept_clock() override {}
  Status cut() override { return {}; }
  Result<std::string> digest() override { return std::string(); }
  void stop() override {}

  bool busy = false;

 private:
  catalog::Kinds kinds_{{}};
};

// What the stream has, once it has something; waits for it for a few seconds.
std::string first_frame(Stream& stream) {
  std::string text;
  for (int i = 0; i < 500 && text.empty(); ++i) {
    stream.take(text);
    if (text.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return text;
}

json::object frame_of(const std::string& event) {
  EXPECT_TRUE(event.starts_with("data: ")) << event;
  EXPECT_TRUE(event.ends_with("\n\n")) << event;
  return json::parse(event.substr(6, event.find('\n') - 6)).as_object();
}

TEST(LiveFeed, SendsAFrameAtOnceToWhoeverWatches) {
  testing::ManualClock clock;
  LiveSink sink(clock);
  IdleEngine engine;
  MembershipSink memberships(clock);
  LiveFeed feed(engine, sink, memberships, clock);
  const auto stream = std::make_shared<Stream>();
  ASSERT_TRUE(feed.watch(stream));
  const json::object frame = frame_of(first_frame(*stream));
  EXPECT_EQ(frame.at("events").to_number<int>(), 12);
  EXPECT_EQ(frame.at("people").to_number<int>(), 3);
  EXPECT_EQ(frame.at("events_by_second").as_array().size(), LiveSink::kSeconds);
  EXPECT_TRUE(frame.at("recent").as_array().empty());
}

TEST(LiveFeed, LimitsTheWatchersAndClosesThemWhenStopped) {
  testing::ManualClock clock;
  LiveSink sink(clock);
  IdleEngine engine;
  MembershipSink memberships(clock);
  LiveFeed feed(engine, sink, memberships, clock);
  const auto stream = std::make_shared<Stream>();
  for (std::size_t i = 0; i < LiveFeed::kMaxWatchers; ++i) ASSERT_TRUE(feed.watch(stream));
  EXPECT_EQ(feed.watch(stream).error().code, Code::kResourceExhausted);
  feed.stop();
  EXPECT_FALSE(stream->open());
  EXPECT_EQ(feed.watch(stream).error().code, Code::kUnavailable);
}

TEST(LiveFeed, ShowsSegmentsAndWhatEachRecordBroughtAboutForSomebody) {
  testing::ManualClock clock;
  LiveSink sink(clock);
  IdleEngine engine;
  MembershipSink memberships(clock);
  auto batch = std::make_shared<engine::EffectBatch>();
  const auto add = [&](std::uint64_t offset, const std::string& segment, bool entered) {
    engine::Effect effect;
    effect.kind = engine::EffectKind::kMembership;
    effect.offset = Offset{offset};
    effect.profile = ProfileId{7};
    effect.name = entered ? segment::kEnteredEvent : segment::kExitedEvent;
    batch->texts.push_back(std::make_unique<std::string>(R"({"segment":")" + segment + R"(","reason":"event"})"));
    effect.body = *batch->texts.back();
    batch->effects.push_back(effect);
  };
  add(1, "buyers", true);
  add(2, "repeat", true);
  add(2, "once", false);
  add(2, "vip", true);
  memberships.accept(batch);
  for (int i = 0; i < 500 && memberships.look().recent.size() < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  LiveFeed feed(engine, sink, memberships, clock);
  const auto stream = std::make_shared<Stream>();
  ASSERT_TRUE(feed.watch(stream));
  const json::object frame = frame_of(first_frame(*stream));
  const json::object& segment = frame.at("segments").as_array().at(0).as_object();
  EXPECT_EQ(segment.at("name"), "buyers");
  EXPECT_EQ(segment.at("members"), 7);
  EXPECT_EQ(segment.at("entered"), 1);
  EXPECT_EQ(frame.at("segments_in_all"), 1);
  const json::array& moves = frame.at("moves").as_array();
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[0].at("name"), "j•••@example.com");
  EXPECT_EQ(moves[0].at("entered").as_array(), json::array({"repeat", "vip"}));
  EXPECT_EQ(moves[0].at("exited").as_array(), json::array({"once"}));
  EXPECT_EQ(moves[1].at("entered").as_array(), json::array({"buyers"}));
}

TEST(FrameJson, LeavesSegmentsOutWhereTheEngineDidNotAnswerInTime) {
  const json::object parsed = json::parse(frame_json({}, catalog::Sources({}), {})).as_object();
  EXPECT_FALSE(parsed.contains("segments"));
  EXPECT_TRUE(parsed.contains("moves"));
}

TEST(FrameJson, TellsWhoDidWhat) {
  Frame frame;
  frame.view.events_per_second = 50;
  FramePerson person;
  person.profile = ProfileId{7};
  person.name = {"Jane \"J\" Doe", true};
  person.parts = 3;
  person.did.type = "track";
  person.did.name = "Order Completed";
  person.did.source = SourceId{2};
  person.did.merged = true;
  frame.people.push_back(person);
  catalog::Source source;
  source.id = SourceId{2};
  source.name = "tills";
  const json::object parsed = json::parse(frame_json(frame, catalog::Sources({source}), {})).as_object();
  const json::object& shown = parsed.at("recent").as_array().at(0).as_object();
  EXPECT_EQ(shown.at("name"), "Jane \"J\" Doe");
  EXPECT_EQ(shown.at("source"), "tills");
  EXPECT_EQ(shown.at("event"), "Order Completed");
  EXPECT_EQ(shown.at("merged"), true);
  EXPECT_EQ(shown.at("parts").to_number<int>(), 3);
}

}  // namespace
}  // namespace tessera::http
