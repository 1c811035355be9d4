// What decodes must encode to something that decodes to the same bytes again.
#include "event/event.h"

namespace {

template <class T>
std::string encoded(const T& value) {
  std::string bytes;
  tessera::event::encode(value, bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto event = tessera::event::decode(bytes)) {
    const std::string first = encoded(*event);
    const auto again = tessera::event::decode(first);
    TESSERA_ASSERT(again && encoded(*again) == first);
  }
  if (const auto rejected = tessera::event::decode_rejected(bytes)) {
    const std::string first = encoded(*rejected);
    const auto again = tessera::event::decode_rejected(first);
    TESSERA_ASSERT(again && encoded(*again) == first);
  }
  return 0;
}
