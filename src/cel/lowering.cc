#include "cel/lowering.h"

#include <algorithm>
#include <optional>

#include "base/result.h"
#include "cel/pattern.h"

namespace tessera::cel {

namespace {

template <class Kind>
struct Named {
  std::string_view name;
  Kind kind;
};
constexpr Named<Comparison> kComparisons[] = {
    {"_==_", Comparison::kEqual},  {"_!=_", Comparison::kNotEqual},    {"_<_", Comparison::kLess},
    {"_>_", Comparison::kGreater}, {"_<=_", Comparison::kLessOrEqual}, {"_>=_", Comparison::kGreaterOrEqual}};
constexpr Named<Arithmetic> kArithmetic[] = {{"_+_", Arithmetic::kAdd},
                                             {"_-_", Arithmetic::kSubtract},
                                             {"_*_", Arithmetic::kMultiply},
                                             {"_/_", Arithmetic::kDivide},
                                             {"_%_", Arithmetic::kRemainder}};

template <class Kind, std::size_t kSize>
std::optional<Kind> kind_of(const Named<Kind> (&table)[kSize], std::string_view name) {
  for (const Named<Kind>& one : table) {
    if (one.name == name) return one.kind;
  }
  return std::nullopt;
}

OperationPtr lower_unary(const std::string& name, OperationPtr& operand) {
  if (name == "!_") return make_not(std::move(operand));
  if (name == "-_") return make_negate(std::move(operand));
  if (name == "dyn") return std::move(operand);
  return nullptr;
}

OperationPtr lower_binary(const std::string& name, OperationPtr& left, OperationPtr& right, const Dialect& dialect) {
  if (const auto comparison = kind_of(kComparisons, name)) {
    return make_comparison(*comparison, std::move(left), std::move(right));
  }
  if (const auto arithmetic = kind_of(kArithmetic, name)) {
    return make_arithmetic(*arithmetic, std::move(left), std::move(right), dialect.mixed_arithmetic);
  }
  if (name == "@in") return make_in(std::move(left), std::move(right));
  if (name == "_[_]" || name == "_[?_]") {
    return make_index(std::move(left), std::move(right), {name == "_[?_]", dialect.absent_is_null});
  }
  if (name == "or" || name == "orValue") return make_optional_or(std::move(left), std::move(right), name == "orValue");
  return nullptr;
}

// text.matches("…"), whose pattern is compiled here; null if it is not known.
OperationPtr lower_matches(std::vector<OperationPtr>& arguments, std::string* trouble) {
  const Value* const text = arguments[1]->constant();
  if (text == nullptr || !text->is(Kind::kString)) return nullptr;
  auto pattern = Pattern::compile(text->text());
  if (pattern) return make_matches(std::move(arguments[0]), std::move(*pattern));
  *trouble = pattern.error().message;
  return nullptr;
}

}  // namespace

OperationPtr lower_call(std::vector<OverloadPtr> overloads, std::vector<OperationPtr> arguments, const Dialect& dialect,
                        std::string* trouble) {
  const Overload& first = *overloads.front();
  const std::string& name = first.declaration.name;  // as it is declared: a call may write a dot in front
  if (first.standard && name == "matches" && arguments.size() == 2) {
    if (OperationPtr operation = lower_matches(arguments, trouble)) return operation;
  }
  if (!first.standard || first.declaration.function) {
    return make_call(name, std::move(overloads), std::move(arguments));
  }
  // Of the library's, what has no function is an operation of its own.
  OperationPtr operation;
  if (arguments.size() == 1) operation = lower_unary(name, arguments[0]);
  if (arguments.size() == 2) operation = lower_binary(name, arguments[0], arguments[1], dialect);
  if (arguments.size() == 3 && name == "_?_:_") {
    operation = make_conditional(std::move(arguments[0]), std::move(arguments[1]), std::move(arguments[2]));
  }
  TESSERA_ASSERT(operation != nullptr);
  return operation;
}

OperationPtr fold(OperationPtr operation, Context& folded, std::string* trouble) {
  if (operation->constant() != nullptr) return operation;
  class NoVariables final : public Variables {
    Value get(std::uint32_t, Context&) const override { return Value::error("a constant has no variables"); }
  };
  const NoVariables variables;
  Frame frame{variables, folded, nullptr};
  const Value value = operation->run(frame);
  if (!value.is_error()) return make_constant(value);
  if (value.text() != kCostExceeded && value.text() != kMemoryExceeded) *trouble = value.text();
  return operation;
}

}  // namespace tessera::cel
