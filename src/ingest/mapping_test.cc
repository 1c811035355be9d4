#include "ingest/mapping.h"

#include <gtest/gtest.h>

#include "catalog/source.h"
#include "ingest/mappings.h"

namespace tessera::ingest {
namespace {

// 2024-03-01T12:00:00Z
constexpr Timestamp kReceived{1'709'294'400'000};

MappingDocument document(std::string events, std::vector<std::pair<std::string, std::string>> let = {}) {
  return {"orders", "shop", std::move(let), std::move(events)};
}

std::shared_ptr<const Mapping> compiled(const MappingDocument& mapping) {
  std::vector<MappingProblem> problems;
  auto made = Mapping::compile(mapping, problems);
  for (const auto& [pointer, message] : problems) ADD_FAILURE() << pointer << ": " << message;
  return made;
}

// What is wrong with it: "/events: 1:5: …", one line each, without the quoted text.
std::string problems_of(const MappingDocument& mapping) {
  std::vector<MappingProblem> problems;
  const bool good = Mapping::compile(mapping, problems) != nullptr;
  EXPECT_EQ(good, problems.empty());
  std::string text;
  for (const auto& [pointer, message] : problems) {
    text += pointer + ": " + message.substr(0, message.find('\n')) + "\n";
  }
  return text;
}

Result<std::vector<MappedEvent>> events_of(const MappingDocument& mapping, const PayloadText& text) {
  static Payload payload;
  static MappingContext context;
  const Status read = payload.read(text);
  if (!read) return std::unexpected(read.error());
  return compiled(mapping)->events(payload, context);
}

// The events' JSON, one line each; or why there are none.
std::string made(const MappingDocument& mapping, std::string_view body) {
  const auto events = events_of(mapping, {.body = body, .received_at = kReceived});
  if (!events) return events.error().message;
  std::string text;
  for (const MappedEvent& event : *events) text += event.json + "\n";
  return text;
}

// A value as JSON, of an expression over `body`.
std::string value(const std::string& expression, std::string_view body = "null") {
  const std::string events = "{'type': 't', 'messageId': 'm', 'properties': {'v': " + expression + "}}";
  const std::string json = made(document(events), body);
  constexpr std::string_view kBefore = R"({"type":"t","messageId":"m","properties":{"v":)";
  if (!json.starts_with(kBefore)) return json;
  return json.substr(kBefore.size(), json.size() - kBefore.size() - 3);
}

TEST(Mapping, MakesAnEventOfADocument) {
  EXPECT_EQ(made(document(R"({"type": "identify", "messageId": text(body.id), "userId": body.user.id,
                             "traits": {"email": body.user.email, "orders": body.lines.size()}})"),
                 R"({"id":7,"user":{"id":41,"email":"jane@example.com"},"lines":[1,2]})"),
            R"({"type":"identify","messageId":"7","userId":41,"traits":{"email":"jane@example.com","orders":2}})"
            "\n");
}

TEST(Mapping, MakesNoneOneOrManyEvents) {
  const auto mapping = document("body.map(name, name == 'skip' ? null : {'event': name, 'messageId': name})");
  EXPECT_EQ(made(mapping, "[]"), "");
  EXPECT_EQ(made(mapping, R"(["a","skip","b"])"),
            "{\"type\":\"track\",\"messageId\":\"a\",\"event\":\"a\"}\n"
            "{\"type\":\"track\",\"messageId\":\"b\",\"event\":\"b\"}\n");
  EXPECT_EQ(made(document("body.paid ? {'event': 'Order Paid', 'messageId': 'm'} : null"), R"({"paid":false})"), "");
  EXPECT_EQ(made(document("null"), "{}"), "");
}

TEST(Mapping, SeesHeadersQueryAndTheTimeOfReceipt) {
  const auto events =
      events_of(document("{'event': headers['x-topic'], 'messageId': query.id, 'timestamp': received_at,"
                         " 'properties': {'none': headers['x-none']}}"),
                {.body = "{}",
                 .headers = {{"x-topic", "orders/paid"}, {"x-topic", "second"}},
                 .query = {{"id", "q1"}},
                 .received_at = kReceived});
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(events->at(0).json, R"({"type":"track","messageId":"q1","event":"orders/paid",)"
                                R"("timestamp":"2024-03-01T12:00:00Z","properties":{"none":null}})");
}

TEST(Mapping, LetsNamePartsOfTheWorkInOrder) {
  const auto mapping = document("{'event': label, 'messageId': label}",
                                {{"order", "body.order"}, {"label", "'order ' + text(order.id)"}});
  EXPECT_EQ(made(mapping, R"({"order":{"id":5}})"),
            "{\"type\":\"track\",\"messageId\":\"order 5\",\"event\":\"order 5\"}\n");
}

TEST(Mapping, ALetThatNobodyAsksForMayFail) {
  const auto mapping = document("body.id == null ? null : {'event': later, 'messageId': 'm'}",
                                {{"twice", "body.id * 2"}, {"later", "string(twice)"}});
  EXPECT_EQ(made(mapping, "{}"), "");
  EXPECT_EQ(made(mapping, R"({"id":4})"), "{\"type\":\"track\",\"messageId\":\"m\",\"event\":\"8\"}\n");
  EXPECT_EQ(made(mapping, R"({"id":"x"})"), "let.twice: no such overload: _*_(string, int)");
}

TEST(Mapping, ManyLetsOverEachOtherAreDeepForNobody) {
  std::vector<std::pair<std::string, std::string>> let{{"x0", "body"}};
  for (std::size_t i = 1; i < kMaxLets; ++i) let.emplace_back("x" + std::to_string(i), "x" + std::to_string(i - 1));
  EXPECT_EQ(made(document("{'event': 'e', 'messageId': x49}", let), "\"m\""),
            "{\"type\":\"track\",\"messageId\":\"m\",\"event\":\"e\"}\n");
}

TEST(Mapping, SaysWhereAnExpressionIsWrong) {
  EXPECT_EQ(problems_of(document("{'event': ordr.id}", {{"order", "body.order"}})),
            "/events: 1:11: there is no variable \"ordr\"; did you mean \"order\"?\n");
  EXPECT_EQ(problems_of(document("order.id", {{"order", "body.order +"}})).substr(0, 17), "/let/order: 1:13:");
  EXPECT_EQ(problems_of(document("null", {{"body", "1"}})), "/let/body: cannot be a name: it has a meaning already\n");
  EXPECT_EQ(problems_of(document("null", {{"in", "1"}})), "/let/in: cannot be a name: it has a meaning already\n");
  EXPECT_EQ(problems_of(document("a", {{"a", "b"}, {"b", "body"}})), "/let/a: 1:1: there is no variable \"b\"\n");
}

TEST(Mapping, WhatCannotGiveEventsIsRefusedBeforeItRuns) {
  for (const auto* wrong : {"'text'", "1", "[1]", "['a']", "{1: 'a'}", "body == 1", "received_at"}) {
    EXPECT_TRUE(problems_of(document(wrong)).starts_with("/events: 1:1: gives ")) << wrong;
  }
  for (const auto* right : {"null", "body", "[]", "[null]", "{}", "{'event': 'e'}", "[{'event': 'e'}, body]"}) {
    EXPECT_EQ(problems_of(document(right)), "") << right;
  }
}

TEST(Mapping, SaysWhatIsWrongWithAResult) {
  EXPECT_EQ(made(document("body"), "\"text\""),
            "events: event 0 is of type string: an event is a map. A list of lists becomes one with .flatten()");
  EXPECT_EQ(made(document("body"), "[{},[]]").substr(0, 31), "events: event 1 is of type list");
  EXPECT_EQ(made(document("{'event': 'e', 'user_id': 'u'}"), "{}"),
            "events: event 0 has \"user_id\", which no event has; did you mean \"userId\"?");
  EXPECT_EQ(made(document("{'event': body[3]}"), "[]"), "events: the list has no element 3");
}

TEST(Mapping, BoundsItsResults) {
  EXPECT_EQ(made(document("lists.range(2501).map(i, {'event': 'e'})"), "{}"),
            "events: a list of 2501; a document may give at most 2500 events");
  const std::string large = '"' + std::string(900'000, 'x') + '"';
  EXPECT_EQ(made(document("lists.range(5).map(i, {'event': body})"), large),
            "events: the events have more than 4194304 bytes together");
  EXPECT_EQ(made(document("lists.range(9000).map(i, lists.range(9000)) == [] ? null : {}"), "{}"),
            "events: the expression takes more memory than it may");
  std::string thousand = "[0";
  for (int i = 1; i < 1000; ++i) thousand += ",0";
  EXPECT_EQ(made(document("body.exists(i, body.exists(j, j == 1)) ? null : {}"), thousand + "]"),
            "events: the expression takes more steps than it may");
}

TEST(Mapping, AnEventIsATrackCallUnlessItSaysOtherwise) {
  EXPECT_EQ(made(document("{'messageId': 'm'}"), "{}"), "{\"type\":\"track\",\"messageId\":\"m\"}\n");
  EXPECT_EQ(made(document("{'messageId': 'm', 'type': null}"), "{}"), "{\"type\":\"track\",\"messageId\":\"m\"}\n");
}

std::vector<std::string> ids(const MappingDocument& mapping, const PayloadText& text) {
  std::vector<std::string> made;
  const auto events = events_of(mapping, text);
  EXPECT_TRUE(events);
  for (const MappedEvent& event : *events) made.push_back(event.message_id);
  return made;
}

TEST(MessageIds, AreTheSameWhenADocumentIsSentAgain) {
  const auto mapping = document("[{'event': 'a', 'timestamp': received_at}, {'event': 'a'}, {'event': 'b'}]");
  const PayloadText first{.body = "{}", .received_at = kReceived};
  const auto made = ids(mapping, first);
  EXPECT_EQ(made.at(0).size(), 39U);
  EXPECT_EQ(ids(mapping, {.body = "{}", .received_at = kReceived + kHourMs}), made);
  EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), 3U);
}

TEST(MessageIds, DifferByMappingDocumentEventAndPlace) {
  const auto of = [](const std::string& name, const std::string& event, const PayloadText& text) {
    MappingDocument mapping = document("{'event': '" + event + "'}");
    mapping.name = name;
    return ids(mapping, text).at(0);
  };
  const std::set<std::string> made{of("a", "x", {.body = "{}"}), of("b", "x", {.body = "{}"}),
                                   of("a", "y", {.body = "{}"}), of("a", "x", {.body = "{ }"}),
                                   of("a", "x", {.body = "{}", .place = 1})};
  EXPECT_EQ(made.size(), 5U);
}

TEST(MessageIds, AreTheMappingsOwnWhereItStatesThem) {
  const auto mapping = document("[{'messageId': 'm'}, {'messageId': 7.0}, {'messageId': ' '}, {'messageId': null}]");
  const auto made = ids(mapping, {.body = "{}"});
  EXPECT_EQ(made.at(0), "");
  EXPECT_EQ(made.at(1), "");
  EXPECT_TRUE(made.at(2).starts_with("mapped-"));
  EXPECT_TRUE(made.at(3).starts_with("mapped-"));
}

TEST(MappingFunctions, TextKeepsIdsAsTheyAreWritten) {
  EXPECT_EQ(value("text(body)", "123"), "\"123\"");
  EXPECT_EQ(value("text(body)", "820982911946154508"), "\"820982911946154508\"");
  EXPECT_EQ(value("text(body)", "12.5"), "\"12.5\"");
  EXPECT_EQ(value("text(body)", "\"x\""), "\"x\"");
  EXPECT_EQ(value("text(body)", "true"), "\"true\"");
  EXPECT_EQ(value("text(body)", "null"), "null");
  EXPECT_EQ(value("text(received_at)"), "\"2024-03-01T12:00:00Z\"");
  EXPECT_EQ(value("text(body)", "[]"), "events: text takes a text, a number, a bool, a timestamp or null, not list");
}

TEST(MappingFunctions, NumberReadsWhatIsOne) {
  EXPECT_EQ(value("number(body)", "\"29.35\""), "29.35");
  EXPECT_EQ(value("number(body)", "\" -0.5 \""), "-0.5");
  EXPECT_EQ(value("number(body)", "\"+3\""), "3");
  EXPECT_EQ(value("number(body)", "\"1e3\""), "1000");
  EXPECT_EQ(value("number(body)", "7"), "7");
  for (const auto* none : {R"("")", R"("twelve")", R"("1,200")", R"("inf")", R"("-nan")", R"("0x10")", R"("1 2")",
                           R"("-")", "null", "true", "[1]", "{}"}) {
    EXPECT_EQ(value("number(body)", none), "null") << none;
  }
}

TEST(MappingFunctions, CoalesceTakesTheFirstThatSaysSomething) {
  EXPECT_EQ(value("coalesce(body.a, body.b)", R"({"b":"x"})"), "\"x\"");
  EXPECT_EQ(value("coalesce(body.a, body.b, 'c')", R"({"a":"","b":"  "})"), "\"c\"");
  EXPECT_EQ(value("coalesce(body.a, body.b, body.c, 0)", "{}"), "0");
  EXPECT_EQ(value("coalesce(body.a, false)", R"({"a":0})"), "0");
  EXPECT_EQ(value("coalesce(body.a, body.b)", "{}"), "null");
}

TEST(MappingFunctions, ListOfIsAlwaysAList) {
  EXPECT_EQ(value("list_of(body.items).map(i, i.id)", "{}"), "[]");
  EXPECT_EQ(value("list_of(body.items).map(i, i.id)", R"({"items":[{"id":1},{"id":2}]})"), "[1,2]");
  EXPECT_EQ(value("list_of(body.items).map(i, i.id)", R"({"items":{"id":3}})"), "[3]");
}

TEST(MappingFunctions, SumGivesMoneyAsPeopleWriteIt) {
  EXPECT_EQ(value("sum(body)", "[0.1,0.2]"), "0.3");
  EXPECT_EQ(value("sum(body)", "[19.99,19.99,19.99]"), "59.97");
  EXPECT_EQ(value("sum(body)", "[]"), "0");
  EXPECT_EQ(value("sum(body)", "[1,null,-2.5]"), "-1.5");
  EXPECT_EQ(value("sum(body)", "[9007199254740993,1e300]"), "1e+300");
  EXPECT_EQ(value("sum(body.map(l, number(l.price) * l.n))", R"([{"price":"4.35","n":3},{"price":"0.10","n":1}])"),
            "13.15");
  EXPECT_EQ(value("sum(body)", R"(["1"])"), "events: sum takes a list of numbers, not string");
}

TEST(MappingFunctions, MergeLaysOneMapOverAnother) {
  EXPECT_EQ(value("merge(body, {'b': 3, 'c': 4})", R"({"a":1,"b":2})"), R"({"a":1,"b":3,"c":4})");
  EXPECT_EQ(value("merge(body.none, {'c': 4})", "{}"), R"({"c":4})");
  EXPECT_EQ(value("merge(body, {})", "[]"), "events: merge takes two maps, not list");
}

TEST(MappingFunctions, OmitNullDropsWhatIsNotThereAtEveryDepth) {
  EXPECT_EQ(value("omit_null(body)", R"({"a":null,"b":{"c":null,"d":[{"e":null,"f":1},null]}})"),
            R"({"b":{"d":[{"f":1},null]}})");
  EXPECT_EQ(value("omit_null(body)", "null"), "null");
  EXPECT_EQ(value("omit_null(lists.range(60).map(i, [i]))").size(), value("lists.range(60).map(i, [i])").size());
}

TEST(Payload, RefusesWhatIsNotJsonOrTooLarge) {
  Payload payload;
  EXPECT_FALSE(payload.read({.body = ""}));
  EXPECT_FALSE(payload.read({.body = "id=1&total=2"}));
  EXPECT_FALSE(payload.read({.body = "{} {}"}));
  EXPECT_FALSE(payload.read({.body = std::string(kMaxPayloadBytes + 1, ' ')}));
  EXPECT_FALSE(payload.read({.body = std::string(65, '[') + std::string(65, ']')}));
  EXPECT_TRUE(payload.read({.body = "[1]"}));
}

catalog::ChangeSet publishing(std::vector<std::pair<catalog::DefinitionKey, std::string>> documents) {
  catalog::ChangeSet set;
  for (auto& [key, text] : documents) {
    set.changes.push_back({catalog::ChangeAction::kPublish, key, std::move(text), std::nullopt, {}});
  }
  return set;
}

std::string mapping_json(const std::string& name, const std::string& source, const std::string& events) {
  return R"({"kind":"mapping","name":")" + name + R"(","source":")" + source + R"(","events":")" + events + "\"}";
}

std::string checked(const catalog::ChangeSet& set, const catalog::Definitions& now = {}) {
  static const catalog::Kinds kinds({catalog::source_kind(), mapping_kind()});
  std::string text;
  for (const auto& [key, pointer, message] : check_changes(kinds, now, set)) {
    text += key.name + pointer + ": " + message.substr(0, message.find('\n')) + "\n";
  }
  return text;
}

const std::pair<catalog::DefinitionKey, std::string> kShop{{"source", "shop"}, R"({"kind":"source","name":"shop"})"};

TEST(MappingKind, IsCheckedWhenItIsPublished) {
  EXPECT_EQ(checked(publishing({kShop, {{"mapping", "a"}, mapping_json("a", "shop", "body")}})), "");
  EXPECT_EQ(checked(publishing({kShop, {{"mapping", "a"}, mapping_json("a", "shop", "bodi")}})),
            "a/events: 1:1: there is no variable \"bodi\"; did you mean \"body\"?\n");
  EXPECT_EQ(checked(publishing({{{"mapping", "a"}, mapping_json("a", "shop", "body")}})),
            "a/source: there is no published source \"shop\"\n");
}

TEST(MappingKind, HoldsItsSourceInForce) {
  const auto both = publishing({kShop, {{"mapping", "a"}, mapping_json("a", "shop", "body")}});
  const auto now = catalog::Definitions().with(both, {}, {}, nullptr);
  ASSERT_TRUE(now);
  catalog::ChangeSet archive;
  archive.changes.push_back({catalog::ChangeAction::kArchive, {"source", "shop"}, {}, std::nullopt, {}});
  EXPECT_EQ(checked(archive, *now), "a/source: there is no published source \"shop\"\n");
  archive.changes.push_back({catalog::ChangeAction::kArchive, {"mapping", "a"}, {}, std::nullopt, {}});
  EXPECT_EQ(checked(archive, *now), "");
}

TEST(MappingKind, ASourceHasTwentyMappingsAtMost) {
  std::vector<std::pair<catalog::DefinitionKey, std::string>> documents{kShop};
  for (std::size_t i = 0; i < kMaxMappingsOfSource; ++i) {
    const std::string name = "m" + std::to_string(i);
    documents.push_back({{"mapping", name}, mapping_json(name, "shop", "body")});
  }
  EXPECT_EQ(checked(publishing(documents)), "");
  documents.push_back({{"mapping", "z"}, mapping_json("z", "shop", "body")});
  EXPECT_EQ(checked(publishing(documents)),
            "z/source: a source may have at most 20 published mappings, and shop has more\n");
}

TEST(CompileMapping, ChecksADocumentByItself) {
  std::vector<MappingProblem> problems;
  const auto mapping = compile_mapping(mapping_json("a", "shop", "body"), problems);
  ASSERT_NE(mapping, nullptr);
  EXPECT_EQ(mapping->name() + " of " + mapping->source(), "a of shop");
  EXPECT_TRUE(problems.empty());
  const std::string no_events = R"({"kind":"mapping","name":"a","source":"shop"})";
  for (const std::string& wrong :
       {mapping_json("a", "shop", "body."), no_events, std::string("["), std::string("[]")}) {
    EXPECT_EQ(compile_mapping(wrong, problems), nullptr) << wrong;
  }
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_EQ(problems[0].pointer, "/events");
}

TEST(Mappings, AreThoseInForceBySourceAndName) {
  const auto set = publishing({kShop,
                               {{"mapping", "b"}, mapping_json("b", "shop", "body")},
                               {{"mapping", "a"}, mapping_json("a", "shop", "[body]")},
                               {{"mapping", "c"}, mapping_json("c", "crm", "body")}});
  const auto definitions = *catalog::Definitions().with(set, {}, {}, nullptr);
  const Mappings mappings(definitions, nullptr);
  ASSERT_EQ(mappings.of_source("shop").size(), 2U);
  EXPECT_EQ(mappings.of_source("shop")[0].name, "a");
  EXPECT_EQ(mappings.of_source("shop")[1].name, "b");
  EXPECT_EQ(mappings.of_source("crm").size(), 1U);
  EXPECT_TRUE(mappings.of_source("tills").empty());
}

TEST(Mappings, WhatDidNotChangeIsNotCompiledAgain) {
  const auto first = *catalog::Definitions().with(publishing({{{"mapping", "a"}, mapping_json("a", "shop", "body")},
                                                              {{"mapping", "b"}, mapping_json("b", "shop", "body")}}),
                                                  {}, {}, nullptr);
  const auto second =
      *first.with(publishing({{{"mapping", "b"}, mapping_json("b", "shop", "[body]")}}), {}, {}, nullptr);
  const Mappings before(first, nullptr);
  const Mappings after(second, &before);
  EXPECT_EQ(after.of_source("shop")[0].mapping, before.of_source("shop")[0].mapping);
  EXPECT_NE(after.of_source("shop")[1].mapping, before.of_source("shop")[1].mapping);
}

}  // namespace
}  // namespace tessera::ingest
