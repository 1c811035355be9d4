// Numbers of different kinds, compared on one line.
#pragma once

#include <compare>

#include "cel/value.h"

namespace tessera::cel {

constexpr bool is_number(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble;
}

// Any number as a double, rounded.
double to_double(const Value& number);

// As the conformance suite has it: an int or uint beside a double is rounded to one, unless it lies outside the range.
// Unordered where one is NaN.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

// A number as the int it equals, if it is whole and in range. For keys and indices.
bool to_exact_int(const Value& number, std::int64_t* out);
bool to_exact_uint(const Value& number, std::uint64_t* out);

}  // namespace tessera::cel
