// CRC-32C (Castagnoli, RFC 3720): what storage formats check their bytes with.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera {

// The checksum of `bytes` that continues `crc` (0 at the start).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace tessera
