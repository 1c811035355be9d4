#include "http_client/gzip.h"

#include <zlib.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::http_client {

namespace {
constexpr int kWindowBits = 15 + 16;  // the largest window, in gzip's wrapper (zlib.h)
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
}  // namespace

Result<std::string> gzip(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) return error(Code::kTooLarge, "a body over 1 GB is not compressed: send it in parts");
  z_stream zlib{};
  if (deflateInit2(&zlib, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    return error(Code::kInternal, "zlib could not start");
  }
  std::string out(deflateBound(&zlib, static_cast<uLong>(bytes.size())), '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib's C interface; it only reads
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&zlib, Z_FINISH);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  if (code != Z_STREAM_END)
    return error(Code::kInternal, "zlib could not compress " + std::to_string(bytes.size()) + " bytes");
  return out;
}

}  // namespace tessera::http_client
