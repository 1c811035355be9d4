#include "event/event.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <protozero/pbf_writer.hpp>

namespace tessera::event {
namespace {

bool same(const Event& a, const Event& b) {
  const auto pairs = [](const Event& e) {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const auto& [type, value] : e.identifiers) all.emplace_back(type, value);
    for (const auto& [name, json] : e.traits) all.emplace_back(name, json);
    return all;
  };
  return a.type == b.type && a.name == b.name && a.message_id == b.message_id && a.user_id == b.user_id &&
         a.anonymous_id == b.anonymous_id && a.group_id == b.group_id && a.previous_id == b.previous_id &&
         a.occurred_at == b.occurred_at && a.received_at == b.received_at && a.historic == b.historic &&
         a.properties == b.properties && a.context == b.context && a.integrations == b.integrations &&
         a.identifiers.size() == b.identifiers.size() && pairs(a) == pairs(b);
}

Event sample() {
  Event event;
  event.type = EventType::kTrack;
  event.name = "Order Completed";
  event.message_id = "m-1";
  event.user_id = "u1";
  event.occurred_at = {1709287872345};
  event.received_at = {1709287873000};
  event.properties = R"({"total":27.5})";
  event.identifiers = {{"user_id", "u1"}, {"email", "jane@example.com"}};
  event.traits = {{"plan", "\"gold\""}};
  return event;
}

std::string encoded(const Event& event) {
  std::string bytes;
  encode(event, bytes);
  return bytes;
}

TEST(EventType, NamesReadBackAndOthersAreRefused) {
  for (const auto* name : {"identify", "track", "page", "screen", "group", "alias"}) {
    EventType type{};
    ASSERT_TRUE(parse_type(name, &type)) << name;
    EXPECT_EQ(type_name(type), name);
  }
  EventType type = EventType::kPage;
  EXPECT_FALSE(parse_type("Track", &type));
  EXPECT_FALSE(parse_type("", &type));
  EXPECT_EQ(type, EventType::kPage);
}

TEST(EventFormat, AnyEventReadsBackTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto text = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    std::vector<std::string> kept;
    kept.reserve(100);
    const auto view = [&]() -> std::string_view { return kept.emplace_back(*text); };
    Event event;
    event.type = static_cast<EventType>(*rc::gen::inRange(1, 7));
    event.name = view();
    event.message_id = view();
    event.user_id = view();
    event.anonymous_id = view();
    event.group_id = view();
    event.previous_id = view();
    event.occurred_at = {*rc::gen::arbitrary<std::int64_t>()};
    event.received_at = {*rc::gen::arbitrary<std::int64_t>()};
    event.historic = *rc::gen::arbitrary<bool>();
    event.properties = view();
    event.context = view();
    event.integrations = view();
    for (int i = *rc::gen::inRange(0, 21); i > 0; --i) event.identifiers.push_back({view(), view()});
    for (int i = *rc::gen::inRange(0, 20); i > 0; --i) event.traits.push_back({view(), view()});
    const std::string bytes = encoded(event);
    const auto back = decode(bytes);
    RC_ASSERT(back.has_value());
    RC_ASSERT(same(event, *back));
  }));
}

TEST(EventFormat, AnyRejectionReadsBackTheSame) {
  EXPECT_TRUE(rc::check([](const std::string& reason, const std::string& code, const std::string& message_id,
                           const std::string& payload, std::uint32_t index, std::int64_t ms) {
    const Rejected rejected{.reason = reason,
                            .code = code,
                            .message_id = message_id,
                            .path = "/v1/batch",
                            .index = index,
                            .received_at = {ms},
                            .payload = payload};
    std::string bytes;
    encode(rejected, bytes);
    const auto back = decode_rejected(bytes);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->reason == reason && back->code == code && back->message_id == message_id);
    RC_ASSERT(back->path == "/v1/batch" && back->index == index && back->received_at.ms == ms);
    RC_ASSERT(back->payload == payload);
  }));
}

TEST(EventFormat, EncodeAppends) {
  std::string bytes = "before";
  encode(sample(), bytes);
  EXPECT_EQ(bytes, "before" + encoded(sample()));
}

TEST(EventFormat, UnknownFieldsAreSkipped) {
  std::string bytes = encoded(sample());
  protozero::pbf_writer writer(bytes);
  writer.add_string(99, "from a later release");
  writer.add_fixed64(98, 7);
  writer.add_uint64(2, 5);  // the number of `name`, another wire type
  const auto back = decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_TRUE(same(sample(), *back));
}

TEST(EventFormat, ATornRecordIsDataLossOrReadsAsShorter) {
  const std::string bytes = encoded(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode(std::string_view(bytes).substr(0, size));
    EXPECT_TRUE(back || back.error().code == Code::kDataLoss) << size;
  }
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode("\x08\x07"));  // no such type
}

TEST(EventFormat, MoreIdentifiersThanAnyWriterMakesIsDataLoss) {
  std::string bytes = encoded(sample());
  protozero::pbf_writer writer(bytes);
  for (std::size_t i = 0; i < kMaxIdentifiers; ++i) writer.add_string(13, "");
  EXPECT_EQ(decode(bytes).error().code, Code::kDataLoss);
}

TEST(EventFormat, ARejectedPayloadIsCutAtItsLimit) {
  const std::string payload(kMaxRejectedPayload + 10, 'x');
  std::string bytes;
  Rejected rejected;
  rejected.payload = payload;
  encode(rejected, bytes);
  EXPECT_EQ(decode_rejected(bytes)->payload.size(), kMaxRejectedPayload);
}

}  // namespace
}  // namespace tessera::event
