#include "cel/json.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tessera::cel {
namespace {

// JSON read and written again; or what is wrong.
std::string reread(std::string_view text) {
  JsonReader reader;
  Arena arena;
  const auto value = reader.read(text, arena);
  if (!value) return value.error().message;
  std::string out;
  append_json(out, *value, arena);
  return out;
}

TEST(JsonReader, ReadsEveryKindOfValue) {
  EXPECT_EQ(reread(R"( {"a": [1, -2.5e1, true, false, null, "x\n\u00e9"], "b": {}, "c": []} )"),
            R"({"a":[1,-25,true,false,null,"x\né"],"b":{},"c":[]})");
  for (const char* scalar : {"1", "-25.5", "true", "false", "null", "\"a\"", "[]", "{}"}) {
    EXPECT_EQ(reread(scalar), scalar);
  }
}

TEST(JsonReader, KeepsEveryDigitOfLongIntegers) {
  JsonReader reader;
  Arena arena;
  const auto kind = [&](std::string_view text) { return reader.read(text, arena)->kind(); };
  EXPECT_EQ(kind("9007199254740992"), Kind::kDouble);
  EXPECT_EQ(kind("9007199254740993"), Kind::kInt);
  EXPECT_EQ(kind("-9007199254740993"), Kind::kInt);
  EXPECT_EQ(kind("9007199254740993.0"), Kind::kDouble);
  EXPECT_EQ(reader.read("9223372036854775807", arena)->as_int(), 9223372036854775807);
  EXPECT_EQ(kind("9223372036854775808"), Kind::kDouble);
  EXPECT_EQ(kind("123456789012345678901234567890"), Kind::kDouble);
}

TEST(JsonReader, KeepsTheSignOfZero) {
  JsonReader reader;
  Arena arena;
  EXPECT_TRUE(std::signbit(reader.read("-0", arena)->as_double()));
  EXPECT_TRUE(std::signbit(reader.read("-0.0", arena)->as_double()));
  EXPECT_FALSE(std::signbit(reader.read("0", arena)->as_double()));
}

TEST(JsonReader, TakesTheLastOfANamesValues) {
  EXPECT_EQ(reread(R"({"a": 1, "b": 2, "a": 3})"), R"({"a":3,"b":2})");
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i % 20) + "\": " + std::to_string(i) + ",";
  many.back() = '}';
  EXPECT_NE(reread(many).find("\"k19\":39"), std::string::npos);
  EXPECT_EQ(reread(many).find("\"k19\":19"), std::string::npos);
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"",       " ",        "{",      "[1,",       "[1 2]",       "{\"a\"}", "{\"a\": 1,}",
                           "{a: 1}", "nul",      "nullx",  "truex",     "01",          "1.",      "-",
                           "+1",     "'a'",      "\"a",    "\"\\x\"",   "\"\n\"",      "[1] [2]", "1 2",
                           "[1]]",   "\"\xff\"", "[nulx]", "[null\f1]", "{\"a\":tru}", "1e999",   "\"a\"b"}) {
    EXPECT_EQ(reread(text).substr(0, 14), "no valid JSON:") << text;
  }
}

TEST(JsonReader, SaysWhere) {
  EXPECT_NE(reread(R"({"a": [1, 2 3]})").find("Near byte 12."), std::string::npos);
}

TEST(JsonReader, BoundsDepthAndMemory) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(reread(nested(kMaxJsonDepth)), nested(kMaxJsonDepth));
  EXPECT_EQ(reread(nested(kMaxJsonDepth + 1)), "the JSON is nested more than 64 deep");
  EXPECT_EQ(reread(nested(100'000)).substr(0, 30), "the JSON is nested more than 6");
  JsonReader reader;
  Arena small(200);
  EXPECT_EQ(reader.read("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]", small).error().message,
            "the JSON takes more memory than it may");
  Arena other;
  EXPECT_EQ(reader.read("[1]", other)->as_list().size(), 1U);
}

TEST(JsonReader, GivesValuesThatDoNotNeedTheText) {
  JsonReader reader;
  Arena arena;
  std::string text = R"({"name": "a text of some length"})";
  const auto value = reader.read(text, arena);
  ASSERT_TRUE(value);
  std::fill(text.begin(), text.end(), ' ');
  ASSERT_TRUE(reader.read("[\"another\"]", arena));
  Value name;
  ASSERT_TRUE(value->as_map().find(Value::string("name"), arena, &name));
  EXPECT_EQ(name.text(), "a text of some length");
}

}  // namespace
}  // namespace tessera::cel
