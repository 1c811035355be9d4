#include "ingest/payload.h"

#include "cel/collections.h"

namespace tessera::ingest {

namespace {

constexpr std::size_t kKeptMemory = 1u << 20;  // what is beyond is given back after use

cel::Value instant(Timestamp at) {
  std::int64_t seconds = at.ms / kSecondMs;
  std::int64_t rest = at.ms % kSecondMs;
  if (rest < 0) {
    --seconds;
    rest += kSecondMs;
  }
  return cel::Value::timestamp({seconds, static_cast<std::int32_t>(rest * 1'000'000)});
}

std::unexpected<Error> no_memory() {
  return error(Code::kInvalidArgument, "the document takes more memory than it may");
}

}  // namespace

Payload::Payload() : arena_(std::make_unique<cel::Arena>(kMaxPayloadMemory)), values_(kPayloadSlots) {}

Status Payload::read(const PayloadText& text) {
  if (text.body.size() > kMaxPayloadBytes) {
    return error(Code::kInvalidArgument, "the document has " + std::to_string(text.body.size()) + " bytes; at most " +
                                             std::to_string(kMaxPayloadBytes) + " are taken");
  }
  if (arena_->used() > kKeptMemory) arena_ = std::make_unique<cel::Arena>(kMaxPayloadMemory);
  arena_->reset();
  hash_ = hash128(text.body, text.place);
  TRY_ASSIGN(values_[0], reader_.read(text.body, *arena_));
  TRY(read_fields(text.headers, values_[1]));
  TRY(read_fields(text.query, values_[2]));
  values_[3] = instant(text.received_at);
  return {};
}

Status Payload::read_fields(const std::vector<PayloadField>& fields, cel::Value& value) {
  cel::MapBuilder map(fields.size(), *arena_);
  for (const auto& [name, field] : fields) {
    std::string_view key;
    std::string_view kept;
    if (!arena_->copy(name, &key) || !arena_->copy(field, &kept)) return no_memory();
    map.add(cel::Value::string(key), cel::Value::string(kept));
  }
  const cel::Map* const made = map.finish();
  if (made == nullptr) return no_memory();
  value = cel::Value::map(made);
  return {};
}

}  // namespace tessera::ingest
