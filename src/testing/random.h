// Reproducible randomness for tests: the same seed gives the same numbers on every machine (splitmix64).
#pragma once

#include <cstdint>
#include <string>

#include "base/hash.h"

namespace tessera::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }
  // 0 … bound - 1; `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(next() & 0xff);
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace tessera::testing
