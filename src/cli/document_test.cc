#include "cli/document.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json.h"
#include "cli/json_document.h"
#include "cli/yaml_writer.h"

namespace tessera::cli {
namespace {

std::string yaml_of_json(std::string_view json) {
  const auto tree = parse_json_document(json, "test");
  return tree ? yaml_of(*tree) : tree.error().message;
}

std::string json_of_yaml(std::string_view yaml) {
  const auto tree = parse_document(yaml, "test");
  return tree ? json_of(*tree) : tree.error().message;
}

TEST(Yaml, IsWrittenForPeople) {
  EXPECT_EQ(yaml_of_json(R"json({"kind":"mapping","name":"shop-orders","owner":"a@b.example","limit":5,"rate":1.50,
                "on":true,"note":null,"text":"true","code":"007","let":{"order":"body.order"},
                "events":"{\n  \"type\": \"track\"\n}","condition":"events(\"A\").count() >= 2","text2":"a: b",
                "map":"{\"type\": 1}","list":[1,"two",[3],[],{"a":1,"b":[{"c":{}}]}],"none":[],"empty":""})json"),
            R"(kind: mapping
name: shop-orders
owner: a@b.example
limit: 5
rate: 1.50
"on": true
note: null
text: "true"
code: "007"
let:
  order: body.order
events: |-
  {
    "type": "track"
  }
condition: events("A").count() >= 2
text2: "a: b"
map: |-
  {"type": 1}
list:
  - 1
  - two
  - - 3
  - []
  - a: 1
    b:
      - c: {}
none: []
empty: ""
)");
}

TEST(Yaml, ScalarsAreWhatJsonWouldSay) {
  EXPECT_EQ(json_of_yaml("[1, -0.5e3, 010, 0x1F, 1_000, true, 'true', yes, null, ~, '~', .5, 2024-01-01, !!str 5]"),
            R"([1,-0.5e3,"010","0x1F","1_000",true,"true","yes",null,null,"~",".5","2024-01-01","5"])");
}

TEST(Yaml, EveryTextReadsBackAsItself) {
  const auto read_back = [](const std::string& text) {
    std::string json;
    JsonWriter writer(json);
    writer.begin_object().key("a").string(text).key("b").begin_array().string(text).begin_object().key("c");
    writer.string(text).key("d").number(1).end_object().end_array().end_object();
    const auto tree = parse_json_document(json, "test");
    RC_ASSERT(tree.has_value());
    RC_ASSERT(json_of(*tree) == json);
    RC_ASSERT(json_of_yaml(yaml_of(*tree)) == json);
  };
  EXPECT_TRUE(rc::check("any characters", read_back));
  EXPECT_TRUE(rc::check("characters that mean something", [&] {
    const auto characters = rc::gen::elementOf(std::string(" \n\n\t#:-?|>'\"\\[]{},&*!%@`~ab01.ne\r"));
    read_back(*rc::gen::container<std::string>(characters));
  }));
  for (const auto* text :
       {"a\n", "a\n\n", "\n", "\na", " a", "a\n b", "  \n\"", "a\n   \nb", "---", "...", "- a", "# a", "é\xe2\x80\xa8z",
        "\xf0\x9f\x98\x80", "null", "No", "1e5", "key: value", "trailing "}) {
    read_back(text);
  }
}

TEST(Yaml, SeveralDocumentsKnowTheirLines) {
  const auto documents = parse_documents("# one\nkind: a\n---\nkind: b\nlist:\n  - 1\n  - x: 2\n", "test");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].line, 2U);
  EXPECT_EQ(node_at((*documents)[1], "/list/1/x").line, 7U);
}

TEST(Json, KnowsItsLines) {
  const auto tree = parse_json_document("[\n {\"a/b\": 1,\n  \"c\": [\n 1,\n 2, {\n\"d\": 1.00}]},\n 3\n]", "test");
  ASSERT_TRUE(tree);
  EXPECT_EQ(json_of(*tree), R"([{"a/b":1,"c":[1,2,{"d":1.00}]},3])");
  EXPECT_EQ(node_at(*tree, "/0/a~1b").line, 2U);
  EXPECT_EQ(node_at(*tree, "/0/c").line, 3U);
  EXPECT_EQ(node_at(*tree, "/0/c/0").line, 4U);
  EXPECT_EQ(node_at(*tree, "/0/c/2/d").line, 6U);
  EXPECT_EQ(node_at(*tree, "/0/c/2/missing").line, 5U) << "the deepest part on the way";
  EXPECT_EQ(node_at(*tree, "/1").line, 7U);
}

TEST(Json, WhatIsNoJsonIsRefused) {
  for (const auto* text : {"", "{", "[1,]", "{\"a\":1} x", "nul", "{\"a\":01}", "7", "\"a\""}) {
    EXPECT_FALSE(parse_json_document(text, "test")) << text;
  }
  EXPECT_TRUE(parse_json_document("{\n\"a\":1,\n\"a\":2}", "f.json").error().message.starts_with("f.json:3: a: "));
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_TRUE(parse_json_document(deep, "test").error().message.contains("nested deeper"));
}

TEST(Json, NumbersAreTheGrammarsOnly) {
  for (const auto* number : {"0", "-0", "10", "1.5", "1e5", "-1.25E-10", "0.0"}) EXPECT_TRUE(is_json_number(number));
  for (const auto* text : {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "1 ", "Infinity"}) {
    EXPECT_FALSE(is_json_number(text)) << text;
  }
}

TEST(IndentedJson, HasALineForEachPart) {
  EXPECT_EQ(indented_json(R"({"a":[1,{"b":"{\"x\\"}],"c":{},"d":[]})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"{\\\"x\\\\\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
  EXPECT_EQ(indented_json("[]"), "[]");
  EXPECT_EQ(indented_json("\"a\""), "\"a\"");
}

}  // namespace
}  // namespace tessera::cli
