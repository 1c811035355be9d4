// Equality with its work counted.
#pragma once

#include <cstdint>

#include "cel/arena.h"
#include "cel/value.h"

namespace tessera::cel {

struct Context;

enum class Equality { kEqual, kUnequal, kTooDeep, kTooLong };

// `steps` are the elements that may be looked at, and go down.
Equality equality(const Value& a, const Value& b, Arena& arena, std::uint64_t& steps, int depth = 0);

// The same within an evaluation: a bool, or an error past its limits. Charges what it looks at.
Value equality(const Value& a, const Value& b, Context& context);

}  // namespace tessera::cel
