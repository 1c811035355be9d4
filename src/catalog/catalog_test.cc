#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "catalog/identifier.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"

namespace tessera::catalog {
namespace {

struct Refusal {
  std::string_view document;
  std::string_view told;  // what the message must name
};

TEST(Identifier, HasOneSpelling) {
  EXPECT_EQ(standard_identifier("email", "  Jane.Doe@Example.COM\n"), "jane.doe@example.com");
  EXPECT_EQ(standard_identifier("email", "jane@example.com"), "jane@example.com");
  EXPECT_EQ(standard_identifier("phone", "+49 (0)170 / 123-45"), "+49017012345");
  EXPECT_EQ(standard_identifier("phone", "0049 170 12345"), "+4917012345");
  EXPECT_EQ(standard_identifier("phone", "0170 12345"), "017012345");
  EXPECT_EQ(standard_identifier("phone", "+4917012345"), "+4917012345");
  EXPECT_EQ(standard_identifier("card", " 26 0001 "), "26 0001");
  EXPECT_EQ(standard_identifier("user_id", "\tU-1 "), "U-1");
}

TEST(Identifier, WhatHasNoValueIsNone) {
  EXPECT_EQ(standard_identifier("user_id", " \n "), "");
  EXPECT_EQ(standard_identifier("phone", "call me"), "");
  EXPECT_EQ(standard_identifier("phone", "+"), "");
  EXPECT_EQ(standard_identifier("phone", "00"), "");
  EXPECT_EQ(standard_identifier("user_id", std::string(257, 'x')), "");
  EXPECT_EQ(standard_identifier("user_id", std::string(256, 'x')).size(), 256U);
}

TEST(Identifier, StandardFormIsItsOwnStandardForm) {
  EXPECT_TRUE(rc::check([](const std::string& value) {
    for (const auto* type : {"email", "phone", "card"}) {
      const std::string once = standard_identifier(type, value);
      RC_ASSERT(standard_identifier(type, once) == once);
    }
  }));
}

TEST(IdentityRules, DefaultRanksUserIdFirstAndAnonymousIdLast) {
  const IdentityRules& rules = default_identity_rules();
  EXPECT_EQ(rules.rank("user_id"), 0);
  EXPECT_EQ(rules.rank("anonymous_id"), 4);
  EXPECT_EQ(rules.rank("shoe_size"), -1);
  EXPECT_EQ(rules.types[0].limit, 1U);
  EXPECT_TRUE(rules.types[4].anonymous);
}

TEST(IdentityRules, ValuesOfBrokenSystemsAreBlocked) {
  const IdentityRules& rules = default_identity_rules();
  for (const auto* value : {"", "null", "NULL", "undefined", "None", "N/A", "unknown", "Anonymous", "guest", "0", "-1",
                            "NaN", "[object Object]", "00000000-0000-0000-0000-000000000000", "test@test.com",
                            "test@example.com", "noreply@example.com", "(not set)", "+0000000000"}) {
    EXPECT_TRUE(rules.blocked(value)) << value;
  }
  for (const auto* value : {"u1", "10", "jane@example.com", "nullpunkt"}) EXPECT_FALSE(rules.blocked(value)) << value;
  EXPECT_FALSE(rules.blocked(std::string(10'000, 'x')));
}

TEST(IdentityRules, JsonReadsBackTheSame) {
  const std::string json = identity_rules_json(default_identity_rules());
  const auto rules = parse_identity_rules(json);
  ASSERT_TRUE(rules);
  EXPECT_EQ(identity_rules_json(*rules), json);
}

TEST(IdentityRules, BlockedValuesAreTrimmedLoweredAndHeldOnce) {
  const auto rules =
      parse_identity_rules(R"({"types":[{"name":"user_id","limit":1}],"blocked_values":["Zzz "," ABC","abc"]})");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->blocked_values, (std::vector<std::string>{"abc", "zzz"}));
  EXPECT_TRUE(rules->blocked("ZZZ"));
  EXPECT_FALSE(rules->blocked("null"));
  EXPECT_TRUE(parse_identity_rules(R"({"types":[{"name":"user_id","limit":1}]})")->blocked("null"));
}

TEST(IdentityRules, ABadDocumentIsToldByField) {
  const Refusal refusals[] = {
      {"", "not valid JSON: incomplete JSON at line 1, column 1"},
      {"{\n\"types\": nil}", "at line 2, column 10"},
      {"[]", "object"},
      {R"({})", "missing \"types\""},
      {R"({"types":[]})", "/types: must have 1 to 32 elements"},
      {R"({"types":[{"name":"User","limit":1}]})", "/types/0/name: \"User\" does not match"},
      {R"({"types":[{"limit":1}]})", "/types/0: is missing \"name\""},
      {R"({"types":[{"name":"a"}]})", "/types/0: is missing \"limit\""},
      {R"({"types":[{"name":"a","limit":0}]})", "/types/0/limit: must be at least 1"},
      {R"({"types":[{"name":"a","limit":1.5}]})", "whole number"},
      {R"({"types":[{"name":"a","limit":1,"anonymous":"no"}]})", "true or false"},
      {R"({"types":[{"name":"a","limit":1},{"name":"a","limit":2}]})", "/types/1/name: there is a type \"a\" already"},
      {R"({"types":[{"name":"a","limit":1}],"blocked":[]})", "/blocked: is not known"},
      {R"({"types":[{"name":"a","limit":1}],"blocked_values":[1]})", "/blocked_values/0: must be a text"},
      {R"({"types":[{"name":"group_id","limit":1}]})", "/types/0/name: must not be group_id"},
  };
  for (const auto& [document, told] : refusals) {
    const auto rules = parse_identity_rules(document);
    ASSERT_FALSE(rules) << document;
    EXPECT_EQ(rules.error().code, Code::kInvalidArgument) << document;
    EXPECT_NE(rules.error().message.find(told), std::string::npos) << rules.error().message;
  }
}

TEST(SourceDocument, DefaultsAreCareful) {
  const auto source = parse_source(R"({"name":"web-shop"})");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->trust, Trust::kPublic);
  EXPECT_TRUE(source->origins.empty());
  EXPECT_EQ(source->lateness_ms, 72 * kHourMs);
  EXPECT_EQ(source->identifier_traits.size(), 3U);
  EXPECT_TRUE(source->enabled);
}

TEST(SourceDocument, EveryFieldIsRead) {
  const auto source = parse_source(R"({"name":"till","trust":"server","origins":["https://shop.example:8443","*"],
    "lateness_hours":1.5,"identifier_traits":[{"trait":"loyalty card","type":"card"}],"enabled":false})");
  ASSERT_TRUE(source);
  EXPECT_EQ(
      source_json(*source),
      R"({"id":0,"name":"till","trust":"server","origins":["https://shop.example:8443","*"],"lateness_hours":1.5,)"
      R"("identifier_traits":[{"trait":"loyalty card","type":"card"}],"enabled":false})");
}

TEST(SourceDocument, ABadDocumentIsToldByField) {
  const Refusal refusals[] = {
      {R"({})", "the document is missing \"name\""},
      {R"({"name":7})", "/name: must be a text"},
      {R"({"name":"Web Shop"})", "/name: \"Web Shop\" does not match"},
      {R"({"name":"a","trust":"full"})", "/trust: must be one of \"public\", \"server\""},
      {R"({"name":"a","origins":"*"})", "/origins: must be a list"},
      {R"({"name":"a","origins":["shop.example"]})", "/origins/0: "},
      {R"({"name":"a","origins":["https://shop.example/path"]})", "/origins/0: "},
      {R"({"name":"a","lateness_hours":-1})", "/lateness_hours: must be at "},
      {R"({"name":"a","lateness_hours":1e99})", "/lateness_hours: must be at "},
      {R"({"name":"a","identifier_traits":[{"trait":"x"}]})", "/identifier_traits/0: is missing \"type\""},
      {R"({"name":"a","identifier_traits":["x"]})", "/identifier_traits/0: must be an object"},
      {R"({"name":"a","enabled":1})", "/enabled: must be true or false"},
      {R"({"name":"a","write_key":"x"})", "/write_key: is not known"},
  };
  for (const auto& [document, told] : refusals) {
    const auto source = parse_source(document);
    ASSERT_FALSE(source) << document;
    EXPECT_NE(source.error().message.find(told), std::string::npos) << source.error().message;
  }
}

TEST(SourceDocument, OnlyAPublicSourceShowsItsKeyAndNoneItsHash) {
  Source source;
  source.name = "web";
  source.write_key = "wk_1";
  source.write_key_sha256 = write_key_sha256("wk_1");
  EXPECT_NE(source_json(source).find("wk_1"), std::string::npos);
  EXPECT_EQ(source_json(source).find("sha"), std::string::npos);
  source.trust = Trust::kServer;
  EXPECT_EQ(source_json(source).find("wk_1"), std::string::npos);
}

TEST(SourceFormat, ReadsBackTheSame) {
  auto source = parse_source(R"({"name":"till","trust":"server","origins":["*"],"lateness_hours":0,"enabled":false})");
  ASSERT_TRUE(source);
  source->id = {300};
  source->write_key_sha256 = write_key_sha256("k");
  std::string bytes;
  encode(*source, bytes);
  const auto back = decode_source(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(source_json(*back), source_json(*source));
  EXPECT_EQ(back->write_key_sha256, source->write_key_sha256);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto torn = decode_source(std::string_view(bytes).substr(0, size));
    EXPECT_TRUE(torn || torn.error().code == Code::kDataLoss);
  }
}

TEST(WriteKey, IsLongRandomAndHashedAsStandard) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const std::string key = make_write_key();
    EXPECT_EQ(key.size(), 35U);
    EXPECT_TRUE(key.starts_with("wk_"));
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 100U);
  EXPECT_EQ(write_key_sha256("abc").substr(0, 4), "\xba\x78\x16\xbf");  // FIPS 180-2, appendix B.1
}

TEST(SourcesLookUp, FindsByKeyNameAndId) {
  std::vector<Source> all;
  for (std::uint32_t i = 20; i > 0; --i) {
    Source source;
    source.id = {i};
    source.name = "s" + std::to_string(i);
    source.write_key_sha256 = write_key_sha256("key" + std::to_string(i));
    source.enabled = i != 7;
    all.push_back(source);
  }
  all.push_back({});
  all.back().name = "without-a-key";
  const Sources sources(std::move(all));
  for (std::uint32_t i = 1; i <= 20; ++i) {
    EXPECT_EQ(sources.by_id({i})->id.value, i);
    EXPECT_EQ(sources.by_name("s" + std::to_string(i))->id.value, i);
    const Source* by_key = sources.by_write_key("key" + std::to_string(i));
    if (i == 7) {
      EXPECT_EQ(by_key, nullptr) << "a disabled source's key lets nobody in";
    } else {
      ASSERT_NE(by_key, nullptr);
      EXPECT_EQ(by_key->id.value, i);
    }
  }
  EXPECT_EQ(sources.by_write_key(""), nullptr);
  EXPECT_EQ(sources.by_write_key("key21"), nullptr);
  EXPECT_EQ(sources.by_name("s21"), nullptr);
  EXPECT_EQ(sources.by_id({21}), nullptr);
  EXPECT_EQ(Sources({}).by_write_key("key1"), nullptr);
}

}  // namespace
}  // namespace tessera::catalog
