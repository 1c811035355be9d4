// Non-cryptographic hashing (XXH3): the same bytes give the same hash on every machine and in every release.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(Hash128, Hash128) = default;
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
Hash128 hash128(std::string_view bytes, std::uint64_t seed = 0);

// Appends 32 hexadecimal digits.
void append_hex(std::string& out, Hash128 hash);

// A good mix of the bits of one number (splitmix64's finaliser).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace tessera
