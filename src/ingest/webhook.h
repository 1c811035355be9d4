// Webhooks without their transport: a foreign document becomes records for the log, by the mappings of its source.
//
// Pure, one WebhookReader per thread; it keeps its buffers from one document to the next.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/mappings.h"
#include "ingest/parser.h"
#include "ingest/payload.h"

namespace tessera::ingest {

// What a mapping did not make of a document, or made wrong.
struct WebhookRejection {
  std::string mapping;
  std::optional<std::uint32_t> index;  // of the event, among those of its mapping; nullopt: the mapping failed
  std::string message_id;              // of the event
  std::string code;                    // kMappingFailed, or the parser's
  std::string reason;
};
inline constexpr std::string_view kMappingFailed = "mapping_failed";

struct WebhookEvents {
  std::vector<log::Draft> drafts;  // events; for each mapping with rejections one record for the quarantine
  std::uint32_t accepted = 0;
  std::vector<WebhookRejection> rejected;
};

class WebhookReader {
 public:
  // Every mapping is asked, and fails or is refused by itself: the others' events count. What the quarantine keeps is
  // the whole document, so that nothing is lost when the mapping was wrong. kInvalidArgument if it cannot be read.
  // `path` is told in the quarantine.
  Result<WebhookEvents> read(const catalog::Source& source, const catalog::IdentityRules& rules,
                             std::span<const MappingInForce> mappings, const PayloadText& text, std::string_view path);

 private:
  class Reading;

  Parser parser_;
  Payload payload_;
  MappingContext context_;
};

}  // namespace tessera::ingest
