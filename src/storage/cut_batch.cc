#include "storage/store.h"

namespace tessera::storage {

namespace {

constexpr std::size_t kBlock = 1u << 20;

// Eight bytes of `key` from `at` on as a big-endian number, zeros where it ends.
std::uint64_t number_at(std::string_view key, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i)
    number = number << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  return number;
}

}  // namespace

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
    case Family::kGroup:
      return "group";
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
  entries_[static_cast<std::size_t>(family)].push_back({{number_at(key, 0), number_at(key, 8)},
                                                        at,
                                                        static_cast<std::uint32_t>(key.size()),
                                                        erased ? kErased : static_cast<std::uint32_t>(value.size())});
  ++changes_;
}

void CutBatch::put(Family family, std::string_view key, std::string_view value) {
  add(family, key, value, false);
}
void CutBatch::erase(Family family, std::string_view key) {
  add(family, key, {}, true);
}

void CutBatch::visit_sorted(Family family, const std::function<bool(const Change&)>& visit) const {
  std::vector<Entry> sorted = entries_[static_cast<std::size_t>(family)];
  std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
    if (a.prefix[0] != b.prefix[0]) return a.prefix[0] < b.prefix[0];
    if (a.prefix[1] != b.prefix[1]) return a.prefix[1] < b.prefix[1];
    return std::string_view(a.data, a.key_size) < std::string_view(b.data, b.key_size);
  });
  for (const Entry& entry : sorted) {
    const bool erased = entry.value_size == kErased;
    if (!visit({{entry.data, entry.key_size}, {entry.data + entry.key_size, erased ? 0 : entry.value_size}, erased}))
      return;
  }
}

}  // namespace tessera::storage
