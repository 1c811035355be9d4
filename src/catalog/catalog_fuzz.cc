// What an administrator's document parses to must survive its own JSON and its own stored form.
#include "catalog/identifier.h"
#include "catalog/identity_rules.h"
#include "catalog/source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::catalog;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rules = parse_identity_rules(text)) {
    const std::string json = identity_rules_json(*rules);
    const auto again = parse_identity_rules(json);
    TESSERA_ASSERT(again && identity_rules_json(*again) == json);
  }
  if (const auto source = parse_source(text)) {
    std::string bytes;
    encode(*source, bytes);
    const auto again = decode_source(bytes);
    TESSERA_ASSERT(again && source_json(*again) == source_json(*source));
  }
  static_cast<void>(decode_source(text));
  for (const std::string_view type : {"email", "phone", "card"}) {
    const std::string once = standard_identifier(type, text);
    TESSERA_ASSERT(standard_identifier(type, once) == once);
  }
  return 0;
}
