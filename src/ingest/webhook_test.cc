#include "ingest/webhook.h"

#include <gtest/gtest.h>

#include "event/event.h"

namespace tessera::ingest {
namespace {

// 2024-03-01T12:00:00Z
constexpr Timestamp kReceived{1'709'294'400'000};
constexpr std::string_view kPath = "/v1/webhook/shop";

catalog::Source shop() {
  catalog::Source source;
  source.id = {7};
  source.name = "shop";
  source.identifier_traits = catalog::default_identifier_traits();
  return source;
}

MappingInForce in_force(const std::string& name, const std::string& events) {
  std::vector<MappingProblem> problems;
  MappingInForce made{.definition = {}, .name = name, .source = "shop", .mapping = {}, .problem = {}};
  made.mapping = Mapping::compile({name, "shop", {}, events}, problems);
  if (!problems.empty()) made.problem = problems[0].pointer + ": broken";
  return made;
}

WebhookEvents received(const std::vector<MappingInForce>& mappings, std::string_view body) {
  static WebhookReader reader;
  auto events =
      reader.read(shop(), catalog::default_identity_rules(), mappings, {.body = body, .received_at = kReceived}, kPath);
  EXPECT_TRUE(events) << events.error().message;
  return std::move(*events);
}

TEST(Webhook, ADocumentsEventsAreLikeAnyOthers) {
  const auto events =
      received({in_force("orders", R"({"event": "Order Completed", "userId": body.user,
      "context": {"traits": {"email": body.email}}, "timestamp": body.at, "properties": {"total": number(body.total)}})")},
               R"({"user":41,"email":" Jane@Example.com","at":"2024-02-29T10:00:00Z","total":"27.50"})");
  EXPECT_EQ(events.accepted, 1U);
  EXPECT_TRUE(events.rejected.empty());
  ASSERT_EQ(events.drafts.size(), 1U);
  EXPECT_EQ(events.drafts[0].source, SourceId{7});
  const auto event = event::decode(events.drafts[0].body);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, "Order Completed");
  EXPECT_EQ(event->user_id, "41");
  EXPECT_EQ(event->identifiers.at(1).value, "jane@example.com");
  EXPECT_EQ(to_text(event->occurred_at), "2024-02-29T10:00:00.000Z");
  EXPECT_EQ(event->properties, R"({"total":27.5})");
  EXPECT_TRUE(event->message_id.starts_with("mapped-"));
}

TEST(Webhook, EveryMappingOfTheSourceIsAsked) {
  const auto events = received({in_force("a", "{'event': 'A', 'userId': 'u'}"), in_force("b", "null"),
                                in_force("c", "[{'event': 'C', 'userId': 'u'}, {'event': 'D', 'userId': 'u'}]")},
                               "{}");
  EXPECT_EQ(events.accepted, 3U);
  EXPECT_EQ(events.drafts.size(), 3U);
}

TEST(Webhook, AMappingThatFailsKeepsTheDocumentAndStopsNoOther) {
  const auto events = received({in_force("bad", "{'event': body.x[2]}"), in_force("broken", "body."),
                                in_force("good", "{'event': 'A', 'userId': 'u'}")},
                               R"({"x":[]})");
  EXPECT_EQ(events.accepted, 1U);
  ASSERT_EQ(events.rejected.size(), 2U);
  EXPECT_EQ(events.rejected[0].mapping, "bad");
  EXPECT_EQ(events.rejected[0].code, "mapping_failed");
  EXPECT_FALSE(events.rejected[0].index);
  EXPECT_EQ(events.rejected[1].reason, "/events: broken");
  ASSERT_EQ(events.drafts.size(), 3U);
  const auto kept = event::decode_rejected(events.drafts[0].body);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->payload, R"({"x":[]})");
  EXPECT_EQ(kept->reason, "mapping bad: events: the list has no element 2");
  EXPECT_EQ(kept->path, kPath);
}

TEST(Webhook, RefusedEventsAreToldEachAndTheirDocumentIsKeptOnce) {
  const auto events = received({in_force("a", "body.map(u, {'event': 'A', 'userId': u, 'messageId': 'm' + u})")},
                               R"(["1","","null","2"])");
  EXPECT_EQ(events.accepted, 2U);
  ASSERT_EQ(events.rejected.size(), 2U);
  EXPECT_EQ(events.rejected[0].index, 1U);
  EXPECT_EQ(events.rejected[0].code, "missing_identity");
  EXPECT_EQ(events.rejected[0].message_id, "m");
  EXPECT_EQ(events.rejected[1].index, 2U);
  EXPECT_EQ(events.rejected[1].code, "blocked_identity");
  ASSERT_EQ(events.drafts.size(), 3U);
  EXPECT_EQ(events.drafts[2].kind, log::RecordKind::kRejected);
  const auto kept = event::decode_rejected(events.drafts[2].body);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->payload, R"(["1","","null","2"])");
  EXPECT_EQ(kept->index, 1U);
  EXPECT_TRUE(kept->reason.starts_with("mapping a: event 1: ")) << kept->reason;
  EXPECT_TRUE(kept->reason.ends_with(" (and 1 more of its events)")) << kept->reason;
}

TEST(Webhook, MoreEventsThanABatchHoldsAreTakenAll) {
  const std::string mapping =
      "lists.range(100).map(i, {'event': 'A', 'userId': 'u' + string(i), 'properties': {'text': body}})";
  const auto events = received({in_force("a", mapping)}, '"' + std::string(20'000, 'x') + '"');
  EXPECT_EQ(events.accepted, 100U);
  EXPECT_EQ(events.drafts.size(), 100U);
}

TEST(Webhook, AnEventThatIsTooLargeIsRefusedAlone) {
  const std::string mapping = "[body, 'small'].map(t, {'event': 'A', 'userId': 'u', 'properties': {'text': t}})";
  for (const std::size_t size : {40'000U, 600'000U}) {
    const auto events = received({in_force("a", mapping)}, '"' + std::string(size, 'x') + '"');
    EXPECT_EQ(events.accepted, 1U);
    ASSERT_EQ(events.rejected.size(), 1U);
    EXPECT_EQ(events.rejected[0].index, 0U);
    EXPECT_EQ(events.rejected[0].code, "too_large");
  }
}

TEST(Webhook, WhatIsNoJsonIsRefusedAsAWhole) {
  WebhookReader reader;
  const auto events =
      reader.read(shop(), catalog::default_identity_rules(), {}, {.body = "a=b", .received_at = kReceived}, kPath);
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tessera::ingest
