#include "ingest/parser.h"

#include "ingest/item_reader.h"
#include "ingest/json_tree.h"

namespace tessera::ingest {

namespace {

constexpr std::size_t kMaxSharedValues = 1'000;

bool is_batch(Call call) {
  return call == Call::kBatch || call == Call::kImport;
}

Status check_size(Call call, std::string_view body) {
  const std::size_t limit = limits_of(call).body_bytes;
  if (body.size() <= limit) return {};
  return error(Code::kInvalidArgument, "the body has " + std::to_string(body.size()) + " bytes; at most " +
                                           std::to_string(limit) + " are taken: send smaller batches");
}

}  // namespace

struct Parser::Buffers {
  JsonTree tree;
  ItemReader reader;
  event::Event event;
  TextSpace space;
};

log::Draft rejected_draft(SourceId source, const event::Rejected& rejected) {
  log::Draft draft{.kind = log::RecordKind::kRejected, .source = source, .body = {}};
  event::encode(rejected, draft.body);
  return draft;
}

Parser::Parser() : buffers_(std::make_unique<Buffers>()) {}
Parser::~Parser() = default;

namespace {

// Reads one item and adds what became of it.
void add_item(ItemReader& reader, event::Event& event, const RequestFrame& frame, JsonValue item, Parsed& parsed) {
  const auto index = static_cast<std::uint32_t>(parsed.drafts.size());
  const std::optional<Refusal> refusal = reader.read(frame, item, index, event);
  if (!refusal) {
    log::Draft& draft = parsed.drafts.emplace_back();
    draft.kind = log::RecordKind::kEvent;
    draft.source = frame.source.id;
    event::encode(event, draft.body);
    ++parsed.accepted;
    return;
  }
  TextSpace space;
  const std::string_view sent_id = item.find("messageId").text(space).substr(0, 256);
  parsed.rejected.push_back({index, std::string(sent_id), std::string(refusal->code), refusal->reason});
  parsed.drafts.push_back(rejected_draft(frame.source.id, {.reason = refusal->reason,
                                                           .code = refusal->code,
                                                           .message_id = sent_id,
                                                           .path = path_of(frame.call),
                                                           .index = index,
                                                           .received_at = frame.received_at,
                                                           .payload = item.raw()}));
}

// Merging costs time and room per item: what is merged is bounded.
Status check_shared(Call call, std::string_view name, JsonValue shared) {
  const std::size_t limit = limits_of(call).item_bytes;
  if (shared.raw().size() <= limit && shared.count() <= kMaxSharedValues) return {};
  return error(Code::kInvalidArgument, "the batch's " + std::string(name) + " may have at most " +
                                           std::to_string(limit) + " bytes and " + std::to_string(kMaxSharedValues) +
                                           " values");
}

Result<std::size_t> count_items(Call call, JsonValue batch) {
  if (batch.kind() != JsonKind::kArray) {
    return error(Code::kInvalidArgument, "the body must have a field batch with a list of calls");
  }
  const std::size_t limit = limits_of(call).items;
  std::size_t count = 0;
  for (JsonValue item = batch.first(); item; item = item.next()) ++count;
  if (count <= limit) return count;
  return error(Code::kInvalidArgument, "the batch has " + std::to_string(count) + " items; at most " +
                                           std::to_string(limit) + " are taken: send smaller batches");
}

}  // namespace

Result<Parsed> Parser::parse(const catalog::Source& source, const catalog::IdentityRules& rules, Call call,
                             std::string_view body, Timestamp received_at) {
  TRY(check_size(call, body));
  JsonTree& tree = buffers_->tree;
  TRY(tree.read(body));
  const JsonValue root = tree.root();
  RequestFrame frame{.source = source,
                     .rules = rules,
                     .call = call,
                     .received_at = received_at,
                     .context = {},
                     .integrations = {},
                     .sent_at = {}};
  Parsed parsed;
  if (!is_batch(call)) {
    add_item(buffers_->reader, buffers_->event, frame, root, parsed);
    return parsed;
  }
  frame.context = root.find("context");
  frame.integrations = root.find("integrations");
  frame.sent_at = root.find("sentAt");
  TRY(check_shared(call, "context", frame.context));
  TRY(check_shared(call, "integrations", frame.integrations));
  const JsonValue batch = root.find("batch");
  TRY_ASSIGN(const std::size_t count, count_items(call, batch));
  parsed.drafts.reserve(count);
  std::size_t bytes = 0;
  for (JsonValue item = batch.first(); item; item = item.next()) {
    add_item(buffers_->reader, buffers_->event, frame, item, parsed);
    bytes += parsed.drafts.back().body.size();
    if (const std::size_t limit = limits_of(call).record_bytes; bytes > limit) {
      return error(Code::kInvalidArgument, "the batch, its context repeated in each item, has more than " +
                                               std::to_string(limit) + " bytes: send smaller batches");
    }
  }
  return parsed;
}

std::optional<std::string> Parser::write_key_in(std::string_view body) {
  if (body.size() > limits_of(Call::kImport).body_bytes || !buffers_->tree.read(body)) return std::nullopt;
  const JsonValue key = buffers_->tree.root().find("writeKey");
  if (!key.is_string()) return std::nullopt;
  buffers_->space.clear();
  return std::string(key.text(buffers_->space));
}

log::Draft quarantined(const catalog::Source& source, const Error& why, Call call, std::string_view body,
                       Timestamp received_at) {
  const bool too_large = body.size() > limits_of(call).body_bytes;
  return rejected_draft(source.id, {.reason = why.message,
                                    .code = too_large ? "too_large" : "bad_request",
                                    .message_id = {},
                                    .path = path_of(call),
                                    .index = 0,
                                    .received_at = received_at,
                                    .payload = body});
}

}  // namespace tessera::ingest
