#include "analytics/past.h"

#include "analytics/asked_world_fixture.h"

namespace tessera::analytics {
namespace {

// Once published, each is asked at every step of a life, and later again of the past.
const std::vector<std::pair<std::string, std::string>> kSegments{
    {"gold", R"(traits.plan == "gold")"},
    {"spent", R"(events("Order Completed").sum(e, e.properties.total) > 60.0 && in_segment("gold"))"},
    {"lately", R"(events("Order Completed", duration("72h")).count() >= 1)"},
    {"home", R"(group.traits.size >= 3)"},
    {"golden", R"(events("Segment Entered").filter(e, e.properties.segment == "gold").count() >= 2)"},
};

class PastTest : public ::testing::Test {
 protected:
  PastTest() {
    for (const auto& [name, condition] : kSegments) world_.publish_segment(name, condition);
    world_.settle();
  }
  void join(const std::string& size) {
    event::Event event;
    event.type = event::EventType::kGroup;
    event.group_id = "home-1";
    event.identifiers = {{"user_id", "jane"}};
    event.traits = {{"size", size}};
    world_.send(event);
  }
  PastAnswer past(const std::string& segment, std::optional<Timestamp> at, std::optional<Offset> position = {}) {
    const ProfileId jane = world_.ask([](engine::View& view) { return *view.find("user_id", "jane"); });
    const auto found = explain_past(*world_.engine, *world_.history, {jane, segment, at, position});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : PastAnswer{};
  }
  static std::string text(const segment::Explanation& explanation) {
    std::string out;
    segment::append_json(out, explanation);
    return out;
  }

  AskedWorld world_;
};

TEST_F(PastTest, IsAnsweredAsItWasThen) {
  struct Then {
    Timestamp at;
    Offset position;
    std::vector<std::string> segments;
    std::map<std::string, std::string> why;
  };
  std::vector<Then> all;
  std::mt19937 random(5);
  const AskedWorld::Ids jane{{"user_id", "jane"}};
  world_.track(jane, "Seen");
  for (int i = 0; i < 40; ++i) {
    world_.clock.advance(kDayMs);
    switch (random() % 4) {
      case 0:
        world_.identify(jane, {{"plan", random() % 2 == 0 ? "\"gold\"" : "\"none\""}});
        break;
      case 1:
        join(std::to_string(random() % 6));
        break;
      default:
        world_.track(jane, "Order Completed", R"({"total":20})", random() % 2 == 0 ? 0 : kDayMs);
    }
    world_.clock.advance(1000);
    world_.track({{"user_id", "john"}}, "Seen");  // by which what was due is looked at
    Then then{world_.clock.wall(), world_.newest, {}, {}};
    for (const auto& [name, condition] : kSegments) then.why[name] = world_.why("jane", name);
    then.segments = world_.segments_of("jane");
    all.push_back(std::move(then));
  }
  for (const Then& then : all) {
    if (random() % 3 != 0) continue;  // each asks the history some times
    for (const auto& [name, condition] : kSegments) {
      const PastAnswer found = past(name, then.at);
      EXPECT_EQ(text(found.explanation), then.why.at(name)) << to_text(then.at);
      EXPECT_EQ(found.member, std::ranges::find(then.segments, name) != then.segments.end()) << name;
      EXPECT_EQ(past(name, {}, then.position).position, then.position);
    }
  }
}

TEST_F(PastTest, NothingIsSaidOfTheFutureNorOfWhatThereIsNot) {
  world_.track({{"user_id", "jane"}}, "Seen");
  const ProfileId jane = world_.ask([](engine::View& view) { return *view.find("user_id", "jane"); });
  const auto code = [&](const PastQuestion& question) {
    return explain_past(*world_.engine, *world_.history, question).error().code;
  };
  EXPECT_EQ(code({jane, "gold", world_.clock.wall() + 1, {}}), Code::kInvalidArgument);
  EXPECT_EQ(code({jane, "gold", {}, Offset{world_.newest.value + 100}}), Code::kInvalidArgument);
  EXPECT_EQ(code({jane, "none", world_.clock.wall(), {}}), Code::kNotFound);
  EXPECT_EQ(code({ProfileId{jane.value + 1000 * kShardCount}, "gold", world_.clock.wall(), {}}), Code::kNotFound);
  EXPECT_FALSE(past("gold", Timestamp{1000}).explanation.holds);
}

}  // namespace
}  // namespace tessera::analytics
