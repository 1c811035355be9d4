#include "cel/numeric.h"

#include <cmath>

namespace tessera::cel {

namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

std::partial_ordering compare_int_uint(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}

std::partial_ordering compare_int_double(std::int64_t a, double b) {
  if (b < -kTwo63) return std::partial_ordering::greater;
  if (b > kTwo63) return std::partial_ordering::less;
  return static_cast<double>(a) <=> b;
}

std::partial_ordering compare_uint_double(std::uint64_t a, double b) {
  if (b < 0) return std::partial_ordering::greater;
  if (b > kTwo64) return std::partial_ordering::less;
  return static_cast<double>(a) <=> b;
}

std::partial_ordering reversed(std::partial_ordering order) {
  return 0 <=> order;
}

}  // namespace

double to_double(const Value& number) {
  switch (number.kind()) {
    case Kind::kInt:
      return static_cast<double>(number.as_int());
    case Kind::kUint:
      return static_cast<double>(number.as_uint());
    default:
      return number.as_double();
  }
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kInt:
      if (b.is(Kind::kInt)) return a.as_int() <=> b.as_int();
      if (b.is(Kind::kUint)) return compare_int_uint(a.as_int(), b.as_uint());
      return compare_int_double(a.as_int(), b.as_double());
    case Kind::kUint:
      if (b.is(Kind::kUint)) return a.as_uint() <=> b.as_uint();
      if (b.is(Kind::kInt)) return reversed(compare_int_uint(b.as_int(), a.as_uint()));
      return compare_uint_double(a.as_uint(), b.as_double());
    default:
      if (b.is(Kind::kDouble)) return a.as_double() <=> b.as_double();
      if (b.is(Kind::kInt)) return reversed(compare_int_double(b.as_int(), a.as_double()));
      return reversed(compare_uint_double(b.as_uint(), a.as_double()));
  }
}

bool to_exact_int(const Value& number, std::int64_t* out) {
  switch (number.kind()) {
    case Kind::kInt:
      *out = number.as_int();
      return true;
    case Kind::kUint:
      *out = static_cast<std::int64_t>(number.as_uint());
      return *out >= 0;
    case Kind::kDouble: {
      const double d = number.as_double();
      if (!(d >= -kTwo63 && d < kTwo63) || std::trunc(d) != d) return false;
      *out = static_cast<std::int64_t>(d);
      return true;
    }
    default:
      return false;
  }
}

bool to_exact_uint(const Value& number, std::uint64_t* out) {
  switch (number.kind()) {
    case Kind::kInt:
      *out = number.as_uint();
      return number.as_int() >= 0;
    case Kind::kUint:
      *out = number.as_uint();
      return true;
    case Kind::kDouble: {
      const double d = number.as_double();
      if (!(d >= 0 && d < kTwo64) || std::trunc(d) != d) return false;
      *out = static_cast<std::uint64_t>(d);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace tessera::cel
