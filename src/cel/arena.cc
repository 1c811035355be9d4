#include "cel/arena.h"

#include <algorithm>
#include <cstring>

namespace tessera::cel {

namespace {
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kFirstBlock = 4096;
constexpr std::size_t kLargestBlock = 64 * 1024;  // larger only for one allocation that needs it
}  // namespace

void* Arena::take(std::size_t bytes) {
  if (bytes > limit_) return nullptr;
  bytes = std::max(kAlignment, (bytes + kAlignment - 1) & ~(kAlignment - 1));
  while (block_ < blocks_.size() && blocks_[block_].size - at_ < bytes) {
    // What is left over counts: so the blocks together never exceed the limit by more than one.
    used_ += blocks_[block_].size - at_;
    ++block_;
    at_ = 0;
  }
  if (used_ > limit_ || bytes > limit_ - used_) return nullptr;
  if (block_ == blocks_.size()) {
    const std::size_t next = blocks_.empty() ? kFirstBlock : std::min(kLargestBlock, blocks_.back().size * 2);
    const std::size_t size = std::max(bytes, next);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  }
  char* const memory = blocks_[block_].memory.get() + at_;
  at_ += bytes;
  used_ += bytes;
  return memory;
}

bool Arena::copy(std::string_view text, std::string_view* out) {
  if (text.empty()) {
    *out = {};
    return true;
  }
  void* const memory = take(text.size());
  if (memory == nullptr) return false;
  std::memcpy(memory, text.data(), text.size());
  *out = {static_cast<const char*>(memory), text.size()};
  return true;
}

void Arena::reset() {
  block_ = 0;
  at_ = 0;
  used_ = 0;
}

}  // namespace tessera::cel
