#include "json_schema/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

__extension__ using Wide = __int128;  // holds every int64 and uint64

constexpr double kTwoTo64 = 18446744073709551616.0;

bool is_integer_kind(const json::value& number) {
  return number.is_int64() || number.is_uint64();
}

Wide integer_of(const json::value& number) {
  return number.is_int64() ? Wide{number.get_int64()} : Wide{number.get_uint64()};
}

double double_of(const json::value& number) {
  if (number.is_double()) return number.get_double();
  return number.is_int64() ? static_cast<double>(number.get_int64()) : static_cast<double>(number.get_uint64());
}

std::partial_ordering compare_integer_to_double(Wide a, double b) {
  if (b >= kTwoTo64) return std::partial_ordering::less;
  if (b <= -kTwoTo64) return std::partial_ordering::greater;
  const double whole = std::trunc(b);
  const auto whole_b = static_cast<Wide>(whole);
  if (a != whole_b) return a < whole_b ? std::partial_ordering::less : std::partial_ordering::greater;
  return 0.0 <=> b - whole;
}

}  // namespace

bool is_number(const json::value& value) {
  return value.is_number();
}

bool is_whole(const json::value& number) {
  return is_integer_kind(number) ||
         (std::isfinite(number.get_double()) && std::trunc(number.get_double()) == number.get_double());
}

std::partial_ordering compare(const json::value& a, const json::value& b) {
  if (is_integer_kind(a) && is_integer_kind(b)) return integer_of(a) <=> integer_of(b);
  if (is_integer_kind(a)) return compare_integer_to_double(integer_of(a), b.get_double());
  if (is_integer_kind(b)) return 0 <=> compare_integer_to_double(integer_of(b), a.get_double());
  return a.get_double() <=> b.get_double();
}

bool is_multiple(const json::value& number, const json::value& of) {
  if (is_integer_kind(number) && is_integer_kind(of)) return integer_of(number) % integer_of(of) == 0;
  const double dividend = double_of(number);
  const double divisor = double_of(of);
  if (std::fmod(dividend, divisor) == 0) return true;
  const double quotient = dividend / divisor;
  if (!std::isfinite(quotient)) return false;
  return std::abs(quotient - std::nearbyint(quotient)) <=
         4 * std::numeric_limits<double>::epsilon() * std::abs(quotient);
}

std::string number_text(const json::value& number) {
  std::array<char, 32> text;
  std::to_chars_result end{};
  if (number.is_int64()) {
    end = std::to_chars(text.begin(), text.end(), number.get_int64());
  } else if (number.is_uint64()) {
    end = std::to_chars(text.begin(), text.end(), number.get_uint64());
  } else if (is_whole(number) && number.get_double() >= 0 && number.get_double() < kTwoTo64) {
    end = std::to_chars(text.begin(), text.end(), static_cast<std::uint64_t>(number.get_double()));
  } else if (is_whole(number) && number.get_double() < 0 && number.get_double() >= -kTwoTo64 / 2) {
    end = std::to_chars(text.begin(), text.end(), static_cast<std::int64_t>(number.get_double()));
  } else {
    end = std::to_chars(text.begin(), text.end(), number.get_double());
  }
  return {text.begin(), end.ptr};
}

}  // namespace tessera::json_schema
