// The simulator's dice: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
// The same seed and keys give the same numbers on every machine and in every release.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/hash.h"

namespace tessera::simulator {

class Random {
 public:
  // An independent stream for each list of keys, e.g. {seed, household, day}.
  explicit Random(std::initializer_list<std::uint64_t> keys) {
    for (const std::uint64_t key : keys) state_ = mix64(state_ + kStep + mix64(key + kStep));
  }

  std::uint64_t next() {
    state_ += kStep;
    return mix64(state_);
  }

  // 0 … n-1; n is not 0. Multiply and shift: for the small n used here the bias is below 2^-40.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64);
  }

  // low … high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }

  // True in `per_mille` of 1,000 cases.
  bool chance(std::int64_t per_mille) { return static_cast<std::int64_t>(below(1000)) < per_mille; }

  template <class T, std::size_t N>
  const T& pick(const T (&items)[N]) {
    return items[below(N)];
  }
  template <class T>
  T& pick(std::span<T> items) {
    return items[below(items.size())];
  }

  // The index of a weight, in proportion to the weights.
  std::size_t pick_weighted(std::span<const std::uint16_t> weights);

  std::string digits(std::size_t count);  // never begins with 0
  std::string hex(std::size_t count);
  std::string uuid();  // version 4's form

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  std::uint64_t state_ = 0;
};

}  // namespace tessera::simulator
