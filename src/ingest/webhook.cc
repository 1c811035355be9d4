#include "ingest/webhook.h"

namespace tessera::ingest {

// One document's way through the mappings of its source.
class WebhookReader::Reading {
 public:
  Reading(WebhookReader& reader, const catalog::Source& source, const catalog::IdentityRules& rules,
          const PayloadText& text, std::string_view path)
      : reader_(reader), source_(source), rules_(rules), text_(text), path_(path) {}

  void map(const MappingInForce& in_force) {
    const std::size_t before = out_.rejected.size();
    if (in_force.mapping == nullptr) {
      reject(in_force, in_force.problem);
    } else if (auto events = in_force.mapping->events(reader_.payload_, reader_.context_); !events) {
      reject(in_force, events.error().message);
    } else {
      parse(in_force, *events);
    }
    if (out_.rejected.size() != before) quarantine(before);
  }

  WebhookEvents events() && { return std::move(out_); }

 private:
  void reject(const MappingInForce& in_force, std::string why) {
    out_.rejected.push_back({in_force.name, std::nullopt, {}, std::string(kMappingFailed), std::move(why)});
  }

  // As batches: the checks, the standard forms and the limits of the tracking API are a webhook's too.
  void parse(const MappingInForce& in_force, const std::vector<MappedEvent>& events) {
    constexpr std::string_view kHead = R"({"batch":[)";
    constexpr std::string_view kTail = "]}";
    const std::size_t limit = limits_of(Call::kBatch).body_bytes - kHead.size() - kTail.size() - 1;
    std::size_t next = 0;
    while (next < events.size()) {
      if (const std::size_t size = events[next].json.size(); size > limit) {  // it would fill no batch
        const auto index = static_cast<std::uint32_t>(next++);
        out_.rejected.push_back({in_force.name,
                                 index,
                                 {},
                                 "too_large",
                                 "the item has " + std::to_string(size) + " bytes; at most " +
                                     std::to_string(limits_of(Call::kBatch).item_bytes) + " are taken"});
        continue;
      }
      std::string body(kHead);
      const std::size_t first = next;
      do {
        if (next > first) body += ',';
        body += events[next++].json;
      } while (next < events.size() && body.size() + events[next].json.size() <= limit);
      body += kTail;
      take(in_force, body, static_cast<std::uint32_t>(first));
    }
  }

  void take(const MappingInForce& in_force, const std::string& body, std::uint32_t first) {
    Result<Parsed> parsed = reader_.parser_.parse(source_, rules_, Call::kBatch, body, text_.received_at);
    if (!parsed) {
      return out_.rejected.push_back({in_force.name, first, {}, std::string(kMappingFailed), parsed.error().message});
    }
    out_.accepted += parsed->accepted;
    for (log::Draft& draft : parsed->drafts) {
      if (draft.kind == log::RecordKind::kEvent) out_.drafts.push_back(std::move(draft));
    }
    for (Rejection& each : parsed->rejected) {
      out_.rejected.push_back({in_force.name, first + each.index, std::move(each.message_id), std::move(each.code),
                               std::move(each.reason)});
    }
  }

  // One record for all that a mapping's events were refused for: the document is what repairs start from.
  void quarantine(std::size_t first) {
    const WebhookRejection& told = out_.rejected[first];
    std::string reason = "mapping " + told.mapping + ": ";
    if (told.index) reason += "event " + std::to_string(*told.index) + ": ";
    reason += told.reason;
    if (const std::size_t more = out_.rejected.size() - first - 1; more > 0) {
      reason += " (and " + std::to_string(more) + " more of its events)";
    }
    out_.drafts.push_back(rejected_draft(source_.id, {.reason = reason,
                                                      .code = told.code,
                                                      .message_id = told.message_id,
                                                      .path = path_,
                                                      .index = told.index.value_or(0),
                                                      .received_at = text_.received_at,
                                                      .payload = text_.body}));
  }

  WebhookReader& reader_;
  const catalog::Source& source_;
  const catalog::IdentityRules& rules_;
  const PayloadText& text_;
  std::string_view path_;
  WebhookEvents out_;
};

Result<WebhookEvents> WebhookReader::read(const catalog::Source& source, const catalog::IdentityRules& rules,
                                          std::span<const MappingInForce> mappings, const PayloadText& text,
                                          std::string_view path) {
  TRY(payload_.read(text));
  Reading reading(*this, source, rules, text, path);
  for (const MappingInForce& mapping : mappings) reading.map(mapping);
  return std::move(reading).events();
}

}  // namespace tessera::ingest
