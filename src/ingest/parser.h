// Segment's tracking API without its transport: a request's body becomes records for the log.
//
// Pure: no sockets, no clock, no threads. One Parser per thread; it keeps its buffers from one request to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"
#include "event/event.h"
#include "ingest/call.h"
#include "log/log.h"

namespace tessera::ingest {

// An item that was refused while the rest of its request was not.
struct Rejection {
  std::uint32_t index = 0;  // place in the batch, from 0
  std::string message_id;   // empty if the item had none
  std::string code;         // stable word; README.md lists them
  std::string reason;       // one sentence
};

struct Parsed {
  std::vector<log::Draft> drafts;  // one per item, in their order: kEvent, or kRejected for the quarantine
  std::uint32_t accepted = 0;
  std::vector<Rejection> rejected;
};

class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // `body` is decompressed. kInvalidArgument if the request can only be refused as a whole: it is not JSON, it is
  // larger or has more items than its call allows, or it is a batch without a list; see `quarantined`.
  Result<Parsed> parse(const catalog::Source& source, const catalog::IdentityRules& rules, Call call,
                       std::string_view body, Timestamp received_at);

  // The write key in the body, for requests without one in their headers.
  std::optional<std::string> write_key_in(std::string_view body);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// The quarantine's record of something that was refused.
log::Draft rejected_draft(SourceId source, const event::Rejected& rejected);

// The same of a request that was refused as a whole.
log::Draft quarantined(const catalog::Source& source, const Error& why, Call call, std::string_view body,
                       Timestamp received_at);

}  // namespace tessera::ingest
