// What uses a definition: the ones in force that name it. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/definition.h"

namespace tessera::segment {

struct Use {
  catalog::DefinitionKey by;
  // "reads" (a trait, in a condition or expression), "in_segment", "counts" (who entered or left a segment),
  // "purposes", "precedence", "source"
  std::string_view how;
  friend auto operator<=>(const Use&, const Use&) = default;
};

// By kind and name, each way once. Named in the text of a definition itself: who reads a computed trait is not told as
// reading what that one reads. `used` need not be in force.
std::vector<Use> uses_of(const catalog::Definitions& definitions, const catalog::DefinitionKey& used);

}  // namespace tessera::segment
