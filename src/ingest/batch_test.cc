#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/event.h"
#include "ingest/parser.h"

namespace tessera::ingest {
namespace {

constexpr Timestamp kReceived{1'709'294'400'000};

Result<Parsed> parse(Call call, std::string_view body) {
  static Parser parser;
  catalog::Source source;
  source.identifier_traits = catalog::default_identifier_traits();
  return parser.parse(source, catalog::default_identity_rules(), call, body, kReceived);
}

std::string batch_of(std::size_t count, std::string_view item) {
  std::string body = R"({"batch":[)";
  for (std::size_t i = 0; i < count; ++i) body.append(i > 0 ? "," : "").append(item);
  return body + "]}";
}

// A track call of exactly `size` bytes.
std::string item_of(std::size_t size) {
  const std::string start = R"({"type":"track","event":"A","userId":"u1","properties":{"x":")";
  return start + std::string(size - start.size() - 3, 'x') + "\"}}";
}

TEST(Batch, EachItemHasItsOwnTypeAndFate) {
  const auto parsed = parse(Call::kBatch, R"({"batch":[
    {"type":"identify","userId":"u1"}, {"type":"track","userId":"u1","event":"A"}, {"type":"page","userId":"u1"},
    {"type":"screen","userId":"u1"}, {"type":"group","userId":"u1","groupId":"g"},
    {"type":"alias","userId":"u1","previousId":"p"}, {"type":"delete","userId":"u1"}, {"userId":"u1"}, 5, null, [] ]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->accepted, 6U);
  std::string types;
  for (std::size_t i = 0; i < parsed->accepted; ++i) {
    types.append(event::type_name(event::decode(parsed->drafts[i].body)->type)).append(" ");
  }
  EXPECT_EQ(types, "identify track page screen group alias ");
  std::string fates;
  for (const auto& rejection : parsed->rejected) fates += std::to_string(rejection.index) + rejection.code + " ";
  EXPECT_EQ(fates, "6bad_type 7bad_type 8bad_item 9bad_item 10bad_item ");
}

TEST(Batch, ContextIntegrationsAndSentAtServeTheItems) {
  const auto parsed = parse(Call::kBatch, R"({"batch":[
    {"type":"track","userId":"u1","event":"A","timestamp":"2024-03-01T10:00:00Z","context":{"library":{"name":"own"}}},
    {"type":"track","userId":"u1","event":"A","timestamp":"2024-03-01T10:00:00Z","sentAt":"2024-03-01T10:00:01Z"}],
    "context":{"library":{"name":"shared","version":"1"},"traits":{"email":"J@x.de"}},"integrations":{"All":false},
    "sentAt":"2024-03-01T10:00:05Z"})");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->accepted, 2U);
  const auto first = *event::decode(parsed->drafts[0].body);
  EXPECT_EQ(first.context, R"({"library":{"name":"own","version":"1"},"traits":{"email":"J@x.de"}})");
  EXPECT_EQ(first.integrations, R"({"All":false})");
  EXPECT_EQ(to_text(first.occurred_at), "2024-03-01T11:59:55.000Z");
  ASSERT_EQ(first.identifiers.size(), 2U);
  EXPECT_EQ(first.identifiers[1].value, "j@x.de");
  const auto second = *event::decode(parsed->drafts[1].body);
  EXPECT_EQ(second.context, R"({"library":{"name":"shared","version":"1"},"traits":{"email":"J@x.de"}})");
  EXPECT_EQ(to_text(second.occurred_at), "2024-03-01T11:59:59.000Z");
}

TEST(Batch, AnEmptyOneIsTaken) {
  const auto parsed = parse(Call::kBatch, R"({"batch":[]})");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->drafts.empty());
}

struct WholeRefusal {
  std::string_view body;
  std::string_view told;
};

TEST(Batch, WhatIsNoBatchIsRefusedAsAWhole) {
  const WholeRefusal cases[] = {{"", "empty"},
                                {"hello", "JSON"},
                                {"[]", "must be a JSON object"},
                                {"{}", "field batch"},
                                {R"({"batch":{}})", "field batch"},
                                {R"({"batch":[{"a":"\xff"}]})", "escapes"},
                                {"{\"batch\":[{\"a\":\"\xff\"}]}", "not UTF-8"},
                                {R"({"batch":[{"a":1},{"a":nope}]})", "near byte"}};
  for (const auto& [body, told] : cases) {
    const auto parsed = parse(Call::kBatch, body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
    EXPECT_NE(parsed.error().message.find(told), std::string::npos) << parsed.error().message;
  }
}

TEST(Limits, AnItemHasAtMost32KiB) {
  EXPECT_EQ(parse(Call::kBatch, batch_of(1, item_of(32 << 10)))->accepted, 1U);
  const auto over = parse(Call::kBatch, batch_of(2, item_of((32 << 10) + 1)));
  ASSERT_TRUE(over);
  EXPECT_EQ(over->rejected.size(), 2U);
  EXPECT_EQ(over->rejected[0].code, "too_large");
  EXPECT_EQ(parse(Call::kTrack, item_of((32 << 10) + 1))->rejected[0].code, "too_large");
}

TEST(Limits, ABatchHasAtMost500KiBAnd2500Items) {
  const std::string small = R"({"type":"page","userId":"u1"})";
  EXPECT_EQ(parse(Call::kBatch, batch_of(2'500, small))->accepted, 2'500U);
  const auto many = parse(Call::kBatch, batch_of(2'501, small));
  ASSERT_FALSE(many);
  EXPECT_NE(many.error().message.find("2501 items; at most 2500"), std::string::npos);
  const auto large = parse(Call::kBatch, batch_of(1, small) + std::string(500 << 10, ' '));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::kInvalidArgument);
  EXPECT_NE(large.error().message.find("at most 512000"), std::string::npos);
}

TEST(Limits, AnImportHasAtMost10MiBWithItemsOf1MiB) {
  EXPECT_EQ(parse(Call::kImport, batch_of(9, item_of(1 << 20)))->accepted, 9U);
  EXPECT_EQ(parse(Call::kImport, batch_of(2, item_of((1 << 20) + 1)))->rejected.size(), 2U);
  EXPECT_FALSE(parse(Call::kImport, batch_of(11, item_of(1 << 20))));
  EXPECT_EQ(parse(Call::kImport, batch_of(3'000, item_of(200)))->accepted, 3'000U);
}

std::string batch_with_context(std::size_t count, std::string_view item, std::string_view context) {
  std::string body = batch_of(count, item);
  body.pop_back();
  return body + R"(,"context":)" + std::string(context) + "}";
}

TEST(Limits, ABatchsContextCannotSwellItsItems) {
  const std::string item = R"({"type":"page","userId":"u1","context":{"y":1}})";
  const auto context_of = [](std::size_t size) { return R"({"x":")" + std::string(size - 8, 'x') + "\"}"; };
  EXPECT_EQ(parse(Call::kBatch, batch_with_context(2'500, item, context_of(1'000)))->accepted, 2'500U);
  EXPECT_EQ(parse(Call::kBatch, batch_with_context(1, item, context_of(32 << 10)))->rejected[0].code, "too_large");
  const auto repeated = parse(Call::kBatch, batch_with_context(2'500, item, context_of(30'000)));
  ASSERT_FALSE(repeated);
  EXPECT_NE(repeated.error().message.find("repeated in each item"), std::string::npos);
  EXPECT_FALSE(parse(Call::kBatch, batch_with_context(1, item, context_of((32 << 10) + 1))));
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += (many.empty() ? "{\"k" : ",\"k") + std::to_string(i) + "\":1";
  EXPECT_FALSE(parse(Call::kBatch, batch_with_context(1, item, many + "}")));
}

TEST(Limits, AnItemHasAtMost500Traits) {
  const auto identify = [](int count) {
    std::string traits;
    for (int i = 0; i < count; ++i) traits += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + "\":1";
    return R"({"userId":"u1","traits":{)" + traits + "}}";
  };
  EXPECT_EQ(parse(Call::kIdentify, identify(500))->accepted, 1U);
  EXPECT_EQ(parse(Call::kIdentify, identify(501))->rejected[0].code, "too_many_traits");
}

constexpr std::string_view kValid =
    R"({"batch":[{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"m1","timestamp":"2024-03-01T10:00:00Z",)"
    R"("traits":{"email":"j@x.de","n":1.5e3},"context":{"externalIds":[{"id":"c1","type":"card"}],"traits":{"a":[1]}}},)"
    R"({"type":"page","userId":"u1","name":"A\u00e9","category":"C","properties":{"x":null,"y":{"z":true}}},)"
    R"({"type":"alias","userId":7,"previousId":"a2"},{"type":"group","groupId":"g","userId":"u1","traits":{}}],)"
    R"("context":{"library":{"name":"l"}},"integrations":{},"sentAt":"2024-03-01T10:00:05Z","writeKey":"wk"})";

// Every accepted draft must decode to an event that keeps the model's promises.
void check_counts(const Parsed& parsed) {
  RC_ASSERT(parsed.accepted + parsed.rejected.size() == parsed.drafts.size());
  std::size_t events = 0;
  for (const auto& draft : parsed.drafts) {
    if (draft.kind != log::RecordKind::kEvent) continue;
    ++events;
    const auto event = event::decode(draft.body);
    RC_ASSERT(event.has_value());
    RC_ASSERT(!event->message_id.empty() && !event->identifiers.empty());
    RC_ASSERT(event->occurred_at <= event->received_at);
  }
  RC_ASSERT(events == parsed.accepted);
}

TEST(Mutation, OfAValidBatchNeverCrashesAndCountsAddUp) {
  EXPECT_TRUE(rc::check([] {
    std::string body(kValid);
    const int edits = *rc::gen::inRange(1, 4);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          body[at] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          body[at] = *rc::gen::elementOf(std::string("{}[]\",:\\0u n"));
          break;
        case 2:
          body.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
          break;
        default:
          body.insert(at, body.substr(*rc::gen::inRange<std::size_t>(0, body.size()), 30));
          break;
      }
      if (body.empty()) break;
    }
    const auto parsed = parse(Call::kBatch, body);
    if (parsed) check_counts(*parsed);
  }));
}

// Values are replaced by others that are JSON too, so that the mutation reaches the rules behind the grammar.
TEST(Mutation, OfAValuesKindNeverCrashesAndCountsAddUp) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> values = {
        "null", "true", "0",      "-1.5e300",          "\"\"",        "\"x\"",
        "[]",   "{}",   "[[{}]]", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "99999999999999999999999"};
    std::string body(kValid);
    const auto quote = *rc::gen::inRange<std::size_t>(0, body.size());
    const auto start = body.find("\":", quote);
    if (start == std::string::npos) return;
    const auto end = body.find_first_of(",}", start);
    body.replace(start + 2, end - start - 2, *rc::gen::elementOf(values));
    const auto parsed = parse(Call::kBatch, body);
    if (parsed) check_counts(*parsed);
  }));
}

}  // namespace
}  // namespace tessera::ingest
