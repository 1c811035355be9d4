#include "http/api.h"

#include <gtest/gtest.h>

#include "http/api_fixture.h"
#include "http/handlers/profiles.h"
#include "http/handlers/settings.h"

namespace tessera::http {
namespace {

TEST_F(ApiTest, OnlyTheTokenOpensWhatIsGuarded) {
  EXPECT_EQ(send(Method::kGet, {"/v1/status"}).status, 401);
  EXPECT_EQ(send(Method::kGet, {"/v1/status", "", {{"Authorization", "Bearer tsr_wrong"}}}).status, 401);
  EXPECT_EQ(administer(Method::kGet, {"/v1/status"}).status, 200);
  EXPECT_EQ(send(Method::kGet, {"/health"}).status, 200);
  EXPECT_EQ(send(Method::kGet, {"/ready"}).status, 200);
}

TEST_F(ApiTest, AServerSourcesKeyIsShownOnceAndHeldByItsTrust) {
  const std::string key = make_source("crm", R"({"trust":"server"})");
  EXPECT_FALSE(object(administer(Method::kGet, {"/v1/sources/crm"})).contains("write_key"));
  const Response changed = administer(Method::kPut, {"/v1/sources/crm", R"({"trust":"server","lateness_hours":1})"});
  EXPECT_EQ(changed.status, 200);
  EXPECT_FALSE(object(changed).contains("write_key"));
  EXPECT_EQ(track(key, R"({"userId":"u","event":"e"})").status, 200);
  const Response opened = administer(Method::kPut, {"/v1/sources/crm", R"({"trust":"public"})"});
  EXPECT_NE(text(object(opened)["write_key"]), key);
  EXPECT_EQ(track(key, R"({"userId":"u","event":"e"})").status, 401);
}

TEST_F(ApiTest, ARotatedOrDisabledKeyIsRefused) {
  const std::string first = make_source("web", "{}");
  const std::string second = text(object(administer(Method::kPost, {"/v1/sources/web/rotate-key"}))["write_key"]);
  EXPECT_EQ(track(first, R"({"anonymousId":"a","event":"e"})").status, 401);
  EXPECT_EQ(track(second, R"({"anonymousId":"a","event":"e"})").status, 200);
  EXPECT_EQ(administer(Method::kDelete, {"/v1/sources/web"}).status, 200);
  EXPECT_EQ(track(second, R"({"anonymousId":"a","event":"e"})").status, 401);
  EXPECT_EQ(administer(Method::kPut, {"/v1/sources/web", R"({"enabled":true})"}).status, 200);
  EXPECT_EQ(track(second, R"({"anonymousId":"a","event":"e"})").status, 200);
}

TEST_F(ApiTest, WriteKeysComeByBasicBearerAndBody) {
  const std::string key = make_source("web", "{}");
  const std::string body = R"({"anonymousId":"a","event":"e"})";
  EXPECT_EQ(track(key, body).status, 200);
  EXPECT_EQ(send(Method::kPost, {"/v1/t", R"({"anonymousId":"a","event":"e","writeKey":")" + key + "\"}"}).status, 200);
  EXPECT_EQ(send(Method::kPost, {"/v1/t", body}).status, 401);
  EXPECT_EQ(send(Method::kPost, {"/v1/t", body, {{"Authorization", "Basic Og=="}}}).status, 401);
  EXPECT_EQ(send(Method::kPost, {"/v1/t", "not json"}).status, 401);
}

TEST_F(ApiTest, WhatIsAcknowledgedIsReadAtItsPosition) {
  const std::string key = make_source("crm", R"({"trust":"server"})");
  for (int i = 0; i < 50; ++i) {
    const std::string user = "u" + std::to_string(i);
    const Response sent = track(
        key, R"({"userId":")" + user + R"(","traits":{"email":")" + user + R"(@x.example","n":1}})", "/v1/identify");
    ASSERT_TRUE(sent.position);
    const Response read = administer(Method::kGet, {"/v1/profiles/email:" + user + "%40X.example"});
    ASSERT_EQ(read.status, 200) << read.body;
    EXPECT_GE(read.position->value, sent.position->value);
    EXPECT_EQ(object(read)["traits"].at("n"), 1);
  }
}

TEST_F(ApiTest, AReadOfTheFutureIsStale) {
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:x", "", {{"Tessera-Position", "1000000"}}});
  EXPECT_EQ(read.status, 404);
  EXPECT_EQ(header(read, "Tessera-Stale"), "true");
}

TEST_F(ApiTest, ABatchTellsWhatItRejectsAndTheQuarantineKeepsIt) {
  const std::string key = make_source("crm", R"({"trust":"server"})");
  const Response sent =
      track(key, R"({"batch":[{"type":"track","event":"a","userId":"u"},{"type":"track","event":"b"}]})", "/v1/batch");
  EXPECT_EQ(sent.status, 200);
  const auto rejected = object(sent)["rejected"].as_array();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].at("index"), 1);
  EXPECT_EQ(rejected[0].at("code"), "missing_identity");
  EXPECT_EQ(track(key, R"({"event":"c"})").status, 400);
  EXPECT_EQ(track(key, "{").status, 400);
  const auto items = object(administer(Method::kGet, {"/v1/quarantine"}))["items"].as_array();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].at("payload"), "{");
  EXPECT_EQ(items[2].at("index"), 1);
}

TEST_F(ApiTest, PagesOfOtherOriginsAreRefusedAndTheirEventsQuarantined) {
  const std::string key = make_source("web", R"({"origins":["https://shop.example"]})");
  const auto from = [&](const std::string& origin) {
    return send(
        Method::kPost,
        {"/v1/t", R"({"anonymousId":"a","event":"e"})", {{"Authorization", "Bearer " + key}, {"Origin", origin}}});
  };
  const Response good = from("https://shop.example");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(header(good, "Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(from("http://events.shop.example").status, 200);  // the server's own pages
  const Response bad = from("https://elsewhere.example");
  EXPECT_EQ(bad.status, 403);
  EXPECT_EQ(header(bad, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(object(administer(Method::kGet, {"/v1/quarantine"}))["items"].as_array().size(), 1U);
}

TEST_F(ApiTest, PreflightsAreAnsweredForWhatAnyEnabledSourceAllows) {
  make_source("web", R"({"origins":["https://shop.example"]})");
  const auto preflight = [&](const std::string& origin) {
    return send(Method::kOptions, {"/v1/batch", "", {{"Origin", origin}}});
  };
  const Response good = preflight("https://shop.example");
  EXPECT_EQ(good.status, 204);
  EXPECT_EQ(header(good, "Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(preflight("https://elsewhere.example").status, 403);
  administer(Method::kDelete, {"/v1/sources/web"});
  EXPECT_EQ(preflight("https://shop.example").status, 403);
  make_source("open", R"({"origins":["*"]})");
  EXPECT_EQ(header(preflight("https://elsewhere.example"), "Access-Control-Allow-Origin"), "https://elsewhere.example");
}

TEST_F(ApiTest, SettingsPointTheSdkAtThisServer) {
  const std::string key = make_source("web", "{}");
  const Response segment = send(Method::kGet, {"/v1/projects/" + key + "/settings"});
  ASSERT_EQ(segment.status, 200);
  const auto settings = object(segment)["integrations"].at("Segment.io");
  EXPECT_EQ(text(settings.at("apiKey")), key);
  EXPECT_EQ(settings.at("apiHost"), "events.shop.example/v1");
  EXPECT_EQ(settings.at("protocol"), "http");
  const Response rudderstack = send(Method::kGet, {"/sourceConfig/?writeKey=" + key});
  ASSERT_EQ(rudderstack.status, 200);
  EXPECT_EQ(text(object(rudderstack)["source"].at("writeKey")), key);
  EXPECT_EQ(send(Method::kGet, {"/v1/projects/none/settings"}).status, 404);
}

TEST_F(ApiTest, TheTimelineHasPropertiesAndPages) {
  const std::string key = make_source("crm", R"({"trust":"server"})");
  for (int i = 0; i < 5; ++i) track(key, R"({"userId":"u","event":"e","properties":{"i":)" + std::to_string(i) + "}}");
  const Response first = administer(Method::kGet, {"/v1/profiles/user_id:u/events?limit=3"});
  ASSERT_EQ(first.status, 200) << first.body;
  const auto events = object(first)["events"].as_array();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].at("properties").at("i"), 4);
  EXPECT_EQ(events[0].at("source"), "crm");
  const std::string next = text(object(first)["next"]);
  const Response last = administer(Method::kGet, {"/v1/profiles/user_id:u/events?limit=3&before=" + next});
  EXPECT_EQ(object(last)["events"].as_array().size(), 2U);
  EXPECT_FALSE(object(last).contains("next"));
}

// A quiet part's newest events reach further back than a busy part's: what the busy one let go comes from the history.
TEST_F(ApiTest, TheTimelineGoesOnInTheHistoryAndLeavesNothingOut) {
  const std::string key = make_source("crm", R"({"trust":"server"})");
  track(key, R"({"anonymousId":"quiet","event":"old","timestamp":"2020-01-01T00:00:00Z"})");
  for (int i = 0; i < 70; ++i) track(key, R"({"userId":"busy","event":"e)" + std::to_string(i) + "\"}");
  track(key, R"({"userId":"busy","anonymousId":"quiet","event":"met"})");
  std::vector<std::string> names;
  std::string before;
  for (int page = 0; page < 10; ++page) {
    const Response response = administer(Method::kGet, {"/v1/profiles/user_id:busy/events?limit=20" + before});
    ASSERT_EQ(response.status, 200) << response.body;
    const auto events = object(response)["events"].as_array();
    for (const auto& event : events) names.push_back(text(event.at("name")));
    if (!object(response).contains("next")) break;
    before = "&before=" + text(object(response)["next"]);
  }
  ASSERT_EQ(names.size(), 72U);
  EXPECT_EQ(names.front(), "met");
  EXPECT_EQ(names[1], "e69");
  EXPECT_EQ(names[70], "e0");
  EXPECT_EQ(names.back(), "old");
}

TEST_F(ApiTest, SqlIsAskedAsJsonAndCsv) {
  const Response json = administer(Method::kPost, {"/v1/sql", R"({"query":"SELECT 1 AS n"})"});
  EXPECT_EQ(json.body, R"({"columns":[{"name":"n","type":"INTEGER"}],"rows":[[1]],"truncated":false})");
  const Response csv = administer(Method::kPost, {"/v1/sql", R"({"query":"SELECT 1 AS n","format":"csv"})"});
  EXPECT_EQ(csv.body, "n\r\n1\r\n");
  EXPECT_EQ(administer(Method::kPost, {"/v1/sql", R"json({"query":"CREATE TABLE t (a INT)"})json"}).status, 403);
}

TEST_F(ApiTest, MetricsNameEveryRoute) {
  const std::string metrics = administer(Method::kGet, {"/metrics"}).body;
  for (const auto& route : router_.routes()) {
    EXPECT_NE(metrics.find("route=\"" + route->pattern + "\""), std::string::npos) << route->pattern;
  }
  EXPECT_NE(metrics.find("\ntessera_profiles 0\n"), std::string::npos);
}

class OverloadedApiTest : public ApiTest {
 protected:
  void SetUp() override {
    options_.disk_reserve = 2;  // no disk is as free as that
    start();
  }
};

TEST_F(OverloadedApiTest, ANearlyFullDiskAnswers503WithRetryAfter) {
  const Response made = administer(Method::kPut, {"/v1/sources/web", "{}"});
  EXPECT_EQ(made.status, 503);
  EXPECT_EQ(header(made, "Retry-After"), "1");
  const Response again = administer(Method::kPut, {"/v1/sources/web", "{}"});
  EXPECT_EQ(again.status, 503);  // the first try is not in work any more
}

TEST(ParseProfileKey, TakesIdsAndIdentifiers) {
  EXPECT_EQ(parse_profile_key(to_text(ProfileId{77}))->id, ProfileId{77});
  const auto key = parse_profile_key("email:a:b@x");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type, "email");
  EXPECT_EQ(key->value, "a:b@x");
  for (const char* bad : {"", ":", "email:", ":x", "p0", "nobody"}) EXPECT_FALSE(parse_profile_key(bad)) << bad;
}

TEST(ParseTimelineCursor, TakesWhatAPageGives) {
  const auto cursor = parse_timeline_cursor("-5-12");
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->before.ms, -5);
  EXPECT_EQ(cursor->before_offset.value, 12U);
  for (const char* bad : {"", "-", "5", "5-", "-5", "5-x", "5-1 ", "99999999999999999999-1"}) {
    EXPECT_FALSE(parse_timeline_cursor(bad)) << bad;
  }
}

}  // namespace
}  // namespace tessera::http
