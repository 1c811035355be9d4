// libFuzzer target: what YAML or JSON reads as a tree must read as the same tree again once it was written as YAML.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/json_document.h"
#include "cli/yaml_writer.h"

namespace tessera::cli {
namespace {

bool has_long_key(const DocumentNode& node) {
  for (const DocumentNode& item : node.items) {
    if (has_long_key(item)) return true;
  }
  for (const auto& [name, member] : node.members) {
    if (name.size() > 100 || has_long_key(member)) return true;
  }
  return false;
}

void check(const DocumentNode& tree) {
  if (has_long_key(tree)) return;
  const std::string json = json_of(tree);
  const auto again = parse_document(yaml_of(tree), "again");
  TESSERA_ASSERT(again.has_value() && json_of(*again) == json);
}

}  // namespace
}  // namespace tessera::cli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::cli;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = parse_json_document(text, "fuzz")) check(*tree);
  static_cast<void>(parse_documents(text, "fuzz"));
  return 0;
}
