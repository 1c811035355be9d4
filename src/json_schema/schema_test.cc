#include "json_schema/schema.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace tessera::json_schema {
namespace {

namespace json = boost::json;

std::string told(std::string_view schema, std::string_view value) {
  const auto compiled = Schema::compile(schema);
  if (!compiled) return compiled.error().message;
  std::string out;
  for (const Violation& violation : compiled->validate(json::parse(json::string_view(value.data(), value.size())))) {
    out += violation.pointer + " " + violation.message + "\n";
  }
  return out;
}

struct Case {
  std::string_view schema;
  std::string_view value;
  std::string_view told;
};

TEST(Schema, SaysWhatIsWrongInWords) {
  const Case cases[] = {
      {R"({"type":"string"})", "7", " must be a text, not a number\n"},
      {R"({"type":["integer","null"]})", "1.5", " must be a whole number or null, not a number with a fraction\n"},
      {R"({"enum":["public","server"]})", R"("sever")",
       " must be one of \"public\", \"server\"; did you mean \"server\"?\n"},
      {R"({"const":"source"})", R"("trait")", " must be \"source\"\n"},
      {R"({"required":["name"]})", "{}", " is missing \"name\"\n"},
      {R"({"properties":{"trust":true,"name":true},"additionalProperties":false})", R"({"trsut":1})",
       "/trsut is not known; did you mean \"trust\"?\n"},
      {R"({"properties":{"trust":true,"name":true},"additionalProperties":false})", R"({"a/b~c":1})",
       "/a~1b~0c is not known; allowed are name, trust\n"},
      {R"({"minLength":1})", R"("")", " must not be empty\n"},
      {R"({"minLength":1,"maxLength":3})", R"("äöüß")", " must have 1 to 3 characters\n"},
      {R"({"pattern":"^[a-z]+$"})", R"("Shop")", " \"Shop\" does not match ^[a-z]+$\n"},
      {R"({"items":{"minimum":1,"maximum":10}})", "[0,5,10.5]", "/0 must be at least 1\n/2 must be at most 10\n"},
      {R"({"uniqueItems":true})", R"([{"a":1,"b":[2]},1,{"b":[2.0],"a":1.0}])", "/2 is there twice\n"},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1})", " is missing \"b\", which \"a\" needs\n"},
      {R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})", "/abc its name must have at most 2 characters\n"},
      {R"({"multipleOf":0.5})", "1.3", " must be a multiple of 0.5\n"},
      {"false", "1", " is not allowed here\n"},
  };
  for (const auto& [schema, value, expected] : cases) EXPECT_EQ(told(schema, value), expected) << schema;
}

TEST(Schema, OfAlternativesTheOneThatWasMeantIsTold) {
  constexpr std::string_view kSchema = R"({"oneOf":[{"type":"string","title":"a name"},
    {"type":"object","title":"a rule","properties":{"limit":{"type":"integer"}}}]})";
  EXPECT_EQ(told(kSchema, R"({"limit":"x"})"), "/limit must be a whole number, not a text\n");
  EXPECT_EQ(told(kSchema, "7"), " is none of what may stand here: \"a name\", \"a rule\"\n");
  EXPECT_EQ(told(R"({"oneOf":[true,true]})", "7"), " is of more than one of the forms that exclude each other here\n");
}

TEST(Schema, OfAlternativesTheKindThatIsNamedIsTold) {
  constexpr std::string_view kSchema = R"({"oneOf":[
    {"properties":{"type":{"const":"count"},"days":{"type":"integer"}},"required":["type","days"]},
    {"properties":{"type":{"const":"sum"},"of":{"type":"string"}},"required":["type","of"]}]})";
  EXPECT_EQ(told(kSchema, R"({"type":"sum"})"), " is missing \"of\"\n");
  EXPECT_EQ(told(kSchema, R"({"type":"count","days":"x"})"), "/days must be a whole number, not a text\n");
}

TEST(Schema, NumbersAreComparedExactly) {
  EXPECT_EQ(told(R"({"maximum":9007199254740992})", "9007199254740993"), " must be at most 9007199254740992\n");
  EXPECT_EQ(told(R"({"enum":[1]})", "1.0"), "");
  EXPECT_EQ(told(R"({"type":"integer"})", "1e3"), "");
  EXPECT_EQ(told(R"({"exclusiveMinimum":18446744073709551615})", "18446744073709551615"),
            " must be above 18446744073709551615\n");
}

TEST(Schema, ABadSchemaIsToldByPlace) {
  const Case cases[] = {
      {"[]", "1", "the schema: must be an object, true or false"},
      {"{", "1", "the schema is not valid JSON: incomplete JSON"},
      {R"({"properties":{"a":{"type":"strng"}}})", "1",
       "the schema, at /properties/a/type: must be of null, boolean, object, array, number, string, integer, or a list "
       "of them"},
      {R"({"minLength":-1})", "1", "the schema, at /minLength: must be a whole number of at least 0"},
      {R"({"multipleOf":0})", "1", "the schema, at /multipleOf: must be above 0"},
      {R"({"$ref":"#/definitions/a"})", "1", "the schema, at /$ref: points at \"#/definitions/a\", where nothing is"},
      {R"({"$ref":"http://a.example/b"})", "1",
       "the schema, at /$ref: points at \"http://a.example/b\", which is not in this document; nothing is fetched"},
      {R"-({"pattern":"(?=a)"})-", "1",
       "the schema, at /pattern: no pattern that RE2 takes: invalid perl operator: (?="},
      {R"({"allOf":[]})", "1", "the schema, at /allOf: must be a list of schemas"},
  };
  for (const auto& [schema, value, expected] : cases) EXPECT_EQ(told(schema, value), expected) << schema;
}

TEST(Schema, EndlessReferencesEnd) {
  const std::string much = " is too large or too deep to be checked against its schema\n";
  EXPECT_EQ(told(R"({"$ref":"#"})", "1"), much);
  EXPECT_EQ(told(R"({"allOf":[{"$ref":"#"},{"$ref":"#"}]})", "1"), much);
  EXPECT_EQ(told(R"({"anyOf":[{"$ref":"#/anyOf/1"},{"$ref":"#/anyOf/0"}]})", "1"), much);
}

TEST(Schema, WorkIsBounded) {
  // Each level is tried in both alternatives of the one above: 2^30 ways.
  std::string flat = R"({"$ref":"#/definitions/d0","definitions":{"d30":false)";
  for (int i = 0; i < 30; ++i) {
    const std::string next = R"({"$ref":"#/definitions/d)" + std::to_string(i + 1) + "\"}";
    flat += ",\"d" + std::to_string(i) + R"(":{"anyOf":[)" + next + "," + next + "]}";
  }
  EXPECT_EQ(told(flat + "}}", "1"), " is too large or too deep to be checked against its schema\n");
}

TEST(Schema, NestingIsBounded) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(Schema::compile(deep).error().code, Code::kInvalidArgument);
  json::value value = 1;
  for (int i = 0; i < 200; ++i) value = json::array{value};
  EXPECT_EQ(Schema::compile(value).error().code, Code::kTooLarge);
  const auto any = Schema::compile(std::string_view("true"));
  ASSERT_TRUE(any);
  ASSERT_EQ(any->validate(value).size(), 1U);
  EXPECT_EQ(any->validate(value)[0].message, "is nested deeper than 100 levels");
}

TEST(Schema, ViolationsAreBounded) {
  const auto none = Schema::compile(std::string_view(R"({"items":false})"));
  ASSERT_TRUE(none);
  const json::value many = json::array(1000, 1);
  EXPECT_EQ(none->validate(many, 7).size(), 7U);
  EXPECT_EQ(none->validate(many).size(), kMaxViolations);
}

}  // namespace
}  // namespace tessera::json_schema
