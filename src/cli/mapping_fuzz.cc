// libFuzzer target: no text, however broken, may do more than be refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/mapping.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mapping = tessera::cli::parse_mapping(text, "fuzz");
  TESSERA_ASSERT(mapping.has_value() || !mapping.error().message.empty());
  return 0;
}
