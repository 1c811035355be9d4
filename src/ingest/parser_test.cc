#include "ingest/parser.h"

#include <gtest/gtest.h>

#include "event/event.h"

namespace tessera::ingest {
namespace {

// 2024-03-01T12:00:00Z
constexpr Timestamp kReceived{1'709'294'400'000};

catalog::Source shop() {
  catalog::Source source;
  source.id = {7};
  source.name = "shop";
  source.identifier_traits = catalog::default_identifier_traits();
  return source;
}

Result<Parsed> parse(Call call, std::string_view body, const catalog::Source& source = shop()) {
  static Parser parser;
  return parser.parse(source, catalog::default_identity_rules(), call, body, kReceived);
}

std::string joined(const std::vector<event::Identifier>& identifiers) {
  std::string text;
  for (const auto& [type, value] : identifiers) text.append(type).append("=").append(value).append(" ");
  return text;
}

std::string joined(const std::vector<event::Trait>& traits) {
  std::string text;
  for (const auto& [name, json] : traits) text.append(name).append("=").append(json).append(" ");
  return text;
}

// The one event that a call makes. What it points into lives until the next call.
event::Event accepted(Call call, std::string_view body, const catalog::Source& source = shop()) {
  static Parsed kept;
  auto parsed = parse(call, body, source);
  EXPECT_TRUE(parsed) << body;
  if (!parsed || parsed->accepted != 1) {
    ADD_FAILURE() << body << (parsed && !parsed->rejected.empty() ? parsed->rejected[0].reason : "");
    return {};
  }
  kept = std::move(*parsed);
  EXPECT_EQ(kept.drafts[0].kind, log::RecordKind::kEvent);
  EXPECT_EQ(kept.drafts[0].source, SourceId{7});
  return *event::decode(kept.drafts[0].body);
}

// The code of the one rejection that a call makes, or "accepted".
std::string refused(Call call, std::string_view body) {
  const auto parsed = parse(call, body);
  EXPECT_TRUE(parsed) << body;
  if (!parsed || parsed->rejected.size() != 1) return "accepted";
  EXPECT_EQ(parsed->drafts.size(), 1U);
  EXPECT_EQ(parsed->drafts[0].kind, log::RecordKind::kRejected);
  return parsed->rejected[0].code;
}

std::string occurred(std::string_view fields) {
  return to_text(accepted(Call::kTrack, R"({"event":"A","userId":"u1",)" + std::string(fields) + "}").occurred_at);
}

TEST(Calls, HaveALongAndAShortPath) {
  EXPECT_EQ(call_of("/v1/identify"), Call::kIdentify);
  EXPECT_EQ(call_of("/v1/t"), Call::kTrack);
  EXPECT_EQ(call_of("/v1/b"), Call::kBatch);
  EXPECT_EQ(call_of("/v1/import"), Call::kImport);
  for (const auto* path : {"", "/", "/v1", "/v1/", "/v1/x", "/v1/track/", "/v2/track", "track"}) {
    EXPECT_FALSE(call_of(path)) << path;
  }
  for (int i = 0; i < 8; ++i) EXPECT_EQ(call_of(path_of(static_cast<Call>(i))), static_cast<Call>(i));
}

TEST(Track, KeepsNameIdsPropertiesAndContext) {
  const auto event = accepted(Call::kTrack, R"({"event":"Order Completed","userId":"u1","anonymousId":"a1",
    "messageId":"m1","properties":{"total": 27.50, "n": 12345678901234567890123},"context":{"ip":"203.0.113.9"},
    "integrations":{"All":true}})");
  EXPECT_EQ(event.type, event::EventType::kTrack);
  EXPECT_EQ(event.name, "Order Completed");
  EXPECT_EQ(event.message_id, "m1");
  EXPECT_EQ(event.user_id, "u1");
  EXPECT_EQ(event.anonymous_id, "a1");
  EXPECT_EQ(event.properties, R"({"total":27.50,"n":12345678901234567890123})");
  EXPECT_EQ(event.context, R"({"ip":"203.0.113.9"})");
  EXPECT_EQ(event.integrations, R"({"All":true})");
  EXPECT_EQ(event.received_at, kReceived);
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 anonymous_id=a1 ");
  EXPECT_TRUE(event.traits.empty());
}

TEST(Identify, TakesTraitsFromItsOwnAndThenFromTheContext) {
  const auto event = accepted(Call::kIdentify, R"({"userId":"u1","traits":{"email":" Jane@Example.com","plan":"gold"},
    "context":{"traits":{"plan":"silver","age":30}}})");
  EXPECT_EQ(joined(event.traits), R"(email=" Jane@Example.com" plan="gold" age=30 )");
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 email=jane@example.com ");
}

TEST(Identify, IdentifierTraitsAreTheSources) {
  auto source = shop();
  source.identifier_traits = {{"loyalty", "card"}, {"mail", "email"}, {"shoe", "shoe_size"}};
  const auto event =
      accepted(Call::kIdentify,
               R"({"userId":"u1","traits":{"loyalty":2600017,"mail":"J@X.DE","email":"k@x.de","shoe":"42"}})", source);
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 card=2600017 email=j@x.de ");
}

TEST(PageAndScreen, KeepNameAndCategoryInTheirProperties) {
  const auto page =
      accepted(Call::kPage, R"({"userId":"u1","name":"Home","category":"Docs","properties":{"url":"/"}})");
  EXPECT_EQ(page.type, event::EventType::kPage);
  EXPECT_EQ(page.name, "Home");
  EXPECT_EQ(page.properties, R"({"name":"Home","category":"Docs","url":"/"})");
  const auto screen = accepted(Call::kScreen, R"({"userId":"u1","name":"Main"})");
  EXPECT_EQ(screen.properties, R"({"name":"Main"})");
  const auto own = accepted(Call::kPage, R"({"userId":"u1","name":"Home","properties":{"name":"Start"}})");
  EXPECT_EQ(own.name, "Home");
  EXPECT_EQ(own.properties, R"({"name":"Start"})");
  const auto unnamed = accepted(Call::kPage, R"({"userId":"u1","properties":{}})");
  EXPECT_EQ(unnamed.name, "");
  EXPECT_EQ(unnamed.properties, "{}");
}

TEST(Group, TraitsAreTheGroupsAndPointAtNobody) {
  const auto event =
      accepted(Call::kGroup, R"({"userId":"u1","groupId":"g1","traits":{"name":"Acme","email":"info@acme.example"}})");
  EXPECT_EQ(event.group_id, "g1");
  EXPECT_EQ(joined(event.traits), R"(name="Acme" email="info@acme.example" )");
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 ");
}

TEST(Alias, ThePreviousIdIsAnAnonymousOne) {
  const auto event = accepted(Call::kAlias, R"({"userId":"u1","previousId":"anon1"})");
  EXPECT_EQ(event.previous_id, "anon1");
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 anonymous_id=anon1 ");
}

TEST(Alias, APreviousIdThatIsTheUserIdAddsNothing) {
  const auto event = accepted(Call::kAlias, R"({"userId":"u1","previousId":"u1","anonymousId":"a1"})");
  EXPECT_EQ(joined(event.identifiers), "user_id=u1 anonymous_id=a1 ");
}

struct IdentityCase {
  std::string_view fields;
  std::string_view identifiers;  // or the code of the refusal
};

TEST(Identity, OfATrackCall) {
  const std::string long_id = R"("userId":")" + std::string(257, 'x') + '"';
  const std::string long_and_short = long_id + R"(,"anonymousId":"a1")";
  const IdentityCase cases[] = {
      {R"("userId":"u1")", "user_id=u1 "},
      {R"("userId":" u1 ")", "user_id=u1 "},
      {R"("userId":4711)", "user_id=4711 "},
      {R"("userId":null,"anonymousId":"a1")", "anonymous_id=a1 "},
      {R"("userId":"","anonymousId":"a1")", "anonymous_id=a1 "},
      {R"("userId":{"x":1},"anonymousId":"a1")", "anonymous_id=a1 "},
      {R"("userId":true,"anonymousId":["a"])", "missing_identity"},
      {R"("userId":"  ")", "missing_identity"},
      {R"("x":1)", "missing_identity"},
      {R"("userId":"null","anonymousId":"a1")", "anonymous_id=a1 "},
      {R"("userId":"Undefined")", "blocked_identity"},
      {R"("userId":0,"anonymousId":"00000000-0000-0000-0000-000000000000")", "blocked_identity"},
      {long_id, "bad_identity"},
      {long_and_short, "anonymous_id=a1 "},
      {R"("userId":"u1","context":{"traits":{"email":"J@X.de"}})", "user_id=u1 email=j@x.de "},
      {R"("userId":"u1","traits":{"email":"J@X.de"})", "user_id=u1 "},
      {R"("context":{"traits":{"email":"J@X.de"}})", "missing_identity"},
      {R"("userId":"u1","context":{"traits":{"email":{"a":1},"phone":"+49 170 1"}})", "user_id=u1 phone=+491701 "},
      {R"("context":{"externalIds":[{"id":"2600017","type":"card"}]})", "card=2600017 "},
      {R"("userId":"u1","context":{"externalIds":[{"id":"J@x.de","type":"email","collection":"users"},
          {"id":"9","type":"ios.idfa"},{"id":"g","type":"card","collection":"accounts"},7,{"type":"card"}]})",
       "user_id=u1 email=j@x.de "},
      {R"("context":{"externalIds":[{"id":"9","type":"ios.idfa"}]})", "missing_identity"},
      {R"("context":{"externalIds":[{"id":"guest","type":"card"}]})", "blocked_identity"},
      {R"("context":{"externalIds":"x"},"userId":"u1")", "user_id=u1 "},
      {R"("userId":"u1","context":{"externalIds":[{"id":"u1","type":"user_id"}]})", "user_id=u1 "},
      {R"("\u0075serId":"\u00e9t\u00e9")", "user_id=\xC3\xA9t\xC3\xA9 "},
      {R"("userId":"a\u0000b")",
       "user_id=a\xEF\xBF\xBD"
       "b "},
      {R"("userId":"first","userId":"second")", "user_id=first "},
  };
  for (const auto& [fields, identifiers] : cases) {
    const std::string body = R"({"event":"A",)" + std::string(fields) + "}";
    const auto parsed = parse(Call::kTrack, body);
    ASSERT_TRUE(parsed) << body;
    if (parsed->accepted == 0) {
      EXPECT_EQ(parsed->rejected[0].code, identifiers) << body;
    } else {
      EXPECT_EQ(joined(event::decode(parsed->drafts[0].body)->identifiers), identifiers) << body;
    }
  }
}

TEST(Identity, MoreIdentifiersThanAnEventHoldsAreRefused) {
  std::string ids;
  for (int i = 0; i < 20; ++i) ids += R"({"type":"card","id":"C )" + std::to_string(i) + "\"},";
  ids.pop_back();
  const std::string twenty = R"({"event":"A","context":{"externalIds":[)" + ids + "]}}";
  EXPECT_EQ(accepted(Call::kTrack, twenty).identifiers.size(), 20U);
  const std::string more = R"({"event":"A","userId":"u1","context":{"externalIds":[)" + ids + "]}}";
  EXPECT_EQ(refused(Call::kTrack, more), "too_many_identifiers");
}

struct Refused {
  Call call;
  std::string_view body;
  std::string_view code;
};

TEST(Refusal, EachHasItsCode) {
  const Refused cases[] = {
      {Call::kTrack, R"({"userId":"u1"})", "missing_event"},
      {Call::kTrack, R"({"userId":"u1","event":" "})", "missing_event"},
      {Call::kTrack, R"({"userId":"u1","event":5})", "missing_event"},
      {Call::kGroup, R"({"userId":"u1"})", "missing_group_id"},
      {Call::kAlias, R"({"userId":"u1"})", "missing_previous_id"},
      {Call::kAlias, R"({"anonymousId":"a1","previousId":"b"})", "missing_identity"},
      {Call::kIdentify, R"({"traits":{"email":"a@b.de"}})", "missing_identity"},
      {Call::kPage, R"({"name":"Home"})", "missing_identity"},
      {Call::kTrack, R"({"userId":"u1","event":"A","properties":[1]})", "bad_field"},
      {Call::kTrack, R"({"userId":"u1","event":"A","context":"x"})", "bad_field"},
      {Call::kIdentify, R"({"userId":"u1","traits":"x"})", "bad_field"},
      {Call::kTrack, R"({"userId":"u1","event":"A","integrations":false})", "bad_field"},
      {Call::kTrack, R"({"userId":"u1","event":"A","timestamp":"yesterday"})", "bad_timestamp"},
      {Call::kTrack, R"({"userId":"u1","event":"A","timestamp":1709287872})", "bad_timestamp"},
      {Call::kTrack, R"({"userId":"u1","event":"A","timestamp":true})", "bad_timestamp"},
  };
  for (const auto& [call, body, code] : cases) EXPECT_EQ(refused(call, body), code) << body;
}

TEST(Refusal, FieldsThatAreNullCountAsNotSent) {
  const auto event = accepted(Call::kTrack, R"({"event":"A","userId":"u1","anonymousId":null,"messageId":null,
    "properties":null,"context":null,"integrations":null,"traits":null,"timestamp":null,"sentAt":null})");
  EXPECT_EQ(event.properties, "");
  EXPECT_EQ(event.occurred_at, kReceived);
}

TEST(Refusal, GoesToTheQuarantineWithTheItemAndItsReason) {
  const auto parsed = parse(Call::kBatch, R"({"batch":[{"type":"track","event":"A","userId":"u1"},
    {"type":"track", "messageId":"m2", "userId":"u1"}]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->accepted, 1U);
  ASSERT_EQ(parsed->drafts.size(), 2U);
  EXPECT_EQ(parsed->drafts[1].kind, log::RecordKind::kRejected);
  EXPECT_EQ(parsed->drafts[1].source, SourceId{7});
  const auto rejected = event::decode_rejected(parsed->drafts[1].body);
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->code, "missing_event");
  EXPECT_EQ(rejected->message_id, "m2");
  EXPECT_EQ(rejected->path, "/v1/batch");
  EXPECT_EQ(rejected->index, 1U);
  EXPECT_EQ(rejected->received_at, kReceived);
  EXPECT_EQ(rejected->payload, R"({"type":"track","messageId":"m2","userId":"u1"})");
  EXPECT_EQ(parsed->rejected[0].index, 1U);
  EXPECT_EQ(parsed->rejected[0].message_id, "m2");
}

TEST(Refusal, OfAWholeRequestGoesToTheQuarantineToo) {
  const auto parsed = parse(Call::kTrack, "{\"a\":");
  ASSERT_FALSE(parsed);
  const log::Draft draft = quarantined(shop(), parsed.error(), Call::kTrack, "{\"a\":", kReceived);
  const auto rejected = event::decode_rejected(draft.body);
  ASSERT_TRUE(rejected);
  EXPECT_EQ(draft.kind, log::RecordKind::kRejected);
  EXPECT_EQ(rejected->reason, parsed.error().message);
  EXPECT_EQ(rejected->code, "bad_request");
  EXPECT_EQ(rejected->path, "/v1/track");
  EXPECT_EQ(rejected->payload, "{\"a\":");
}

TEST(Time, IsTheSendersCorrectedForItsClock) {
  EXPECT_EQ(occurred(R"("x":1)"), "2024-03-01T12:00:00.000Z");
  EXPECT_EQ(occurred(R"("timestamp":"2024-03-01T10:00:00Z")"), "2024-03-01T10:00:00.000Z");
  EXPECT_EQ(occurred(R"("timestamp":"2024-03-01T10:00:00Z","sentAt":"2024-03-01T10:00:05Z")"),
            "2024-03-01T11:59:55.000Z");
  EXPECT_EQ(occurred(R"("timestamp":1709287200000,"sentAt":1709287205000)"), "2024-03-01T11:59:55.000Z");
  EXPECT_EQ(occurred(R"("originalTimestamp":"2024-03-01T10:00:00Z","timestamp":"2024-03-01T11:00:00Z",
                         "sentAt":"2024-03-01T10:00:05Z")"),
            "2024-03-01T11:59:55.000Z");
  EXPECT_EQ(occurred(R"("timestamp":"2024-03-01T10:00:00Z","sentAt":"no time")"), "2024-03-01T10:00:00.000Z");
}

TEST(Time, InTheFutureIsClampedToReceipt) {
  EXPECT_EQ(occurred(R"("timestamp":"2031-01-01")"), "2024-03-01T12:00:00.000Z");
  EXPECT_EQ(occurred(R"("timestamp":"2024-03-01T10:00:05Z","sentAt":"2024-03-01T10:00:00Z")"),
            "2024-03-01T12:00:00.000Z");
}

TEST(Time, LaterThanTheSourceAllowsIsHistoric) {
  const auto historic = [](std::string_view time) {
    return accepted(Call::kTrack, R"({"event":"A","userId":"u1","timestamp":")" + std::string(time) + "\"}").historic;
  };
  EXPECT_FALSE(historic("2024-02-27T12:00:00Z"));
  EXPECT_TRUE(historic("2024-02-27T11:59:59.999Z"));
  EXPECT_TRUE(accepted(Call::kImport, R"({"batch":[{"type":"track","event":"A","userId":"u1"}]})").historic);
}

TEST(MessageId, IsKeptOrMadeFromTheItemTheMomentAndThePlace) {
  EXPECT_EQ(accepted(Call::kTrack, R"({"event":"A","userId":"u1","messageId":17})").message_id, "17");
  const auto ids = [](std::string_view body) {
    const auto parsed = parse(Call::kBatch, body);
    std::vector<std::string> result;
    for (const auto& draft : parsed->drafts) result.emplace_back(event::decode(draft.body)->message_id);
    return result;
  };
  const auto* body =
      R"({"batch":[{"type":"track","event":"A","userId":"u1"},{"type":"track","event":"A","userId":"u1"}]})";
  const auto first = ids(body);
  EXPECT_EQ(first, ids(body));
  EXPECT_EQ(first[0].size(), 37U);
  EXPECT_NE(first[0], first[1]);
}

TEST(MessageId, HasFewerThan100Characters) {
  const auto body = [](std::size_t size) {
    std::string id;
    for (std::size_t i = 0; i < size; ++i) id += "\xC3\xA9";
    return R"({"event":"A","userId":"u1","messageId":")" + id + "\"}";
  };
  EXPECT_EQ(refused(Call::kTrack, body(99)), "accepted");
  EXPECT_EQ(refused(Call::kTrack, body(100)), "bad_message_id");
}

TEST(WriteKey, IsFoundInTheBody) {
  Parser parser;
  EXPECT_EQ(parser.write_key_in(R"({"batch":[],"writeKey":"wk_1"})"), "wk_1");
  for (const auto* body : {"", "{", "[]", "{}", R"({"writeKey":5})", R"({"a":{"writeKey":"x"}})"}) {
    EXPECT_FALSE(parser.write_key_in(body)) << body;
  }
}

}  // namespace
}  // namespace tessera::ingest
