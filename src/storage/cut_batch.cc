#include "storage/store.h"

namespace tessera::storage {

namespace {
constexpr std::size_t kBlock = 1u << 20;
}

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kMeta:
      return "meta";
    case Family::kIdentifier:
      return "identifier";
    case Family::kNode:
      return "node";
    case Family::kPart:
      return "part";
    case Family::kProfile:
      return "profile";
    case Family::kSeen:
      return "seen";
    case Family::kTimer:
      return "timer";
  }
  return "";
}

char* CutBatch::allocate(std::size_t size) {
  if (size > block_left_) {
    const std::size_t block = std::max(size, kBlock);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
    block_next_ = blocks_.back().get();
    block_left_ = block;
  }
  char* const at = block_next_;
  block_next_ += size;
  block_left_ -= size;
  arena_bytes_ += size;
  return at;
}

void CutBatch::add(Family family, std::string_view key, std::string_view value, bool erased) {
  char* const at = allocate(key.size() + value.size());
  std::copy(key.begin(), key.end(), at);
  std::copy(value.begin(), value.end(), at + key.size());
  entries_[static_cast<std::size_t>(family)].push_back(
      {at, static_cast<std::uint32_t>(key.size()), erased ? kErased : static_cast<std::uint32_t>(value.size())});
  ++changes_;
}

void CutBatch::put(Family family, std::string_view key, std::string_view value) {
  add(family, key, value, false);
}
void CutBatch::erase(Family family, std::string_view key) {
  add(family, key, {}, true);
}

std::vector<CutBatch::Change> CutBatch::sorted(Family family) const {
  std::vector<Change> changes;
  const auto& entries = entries_[static_cast<std::size_t>(family)];
  changes.reserve(entries.size());
  for (const Entry& entry : entries) {
    const bool erased = entry.value_size == kErased;
    changes.push_back(
        {{entry.data, entry.key_size}, {entry.data + entry.key_size, erased ? 0 : entry.value_size}, erased});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.key < b.key; });
  return changes;
}

}  // namespace tessera::storage
