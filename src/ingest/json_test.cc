#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "ingest/event_time.h"
#include "ingest/json_text.h"
#include "ingest/json_tree.h"
#include "ingest/merge.h"

namespace tessera::ingest {
namespace {

// The document as the tree holds it, or "refused".
std::string read(std::string_view text) {
  JsonTree tree;
  return tree.read(text) ? std::string(tree.root().raw()) : "refused";
}

std::string nested(std::size_t depth) {
  return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

TEST(JsonTree, KeepsTheTextOfEveryValue) {
  JsonTree tree;
  ASSERT_TRUE(tree.read(R"({"s":"x","n":123456789012345678901234567890.50,"o":{"p":[1,{"q":null}]},"t":true,"e":{}})"));
  const JsonValue root = tree.root();
  EXPECT_EQ(root.find("n").raw(), "123456789012345678901234567890.50");
  EXPECT_EQ(root.find("o").raw(), R"({"p":[1,{"q":null}]})");
  EXPECT_EQ(root.find("o").find("p").raw(), R"([1,{"q":null}])");
  EXPECT_EQ(root.find("o").find("p").first().next().find("q").kind(), JsonKind::kNull);
  EXPECT_EQ(root.find("t").raw(), "true");
  EXPECT_EQ(root.find("e").raw(), "{}");
  EXPECT_FALSE(root.find("e").first());
  EXPECT_FALSE(root.find("none"));
  EXPECT_FALSE(root.find("none").find("none").first());
}

TEST(JsonTree, TakesWhiteSpaceOut) {
  EXPECT_EQ(read(" {\n\t\"a b\" : [ 1 , \"x y\\\" z\" , { } , [ ] , null ] ,\r\n \"c\" : { \"d\" : -0.5e+3 } } \n"),
            R"({"a b":[1,"x y\" z",{},[],null],"c":{"d":-0.5e+3}})");
  EXPECT_EQ(read("\xEF\xBB\xBF{}"), "{}");
}

TEST(JsonTree, TheFirstOfDuplicateKeysIsFound) {
  JsonTree tree;
  ASSERT_TRUE(tree.read(R"({"a":1,"a":2})"));
  EXPECT_EQ(tree.root().find("a").raw(), "1");
}

TEST(JsonTree, EscapesAreUndoneInKeysAndTexts) {
  JsonTree tree;
  TextSpace space;
  ASSERT_TRUE(tree.read(R"({"us\u0065rId":"a\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00"})"));
  EXPECT_EQ(tree.root().find("userId").text(space), "a\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(tree.root().first().key(space), "userId");
}

TEST(JsonTree, WhatNoTextHoldsBecomesTheReplacementCharacter) {
  EXPECT_EQ(read(R"({"a":"\u0000","b\ud800":"\udc00x","c":"\ud83dx","d":"\ud83d\ude00"})"),
            R"({"a":"\ufffd","b\ufffd":"\ufffdx","c":"\ufffdx","d":"\ud83d\ude00"})");
}

constexpr std::string_view kNotJson[] = {"",
                                         " ",
                                         "null",
                                         "[]",
                                         "1",
                                         "\"a\"",
                                         "{",
                                         "}",
                                         "{]",
                                         "{\"a\"}",
                                         "{\"a\":}",
                                         "{\"a\":1,}",
                                         "{,}",
                                         "{\"a\" 1}",
                                         "{\"a\":1 \"b\":2}",
                                         "{\"a\":1}{}",
                                         "{\"a\":1}x",
                                         "{\"a\":1},",
                                         "{a:1}",
                                         "{'a':1}",
                                         "{\"a\":01}",
                                         "{\"a\":1.}",
                                         "{\"a\":.5}",
                                         "{\"a\":+1}",
                                         "{\"a\":-}",
                                         "{\"a\":1e}",
                                         "{\"a\":1 2}",
                                         "{\"a\":tru}",
                                         "{\"a\":truee}",
                                         "{\"a\":tr ue}",
                                         "{\"a\":nul}",
                                         "{\"a\":NaN}",
                                         "{\"a\":Infinity}",
                                         "{\"a\":undefined}",
                                         "{\"a\":\"x}",
                                         "{\"a\":\"\\x\"}",
                                         "{\"a\":\"\\u12\"}",
                                         "{\"a\":\"\\u12g4\"}",
                                         "{\"a\":\"x\ny\"}",
                                         "{\"a\":\"x\"y}",
                                         "{\"a\":\"x\"\"y\"}",
                                         "{\"a\"x:1}",
                                         "{\"a\":[1,]}",
                                         "{\"a\":[,1]}",
                                         "{\"a\":[1 2]}",
                                         "{\"a\":[1}",
                                         "{\"a\":1]",
                                         "{\"a\":{\"b\":[}]}",
                                         "{\"a\":\"\xC3\"}",
                                         "{\"a\":\"\xED\xA0\x80\"}",
                                         "{\"\xFF\":1}",
                                         "{\"a\":1}\xFF",
                                         std::string_view("{\"a\":\"\0\"}", 9),
                                         std::string_view("{\"a\":1\0}", 8),
                                         "{\"a\":\"\\",
                                         "{\"a\\\":1}",
                                         "{/**/}",
                                         "{\"a\":0x1}",
                                         "{\"a\":--1}",
                                         "{\"a\"::1}",
                                         "{\"a\":1}}",
                                         "{{}}",
                                         "{\"a\":[\"b\":1]}",
                                         "{\"a\":[\"b\":{}]}",
                                         "{\"a\":[1:2]}",
                                         "{\"a\":[{}:1]}",
                                         "{\"a\":\"b\":1}",
                                         "{\"a\":[\"b\":]}"};

TEST(JsonTree, RefusesWhatIsNotJson) {
  for (const std::string_view text : kNotJson) EXPECT_EQ(read(text), "refused") << text;
}

TEST(JsonTree, DepthIsBounded) {
  EXPECT_NE(read(nested(JsonTree::kMaxDepth - 1)), "refused");
  EXPECT_EQ(read(nested(JsonTree::kMaxDepth)), "refused");
  EXPECT_EQ(read(nested(100'000)), "refused");
}

TEST(JsonTree, TheNumberOfValuesIsBounded) {
  std::string text = R"({"a":[)";
  for (std::size_t i = 0; i < JsonTree::kMaxValues; ++i) text += "1,";
  text += "1]}";
  JsonTree tree;
  const Status status = tree.read(text);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("more than 1000000 values"), std::string::npos);
}

TEST(JsonTree, ReadsAgainAfterARefusal) {
  JsonTree tree;
  EXPECT_FALSE(tree.read("{\"a\":[1,2"));
  ASSERT_TRUE(tree.read("{\"a\":3}"));
  EXPECT_EQ(tree.root().find("a").raw(), "3");
}

TEST(JsonTree, AnyTextOrItsRefusalLeavesTheTreeUsable) {
  JsonTree tree;
  EXPECT_TRUE(rc::check([&tree] {
    const auto alphabet = rc::gen::elementOf(std::string("{}[]\",:\\u0d8 \n1-.etrufalsn\xC3\xA9"));
    const auto text = *rc::gen::container<std::string>(alphabet);
    static_cast<void>(tree.read("{\"a\":" + text + "}"));
    RC_ASSERT(tree.read("{\"a\": 1}").has_value());
    RC_ASSERT(tree.root().raw() == "{\"a\":1}");
  }));
}

bool is_object_to_boost(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = JsonTree::kMaxDepth;
  boost::system::error_code code;
  const auto value = boost::json::parse(text, code, {}, options);
  return !code && value.is_object();
}

TEST(JsonTree, AgreesWithAnotherStrictReader) {
  JsonTree tree;
  EXPECT_TRUE(rc::check([&tree] {
    const auto words = rc::gen::elementOf(std::vector<std::string>{
        "{",   "}",  "[",    "]",    ":",  ",",       "\"", "\"a\"", "\"b\":",         "1",  "-",
        "0.5", "e1", "true", "null", "\\", "\\u00e9", " ",  "\n",    "\"c\":{\"d\":[", "]}", "x"});
    std::string text = R"({"a":[1,"x",{"b":null}],"c":{"d":true,"e":[]},"f":"g\"\u00e9"})";
    for (int edits = *rc::gen::inRange(1, 4); edits > 0; --edits) {
      text.replace(*rc::gen::inRange<std::size_t>(0, text.size()), *rc::gen::inRange<std::size_t>(0, 4), *words);
    }
    const bool taken = tree.read(text).has_value();
    RC_CLASSIFY(taken);
    RC_ASSERT(taken == is_object_to_boost(text));
    if (taken) RC_ASSERT(is_object_to_boost(tree.root().raw()));
  }));
}

TEST(JsonNumber, HasTheGrammarOfRfc8259) {
  for (const auto* text : {"0", "-0", "10", "0.5", "-1.25e-7", "1E+400", "9007199254740993"}) {
    EXPECT_TRUE(is_json_number(text)) << text;
  }
  for (const auto* text : {"", "-", "00", "01", "-01", "1.", ".1", "1e", "1e+", "1x", "+1", "0x0", "1.e1"}) {
    EXPECT_FALSE(is_json_number(text)) << text;
  }
}

struct MergeCase {
  std::string_view own;
  std::string_view shared;
  std::string_view result;
};

TEST(Merge, TheItemWinsOneLevelDeep) {
  const MergeCase cases[] = {
      {R"({"a":1})", R"({"a":2,"b":3})", R"({"a":1,"b":3})"},
      {R"({"o":{"x":1}})", R"({"o":{"x":2,"y":3}})", R"({"o":{"x":1,"y":3}})"},
      {R"({"o":{"p":{"x":1}}})", R"({"o":{"p":{"y":2}}})", R"({"o":{"p":{"x":1}}})"},
      {R"({"o":5})", R"({"o":{"y":3}})", R"({"o":5})"},
      {R"({"o":null})", R"({"o":{"y":3}})", R"({"o":null})"},
      {R"({})", R"({"b":3})", R"({"b":3})"},
      {R"({"a":1})", R"({})", R"({"a":1})"},
      {R"({"a":1})", R"(null)", R"({"a":1})"},
      {R"(null)", R"({"b":3})", R"({"b":3})"},
      {R"(null)", R"([])", ""},
  };
  for (const auto& [own, shared, result] : cases) {
    JsonTree tree;
    std::string out;
    ASSERT_TRUE(tree.read("{\"own\":" + std::string(own) + ",\"shared\":" + std::string(shared) + "}"));
    EXPECT_EQ(merged(tree.root().find("own"), tree.root().find("shared"), out), result) << own << " " << shared;
  }
}

struct TimeCase {
  std::string_view text;
  std::string_view result;
};

TEST(EventTime, IsIso8601OrMilliseconds) {
  const TimeCase cases[] = {{"2024-03-01T10:11:12.345Z", "2024-03-01T10:11:12.345Z"},
                            {"2024-03-01T10:11:12+01:00", "2024-03-01T09:11:12.000Z"},
                            {"2024-03-01", "2024-03-01T00:00:00.000Z"},
                            {"1709287872345", "2024-03-01T10:11:12.345Z"},
                            {"1709287872345.9", "2024-03-01T10:11:12.345Z"},
                            {"1.709287872345e12", "2024-03-01T10:11:12.345Z"}};
  for (const auto& [text, result] : cases) {
    const auto time = parse_stated_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_text(*time), result) << text;
  }
  for (const auto* text : {"", "soon", "1709287872", "-1709287872345", "1e300", "inf", "nan", "12345678901234567890123",
                           "Fri Mar 01 2024", "1709287872345x"}) {
    EXPECT_FALSE(parse_stated_time(text)) << text;
  }
}

TEST(EventTime, IsCorrectedByTheSendersClockAndNeverInTheFuture) {
  const Timestamp received{1'000'000};
  EXPECT_EQ(corrected_time({500'000}, Timestamp{600'000}, received), Timestamp{900'000});
  EXPECT_EQ(corrected_time({5'000'000}, Timestamp{5'000'100}, received), Timestamp{999'900});
  EXPECT_EQ(corrected_time({500'000}, std::nullopt, received), Timestamp{500'000});
  EXPECT_EQ(corrected_time({2'000'000}, std::nullopt, received), received);
  EXPECT_EQ(corrected_time({700'000}, Timestamp{600'000}, received), received);
  EXPECT_FALSE(corrected_time(*parse_timestamp("0001-01-01"), parse_timestamp("9999-01-01"), received));
}

}  // namespace
}  // namespace tessera::ingest
