#include "engine/seen.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

constexpr std::uint64_t kBlock = 65536;
enum class SeenField : protozero::pbf_tag_type { kTotal = 1, kForgotten = 2, kShrunk = 3, kBlocks = 4 };

std::string big_endian(std::uint64_t value) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(value >> (56 - 8 * i));
  return text;
}

std::uint64_t from_big_endian(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

struct Stored {
  std::uint64_t total = 0;
  std::uint64_t forgotten = 0;
  bool shrunk = false;
  std::vector<std::uint64_t> blocks;  // three numbers each: first offset, time, index
};

Result<Stored> decode_stored(std::string_view bytes) try {
  Stored stored;
  protozero::pbf_message<SeenField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case SeenField::kTotal:
        stored.total = message.get_uint64();
        break;
      case SeenField::kForgotten:
        stored.forgotten = message.get_uint64();
        break;
      case SeenField::kShrunk:
        stored.shrunk = message.get_bool();
        break;
      case SeenField::kBlocks:
        for (const std::uint64_t number : message.get_packed_uint64()) stored.blocks.push_back(number);
        break;
      default:
        message.skip();
    }
  }
  return stored;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored message ids are damaged: ") + e.what());
}

}  // namespace

Seen::Seen(storage::Store& store, std::uint64_t limit, std::int64_t keep_ms)
    : store_(store), limit_(std::max(limit, 2 * kBlock)), keep_ms_(keep_ms) {}

std::string Seen::key(Hash128 message) {
  return big_endian(message.high) + big_endian(message.low);
}

bool Seen::remembered_at(const Generation& generation, Hash128 message) const {
  const auto found = generation.offsets.find(message);
  return found != generation.offsets.end() && found->second >= floor();
}

bool Seen::check(Hash128 message, Offset offset, Timestamp time) {
  if (remembered_at(fresh_, message) || remembered_at(owed_, message)) return true;
  auto stored = store_.get(storage::Family::kSeen, key(message), text_);
  if (!stored) {
    failure_ = std::unexpected(stored.error());
  } else if (*stored && Offset{from_big_endian(text_)} >= floor()) {
    return true;
  }
  if (total_ % kBlock == 0) {
    blocks_.push_back({offset, time, total_});
    forget(time);
  }
  ++total_;
  if (fresh_.offsets.insert_or_assign(message, offset).second) {
    fresh_.order.emplace_back(message, offset);
  } else {
    // Forgotten and remembered anew within one cut, which needs a limit smaller than a cut: a key is written once.
    const auto same = [&](const auto& entry) { return entry.first == message; };
    std::find_if(fresh_.order.begin(), fresh_.order.end(), same)->second = offset;
  }
  return false;
}

Timestamp Seen::forget(Timestamp time) {
  // A block is forgotten once the next one's first is too old as well: then all of it is.
  while (blocks_.size() > 1) {
    const Block& next = blocks_[1];
    const bool old = time - next.time >= keep_ms_;
    const bool full = total_ - next.index >= limit_;
    if (!old && !full) break;
    shrunk_ = !old;
    forgotten_ = next.index;
    blocks_.pop_front();
  }
  return blocks_.size() > 1 ? blocks_[1].time + keep_ms_ : Timestamp{};
}

void Seen::encode(std::string& out) const {
  protozero::pbf_builder<SeenField> message(out);
  message.add_uint64(SeenField::kTotal, total_);
  message.add_uint64(SeenField::kForgotten, forgotten_);
  if (shrunk_) message.add_bool(SeenField::kShrunk, true);
  protozero::packed_field_uint64 numbers(message, static_cast<protozero::pbf_tag_type>(SeenField::kBlocks));
  for (const Block& block : blocks_) {
    numbers.add_element(block.first.value);
    numbers.add_element(static_cast<std::uint64_t>(block.time.ms));
    numbers.add_element(block.index);
  }
}

Status Seen::decode(std::string_view bytes) {
  TRY_ASSIGN(auto stored, decode_stored(bytes));
  total_ = stored.total;
  forgotten_ = stored.forgotten;
  shrunk_ = stored.shrunk;
  for (std::size_t i = 0; i + 2 < stored.blocks.size(); i += 3) {
    blocks_.push_back({{stored.blocks[i]}, {static_cast<std::int64_t>(stored.blocks[i + 1])}, stored.blocks[i + 2]});
  }
  store_.expire(storage::Family::kSeen, floor().value);
  return {};
}

Offset seen_offset(std::string_view stored_entry) {
  return {from_big_endian(stored_entry)};
}

Result<Offset> seen_floor(std::string_view stored_blocks) {
  TRY_ASSIGN(const auto stored, decode_stored(stored_blocks));
  return Offset{stored.blocks.empty() ? 0 : stored.blocks.front()};
}

void Seen::Generation::clear() {
  offsets = {};
  order.clear();
}

void Seen::begin_cut(storage::CutBatch& batch) {
  TESSERA_ASSERT(owed_.order.empty() && batch_ == nullptr);
  batch_ = &batch;
  cut_floor_ = floor();
  std::swap(owed_, fresh_);
  fresh_.offsets.reserve(owed_.order.size());  // as many will come again: no pause for growing in between
}

bool Seen::encode_some(std::size_t count) {
  for (; next_owed_ < owed_.order.size() && count > 0; ++next_owed_, --count) {
    const auto& [message, offset] = owed_.order[next_owed_];
    batch_->put(storage::Family::kSeen, key(message), big_endian(offset.value));
  }
  return next_owed_ == owed_.order.size();
}

// The floor may go down to the store only with the cut that knows it: a replay from an older cut needs the entries.
void Seen::end_cut() {
  store_.expire(storage::Family::kSeen, cut_floor_.value);
  owed_.clear();
  next_owed_ = 0;
  batch_ = nullptr;
}

}  // namespace tessera::engine
