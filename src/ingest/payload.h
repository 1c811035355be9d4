// A foreign document and what came with it, as the variables of mappings (ingest/mapping.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "cel/json.h"
#include "cel/program.h"

namespace tessera::ingest {

struct PayloadField {
  std::string_view name;
  std::string_view value;
};

// As it came.
struct PayloadText {
  std::string_view body;                // JSON of any kind
  std::vector<PayloadField> headers{};  // names in lower case; of equal ones the first counts
  std::vector<PayloadField> query{};    // the same
  Timestamp received_at;
  std::uint64_t place = 0;  // tells equal documents apart that are not one sent twice: the line of a file
};

// The variables' slots.
enum class PayloadSlot : std::uint8_t { kBody, kHeaders, kQuery, kReceivedAt };
inline constexpr std::uint32_t kPayloadSlots = 4;

inline constexpr std::size_t kMaxPayloadBytes = 1u << 20;    // as much as the quarantine keeps of one
inline constexpr std::size_t kMaxPayloadMemory = 32u << 20;  // of its values

// Used for one document after another. One thread.
class Payload {
 public:
  Payload();

  // Nothing of `text` is kept. kInvalidArgument if the body is not JSON, nested more than 64 deep, or too large.
  Status read(const PayloadText& text);

  // The variables by PayloadSlot; valid until the next `read`.
  const std::vector<cel::Value>& values() const { return values_; }
  // Equal for equal bodies at equal places.
  Hash128 hash() const { return hash_; }

 private:
  Status read_fields(const std::vector<PayloadField>& fields, cel::Value& value);

  cel::JsonReader reader_;
  std::unique_ptr<cel::Arena> arena_;
  std::vector<cel::Value> values_;
  Hash128 hash_;
};

}  // namespace tessera::ingest
