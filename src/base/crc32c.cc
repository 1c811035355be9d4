#include "base/crc32c.h"

#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#else
#include <boost/crc.hpp>
#endif

namespace tessera {

#if defined(__SSE4_2__)
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  std::uint64_t state = crc ^ 0xFFFFFFFFU;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto narrow = static_cast<std::uint32_t>(state);
  for (; left > 0; ++at, --left) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at));
  return narrow ^ 0xFFFFFFFFU;
}
#else
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum(crc ^ 0xFFFFFFFFU);
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}
#endif

}  // namespace tessera
