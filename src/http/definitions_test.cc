#include <gtest/gtest.h>

#include <thread>

#include "http/api_fixture.h"

namespace tessera::http {
namespace {

constexpr std::string_view kSource = R"({"trust":"server","lateness_hours":1.50})";

class DefinitionsTest : public ApiTest {
 protected:
  Response put(const std::string& path, std::string_view body,
               std::vector<std::pair<std::string, std::string>> headers = {}) {
    return administer(Method::kPut, {"/v1/definitions/" + path, std::string(body), std::move(headers)});
  }
  Response post(const std::string& path, std::string_view body = {}) {
    return administer(Method::kPost, {"/v1/definitions/" + path, std::string(body)});
  }
  Response get(const std::string& path) { return administer(Method::kGet, {"/v1/definitions" + path}); }

  // "source crm /trust: must be …" of each problem.
  static std::string problems(const Response& response) {
    EXPECT_EQ(response.status, 422) << response.body;
    std::string out;
    const auto answer = object(response);
    for (const auto& problem : answer.at("problems").as_array()) {
      out += text(problem.at("kind")) + " " + text(problem.at("name")) + " " + text(problem.at("pointer")) + ": " +
             text(problem.at("message")) + "\n";
    }
    return out;
  }
};

TEST_F(DefinitionsTest, ADraftDoesNothingUntilItIsPublished) {
  const Response draft = put("source/crm", kSource);
  ASSERT_EQ(draft.status, 201) << draft.body;
  EXPECT_EQ(header(draft, "ETag"), "\"1\"");
  EXPECT_EQ(object(draft)["state"], "draft");
  EXPECT_EQ(administer(Method::kGet, {"/v1/sources/crm"}).status, 404);
  const Response published = post("source/crm/publish");
  ASSERT_EQ(published.status, 200) << published.body;
  EXPECT_EQ(object(published)["in_force"], true);
  EXPECT_TRUE(published.position);
  const std::string key = text(object(published)["write_key"]);
  EXPECT_EQ(track(key, R"({"userId":"u","event":"e"})").status, 200);
  EXPECT_EQ(post("source/crm/publish").status, 404) << "there is no draft any more";
  const Response again = put("source/crm?state=published", R"({"trust":"server"})");
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(object(again).contains("write_key"));
  EXPECT_EQ(track(key, R"({"userId":"u","event":"e"})").status, 200) << "a change keeps the key";
}

TEST_F(DefinitionsTest, DocumentsAreKeptAsTheyWereWritten) {
  put("source/crm?state=published", kSource);
  const Response read = get("/source/crm");
  EXPECT_NE(read.body.find(R"("document":{"kind":"source","name":"crm","trust":"server","lateness_hours":1.50})"),
            std::string::npos)
      << read.body;
  EXPECT_EQ(put("source/crm", R"({"trust":"server","trust":"public"})").status, 400);
  EXPECT_EQ(put("source/crm", "").status, 400);
  EXPECT_EQ(put("source/crm", "[]").status, 400);
}

TEST_F(DefinitionsTest, EachVersionCanBeRead) {
  put("source/crm?state=published", R"({"owner":"a"})");
  put("source/crm", R"({"owner":"b"})");
  EXPECT_EQ(object(get("/source/crm"))["version"], 2);
  EXPECT_EQ(object(get("/source/crm"))["published"], 1);
  const Response first = get("/source/crm?version=1");
  EXPECT_EQ(object(first)["in_force"], true);
  EXPECT_EQ(object(first)["document"].at("owner"), "a");
  EXPECT_EQ(header(first, "ETag"), "\"2\"") << "what the next change replaces";
  EXPECT_EQ(get("/source/crm?version=3").status, 404);
  EXPECT_EQ(get("/source/none").status, 404);
  const auto versions = object(get("/source/crm/versions"))["versions"].as_array();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].at("version"), 2);
  EXPECT_EQ(versions[0].at("state"), "draft");
  EXPECT_TRUE(text(versions[1].at("by")).starts_with("token "));
}

TEST_F(DefinitionsTest, AreListedByPagesKindsAndStates) {
  put("source/a?state=published", R"({"owner":"me","description":"first"})");
  put("source/b", "{}");
  put("source/c?state=published", "{}");
  post("source/c/archive");
  put("identity_rules/identity_rules?state=published", R"({"types":[{"name":"user_id","limit":1}]})");
  const auto names = [&](const std::string& query) {
    std::string out;
    const auto answer = object(get(query));
    for (const auto& one : answer.at("definitions").as_array()) out += text(one.at("name")) + " ";
    return out;
  };
  EXPECT_EQ(names(""), "identity_rules a b c ");
  EXPECT_EQ(names("?kind=source"), "a b c ");
  EXPECT_EQ(names("?state=published"), "identity_rules a ");
  EXPECT_EQ(names("?state=draft"), "b ");
  EXPECT_EQ(names("?kind=source&state=archived"), "c ");
  const Response page = get("?kind=source&limit=2");
  EXPECT_EQ(object(page)["next"], "source/b");
  EXPECT_EQ(object(page)["definitions"].at(0).at("owner"), "me");
  EXPECT_EQ(names("?kind=source&limit=2&after=source%2Fb"), "c ");
  for (const auto* bad : {"?kind=none", "?state=x", "?limit=0", "?limit=1001"}) EXPECT_EQ(get(bad).status, 400) << bad;
}

TEST_F(DefinitionsTest, AllThatIsWrongIsToldAtOnce) {
  EXPECT_EQ(problems(put("source/crm?state=published", R"({"name":"x","trust":"full","origins":["shop.example"]})")),
            "source crm /name: must be \"crm\", as which it is published\n"
            "source crm /trust: must be one of \"public\", \"server\"\n"
            "source crm /origins/0: \"shop.example\" does not match ^([*]|https?://[a-z0-9.:\\[\\]-]+)$\n");
  EXPECT_EQ(problems(put("trail/x", "{}")), "trail x : there is no kind \"trail\"; there are source, identity_rules\n");
  EXPECT_EQ(problems(administer(Method::kPut, {"/v1/sources/web", R"({"trust":"full"})"})),
            "source web /trust: must be one of \"public\", \"server\"\n");
  EXPECT_EQ(problems(administer(Method::kPut, {"/v1/identity/rules", R"({"types":[]})"})),
            "identity_rules identity_rules /types: must have 1 to 32 elements\n");
  EXPECT_EQ(get("").body, R"({"definitions":[]})");
}

TEST_F(DefinitionsTest, ASetTakesEffectWholeOrNotAtAll) {
  const std::string good = R"({"action":"publish","kind":"source","name":"a","document":{"trust":"server"}})";
  const std::string bad = R"({"action":"publish","kind":"source","name":"b","document":{"trust":"full"}})";
  EXPECT_EQ(problems(post("apply", "{\"changes\":[" + good + "," + bad + "]}")),
            "source b /trust: must be one of \"public\", \"server\"\n");
  EXPECT_EQ(get("/source/a").status, 404);
  const Response dry = post("apply", "{\"dry_run\":true,\"changes\":[" + good + "]}");
  EXPECT_EQ(dry.body, R"({"dry_run":true,"changes":[{"kind":"source","name":"a","version":1,"state":"published"}]})");
  EXPECT_EQ(get("/source/a").status, 404);
  const Response done = post("apply", "{\"changes\":[" + good + R"(,{"action":"draft","kind":"source","name":"b",)" +
                                          R"("document":{"half":"done"}}]})");
  ASSERT_EQ(done.status, 200) << done.body;
  const auto changes = object(done)["changes"].as_array();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].at("state"), "draft");
  EXPECT_EQ(track(text(changes[0].at("write_key")), R"({"userId":"u","event":"e"})").status, 200);
}

TEST_F(DefinitionsTest, ASetThatIsNoSetIsRefused) {
  for (const auto* bad :
       {"", "[]", "{}", R"({"changes":{}})", R"({"changes":[]})", R"({"changes":[1]})", R"({"changes":[],"x":1})",
        R"({"changes":[{"action":"drop","kind":"source","name":"a"}]})",
        R"({"changes":[{"action":"draft","kind":"source","name":"a"}]})",
        R"({"changes":[{"action":"draft","kind":1,"name":"a","document":{}}]})",
        R"({"changes":[{"action":"archive","kind":"source","name":"a","document":{}}]})",
        R"({"changes":[{"action":"publish","kind":"source","name":"a","document":[]}]})",
        R"({"changes":[{"action":"publish","kind":"source","name":"a","document":{},"replaces":1.5}]})",
        R"({"changes":[{"action":"publish","kind":"source","name":"a","documents":{}}]})"}) {
    EXPECT_EQ(post("apply", bad).status, 400) << bad;
  }
  EXPECT_EQ(post("apply", R"({"changes":[{"action":"archive","kind":"source","name":"a"}]})").status, 404);
}

TEST_F(DefinitionsTest, WhoReplacesAnOldVersionIsRefused) {
  EXPECT_EQ(put("source/a?state=published", "{}", {{"If-None-Match", "*"}}).status, 201);
  EXPECT_EQ(put("source/a?state=published", "{}", {{"If-None-Match", "*"}}).status, 409);
  EXPECT_EQ(put("source/a", "{}", {{"If-Match", "\"1\""}}).status, 200);
  const Response late = put("source/a", "{}", {{"If-Match", "1"}});
  EXPECT_EQ(late.status, 409);
  EXPECT_NE(late.body.find("its newest version is 2, not 1"), std::string::npos) << late.body;
  EXPECT_EQ(put("source/a", "{}", {{"If-Match", "x"}}).status, 400);
}

TEST_F(DefinitionsTest, OfManyAtOnceOnlyThoseWhoSawTheNewestSucceed) {
  constexpr int kThreads = 8;
  std::array<std::string, kThreads> answers;
  std::vector<std::thread> threads;
  for (std::string& answer : answers) {
    threads.emplace_back([&] {
      const Response response = send(Method::kPut, {"/v1/definitions/source/web?state=published",
                                                    R"({"trust":"server"})",
                                                    {{"Authorization", "Bearer " + token_}, {"If-None-Match", "*"}}});
      answer = std::to_string(response.status) + response.body;
    });
  }
  for (std::thread& thread : threads) thread.join();
  int made = 0;
  for (const std::string& answer : answers) {
    EXPECT_TRUE(answer.starts_with("201") || answer.starts_with("409")) << answer;
    if (!answer.starts_with("201")) continue;
    ++made;
    const auto key = text(boost::json::parse(answer.substr(3)).at("write_key"));
    EXPECT_EQ(track(key, R"({"userId":"u","event":"e"})").status, 200);
  }
  EXPECT_EQ(made, 1);
}

TEST_F(DefinitionsTest, AnArchivedSourceLetsNothingInAndComesBackWithItsKey) {
  const std::string key = make_source("web", "{}");
  EXPECT_EQ(post("source/web/archive").status, 200);
  EXPECT_EQ(track(key, R"({"anonymousId":"a","event":"e"})").status, 401);
  EXPECT_EQ(administer(Method::kPost, {"/v1/sources/web/rotate-key"}).status, 409);
  EXPECT_EQ(post("source/web/archive").status, 404);
  EXPECT_EQ(administer(Method::kPut, {"/v1/sources/web", "{}"}).status, 200);
  EXPECT_EQ(track(key, R"({"anonymousId":"a","event":"e"})").status, 200);
}

TEST_F(DefinitionsTest, WhatASourceAnswersMayBePutAgain) {
  make_source("web", R"({"owner":"me","origins":["https://shop.example"]})");
  const std::string answered = administer(Method::kGet, {"/v1/sources/web"}).body;
  const Response again = administer(Method::kPut, {"/v1/sources/web", answered});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.body, answered);
}

TEST_F(DefinitionsTest, SchemasArePublished) {
  const Response schema = administer(Method::kGet, {"/v1/schemas/source"});
  EXPECT_EQ(object(schema)["title"], "Source");
  const Response none = administer(Method::kGet, {"/v1/schemas/none"});
  EXPECT_EQ(none.status, 404);
  EXPECT_NE(none.body.find("there are source, identity_rules"), std::string::npos) << none.body;
}

}  // namespace
}  // namespace tessera::http
