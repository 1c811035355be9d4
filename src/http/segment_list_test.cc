// Segments whose members are named one by one, audiences that are frozen, and what everyone is compared by.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <thread>

#include "http/api_fixture.h"

namespace tessera::http {
namespace {

class SegmentListTest : public ApiTest {
 protected:
  void SetUp() override {
    take_segments();
    start();
    key_ = make_source("shop", R"({"trust":"server"})");
  }

  void publish(const std::string& kind, const std::string& name, const std::string& document) {
    const Response put =
        administer(Method::kPut, {"/v1/definitions/" + kind + "/" + name + "?state=published", document});
    ASSERT_EQ(put.status, 201) << put.body;
  }
  // Makes the people u0, u1, …, who have ordered.
  void order(int from, int to) {
    std::string batch = R"({"batch":[)";
    for (int i = from; i < to; ++i) {
      batch += (i == from ? "" : ",") + std::string(R"({"type":"track","event":"Order Completed","userId":"u)") +
               std::to_string(i) + R"("})";
    }
    ASSERT_EQ(track(key_, batch + "]}", "/v1/batch").status, 200);
  }
  boost::json::object post(const std::string& path, const std::string& body, int status = 200) {
    const Response response = administer(Method::kPost, {path, body});
    EXPECT_EQ(response.status, status) << path << response.body;
    return object(response);
  }
  boost::json::object get(const std::string& path) {
    const Response response = administer(Method::kGet, {path});
    EXPECT_EQ(response.status, 200) << path << response.body;
    return object(response);
  }
  std::string id_of(const std::string& user) { return text(get("/v1/profiles/user_id:" + user).at("id")); }
  std::vector<std::string> members(const std::string& segment) {
    std::vector<std::string> ids;
    const auto page = get("/v1/segments/" + segment + "/members?limit=1000");
    for (const auto& member : page.at("members").as_array()) {
      ids.push_back(text(member.at("id")));
    }
    return ids;
  }
  void fill() {
    for (int i = 0; i < 1000 && get("/v1/segments").contains("filling"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  // What a change came to, without what counts all records.
  static std::string told(boost::json::object answer) {
    answer.erase("position");
    return boost::json::serialize(answer);
  }

  std::string key_;
};

using Texts = std::vector<std::string>;
const char* const kBuyers = R"json({"condition":"events('Order Completed').exists()"})json";
const char* const kList = R"({"owner":"crm","description":"Whoever.","list":true})";

TEST_F(SegmentListTest, PeopleArePutOnItAndTakenOffByIdOrIdentifier) {
  publish("segment", "invited", kList);
  order(0, 4);
  const std::string path = "/v1/segments/invited/list";
  EXPECT_EQ(told(post(path, "{\"add\":[\"user_id:u0\",\"" + id_of("u1") + R"(","user_id:U0","user_id:nobody"]})")),
            R"({"segment":"invited","added":2,"removed":0,"unchanged":0,)"
            R"("unknown":{"count":2,"first":["user_id:U0","user_id:nobody"]},"members":2})");
  EXPECT_EQ(members("invited"), (Texts{id_of("u0"), id_of("u1")}));
  EXPECT_EQ(
      told(post(path, R"({"add":["user_id:u1","user_id:u2"],"remove":["user_id:u0","user_id:u3","user_id:u2"]})")),
      R"({"segment":"invited","added":1,"removed":1,"unchanged":2,"unknown":{"count":0,"first":[]},"members":2})");
  EXPECT_EQ(members("invited"), (Texts{id_of("u1"), id_of("u2")}));
  EXPECT_EQ(
      told(post(path, R"({"replace":["user_id:u2","user_id:u3"]})")),
      R"({"segment":"invited","added":1,"removed":1,"unchanged":1,"unknown":{"count":0,"first":[]},"members":2})");
  EXPECT_EQ(
      told(post(path, R"({"replace":[]})")),
      R"({"segment":"invited","added":0,"removed":2,"unchanged":0,"unknown":{"count":0,"first":[]},"members":0})");
  EXPECT_EQ(
      told(post(path, R"({"add":[]})")),
      R"({"segment":"invited","added":0,"removed":0,"unchanged":0,"unknown":{"count":0,"first":[]},"members":0})");
  const auto nobody = administer(Method::kGet, {"/v1/profiles/user_id:nobody"});
  EXPECT_EQ(nobody.status, 404) << "naming somebody makes nobody";
}

TEST_F(SegmentListTest, TwentyUnknownPeopleAreToldOrAllThatThereAre) {
  publish("segment", "invited", kList);
  order(0, 1);
  std::string body = R"({"add":["user_id:u0")";
  for (int i = 100; i < 160; ++i) body += ",\"user_id:u" + std::to_string(i) + "\"";
  body += "]}";
  const auto some = post("/v1/segments/invited/list", body);
  EXPECT_EQ(some.at("unknown").at("count"), 60);
  EXPECT_EQ(some.at("unknown").at("first").as_array().size(), 20U);
  EXPECT_FALSE(some.contains("profiles"));
  const auto all = post("/v1/segments/invited/list?full=true", body);
  EXPECT_EQ(all.at("unknown").at("first").as_array().size(), 60U);
  EXPECT_EQ(all.at("profiles"), (boost::json::array{id_of("u0")}));
}

TEST_F(SegmentListTest, WhatIsWrongIsToldAndChangesNothing) {
  publish("segment", "invited", kList);
  publish("segment", "buyers", kBuyers);
  track(key_, R"({"userId":"u0","groupId":"home"})", "/v1/group");
  const auto status = [&](const std::string& name, const std::string& body) {
    return administer(Method::kPost, {"/v1/segments/" + name + "/list", body}).status;
  };
  EXPECT_EQ(status("none", R"({"add":[]})"), 404);
  EXPECT_EQ(status("buyers", R"({"add":[]})"), 409);
  for (const char* bad : {"", "{}", R"({"add":"user_id:u0"})", R"({"add":[1]})", R"({"add":["u0"]})",
                          R"({"add":["nose:u0"]})", R"({"add":["group_id:home"]})", R"({"add":[],"replace":[]})",
                          R"({"replace":[],"remove":[]})", R"({"who":[]})"}) {
    EXPECT_EQ(status("invited", bad), 400) << bad;
  }
  std::string many = R"({"add":["user_id:u0")";
  for (int i = 0; i < 10'000; ++i) many += R"(,"user_id:u0")";
  EXPECT_EQ(status("invited", many + "]}"), 400);
  EXPECT_EQ(administer(Method::kPost, {"/v1/segments/invited/list?full=1", R"({"add":[]})"}).status, 400);
  const std::string group = text(get("/v1/profiles/group_id:home").at("id"));
  EXPECT_EQ(post("/v1/segments/invited/list", "{\"add\":[\"" + group + "\"]}").at("unknown").at("count"), 1);
  EXPECT_EQ(get("/v1/segments/invited").at("members"), 0);
}

TEST_F(SegmentListTest, AFrozenAudienceIsWhoWasThereAndStaysSo) {
  publish("purpose", "offers", R"({"title":"Offers","lawful_basis":"consent"})");
  publish("segment", "buyers",
          R"json({"owner":"crm","purposes":["offers"],"condition":"events('Order Completed').exists()"})json");
  order(0, 700);
  order(700, 1200);
  fill();
  ASSERT_EQ(get("/v1/segments/buyers").at("members"), 1200);
  const auto frozen = post("/v1/segments/buyers/freeze", R"({"as":"xmas-2026","description":"For the letter."})", 201);
  EXPECT_EQ(frozen.at("segment"), "xmas-2026");
  EXPECT_EQ(frozen.at("of"), "buyers");
  EXPECT_EQ(frozen.at("members"), 1200);
  EXPECT_LT(frozen.at("position").as_int64(), newest_->value);
  order(1200, 1201);
  EXPECT_EQ(get("/v1/segments/xmas-2026").at("members"), 1200);
  EXPECT_EQ(members("xmas-2026"), members("buyers"));  // a page of each
  const auto document = get("/v1/definitions/segment/xmas-2026").at("document");
  EXPECT_EQ(boost::json::serialize(document), R"({"kind":"segment","name":"xmas-2026","owner":"crm",)"
                                              R"("description":"For the letter.","list":true,"purposes":["offers"]})");
  post("/v1/segments/buyers/freeze", R"({"as":"xmas-2026"})", 409);
  ASSERT_EQ(administer(Method::kPost, {"/v1/definitions/segment/xmas-2026/archive"}).status, 200);
  EXPECT_EQ(post("/v1/segments/buyers/freeze", R"({"as":"xmas-2026"})", 201).at("members"), 1201);
  EXPECT_EQ(get("/v1/segments/xmas-2026").at("members"), 1201);
}

TEST_F(SegmentListTest, NothingIsFrozenUnderANameThatCannotBe) {
  publish("segment", "buyers", kBuyers);
  post("/v1/segments/none/freeze", R"({"as":"x"})", 404);
  post("/v1/segments/buyers/freeze", R"({"as":"buyers"})", 409);
  post("/v1/segments/buyers/freeze", R"({"as":"ranks"})", 422);
  post("/v1/segments/buyers/freeze", R"({"as":"Not a name"})", 422);
  for (const char* bad : {"", "{}", R"({"as":1})", R"({"as":"x","when":"now"})"}) {
    post("/v1/segments/buyers/freeze", bad, 400);
  }
}

TEST_F(SegmentListTest, WhatEveryoneIsComparedByIsToldAndMadeAnewOnDemand) {
  publish("segment", "frequent", R"json({"condition":"percentile(events('Order Completed').count()) >= 0.9"})json");
  publish("segment", "buyers", kBuyers);
  publish("segment", "late",
          R"json({"condition":"percentile(events('Order Completed').last(), 'buyers') >= 0.9"})json");
  order(0, 10);
  fill();
  const auto made = [&](std::int64_t people) {
    boost::json::array ranks;
    for (int i = 0; i < 1000; ++i) {
      ranks = get("/v1/segments/ranks").at("ranks").as_array();
      const bool all = std::ranges::all_of(
          ranks, [&](const auto& one) { return one.as_object().contains("people") && one.at("people") == people; });
      if (all) break;
      EXPECT_EQ(text(post("/v1/segments/ranks", "", 202).at("status")), "asked");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return ranks;
  };
  const auto ranks = made(10);
  ASSERT_EQ(ranks.size(), 2U);
  EXPECT_EQ(ranks[0].at("text"), R"json(percentile(events("Order Completed").count()))json");
  EXPECT_FALSE(ranks[0].as_object().contains("among"));
  EXPECT_EQ(ranks[0].at("pending"), false);
  EXPECT_EQ(boost::json::serialize(ranks[0].at("tenths")), "[1,1,1,1,1,1,1,1,1,1]");
  EXPECT_EQ(ranks[1].at("among"), "buyers");
  EXPECT_EQ(text(ranks[1].at("tenths").at(9)).size(), std::string("2026-11-26T16:24:02.277Z").size());
  order(10, 11);
  EXPECT_EQ(made(11)[1].at("people"), 11);
}

}  // namespace
}  // namespace tessera::http
