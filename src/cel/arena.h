// Memory for one evaluation: what an expression makes while it runs lives here and goes all at once.
//
// One thread. Bounded: past `limit` an allocation fails and the evaluation ends with an error.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace tessera::cel {

class Arena {
 public:
  explicit Arena(std::size_t limit = 1u << 20) : limit_(limit) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `bytes` of memory for anything of up to 16 bytes' alignment; null past the limit. Nothing is destroyed: only types
  // without a destructor of consequence may live here.
  void* take(std::size_t bytes);
  // A copy of `text` in the arena; false past the limit.
  bool copy(std::string_view text, std::string_view* out);
  // Takes everything back, and keeps the memory for the next evaluation.
  void reset();
  std::size_t used() const { return used_; }

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size = 0;
  };

  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the block in use
  std::size_t at_ = 0;     // in it
  std::size_t used_ = 0;   // with what was left over at the ends of blocks
  std::size_t limit_;
};

}  // namespace tessera::cel
