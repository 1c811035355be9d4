#include "catalog/kind.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catalog/identity_rules.h"
#include "catalog/purpose.h"
#include "catalog/source.h"

namespace tessera::catalog {
namespace {

constexpr std::string_view kNoteSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "required": ["kind", "name"],
  "properties": {
    "kind": {"const": "note"},
    "name": {"type": "string"},
    "text": {"type": "string", "maxLength": 10},
    "after": {"type": "string"}
  }
})";

// Notes must not say "bad", and come after notes that are there.
Kind note_kind() {
  Kind kind{.name = "note", .title = "A note", .schema = kNoteSchema};
  kind.check = [](const DefinitionKey&, const boost::json::value& document, const Definitions&, const Report& report) {
    const auto* text = document.get_object().if_contains("text");
    if (text != nullptr && text->get_string() == "bad") report("/text", "must not be bad");
  };
  kind.check_all = [](const Definitions& after, const std::function<void(Problem)>& report) {
    for (const auto& note : after.in_force("note")) {
      if (note->in_force()->document.contains("\"after\":\"nobody\"")) {
        report({note->key, "/after", "there is no note nobody"});
      }
    }
  };
  return kind;
}

const Kinds& kinds() {
  static const Kinds kinds({note_kind(), identity_rules_kind(), source_kind()});
  return kinds;
}

DefinitionChange publish(std::string kind, std::string name, std::string document) {
  return {.action = ChangeAction::kPublish, .key = {std::move(kind), std::move(name)}, .document = std::move(document)};
}

std::string told(const std::vector<Problem>& problems) {
  std::string out;
  for (const auto& [key, pointer, message] : problems) out += to_text(key) + " " + pointer + ": " + message + "\n";
  return out;
}

std::string told(const ChangeSet& set, const Definitions& now = {}) {
  return told(check_changes(kinds(), now, set));
}

TEST(CheckChanges, FindNothingWrongWithGoodDocuments) {
  EXPECT_EQ(told({{publish("note", "a", R"({"kind":"note","name":"a","text":"fine"})"),
                   publish("source", "web", R"({"kind":"source","name":"web","owner":"me"})"),
                   publish("identity_rules", "identity_rules",
                           R"({"kind":"identity_rules","name":"identity_rules","types":[{"name":"a","limit":1}]})")},
                  "me"}),
            "");
}

TEST(CheckChanges, TellAllThatIsWrongWithAllOfThemAtOnce) {
  EXPECT_EQ(told({{publish("note", "a", R"({"kind":"note","name":"b","text":"far too long a text"})"),
                   publish("note", "c", R"({"kind":"note","name":"c","text":"bad"})"),
                   publish("source", "s", R"({"kind":"note","trust":"full"})"), publish("note", "d", "{\n \"kind\": }"),
                   publish("note", "e", R"({"kind":"note","name":"e","after":"nobody"})")},
                  "me"}),
            "note a /name: must be \"a\", as which it is published\n"
            "note a /text: must have at most 10 characters\n"
            "note c /text: must not be bad\n"
            "source s /kind: must be \"source\", as which it is published\n"
            "source s : is missing \"name\"\n"
            "source s /trust: must be one of \"public\", \"server\"\n"
            "note d : the document is not valid JSON: syntax error at line 2, column 10\n"
            "note e /after: there is no note nobody\n");
}

TEST(CheckChanges, KnowTheKindsAndTheirNames) {
  const std::string document = R"({"kind":"note","name":"a"})";
  EXPECT_EQ(told({{publish("nota", "a", document)}, "me"}),
            "nota a : there is no kind \"nota\"; there are note, identity_rules, source\n");
  EXPECT_EQ(told({{publish("note", "Bad Name", document)}, "me"}),
            "note Bad Name : a definition's name must be 1 to 64 of a-z, 0-9, _ and -\n");
  EXPECT_EQ(told({{publish("identity_rules", "mine", document)}, "me"}),
            "identity_rules mine : there is one identity_rules only, and its name must be \"identity_rules\"\n");
}

TEST(CheckChanges, LetDraftsBeHalfFinished) {
  DefinitionChange draft = publish("note", "a", R"({"unknown":1})");
  draft.action = ChangeAction::kDraft;
  EXPECT_EQ(told({{draft}, "me"}), "");
  draft.document = "[]";
  EXPECT_EQ(told({{draft}, "me"}), "note a : the document must be a JSON object\n");
}

TEST(CheckChanges, LookAtTheDraftThatIsPublished) {
  DefinitionChange draft = publish("note", "a", R"({"kind":"note","name":"a","text":"bad"})");
  draft.action = ChangeAction::kDraft;
  const auto now = Definitions().with({{draft}, "me"}, {}, {}, nullptr);
  ASSERT_TRUE(now);
  EXPECT_EQ(told({{publish("note", "a", "")}, "me"}, *now), "note a /text: must not be bad\n");
}

TEST(CheckChanges, TellWhatCannotBeAppliedAtAll) {
  const DefinitionChange archive{.action = ChangeAction::kArchive, .key = {"note", "a"}};
  EXPECT_EQ(told({{publish("note", "b", R"({"kind":"note","name":"b"})"), archive}, "me"}),
            "note a : there is no note a to archive\n");
}

TEST(CheckChanges, TellABoundedNumberOfProblems) {
  ChangeSet set;
  for (int i = 0; i < 300; ++i) set.changes.push_back(publish("note", "n" + std::to_string(i), "{}"));
  EXPECT_EQ(check_changes(kinds(), {}, set).size(), kMaxProblems);
}

// Every published schema, also those of modules above this one.
TEST(Purpose, NamesOneOfTheSixLawfulBases) {
  const Kinds purposes({purpose_kind()});
  const auto problems = [&](const std::string& members) {
    ChangeSet set;
    set.changes.push_back({.action = ChangeAction::kPublish,
                           .key = {"purpose", "ads"},
                           .document = R"({"kind":"purpose","name":"ads")" + members + "}"});
    return check_changes(purposes, {}, set).size();
  };
  for (const std::string basis :
       {"consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"}) {
    EXPECT_EQ(problems(R"(,"lawful_basis":")" + basis + '"'), 0U) << basis;
  }
  EXPECT_EQ(problems(R"(,"lawful_basis":"profit")"), 1U);
  EXPECT_EQ(problems(""), 1U);
}

TEST(PublishedSchemas, TakeTheirOwnExamples) {
  int schemas = 0;
  for (const auto& file : std::filesystem::directory_iterator("schemas")) {
    std::ifstream in(file.path());
    const auto document = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    const auto schema = json_schema::Schema::compile(document);
    ASSERT_TRUE(schema) << file.path() << schema.error().message;
    const auto& members = document.as_object().at("properties").as_object();
    for (const auto* common : {"kind", "name", "owner", "description"}) EXPECT_TRUE(members.contains(common)) << common;
    for (const auto& example : document.at("examples").as_array()) {
      for (const auto& [pointer, message] : schema->validate(example)) {
        ADD_FAILURE() << file.path() << " " << pointer << ": " << message;
      }
    }
    ++schemas;
  }
  EXPECT_GE(schemas, 5);
}

}  // namespace
}  // namespace tessera::catalog
