// The first byte chooses the call, the rest is the body. What is accepted must decode and keep the model's promises.
#include "event/event.h"
#include "ingest/json_tree.h"
#include "ingest/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  if (size == 0) return 0;
  static ingest::Parser parser;
  static const catalog::Source source = [] {
    catalog::Source made;
    made.identifier_traits = catalog::default_identifier_traits();
    return made;
  }();
  const auto call = static_cast<ingest::Call>(data[0] % 8);
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Timestamp received{1'709'294'400'000};
  static_cast<void>(parser.write_key_in(body));
  const auto parsed = parser.parse(source, catalog::default_identity_rules(), call, body, received);
  if (!parsed) {
    const auto draft = ingest::quarantined(source, parsed.error(), call, body, received);
    TESSERA_ASSERT(event::decode_rejected(draft.body));
    return 0;
  }
  TESSERA_ASSERT(parsed->accepted + parsed->rejected.size() == parsed->drafts.size());
  for (const auto& draft : parsed->drafts) {
    if (draft.kind == log::RecordKind::kRejected) {
      TESSERA_ASSERT(event::decode_rejected(draft.body));
      continue;
    }
    const auto event = event::decode(draft.body);
    TESSERA_ASSERT(event && !event->message_id.empty() && !event->identifiers.empty());
    TESSERA_ASSERT(event->occurred_at <= event->received_at);
    for (const std::string_view json : {event->properties, event->context, event->integrations}) {
      ingest::JsonTree tree;
      TESSERA_ASSERT(json.empty() || (tree.read(json) && tree.root().raw() == json));
    }
  }
  return 0;
}
