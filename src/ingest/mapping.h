// A mapping: what says how foreign JSON documents (webhooks, rows of files) become events. It is written in CEL.
//
//   {"kind": "mapping", "name": "shop-orders", "source": "shop",
//    "let": {"order": "body.order"},
//    "events": "{\"event\": \"Order Completed\", \"userId\": order.customer.id}"}
//
// `let` names parts of the work, in order; `events` gives null, an event, or a list of events and nulls. An event is a
// map in the tracking API's shape. docs/mapping.md is for those who write mappings.
//
// Compiled once, immutable, any thread. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cel/program.h"
#include "ingest/payload.h"

namespace boost::json {
class object;
}

namespace tessera::ingest {

inline constexpr std::size_t kMaxLets = 50;
inline constexpr std::size_t kMaxMappingText = 8192;  // of one expression
inline constexpr std::size_t kMaxMappedEvents = 2'500;
inline constexpr std::size_t kMaxMappedBytes = 4u << 20;  // of one document's events, as JSON

// What one evaluation may use.
inline constexpr std::uint64_t kMappingCost = 500'000;
inline constexpr std::size_t kMappingMemory = 8u << 20;

struct MappingDocument {
  std::string name;
  std::string source;
  std::vector<std::pair<std::string, std::string>> let;
  std::string events;
};
// Of a document that is valid by its schema.
MappingDocument read_mapping(const boost::json::object& document);

struct MappingProblem {
  std::string pointer;  // JSON pointer into the document: "/let/order"
  std::string message;  // an expression's with "line:column: " in front
};

// An event that a mapping made: an item for Parser's batches.
struct MappedEvent {
  std::string json;        // "type", "messageId", then the rest that is not null
  std::string message_id;  // as made here; empty if the mapping states one
  std::string name;        // "event", or else the type: for people
};

// Memory and cost for one evaluation after another on one thread.
class MappingContext {
 public:
  MappingContext();
  cel::Context& begin();  // what the evaluation before made is gone

 private:
  std::unique_ptr<cel::Context> context_;
};

class Mapping {
 public:
  // Null, and problems, if an expression is wrong.
  static std::shared_ptr<const Mapping> compile(const MappingDocument& document, std::vector<MappingProblem>& problems);

  const std::string& name() const { return name_; }
  const std::string& source() const { return source_; }

  // The events of a document, in order. An event whose mapping gives no message id gets one that follows from the
  // mapping's name, the document, the event's type and name and its place among the events: the same document sent
  // again makes the same ids. kInvalidArgument says which expression failed and why, or what is wrong with its result.
  Result<std::vector<MappedEvent>> events(const Payload& payload, MappingContext& context) const;

 private:
  struct Let {
    std::string name;
    cel::Program program;
    std::vector<std::size_t> needs;  // the lets that must be there before it, ascending
  };
  class Evaluation;

  Mapping() = default;

  std::string name_;
  std::string source_;
  std::vector<Let> lets_;
  std::unique_ptr<cel::Program> events_;
};

}  // namespace tessera::ingest
