// Calls of functions.
#include <algorithm>
#include <array>

#include "cel/collections.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

constexpr std::size_t kFewArguments = 4;

bool matches(const Overload& overload, std::span<const Value> arguments) {
  if (overload.matches.size() != arguments.size()) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!overload.matches[i].any && overload.matches[i].kind != arguments[i].kind()) return false;
  }
  return true;
}

class CallOperation final : public Operation {
 public:
  CallOperation(std::string name, std::vector<OverloadPtr> overloads, std::vector<OperationPtr> arguments)
      : name_(std::move(name)), overloads_(std::move(overloads)), arguments_(std::move(arguments)) {}

  Value run(Frame& frame) const override {
    if (!frame.context.charge(1)) return Value::error(kCostExceeded);
    if (arguments_.size() <= kFewArguments) {
      std::array<Value, kFewArguments> values;
      return run(std::span(values).first(arguments_.size()), frame);
    }
    bool ok = false;
    const std::span<Value> values = take_values(arguments_.size(), frame.context.arena, &ok);
    return ok ? run(values, frame) : Value::error(kMemoryExceeded);
  }

 private:
  Value run(std::span<Value> values, Frame& frame) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = arguments_[i]->run(frame);
      if (values[i].is_error()) return values[i];
    }
    for (const OverloadPtr& overload : overloads_) {
      if (!matches(*overload, values)) continue;
      const Function& function = overload->declaration.function;
      return function ? function(values, frame.context) : fail(frame.context, name_ + "() cannot be evaluated");
    }
    return no_overload(frame.context, name_, values);
  }

  std::string name_;
  std::vector<OverloadPtr> overloads_;
  std::vector<OperationPtr> arguments_;
};

}  // namespace

OperationPtr make_call(std::string name, std::vector<OverloadPtr> overloads, std::vector<OperationPtr> arguments) {
  return std::make_unique<CallOperation>(std::move(name), std::move(overloads), std::move(arguments));
}

}  // namespace tessera::cel
