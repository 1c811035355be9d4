// Which traits may be used for what (docs/definitions.md): a trait may be restricted to purposes, and whatever reads it
// is restricted with it - computed traits, and segments, also by way of other segments. Pure.
#pragma once

#include <functional>
#include <vector>

#include "catalog/kind.h"
#include "segment/documents.h"
#include "segment/language.h"

namespace tessera::segment {

struct CompiledSegment {
  const SegmentDocument* document;
  const Condition* condition;
};

struct CompiledTrait {
  const TraitDocument* document;
  const Condition* condition;  // null of a stated trait, and of one that does not compile
};

// Tells each segment that reads a trait and is not for purposes which that trait may serve, and each computed trait
// that would allow more than what it reads. `segments` come after those they name; who names one that is missing is
// held to the rest. That the purposes are published is not checked here.
void check_purposes(const std::vector<CompiledSegment>& segments, const std::vector<CompiledTrait>& traits,
                    const std::function<void(catalog::Problem)>& tell);

}  // namespace tessera::segment
