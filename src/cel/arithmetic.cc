// + - * / % and the unary minus.
#include <array>
#include <cmath>
#include <cstring>

#include "cel/collections.h"
#include "cel/instant.h"
#include "cel/numeric.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

constexpr std::array<std::string_view, 5> kSymbols{"_+_", "_-_", "_*_", "_/_", "_%_"};
constexpr std::string_view kOverflow = "the result is out of the range of an int";
constexpr std::string_view kUnsignedOverflow = "the result is out of the range of a uint";
constexpr std::string_view kDivisionByZero = "division by zero";
constexpr std::string_view kModulusByZero = "modulus by zero";
constexpr std::string_view kTimestampRange = "the result is out of the range of a timestamp: years 1 to 9999";
constexpr std::string_view kDurationRange = "the result is out of the range of a duration";

// Of + - and *: whether the result does not fit.
template <class Number>
bool overflows(Arithmetic arithmetic, Number a, Number b, Number* result) {
  if (arithmetic == Arithmetic::kAdd) return __builtin_add_overflow(a, b, result);
  if (arithmetic == Arithmetic::kSubtract) return __builtin_sub_overflow(a, b, result);
  return __builtin_mul_overflow(a, b, result);
}

Value int_arithmetic(Arithmetic arithmetic, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (arithmetic) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract:
    case Arithmetic::kMultiply:
      overflow = overflows(arithmetic, a, b, &result);
      break;
    case Arithmetic::kDivide:
      if (b == 0) return Value::error(kDivisionByZero);
      overflow = b == -1 && a == std::numeric_limits<std::int64_t>::min();
      if (!overflow) result = a / b;
      break;
    case Arithmetic::kRemainder:
      if (b == 0) return Value::error(kModulusByZero);
      result = b == -1 ? 0 : a % b;
      break;
  }
  return overflow ? Value::error(kOverflow) : Value::integer(result);
}

Value uint_arithmetic(Arithmetic arithmetic, std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  bool overflow = false;
  switch (arithmetic) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract:
    case Arithmetic::kMultiply:
      overflow = overflows(arithmetic, a, b, &result);
      break;
    case Arithmetic::kDivide:
      if (b == 0) return Value::error(kDivisionByZero);
      result = a / b;
      break;
    case Arithmetic::kRemainder:
      if (b == 0) return Value::error(kModulusByZero);
      result = a % b;
      break;
  }
  return overflow ? Value::error(kUnsignedOverflow) : Value::uinteger(result);
}

Value double_arithmetic(Arithmetic arithmetic, double a, double b) {
  switch (arithmetic) {
    case Arithmetic::kAdd:
      return Value::real(a + b);
    case Arithmetic::kSubtract:
      return Value::real(a - b);
    case Arithmetic::kMultiply:
      return Value::real(a * b);
    case Arithmetic::kDivide:
      return Value::real(a / b);
    case Arithmetic::kRemainder:
      break;
  }
  return b == 0 ? Value::error(kModulusByZero) : Value::real(std::fmod(a, b));
}

Value concatenate_text(const Value& a, const Value& b, Context& context) {
  const std::size_t size = a.text().size() + b.text().size();
  if (!context.charge(1 + size / 64)) return Value::error(kCostExceeded);
  if (b.text().empty()) return a;
  char* const memory = static_cast<char*>(context.arena.take(size));
  if (memory == nullptr) return Value::error(kMemoryExceeded);
  if (!a.text().empty()) std::memcpy(memory, a.text().data(), a.text().size());
  std::memcpy(memory + a.text().size(), b.text().data(), b.text().size());
  const std::string_view text(memory, size);
  return a.is(Kind::kString) ? Value::string(text) : Value::bytes(text);
}

Value concatenate_lists(const List& a, const List& b, Context& context) {
  const std::size_t size = a.size() + b.size();
  if (!context.charge(1 + size)) return Value::error(kCostExceeded);
  bool ok = false;
  const std::span<Value> items = take_values(size, context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  for (std::size_t i = 0; i < a.size(); ++i) items[i] = a.at(i, context.arena);
  for (std::size_t i = 0; i < b.size(); ++i) items[a.size() + i] = b.at(i, context.arena);
  const List* const list = make_list(items, context.arena);
  return list == nullptr ? Value::error(kMemoryExceeded) : Value::list(list);
}

Value timestamp_or_error(const std::optional<Instant>& instant) {
  return instant ? Value::timestamp(*instant) : Value::error(kTimestampRange);
}
Value duration_or_error(const std::optional<Instant>& instant) {
  return instant ? Value::duration(*instant) : Value::error(kDurationRange);
}

// Whether it is arithmetic with times; if so `result` is set.
bool time_arithmetic(Arithmetic arithmetic, const Value& a, const Value& b, Value* result) {
  const bool add = arithmetic == Arithmetic::kAdd;
  if (!add && arithmetic != Arithmetic::kSubtract) return false;
  if (a.is(Kind::kTimestamp) && b.is(Kind::kDuration)) {
    *result = timestamp_or_error(add ? add_to_timestamp(a.as_instant(), b.as_instant())
                                     : subtract_from_timestamp(a.as_instant(), b.as_instant()));
    return true;
  }
  if (add && a.is(Kind::kDuration) && b.is(Kind::kTimestamp)) {
    *result = timestamp_or_error(add_to_timestamp(b.as_instant(), a.as_instant()));
    return true;
  }
  if (a.is(Kind::kDuration) && b.is(Kind::kDuration)) {
    const auto second = add ? std::optional(b.as_instant()) : negate_duration(b.as_instant());
    *result = duration_or_error(second ? add_durations(a.as_instant(), *second) : std::nullopt);
    return true;
  }
  if (!add && a.is(Kind::kTimestamp) && b.is(Kind::kTimestamp)) {
    *result = duration_or_error(difference(a.as_instant(), b.as_instant()));
    return true;
  }
  return false;
}

class ArithmeticOperation final : public Operation {
 public:
  ArithmeticOperation(Arithmetic arithmetic, OperationPtr left, OperationPtr right, bool mixed)
      : left_(std::move(left)), right_(std::move(right)), arithmetic_(arithmetic), mixed_(mixed) {}

  Value run(Frame& frame) const override {
    const Value a = left_->run(frame);
    if (a.is_error()) return a;
    const Value b = right_->run(frame);
    if (b.is_error()) return b;
    if (a.is(Kind::kInt) && b.is(Kind::kInt)) return int_arithmetic(arithmetic_, a.as_int(), b.as_int());
    if (a.is(Kind::kDouble) && b.is(Kind::kDouble) && (mixed_ || arithmetic_ != Arithmetic::kRemainder)) {
      return double_arithmetic(arithmetic_, a.as_double(), b.as_double());
    }
    return run_other(a, b, frame.context);
  }

 private:
  Value run_other(const Value& a, const Value& b, Context& context) const;

  OperationPtr left_;
  OperationPtr right_;
  Arithmetic arithmetic_;
  bool mixed_;
};

Value ArithmeticOperation::run_other(const Value& a, const Value& b, Context& context) const {
  if (a.is(Kind::kUint) && b.is(Kind::kUint)) return uint_arithmetic(arithmetic_, a.as_uint(), b.as_uint());
  if (mixed_ && is_number(a.kind()) && is_number(b.kind())) {
    return double_arithmetic(arithmetic_, to_double(a), to_double(b));
  }
  if (arithmetic_ == Arithmetic::kAdd && a.kind() == b.kind()) {
    if (a.is(Kind::kString) || a.is(Kind::kBytes)) return concatenate_text(a, b, context);
    if (a.is(Kind::kList)) return concatenate_lists(a.as_list(), b.as_list(), context);
  }
  Value result;
  if (time_arithmetic(arithmetic_, a, b, &result)) return result;
  const std::array<Value, 2> both{a, b};
  return no_overload(context, kSymbols[static_cast<std::size_t>(arithmetic_)], both);
}

class NegateOperation final : public Operation {
 public:
  explicit NegateOperation(OperationPtr operand) : operand_(std::move(operand)) {}

  Value run(Frame& frame) const override {
    const Value value = operand_->run(frame);
    if (value.is_error()) return value;
    if (value.is(Kind::kDouble)) return Value::real(-value.as_double());
    if (value.is(Kind::kInt)) return int_arithmetic(Arithmetic::kSubtract, 0, value.as_int());
    if (value.is(Kind::kDuration)) return duration_or_error(negate_duration(value.as_instant()));
    return no_overload(frame.context, "-_", std::span(&value, 1));
  }

 private:
  OperationPtr operand_;
};

}  // namespace

OperationPtr make_arithmetic(Arithmetic arithmetic, OperationPtr left, OperationPtr right, bool mixed) {
  return std::make_unique<ArithmeticOperation>(arithmetic, std::move(left), std::move(right), mixed);
}

OperationPtr make_negate(OperationPtr operand) {
  return std::make_unique<NegateOperation>(std::move(operand));
}

}  // namespace tessera::cel
