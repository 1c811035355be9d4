#include <boost/json/serialize.hpp>

#include "http/api_fixture.h"

namespace tessera::http {
namespace {

class SegmentPreviewTest : public ApiTest {
 protected:
  void SetUp() override {
    take_segments();
    start();
    const std::string key = make_source("shop", R"({"trust":"server"})");
    for (const char* total : {"20", "60", "70"}) {
      const std::string user = std::string("u") + total;
      track(key, R"({"userId":")" + user + R"(","event":"Order Completed","properties":{"total":)" + total + "}}");
    }
  }
  Response preview(const std::string& body) { return administer(Method::kPost, {"/v1/segments/preview", body}); }
};

TEST_F(SegmentPreviewTest, TellsHowManyWhoAndWhy) {
  const Response seen = preview(
      R"j({"condition":"events(\"Order Completed\").filter(e, e.properties.total > 50).exists()","profile":"user_id:u20"})j");
  ASSERT_EQ(seen.status, 200) << seen.body;
  const auto found = object(seen);
  EXPECT_EQ(found.at("people"), 3);
  EXPECT_EQ(found.at("count"), boost::json::parse(R"({"estimate":2,"low":2,"high":2,"exact":true})"));
  EXPECT_EQ(found.at("sample").as_array().size(), 2U);
  EXPECT_EQ(found.at("cost").at("new_questions"), 1);
  EXPECT_EQ(found.at("why").at("holds"), false);
  EXPECT_TRUE(object(administer(Method::kGet, {"/v1/segments"})).at("segments").as_array().empty());
}

TEST_F(SegmentPreviewTest, WhatIsWrongIsToldAsOnPublication) {
  const Response seen = preview(R"({"condition":"trait.x == 1"})");
  EXPECT_EQ(seen.status, 422);
  EXPECT_EQ(object(seen).at("problems").at(0).at("pointer"), "/condition");
  for (const char* body : {"", "[]", "{}", R"({"condition":1})", R"({"condition":"true","sample":101})",
                           R"({"condition":"true","exact":1})", R"({"condition":"true","x":1})",
                           R"({"condition":"true","profile":"nose:1"})", R"({"condition":"true","purposes":1})"}) {
    EXPECT_EQ(preview(body).status, 400) << body;
  }
  EXPECT_EQ(preview(R"({"condition":"true","profile":"user_id:nobody"})").status, 404);
}

}  // namespace
}  // namespace tessera::http
