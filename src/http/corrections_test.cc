#include <gtest/gtest.h>

#include "http/api_fixture.h"

namespace tessera::http {
namespace {

class CorrectionsTest : public ApiTest {
 protected:
  void SetUp() override {
    start();
    key_ = make_source("crm", R"({"trust":"server"})");
  }
  void identify(const std::string& about) {
    const Response sent = track(key_, "{" + about + "}", "/v1/identify");
    ASSERT_EQ(sent.status, 200) << sent.body;
  }
  // Two people who gave the same number, and are one for that.
  void share_a_phone() {
    identify(R"("userId":"a","context":{"externalIds":[{"type":"card","id":"1"}]})");
    identify(R"("userId":"a","traits":{"phone":"+441632960123"})");
    identify(R"("anonymousId":"b")");
    identify(R"("anonymousId":"b","traits":{"phone":"+441632960123"})");
  }
  Response post(const std::string& path, const std::string& body) {
    return administer(Method::kPost, {"/v1/profiles/" + path, body});
  }
  boost::json::object graph(const std::string& key) {
    const Response read = administer(Method::kGet, {"/v1/profiles/" + key + "/identity"});
    EXPECT_EQ(read.status, 200) << read.body;
    return object(read);
  }
  // The part that has the identifier.
  std::string part_of(const std::string& type, const std::string& value) {
    const auto found = graph(type + ":" + value);
    for (const auto& part : found.at("parts").as_array()) {
      for (const auto& identifier : part.at("identifiers").as_array()) {
        if (text(identifier.at("type")) == type && text(identifier.at("value")) == value) return text(part.at("id"));
      }
    }
    return {};
  }

  std::string key_;
};

TEST_F(CorrectionsTest, TheGraphTellsWhatHoldsPartsTogether) {
  share_a_phone();
  const auto together = graph("user_id:a");
  EXPECT_EQ(together.at("group"), false);
  EXPECT_EQ(together.at("parts").as_array().size(), 2U);
  const auto& links = together.at("links").as_array();
  ASSERT_EQ(links.size(), 1U);
  std::set<std::string> types = {text(links[0].at("identifier").at("type")),
                                 text(links[0].at("other_identifier").at("type"))};
  EXPECT_EQ(types, (std::set<std::string>{"anonymous_id", "phone"}));
  EXPECT_EQ(links[0].at("position").to_number<std::uint64_t>(), newest_->value);
}

TEST_F(CorrectionsTest, PartsThatAreSomebodyElseBecomeAProfileOfTheirOwn) {
  share_a_phone();
  const std::string part = part_of("anonymous_id", "b");
  const Response done = post("user_id:a/unmerge", R"({"parts":[")" + part + "\"]}");
  ASSERT_EQ(done.status, 200) << done.body;
  const auto profiles = object(done).at("profiles").as_array();
  ASSERT_EQ(profiles.size(), 2U);
  EXPECT_EQ(profiles[0].at("id"), graph("user_id:a").at("id")) << "who was asked for comes first";
  EXPECT_EQ(profiles[1].at("id"), graph("anonymous_id:b").at("id"));
  EXPECT_EQ(profiles[1].at("parts").as_array(), boost::json::array({part}));
  // Not the same text as before: within a millisecond that would be the same event.
  identify(R"("anonymousId":"b","traits":{"phone":"+44 1632 960123"})");
  EXPECT_EQ(graph("user_id:a").at("parts").as_array().size(), 2U) << "an event joins them again";
}

TEST_F(CorrectionsTest, WhatIsKeptApartIsNotJoinedAgain) {
  share_a_phone();
  const std::string part = part_of("anonymous_id", "b");
  ASSERT_EQ(post("user_id:a/unmerge", R"({"keep_apart":true,"parts":[")" + part + "\"]}").status, 200);
  identify(R"("anonymousId":"b","traits":{"phone":"+44 (1632) 960123"})");
  EXPECT_EQ(graph("user_id:a").at("parts").as_array().size(), 1U);
}

TEST_F(CorrectionsTest, AWrongIdentifierIsTakenOffWithWhatItHeldTogether) {
  share_a_phone();
  const Response done = post("user_id:a/detach", R"({"type":"phone","value":"+44 1632 960123"})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(object(done).at("profiles").as_array().size(), 2U);
  EXPECT_EQ(administer(Method::kGet, {"/v1/profiles/phone:%2B441632960123"}).status, 404);
  EXPECT_NE(graph("user_id:a").at("id"), graph("anonymous_id:b").at("id"));
}

TEST_F(CorrectionsTest, WhatCannotBeIsRefusedBeforeItIsWritten) {
  share_a_phone();
  identify(R"("userId":"c")");
  const std::string stranger = text(graph("user_id:c").at("id"));
  const auto before = engine_->stats().synced;
  for (const auto* bad : {"", "[]", "{}", R"({"parts":[]})", R"({"parts":["x"]})", R"({"parts":[1]})",
                          R"({"parts":["p0000000000abc"],"keep_apart":1})", R"({"part":"p0000000000abc"})"}) {
    EXPECT_EQ(post("user_id:a/unmerge", bad).status, 400) << bad;
  }
  EXPECT_EQ(post("user_id:a/unmerge", R"({"parts":[")" + stranger + "\"]}").status, 404);
  EXPECT_EQ(post("user_id:none/unmerge", R"({"parts":["p0000000000abc"]})").status, 404);
  for (const auto* bad : {"", "{}", R"({"type":"phone"})", R"({"type":"nose","value":"1"})",
                          R"({"type":"group_id","value":"1"})", R"({"type":"phone","value":1})"}) {
    EXPECT_EQ(post("user_id:a/detach", bad).status, 400) << bad;
  }
  EXPECT_EQ(post("user_id:a/detach", R"({"type":"user_id","value":"c"})").status, 404) << "it is somebody else's";
  EXPECT_EQ(post("user_id:a/detach", R"({"type":"user_id","value":"nobody"})").status, 404);
  EXPECT_EQ(engine_->stats().synced, before);
}

TEST_F(CorrectionsTest, WhatCoreRefusesIsToldWithItsReason) {
  share_a_phone();
  const std::string all = "\"" + part_of("anonymous_id", "b") + "\",\"" + part_of("user_id", "a") + "\"";
  const Response refused = post("user_id:a/unmerge", "{\"parts\":[" + all + "]}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("there is nothing to separate them from"), std::string::npos) << refused.body;
}

}  // namespace
}  // namespace tessera::http
