#include "simulator/random.h"

#include "base/result.h"

namespace tessera::simulator {

std::size_t Random::pick_weighted(std::span<const std::uint16_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint16_t weight : weights) sum += weight;
  TESSERA_ASSERT(sum > 0);
  std::uint64_t at = below(sum);
  std::size_t index = 0;
  while (at >= weights[index]) at -= weights[index++];
  return index;
}

std::string Random::digits(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += static_cast<char>('0' + (i == 0 ? 1 + below(9) : below(10)));
  }
  return out;
}

std::string Random::hex(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "0123456789abcdef"[below(16)];
  return out;
}

std::string Random::uuid() {
  return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-" + "89ab"[below(4)] + hex(3) + "-" + hex(12);
}

}  // namespace tessera::simulator
