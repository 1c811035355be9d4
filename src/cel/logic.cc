// && || ! ?: and the comparisons.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "cel/equality.h"
#include "cel/numeric.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

constexpr std::array<std::string_view, 6> kSymbols{"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"};

// && with `kStop` false, || with `kStop` true: an operand that decides wins over errors before and after it.
template <bool kStop>
class LogicOperation final : public Operation {
 public:
  explicit LogicOperation(std::vector<OperationPtr> operands) : operands_(std::move(operands)) {}

  Value run(Frame& frame) const override {
    Value trouble;
    for (const OperationPtr& operand : operands_) {
      const Value value = operand->run(frame);
      if (value.is(Kind::kBool)) {
        if (value.as_bool() == kStop) return value;
      } else if (!trouble.is_error()) {
        trouble = value.is_error() ? value : no_overload(frame.context, kStop ? "_||_" : "_&&_", std::span(&value, 1));
      }
    }
    return trouble.is_error() ? trouble : Value::boolean(!kStop);
  }

 private:
  std::vector<OperationPtr> operands_;
};

class NotOperation final : public Operation {
 public:
  explicit NotOperation(OperationPtr operand) : operand_(std::move(operand)) {}

  Value run(Frame& frame) const override {
    const Value value = operand_->run(frame);
    if (value.is(Kind::kBool)) return Value::boolean(!value.as_bool());
    return value.is_error() ? value : no_overload(frame.context, "!_", std::span(&value, 1));
  }

 private:
  OperationPtr operand_;
};

class ConditionalOperation final : public Operation {
 public:
  ConditionalOperation(OperationPtr condition, OperationPtr then, OperationPtr otherwise)
      : condition_(std::move(condition)), then_(std::move(then)), otherwise_(std::move(otherwise)) {}

  Value run(Frame& frame) const override {
    const Value value = condition_->run(frame);
    if (value.is(Kind::kBool)) return value.as_bool() ? then_->run(frame) : otherwise_->run(frame);
    return value.is_error() ? value : no_overload(frame.context, "_?_:_", std::span(&value, 1));
  }

 private:
  OperationPtr condition_;
  OperationPtr then_;
  OperationPtr otherwise_;
};

template <class T>
bool holds(Comparison comparison, const T& a, const T& b) {
  switch (comparison) {
    case Comparison::kEqual:
      return a == b;
    case Comparison::kNotEqual:
      return a != b;
    case Comparison::kLess:
      return a < b;
    case Comparison::kLessOrEqual:
      return a <= b;
    case Comparison::kGreater:
      return a > b;
    case Comparison::kGreaterOrEqual:
      return a >= b;
  }
  return false;
}

bool holds(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessOrEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterOrEqual:
      return order >= 0;
  }
  return false;
}

bool is_equality(Comparison comparison) {
  return comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
}

Value compare_text(Comparison comparison, const Value& a, const Value& b, Context& context) {
  if (!context.charge(std::min(a.text().size(), b.text().size()) / 64)) return Value::error(kCostExceeded);
  return Value::boolean(holds(comparison, a.text(), b.text()));
}

Value compare(Comparison comparison, const Value& a, const Value& b, Context& context) {
  if (is_number(a.kind()) && is_number(b.kind())) return Value::boolean(holds(comparison, compare_numbers(a, b)));
  if (a.is(Kind::kString) && b.is(Kind::kString)) return compare_text(comparison, a, b, context);
  if (is_equality(comparison)) {
    const Value result = equality(a, b, context);
    return result.is_error() ? result : Value::boolean(result.as_bool() == (comparison == Comparison::kEqual));
  }
  if (a.kind() == b.kind()) {
    switch (a.kind()) {
      case Kind::kBool:
        return Value::boolean(holds(comparison, a.as_bool(), b.as_bool()));
      case Kind::kBytes:
        return compare_text(comparison, a, b, context);
      case Kind::kTimestamp:
      case Kind::kDuration:
        return Value::boolean(holds(comparison, a.as_instant(), b.as_instant()));
      default:
        break;
    }
  }
  const std::array<Value, 2> both{a, b};
  return no_overload(context, kSymbols[static_cast<std::size_t>(comparison)], both);
}

class ComparisonOperation final : public Operation {
 public:
  ComparisonOperation(Comparison comparison, OperationPtr left, OperationPtr right)
      : left_(std::move(left)), right_(std::move(right)), comparison_(comparison) {}

  Value run(Frame& frame) const override {
    const Value a = left_->run(frame);
    if (a.is_error()) return a;
    const Value b = right_->run(frame);
    if (b.is_error()) return b;
    return compare(comparison_, a, b, frame.context);
  }

 private:
  OperationPtr left_;
  OperationPtr right_;
  Comparison comparison_;
};

// x < 5.0 and the like, the commonest of all.
class ConstantComparison final : public Operation {
 public:
  ConstantComparison(Comparison comparison, OperationPtr left, const Value& right)
      : left_(std::move(left)), right_(right), comparison_(comparison) {}

  Value run(Frame& frame) const override {
    const Value a = left_->run(frame);
    if (a.kind() == right_.kind()) {
      if (a.is(Kind::kDouble)) return Value::boolean(holds(comparison_, a.as_double(), right_.as_double()));
      if (a.is(Kind::kInt)) return Value::boolean(holds(comparison_, a.as_int(), right_.as_int()));
    }
    return a.is_error() ? a : compare(comparison_, a, right_, frame.context);
  }

 private:
  OperationPtr left_;
  Value right_;
  Comparison comparison_;
};

class StringEquality final : public Operation {
 public:
  StringEquality(OperationPtr left, std::string_view text, bool equal)
      : left_(std::move(left)), text_(text), equal_(equal) {}

  Value run(Frame& frame) const override {
    const Value a = left_->run(frame);
    if (a.is(Kind::kString)) {
      return Value::boolean((a.text() == text_) == equal_);
    }
    return a.is_error() ? a : Value::boolean(!equal_);
  }

 private:
  OperationPtr left_;
  std::string_view text_;
  bool equal_;
};

class InOperation final : public Operation {
 public:
  InOperation(OperationPtr element, OperationPtr collection)
      : element_(std::move(element)), collection_(std::move(collection)) {}

  Value run(Frame& frame) const override {
    const Value element = element_->run(frame);
    if (element.is_error()) return element;
    const Value collection = collection_->run(frame);
    if (collection.is(Kind::kMap)) {
      Value ignored;
      return Value::boolean(collection.as_map().find(element, frame.context.arena, &ignored));
    }
    if (collection.is(Kind::kList)) return search(element, collection.as_list(), frame.context);
    if (collection.is_error()) return collection;
    const std::array<Value, 2> both{element, collection};
    return no_overload(frame.context, "@in", both);
  }

 private:
  static Value search(const Value& element, const List& list, Context& context) {
    const std::size_t size = list.size();
    for (std::size_t i = 0; i < size; ++i) {
      if (!context.charge(1)) return Value::error(kCostExceeded);
      const Value result = equality(element, list.at(i, context.arena), context);
      if (result.is_error() || result.as_bool()) return result;
    }
    return Value::boolean(false);
  }

  OperationPtr element_;
  OperationPtr collection_;
};

// x in ["a", "b", …]: nothing but constant strings, found by their hashes.
class InStrings final : public Operation {
 public:
  InStrings(OperationPtr element, const std::vector<std::string_view>& strings) : element_(std::move(element)) {
    for (const std::string_view string : strings) sorted_.emplace_back(hash64(string), string);
    std::sort(sorted_.begin(), sorted_.end());
  }

  Value run(Frame& frame) const override {
    const Value element = element_->run(frame);
    if (!element.is(Kind::kString)) return element.is_error() ? element : Value::boolean(false);
    const std::string_view text = element.text();
    if (sorted_.size() <= kFew) {
      for (const auto& [hash, string] : sorted_) {
        if (string == text) return Value::boolean(true);
      }
      return Value::boolean(false);
    }
    return Value::boolean(std::binary_search(sorted_.begin(), sorted_.end(), std::pair(hash64(text), text)));
  }

 private:
  static constexpr std::size_t kFew = 8;
  OperationPtr element_;
  std::vector<std::pair<std::uint64_t, std::string_view>> sorted_;
};

Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessOrEqual:
      return Comparison::kGreaterOrEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLessOrEqual;
    default:
      return comparison;
  }
}

}  // namespace

OperationPtr make_and(std::vector<OperationPtr> operands) {
  return std::make_unique<LogicOperation<false>>(std::move(operands));
}

OperationPtr make_or(std::vector<OperationPtr> operands) {
  return std::make_unique<LogicOperation<true>>(std::move(operands));
}

OperationPtr make_not(OperationPtr operand) {
  return std::make_unique<NotOperation>(std::move(operand));
}

OperationPtr make_conditional(OperationPtr condition, OperationPtr then, OperationPtr otherwise) {
  return std::make_unique<ConditionalOperation>(std::move(condition), std::move(then), std::move(otherwise));
}

OperationPtr make_comparison(Comparison comparison, OperationPtr left, OperationPtr right) {
  if (left->constant() != nullptr && right->constant() == nullptr) {
    std::swap(left, right);
    comparison = mirrored(comparison);
  }
  const Value* const constant = right->constant();
  if (constant == nullptr) return std::make_unique<ComparisonOperation>(comparison, std::move(left), std::move(right));
  if (constant->is(Kind::kString) && is_equality(comparison)) {
    return std::make_unique<StringEquality>(std::move(left), constant->text(), comparison == Comparison::kEqual);
  }
  return std::make_unique<ConstantComparison>(comparison, std::move(left), *constant);
}

OperationPtr make_in(OperationPtr element, OperationPtr collection) {
  const Value* const constant = collection->constant();
  if (constant != nullptr && constant->is(Kind::kList)) {
    Arena scratch;
    std::vector<std::string_view> strings;
    const List& list = constant->as_list();
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Value item = list.at(i, scratch);
      if (item.is(Kind::kString)) strings.push_back(item.text());
    }
    if (strings.size() == list.size()) return std::make_unique<InStrings>(std::move(element), strings);
  }
  return std::make_unique<InOperation>(std::move(element), std::move(collection));
}

}  // namespace tessera::cel
