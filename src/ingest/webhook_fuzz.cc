// Input: an expression that is named `x`, a zero byte, the events' expression, a zero byte, a document. No mapping and
// no document may crash, hang or take much memory; what is accepted must decode, and come out the same again.
#include <set>

#include "event/event.h"
#include "ingest/webhook.h"

namespace tessera::ingest {
namespace {

constexpr Timestamp kReceived{1'709'294'400'000};

std::set<std::string> message_ids(const WebhookEvents& events) {
  std::set<std::string> ids;
  for (const log::Draft& draft : events.drafts) {
    if (draft.kind == log::RecordKind::kRejected) {
      TESSERA_ASSERT(event::decode_rejected(draft.body));
      continue;
    }
    const auto event = event::decode(draft.body);
    TESSERA_ASSERT(event && !event->message_id.empty() && !event->identifiers.empty());
    ids.emplace(event->message_id);
  }
  return ids;
}

void run(std::string_view let, std::string_view events, std::string_view body) {
  std::vector<MappingProblem> problems;
  MappingInForce in_force{.definition = {}, .name = "m", .source = "shop", .mapping = {}, .problem = "it is broken"};
  in_force.mapping = Mapping::compile({"m", "shop", {{"x", std::string(let)}}, std::string(events)}, problems);
  TESSERA_ASSERT((in_force.mapping == nullptr) == !problems.empty());
  static WebhookReader reader;
  static const catalog::Source source = [] {
    catalog::Source made;
    made.identifier_traits = catalog::default_identifier_traits();
    return made;
  }();
  const PayloadText text{.body = body,
                         .headers = {{"x-topic", "orders/create"}},
                         .query = {{"v", "1"}},
                         .received_at = kReceived};
  const auto& rules = catalog::default_identity_rules();
  const auto first = reader.read(source, rules, {&in_force, 1}, text, "/v1/webhook/shop");
  if (!first) return;
  TESSERA_ASSERT(first->accepted + (first->rejected.empty() ? 0 : 1) == first->drafts.size());
  const auto again = reader.read(source, rules, {&in_force, 1}, text, "/v1/webhook/shop");
  TESSERA_ASSERT(again && message_ids(*first) == message_ids(*again));
}

}  // namespace
}  // namespace tessera::ingest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t let = std::min(input.find('\0'), size);
  const std::size_t events = std::min(input.find('\0', std::min(let + 1, size)), size);
  tessera::ingest::run(input.substr(0, let), input.substr(std::min(let + 1, size), events - std::min(let + 1, events)),
                       input.substr(std::min(events + 1, size)));
  return 0;
}
