#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "http/api_fixture.h"
#include "http/handlers/profiles.h"

namespace tessera::http {
namespace {

class SegmentsTest : public ApiTest {
 protected:
  void SetUp() override {
    take_segments();
    start();
    key_ = make_source("shop", R"({"trust":"server"})");
  }

  void publish(const std::string& name, const std::string& condition) {
    const std::string document = "{\"owner\":\"crm\",\"description\":\"Whoever.\",\"condition\":" +
                                 boost::json::serialize(boost::json::value(condition)) + "}";
    const Response put = administer(Method::kPut, {"/v1/definitions/segment/" + name + "?state=published", document});
    ASSERT_EQ(put.status, 201) << put.body;
  }
  void order(const std::string& user, const std::string& total) {
    const Response sent =
        track(key_, R"({"userId":")" + user + R"(","event":"Order Completed","properties":{"total":)" + total + "}}");
    ASSERT_EQ(sent.status, 200) << sent.body;
  }
  boost::json::object get(const std::string& path) {
    const Response response = administer(Method::kGet, {path});
    EXPECT_EQ(response.status, 200) << path << response.body;
    return object(response);
  }
  // Until the sweep over those who were there before is through.
  void fill() {
    for (int i = 0; i < 1000 && get("/v1/segments").contains("filling"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::string id_of(const std::string& user) { return text(get("/v1/profiles/user_id:" + user).at("id")); }

  std::string key_;
};

TEST_F(SegmentsTest, AreListedWithTheirMembersAndWhatWasPublished) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  publish("big", R"(events("Order Completed").sum(e, e.properties.total) > 50.0)");
  fill();
  order("u1", "60");
  order("u2", "20");
  const auto segments = get("/v1/segments").at("segments").as_array();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].at("name"), "big");
  EXPECT_EQ(segments[0].at("members"), 1);
  const auto buyers = get("/v1/segments/buyers");
  EXPECT_EQ(buyers.at("members"), 2);
  EXPECT_EQ(buyers.at("version"), 1);
  EXPECT_EQ(buyers.at("condition"), R"(events("Order Completed").count() >= 1)");
  EXPECT_EQ(buyers.at("owner"), "crm");
  EXPECT_EQ(buyers.at("description"), "Whoever.");
  EXPECT_EQ(administer(Method::kGet, {"/v1/segments/none"}).status, 404);
}

TEST_F(SegmentsTest, WhoWasThereBeforeIsFilledIn) {
  order("u1", "60");
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  fill();
  EXPECT_EQ(get("/v1/segments/buyers").at("members"), 1);
  EXPECT_EQ(get("/v1/profiles/user_id:u1/segments").at("segments").as_array(), boost::json::array({"buyers"}));
}

TEST_F(SegmentsTest, ANewQuestionWaitsUntilTheHistoryIsTakenIn) {
  order("u1", "60");
  order("u2", "40");
  backfiller_->stop();
  publish("big", R"(events("Order Completed").filter(e, e.properties.total > 50).exists())");
  publish("small", R"(!in_segment("big"))");
  for (const char* name : {"big", "small"}) {
    const auto waiting = get(std::string("/v1/segments/") + name);
    EXPECT_EQ(waiting.at("pending"), true);
    EXPECT_EQ(waiting.at("filling"), boost::json::parse(R"({"stage":"history","done":0,"of":2})"));
    EXPECT_EQ(waiting.at("members"), 0);
  }
  ASSERT_TRUE(analytics::Backfiller(*engine_, *analytics_).fill());
  fill();
  for (const char* name : {"big", "small"}) {
    const auto filled = get(std::string("/v1/segments/") + name);
    EXPECT_FALSE(filled.contains("pending"));
    EXPECT_EQ(filled.at("members"), 1);
  }
}

TEST_F(SegmentsTest, MembersComeInPagesEachOnce) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i) {
    order("u" + std::to_string(i), "1");
    ids.push_back(id_of("u" + std::to_string(i)));
  }
  fill();
  std::vector<std::string> seen;
  std::string after;
  for (int page = 0; page < 10; ++page) {
    const auto got = get("/v1/segments/buyers/members?limit=10" + after);
    for (const auto& member : got.at("members").as_array()) seen.push_back(text(member.at("id")));
    if (!got.contains("next")) break;
    after = "&after=" + text(got.at("next"));
  }
  EXPECT_EQ(seen, ids);
  EXPECT_FALSE(get("/v1/segments/buyers/members?limit=25").contains("next"));
  for (const auto* bad : {"limit=0", "limit=1001", "limit=201&profiles=true", "after=x", "profiles=yes"}) {
    EXPECT_EQ(administer(Method::kGet, {"/v1/segments/buyers/members?" + std::string(bad)}).status, 400) << bad;
  }
  EXPECT_EQ(administer(Method::kGet, {"/v1/segments/none/members"}).status, 404);
}

TEST_F(SegmentsTest, MembersMayComeWithIdentifiersAndTraits) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  for (int i = 0; i < 25; ++i) {
    order("u" + std::to_string(i), "1");
    track(key_, R"({"userId":"u)" + std::to_string(i) + R"(","traits":{"n":)" + std::to_string(i) + "}}",
          "/v1/identify");
  }
  fill();
  const auto members = get("/v1/segments/buyers/members?profiles=true").at("members").as_array();
  ASSERT_EQ(members.size(), 25U);
  EXPECT_EQ(members[24].at("identifiers").at(0).at("value"), "u24");
  EXPECT_EQ(members[24].at("traits").at("n"), 24);
}

TEST_F(SegmentsTest, AnOverlapCountsWhoIsInSeveral) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  publish("big", R"(events("Order Completed").sum(e, e.properties.total) > 50.0)");
  publish("gold", R"(traits.plan == "gold")");
  publish("nobody", "false");
  fill();
  for (const auto* user : {"u1", "u2", "u3", "u4"}) order(user, "20");
  order("u1", "40");
  for (const auto* user : {"u1", "u2", "u5"}) {
    track(key_, R"({"userId":")" + std::string(user) + R"(","traits":{"plan":"gold"}})", "/v1/identify");
  }
  const auto all = get("/v1/segments/overlap?segments=buyers,gold,big");
  EXPECT_EQ(all.at("segments").at(1).as_object(), (boost::json::object{{"name", "gold"}, {"members", 3}}));
  EXPECT_EQ(all.at("intersection"), 1);
  EXPECT_EQ(all.at("union"), 5);
  EXPECT_EQ(all.at("share").to_number<double>(), 0.2);
  ASSERT_EQ(all.at("pairs").as_array().size(), 3U);
  const auto& pair = all.at("pairs").at(0).as_object();
  EXPECT_EQ(pair.at("segments").as_array(), (boost::json::array{"buyers", "gold"}));
  EXPECT_EQ(pair.at("intersection"), 2);
  EXPECT_EQ(pair.at("union"), 5);
  EXPECT_EQ(pair.at("share").to_number<double>(), 0.4);
  EXPECT_EQ(pair.at("shares").at(0).to_number<double>(), 0.5);
  EXPECT_EQ(all.at("pairs").at(2).at("segments").as_array(), (boost::json::array{"gold", "big"}));
  const auto none = get("/v1/segments/overlap?segments=nobody,buyers").at("pairs").at(0).as_object();
  EXPECT_EQ(none.at("shares").at(0).to_number<double>(), 0);
}

TEST_F(SegmentsTest, AnOverlapIsOfTwoToFiveSegmentsThatThereAre) {
  publish("a", "true");
  EXPECT_EQ(administer(Method::kGet, {"/v1/segments/overlap?segments=a,none"}).status, 404);
  for (const auto* bad : {"", "segments=a", "segments=a,a", "segments=a,b,c,d,e,f"}) {
    EXPECT_EQ(administer(Method::kGet, {"/v1/segments/overlap?" + std::string(bad)}).status, 400) << bad;
  }
}

TEST_F(SegmentsTest, AHistoryTellsTheSizeAtEachStep) {
  publish("gold", R"(traits.plan == "gold")");
  fill();
  const auto become = [&](const std::string& user, const std::string& plan) {
    track(key_, R"({"userId":")" + user + R"(","traits":{"plan":")" + plan + R"("}})", "/v1/identify");
  };
  become("u1", "gold");
  become("u2", "gold");
  become("u1", "none");
  const auto history = get("/v1/segments/gold/history");
  EXPECT_EQ(history.at("segment"), "gold");
  EXPECT_EQ(history.at("every"), "day");
  EXPECT_EQ(history.at("zone"), "UTC");
  EXPECT_GE(history.at("position").to_number<std::uint64_t>(), newest_->value);
  const auto& steps = history.at("steps").as_array();
  ASSERT_EQ(steps.size(), 31U);  // thirty days ago, and today, both in part
  EXPECT_EQ(steps[0].at("size"), 0);
  const auto in_all = [&](const char* name) {
    std::int64_t sum = 0;
    for (const auto& step : steps) sum += step.at(name).as_int64();
    return sum;
  };
  EXPECT_EQ(in_all("entered"), 2);  // on a day or over midnight
  EXPECT_EQ(in_all("exited"), 1);
  EXPECT_EQ(steps[30].at("size"), 1);
  EXPECT_TRUE(text(steps[30].at("at")).ends_with("T00:00:00.000Z"));
  const auto past = get("/v1/segments/gold/history?from=2026-01-01&to=2026-03-01&every=month&zone=Europe/Berlin");
  ASSERT_EQ(past.at("steps").as_array().size(), 2U);
  EXPECT_EQ(past.at("steps").at(1).as_object(),
            (boost::json::object{{"at", "2026-02-01T00:00:00.000+01:00"}, {"size", 0}, {"entered", 0}, {"exited", 0}}));
}

TEST_F(SegmentsTest, AHistoryThatCannotBeIsRefused) {
  publish("all", "true");
  for (const auto* bad : {"every=year", "zone=Nowhere", "from=x", "to=2026-99-01", "from=2026-02-02&to=2026-02-02",
                          "from=9000-01-01", "from=2020-01-01&every=hour"}) {
    EXPECT_EQ(administer(Method::kGet, {"/v1/segments/all/history?" + std::string(bad)}).status, 400) << bad;
  }
  EXPECT_EQ(administer(Method::kGet, {"/v1/segments/none/history"}).status, 404);
}

TEST_F(SegmentsTest, NamesThatArePathsAreRefused) {
  const Response put =
      administer(Method::kPut, {"/v1/definitions/segment/overlap?state=published", R"({"condition":"true"})"});
  EXPECT_EQ(put.status, 422) << put.body;
  EXPECT_TRUE(put.body.contains("choose another name")) << put.body;
}

TEST_F(SegmentsTest, AnExplanationTellsWhatEachPartContributes) {
  publish("big", R"(traits.plan == "gold" && events("Order Completed").sum(e, e.properties.total) > 50.0)");
  fill();
  order("u1", "60");
  auto why = get("/v1/profiles/user_id:u1/segments/big");
  EXPECT_EQ(why.at("member"), false);
  EXPECT_EQ(why.at("version"), 1);
  const auto& whole = why.at("explanation").as_object();
  EXPECT_EQ(whole.at("operation"), "&&");
  EXPECT_EQ(whole.at("operands").at(0).at("holds"), false);
  EXPECT_EQ(whole.at("operands").at(1).at("holds"), true);
  EXPECT_EQ(whole.at("operands").at(1).at("reads").at(0).at("parts").at(0).at("value").to_number<double>(), 60);
  track(key_, R"({"userId":"u1","traits":{"plan":"gold"}})", "/v1/identify");
  why = get("/v1/profiles/user_id:u1/segments/big");
  EXPECT_EQ(why.at("member"), true);
  EXPECT_EQ(why.at("explanation").at("operands").at(0).at("reads").at(0).at("parts").at(0).at("source"), "shop");
  EXPECT_EQ(administer(Method::kGet, {"/v1/profiles/user_id:u1/segments/none"}).status, 404);
  EXPECT_EQ(administer(Method::kGet, {"/v1/profiles/user_id:u2/segments/big"}).status, 404);
}

TEST_F(SegmentsTest, AnExplanationMayBeOfThePast) {
  publish("buyers", R"(events("Order Completed").count() >= 2)");
  order("u1", "60");
  const std::uint64_t first = newest_->value;
  order("u1", "20");
  const std::string why = "/v1/profiles/user_id:u1/segments/buyers";
  EXPECT_EQ(get(why).at("member"), true);
  const auto then = get(why + "?position=" + std::to_string(first));
  EXPECT_EQ(then.at("member"), false);
  EXPECT_EQ(then.at("position"), first);
  EXPECT_EQ(then.at("explanation").at("reads").at(0).at("value"), 1);
  EXPECT_EQ(get(why + "?at=2020-01-01").at("at"), "2020-01-01T00:00:00.000Z");
  for (const char* wrong : {"?at=x", "?position=x", "?position=1&at=2020-01-01", "?at=2999-01-01"}) {
    EXPECT_EQ(administer(Method::kGet, {why + wrong}).status, 400) << wrong;
  }
}

TEST_F(SegmentsTest, AProfileShowsItsSegmentsComputedTraitsAndGroups) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  administer(Method::kPut, {"/v1/definitions/trait/orders?state=published",
                            R"json({"expression":"events(\"Order Completed\").count()"})json"});
  fill();
  order("u1", "60");
  const Response stated = track(key_, R"({"userId":"u1","traits":{"plan":"gold","orders":99}})", "/v1/identify");
  const Response joined =
      track(key_, R"({"userId":"u1","groupId":"home-7","traits":{"city":"Harbourne"}})", "/v1/group");
  const auto profile = get("/v1/profiles/user_id:u1");
  EXPECT_EQ(profile.at("segments").as_array(), boost::json::array({"buyers"}));
  EXPECT_EQ(profile.at("traits").at("orders"), 1);
  EXPECT_EQ(profile.at("trait_sources").at("orders").as_object(), (boost::json::object{{"computed", true}}));
  EXPECT_EQ(profile.at("trait_sources").at("plan").at("position").to_number<std::uint64_t>(), stated.position->value);
  const auto& group = profile.at("groups").at(0).as_object();
  EXPECT_EQ(group.at("name"), "home-7");
  EXPECT_EQ(group.at("traits").at("city"), "Harbourne");
  EXPECT_EQ(group.at("position").to_number<std::uint64_t>(), joined.position->value);
  const auto home = get("/v1/profiles/group_id:home-7");
  EXPECT_EQ(home.at("id"), group.at("id"));
  EXPECT_EQ(home.at("traits").at("city"), "Harbourne");
  EXPECT_EQ(get("/v1/profiles/group_id:home-7/identity").at("group"), true);
}

// Of the events of one record some have the same name: each shows what it was itself about, on whatever page it comes.
TEST_F(SegmentsTest, TheTimelineShowsWhichSegmentsARecordLetSomebodyEnter) {
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) names.push_back("s" + std::to_string(i));
  for (const std::string& name : names) publish(name, R"(events("Order Completed").count() >= 1)");
  fill();
  order("u1", "1");
  std::vector<std::string> told;
  std::string before;
  for (int page = 0; page < 10; ++page) {
    const auto got = get("/v1/profiles/user_id:u1/events?limit=4" + before);
    for (const auto& event : got.at("events").as_array()) {
      if (event.at("source") != "tessera") continue;
      EXPECT_EQ(event.at("name"), "Segment Entered");
      told.push_back(text(event.at("properties").at("segment")));
    }
    if (!got.contains("next")) break;
    before = "&before=" + text(got.at("next"));
  }
  std::ranges::sort(told);
  EXPECT_EQ(told, names);
}

TEST(RenderTimeline, RowsOfOneRecordGoToTheEntriesTheyAreOf) {
  const auto entry = [](std::string name, std::uint32_t source) {
    return profile::TimelineEntry{Offset{7}, Timestamp{1}, "track", std::move(name), SourceId{source}, PartId{256}};
  };
  const auto row = [](std::uint32_t index, std::string name, std::uint32_t source, std::string properties) {
    return analytics::StoredEvent{.offset = Offset{7},
                                  .index = index,
                                  .source = SourceId{source},
                                  .type = "track",
                                  .event = std::move(name),
                                  .properties = std::move(properties)};
  };
  const std::vector<profile::TimelineEntry> entries = {entry("Segment Exited", 0), entry("Segment Entered", 0),
                                                       entry("Segment Entered", 0), entry("", 3)};
  const std::vector<analytics::StoredEvent> stored = {
      row(0, "Segment Entered", 3, R"({"n":0})"),  // a source's own, of a name that the part did not keep
      row(1, "Segment Entered", 0, R"({"n":1})"), row(2, "Segment Entered", 0, R"({"n":2})"),
      row(3, "Segment Exited", 0, R"({"n":3})")};
  const auto rendered =
      boost::json::parse(render_timeline({ProfileId{256}, entries, 1, stored, true}, catalog::Sources({})));
  const auto& events = rendered.at("events").as_array();
  ASSERT_EQ(events.size(), 3U) << "all but the one to be skipped";
  EXPECT_EQ(events[0].at("properties").at("n"), 2);
  EXPECT_EQ(events[1].at("properties").at("n"), 1);
  EXPECT_EQ(events[2].at("properties").at("n"), 0);
  EXPECT_EQ(rendered.at("next"), "1-7-4");
}

TEST_F(SegmentsTest, WhatNamesADefinitionIsTold) {
  publish("buyers", R"(events("Order Completed").count() >= 1)");
  publish("others", R"(!in_segment("buyers"))");
  EXPECT_EQ(administer(Method::kGet, {"/v1/definitions/segment/buyers/uses"}).body,
            R"({"uses":[{"kind":"segment","name":"others","how":"in_segment"}]})");
  EXPECT_EQ(administer(Method::kGet, {"/v1/definitions/segment/others/uses"}).body, R"({"uses":[]})");
  EXPECT_EQ(administer(Method::kGet, {"/v1/definitions/segment/none/uses"}).status, 404);
}

TEST_F(SegmentsTest, APurposeThatIsNamedCannotBeArchived) {
  const auto put = [&](const std::string& path, const std::string& document) {
    return administer(Method::kPut, {"/v1/definitions/" + path + "?state=published", document}).status;
  };
  EXPECT_EQ(put("trait/diet", R"({"sensitivity":"sensitive","purposes":["care"]})"), 422);
  ASSERT_EQ(put("purpose/care", R"({"lawful_basis":"consent"})"), 201);
  ASSERT_EQ(put("trait/diet", R"({"sensitivity":"sensitive","purposes":["care"]})"), 201);
  EXPECT_EQ(put("segment/vegans", R"({"condition":"traits.diet == 'vegan'"})"), 422);
  EXPECT_EQ(put("segment/vegans", R"({"condition":"traits.diet == 'vegan'","purposes":["care"]})"), 201);
  const Response refused = administer(Method::kPost, {"/v1/definitions/purpose/care/archive", ""});
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find(R"("name":"vegans","pointer":"/purposes/0")"), std::string::npos) << refused.body;
  EXPECT_EQ(administer(Method::kPost, {"/v1/definitions/segment/vegans/archive", ""}).status, 200);
  EXPECT_EQ(administer(Method::kPost, {"/v1/definitions/trait/diet/archive", ""}).status, 200);
  EXPECT_EQ(administer(Method::kPost, {"/v1/definitions/purpose/care/archive", ""}).status, 200);
}

}  // namespace
}  // namespace tessera::http
