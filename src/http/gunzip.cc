#include <zlib.h>

#include "http/text.h"

namespace tessera::http {

namespace {

// zlib's stream, ended whatever happens.
class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }  // 16: gzip framing only
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

constexpr std::size_t kMinStep = 4096;

}  // namespace

Result<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  Inflater inflater;
  if (!inflater.ready()) return error(Code::kInternal, "zlib could not be set up");
  z_stream& z = inflater.stream();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), UINT32_MAX));
  std::string out;
  for (bool done = false; !done;) {
    const std::size_t filled = out.size();
    // One byte of room beyond the limit tells "exactly the limit" from "more".
    const std::size_t room = std::min(std::max({kMinStep, bytes.size() * 4, filled}), limit + 1 - filled);
    out.resize(filled + room);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    z.avail_out = static_cast<uInt>(room);
    const int answer = inflate(&z, Z_NO_FLUSH);
    out.resize(filled + room - z.avail_out);
    if (out.size() > limit) {
      return error(Code::kTooLarge,
                   "the body is over " + std::to_string(limit) + " bytes when unpacked: send less at once");
    }
    if (answer == Z_STREAM_END && z.avail_in > 0) {
      if (inflateReset(&z) != Z_OK) return error(Code::kInternal, "zlib could not be reset");
    } else if (answer == Z_STREAM_END) {
      done = true;
    } else if (answer != Z_OK) {
      return error(Code::kInvalidArgument,
                   answer == Z_BUF_ERROR ? "the gzip body is cut short" : "the body is not gzip, or is damaged");
    }
  }
  return out;
}

}  // namespace tessera::http
