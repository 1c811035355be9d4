// POST /v1/webhook/{source} over a real engine.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "catalog/identity_rules.h"
#include "catalog/source.h"
#include "http/api_fixture.h"
#include "ingest/mappings.h"

namespace tessera::http {
namespace {

class WebhookApiTest : public ApiTest {
 protected:
  void SetUp() override {
    options_.kinds = std::make_shared<const catalog::Kinds>(
        std::vector<catalog::Kind>{catalog::source_kind(), catalog::identity_rules_kind(), ingest::mapping_kind()});
    start();
  }
  void publish_mapping(const std::string& name, const std::string& source, const std::string& events) {
    const std::string document = R"({"source":")" + source + R"(","events":")" + events + "\"}";
    const std::string path = "/v1/definitions/mapping/" + name + "?state=published";
    const Response answer = administer(Method::kPut, {path, document});
    ASSERT_LT(answer.status, 300) << answer.body;
  }
  Response post(const std::string& path, const std::string& body,
                std::vector<std::pair<std::string, std::string>> headers = {}) {
    return send(Method::kPost, {path, body, std::move(headers)});
  }
};

TEST_F(WebhookApiTest, ADocumentBecomesEventsByTheMappingsOfItsSource) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "{'event': headers['x-topic'], 'userId': body.user, 'properties': {'v': query.v}}");
  const Response sent = post("/v1/webhook/shop?v=a+b&key=" + key, R"({"user":"u1"})", {{"X-Topic", "Paid"}});
  ASSERT_EQ(sent.status, 200) << sent.body;
  EXPECT_EQ(sent.body, R"({"success":true,"events":1,"rejected":[]})");
  EXPECT_TRUE(sent.position);
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:u1/events"});
  const auto events = object(read)["events"].as_array();
  ASSERT_EQ(events.size(), 1U) << read.body;
  EXPECT_EQ(events[0].at("name"), "Paid");
  EXPECT_EQ(events[0].at("properties").at("v"), "a b");
}

TEST_F(WebhookApiTest, ADocumentThatIsSentAgainCountsOnce) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "{'event': 'e', 'userId': 'u1', 'timestamp': received_at}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post("/v1/webhook/shop?key=" + key, R"({"id":1})").status, 200);
  EXPECT_EQ(post("/v1/webhook/shop?key=" + key, R"({"id":2})").status, 200);
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:u1/events"});
  EXPECT_EQ(object(read)["events"].as_array().size(), 2U) << read.body;
}

TEST_F(WebhookApiTest, WhatAMappingFailsAtIsToldAndKept) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "{'event': 'e', 'userId': body.users[0]}");
  const Response sent = post("/v1/webhook/shop?key=" + key, R"({"users":[]})");
  EXPECT_EQ(sent.status, 200);
  const auto rejected = object(sent)["rejected"].as_array();
  ASSERT_EQ(rejected.size(), 1U) << sent.body;
  EXPECT_EQ(rejected[0].at("mapping"), "orders");
  EXPECT_EQ(rejected[0].at("code"), "mapping_failed");
  EXPECT_EQ(post("/v1/webhook/shop?key=" + key, "user=1").status, 400);
  const auto items = object(administer(Method::kGet, {"/v1/quarantine"}))["items"].as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("payload"), "user=1");
  EXPECT_EQ(items[1].at("payload"), R"({"users":[]})");
}

TEST_F(WebhookApiTest, NothingIsKeptWhereNoMappingWantsAny) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "null");
  const Response sent = post("/v1/webhook/shop?key=" + key, "[]");
  EXPECT_EQ(sent.body, R"({"success":true,"events":0,"rejected":[]})");
  EXPECT_FALSE(sent.position);
}

TEST_F(WebhookApiTest, AFormIsAMapOfTexts) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "{'event': 'e', 'userId': body['user[id]'], 'properties': body}");
  const std::pair<std::string, std::string> form{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"};
  EXPECT_EQ(post("/v1/webhook/shop?key=" + key, "user%5Bid%5D=u1&name=Jane+D.", {form}).status, 200);
  EXPECT_EQ(post("/v1/webhook/shop?key=" + key, R"({"user[id]":"u1"})", {form}).status, 200);  // JSON all the same
  EXPECT_EQ(post("/v1/webhook/shop?key=" + key, "user%5Bid%5D=u1").status, 400);
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:u1/events"});
  const auto events = object(read)["events"].as_array();
  ASSERT_EQ(events.size(), 2U) << read.body;
  EXPECT_EQ(boost::json::serialize(events[1].at("properties")), R"({"user[id]":"u1","name":"Jane D."})");
}

TEST_F(WebhookApiTest, OnlyTheSourcesOwnKeyLetsIn) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  const std::string other = make_source("crm", R"({"trust":"server"})");
  publish_mapping("orders", "shop", "{'event': 'e', 'userId': 'u1'}");
  EXPECT_EQ(post("/v1/webhook/shop", "{}").status, 401);
  EXPECT_EQ(post("/v1/webhook/shop?key=wrong", "{}", {{"Authorization", "Bearer " + key}}).status, 401);
  EXPECT_EQ(post("/v1/webhook/shop", "{}", {{"Authorization", "Bearer " + key}}).status, 200);
  EXPECT_EQ(post("/v1/webhook/shop?key=" + other, "{}").status, 403);
  EXPECT_EQ(post("/v1/webhook/none?key=" + key, "{}").status, 403);
  EXPECT_EQ(post("/v1/webhook/crm?key=" + other, "{}").status, 404);
}

TEST_F(WebhookApiTest, WhatLetsASenderInIsHiddenFromMappings) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  publish_mapping("orders", "shop",
                  "{'event': 'e', 'userId': 'u1', 'properties': {'h': headers, 'q': query, 'c': headers.cookie}}");
  post("/v1/webhook/shop?a=1&key=" + key, "{}", {{"Authorization", "Bearer " + key}, {"Cookie", "c"}, {"X-A", "b"}});
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:u1/events"});
  const auto properties = object(read)["events"].at(0).at("properties");
  EXPECT_EQ(boost::json::serialize(properties),
            R"({"h":{"host":"events.shop.example","x-a":"b"},"q":{"a":"1"},"c":null})");
}

TEST_F(WebhookApiTest, ANewVersionOfAMappingCountsFromNowOn) {
  const std::string key = make_source("shop", R"({"trust":"server"})");
  for (const auto* name : {"first", "second"}) {
    publish_mapping("orders", "shop", std::string("{'event': '") + name + "', 'userId': 'u1'}");
    EXPECT_EQ(post("/v1/webhook/shop?key=" + key, "{}").status, 200);
  }
  const Response read = administer(Method::kGet, {"/v1/profiles/user_id:u1/events"});
  const auto events = object(read)["events"].as_array();
  ASSERT_EQ(events.size(), 2U) << read.body;
  EXPECT_EQ(events[0].at("name"), "second");
}

}  // namespace
}  // namespace tessera::http
