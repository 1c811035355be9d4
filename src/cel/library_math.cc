// The extension "math". Nothing here is libm's that would differ between its versions: rounding and square roots are
// exact.
#include <array>
#include <cmath>

#include "cel/library.h"
#include "cel/numeric.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

constexpr std::string_view kNegativeShift = "a shift's offset must not be negative";
// math.greatest(a, b, …): more go into a list.
constexpr std::size_t kMaxArguments = 16;

template <bool kGreatest>
Value better(const Value& best, const Value& next) {
  const std::partial_ordering order = compare_numbers(best, next);
  if (order == std::partial_ordering::unordered) return Value::error("NaN has no order");
  return (kGreatest ? order < 0 : order > 0) ? next : best;
}

template <bool kGreatest>
Value extreme(std::span<const Value> arguments, Context& context) {
  Value best = arguments[0];
  for (const Value& next : arguments) {
    if (!is_number(next.kind())) return no_overload(context, kGreatest ? "math.greatest" : "math.least", arguments);
    best = better<kGreatest>(best, next);
    if (best.is_error()) return best;
  }
  return best;
}

template <bool kGreatest>
Value extreme_of_list(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  if (list.size() == 0) return Value::error("an empty list has no greatest or least element");
  if (!context.charge(list.size())) return Value::error(kCostExceeded);
  Value best = list.at(0, context.arena);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value next = list.at(i, context.arena);
    if (!is_number(next.kind())) {
      return no_overload(context, kGreatest ? "math.greatest" : "math.least", std::span(&next, 1));
    }
    best = better<kGreatest>(best, next);
    if (best.is_error()) return best;
  }
  return best;
}

template <bool kGreatest>
void add_extreme(FunctionTable& table, const std::string& name) {
  constexpr std::array<const char*, 3> kNumbers{"int", "uint", "double"};
  for (const std::string a : kNumbers) {
    add_function(table, name + "(" + a + ") " + a, extreme<kGreatest>);
    add_function(table, name + "(list(" + a + ")) " + a, extreme_of_list<kGreatest>);
    for (const std::string b : kNumbers) {
      add_function(table, name + "(" + a + ", " + b + ") " + (a == b ? a : "dyn"), extreme<kGreatest>);
    }
  }
  std::string parameters = "dyn, dyn";
  for (std::size_t count = 3; count <= kMaxArguments; ++count) {
    parameters += ", dyn";
    add_function(table, name + "(" + parameters + ") dyn", extreme<kGreatest>);
  }
}

Value ceil(std::span<const Value> arguments, Context&) {
  return Value::real(std::ceil(arguments[0].as_double()));
}
Value floor(std::span<const Value> arguments, Context&) {
  return Value::real(std::floor(arguments[0].as_double()));
}
Value round(std::span<const Value> arguments, Context&) {
  return Value::real(std::round(arguments[0].as_double()));
}
Value trunc(std::span<const Value> arguments, Context&) {
  return Value::real(std::trunc(arguments[0].as_double()));
}
Value is_nan(std::span<const Value> arguments, Context&) {
  return Value::boolean(std::isnan(arguments[0].as_double()));
}
Value is_inf(std::span<const Value> arguments, Context&) {
  return Value::boolean(std::isinf(arguments[0].as_double()));
}
Value is_finite(std::span<const Value> arguments, Context&) {
  return Value::boolean(std::isfinite(arguments[0].as_double()));
}
Value sqrt(std::span<const Value> arguments, Context&) {
  return Value::real(std::sqrt(to_double(arguments[0])));
}

Value absolute(std::span<const Value> arguments, Context&) {
  const Value& number = arguments[0];
  if (number.is(Kind::kDouble)) return Value::real(std::fabs(number.as_double()));
  if (number.is(Kind::kUint) || number.as_int() >= 0) return number;
  if (number.as_int() == std::numeric_limits<std::int64_t>::min()) {
    return Value::error("the result is out of the range of an int");
  }
  return Value::integer(-number.as_int());
}

Value sign(std::span<const Value> arguments, Context&) {
  const Value& number = arguments[0];
  if (number.is(Kind::kInt)) return Value::integer((number.as_int() > 0) - (number.as_int() < 0));
  if (number.is(Kind::kUint)) return Value::uinteger(number.as_uint() > 0 ? 1 : 0);
  const double d = number.as_double();
  return Value::real(std::isnan(d) ? d : (d > 0) - (d < 0));
}

// Bits have no sign: an int is taken as its 64 bits, and shifts right fill with zeros, as the conformance suite has it.
Value of_kind(Kind kind, std::uint64_t bits) {
  return kind == Kind::kInt ? Value::integer(static_cast<std::int64_t>(bits)) : Value::uinteger(bits);
}

Value bit_and(std::span<const Value> arguments, Context&) {
  return of_kind(arguments[0].kind(), arguments[0].as_uint() & arguments[1].as_uint());
}
Value bit_or(std::span<const Value> arguments, Context&) {
  return of_kind(arguments[0].kind(), arguments[0].as_uint() | arguments[1].as_uint());
}
Value bit_xor(std::span<const Value> arguments, Context&) {
  return of_kind(arguments[0].kind(), arguments[0].as_uint() ^ arguments[1].as_uint());
}
Value bit_not(std::span<const Value> arguments, Context&) {
  return of_kind(arguments[0].kind(), ~arguments[0].as_uint());
}
Value shift_left(std::span<const Value> arguments, Context&) {
  const std::int64_t by = arguments[1].as_int();
  if (by < 0) return Value::error(kNegativeShift);
  return of_kind(arguments[0].kind(), by > 63 ? 0 : arguments[0].as_uint() << by);
}
Value shift_right(std::span<const Value> arguments, Context&) {
  const std::int64_t by = arguments[1].as_int();
  if (by < 0) return Value::error(kNegativeShift);
  return of_kind(arguments[0].kind(), by > 63 ? 0 : arguments[0].as_uint() >> by);
}

}  // namespace

void add_math_functions(FunctionTable& table) {
  add_extreme<true>(table, "math.greatest");
  add_extreme<false>(table, "math.least");
  add_function(table, "math.ceil(double) double", ceil);
  add_function(table, "math.floor(double) double", floor);
  add_function(table, "math.round(double) double", round);
  add_function(table, "math.trunc(double) double", trunc);
  add_function(table, "math.isNaN(double) bool", is_nan);
  add_function(table, "math.isInf(double) bool", is_inf);
  add_function(table, "math.isFinite(double) bool", is_finite);
  for (const std::string type : {"int", "uint", "double"}) {
    add_function(table, "math.abs(" + type + ") " + type, absolute);
    add_function(table, "math.sign(" + type + ") " + type, sign);
    add_function(table, "math.sqrt(" + type + ") double", sqrt);
  }
  for (const std::string type : {"int", "uint"}) {
    const std::string two = "(" + type + ", " + type + ") " + type;
    add_function(table, "math.bitAnd" + two, bit_and);
    add_function(table, "math.bitOr" + two, bit_or);
    add_function(table, "math.bitXor" + two, bit_xor);
    add_function(table, "math.bitNot(" + type + ") " + type, bit_not);
    add_function(table, "math.bitShiftLeft(" + type + ", int) " + type, shift_left);
    add_function(table, "math.bitShiftRight(" + type + ", int) " + type, shift_right);
  }
}

}  // namespace tessera::cel
