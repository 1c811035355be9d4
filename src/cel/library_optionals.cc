// Optionals. or, orValue, optMap and optFlatMap look at their argument only if they need it: the compiler makes them.
#include "cel/collections.h"
#include "cel/library.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

Value of(std::span<const Value> arguments, Context& context) {
  return make_optional(arguments[0], context.arena);
}

Value none(std::span<const Value>, Context&) {
  return absent_optional();
}

bool is_zero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
      return value.as_int() == 0;
    case Kind::kDouble:
      return value.as_double() == 0;
    case Kind::kString:
    case Kind::kBytes:
      return value.text().empty();
    case Kind::kTimestamp:
    case Kind::kDuration:
      return value.as_instant() == Instant{};
    case Kind::kList:
      return value.as_list().size() == 0;
    case Kind::kMap:
      return value.as_map().size() == 0;
    case Kind::kOptional:
      return !value.as_optional().present;
    case Kind::kType:
    case Kind::kObject:
    case Kind::kError:
      break;
  }
  return false;
}

Value of_non_zero(std::span<const Value> arguments, Context& context) {
  return is_zero(arguments[0]) ? absent_optional() : make_optional(arguments[0], context.arena);
}

Value has_value(std::span<const Value> arguments, Context&) {
  return Value::boolean(arguments[0].as_optional().present);
}

Value value(std::span<const Value> arguments, Context&) {
  const OptionalBox& optional = arguments[0].as_optional();
  return optional.present ? optional.value : Value::error("the optional has no value");
}

// The values of those in a list that have one.
Value unwrap(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  if (!context.charge(list.size())) return Value::error(kCostExceeded);
  std::vector<Value> values;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i, context.arena);
    if (!element.is(Kind::kOptional)) return no_overload(context, "unwrap", std::span(&element, 1));
    if (element.as_optional().present) values.push_back(element.as_optional().value);
  }
  return copied_list(values, context);
}

Value first(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  return list.size() == 0 ? absent_optional() : make_optional(list.at(0, context.arena), context.arena);
}

Value last(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  if (list.size() == 0) return absent_optional();
  return make_optional(list.at(list.size() - 1, context.arena), context.arena);
}

}  // namespace

void add_optional_functions(FunctionTable& table) {
  add_function(table, "optional.of(A) optional(A)", of);
  add_function(table, "optional.none() optional(A)", none);
  add_function(table, "optional.ofNonZeroValue(A) optional(A)", of_non_zero);
  add_function(table, "optional(A) . hasValue() bool", has_value);
  add_function(table, "optional(A) . value() A", value);
  add_function(table, "optional(A) . or(optional(A)) optional(A)", nullptr);
  add_function(table, "optional(A) . orValue(A) A", nullptr);
  add_function(table, "optional.unwrap(list(optional(A))) list(A)", unwrap);
  add_function(table, "list(optional(A)) . unwrapOpt() list(A)", unwrap);
  add_function(table, "list(A) . first() optional(A)", first);
  add_function(table, "list(A) . last() optional(A)", last);
}

}  // namespace tessera::cel
