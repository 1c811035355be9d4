// The extension "lists". sortBy is a macro.
#include <bit>

#include "base/hash.h"
#include "cel/collections.h"
#include "cel/equality.h"
#include "cel/library.h"
#include "cel/numeric.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

Value range(std::span<const Value> arguments, Context& context) {
  const std::int64_t size = arguments[0].as_int();
  if (size < 0) return Value::error("a range's size must not be negative");
  // No more than that at once: the sum of what is charged must not overflow.
  constexpr std::int64_t kMostCharged = std::int64_t{1} << 40;
  if (!context.charge(static_cast<std::uint64_t>(std::min(size, kMostCharged)))) return Value::error(kCostExceeded);
  bool ok = false;
  const std::span<Value> values = take_values(static_cast<std::size_t>(size), context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  for (std::int64_t i = 0; i < size; ++i) values[static_cast<std::size_t>(i)] = Value::integer(i);
  return new_list(values, context);
}

// The elements from `from` on, `count` of them, in the arena; false past the context's limits, with the error.
bool elements(const List& list, std::size_t from, std::size_t count, Context& context, std::span<Value>* values,
              Value* trouble) {
  if (!context.charge(count)) {
    *trouble = Value::error(kCostExceeded);
    return false;
  }
  bool ok = false;
  *values = take_values(count, context.arena, &ok);
  if (!ok) *trouble = Value::error(kMemoryExceeded);
  for (std::size_t i = 0; ok && i < count; ++i) (*values)[i] = list.at(from + i, context.arena);
  return ok;
}

Value slice(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  const std::int64_t from = arguments[1].as_int();
  const std::int64_t to = arguments[2].as_int();
  if (from < 0 || from > to || static_cast<std::uint64_t>(to) > list.size()) {
    return fail(context, "cannot slice from " + std::to_string(from) + " to " + std::to_string(to) + ": the list has " +
                             std::to_string(list.size()) + " elements");
  }
  std::span<Value> values;
  Value trouble;
  const bool ok =
      elements(list, static_cast<std::size_t>(from), static_cast<std::size_t>(to - from), context, &values, &trouble);
  return ok ? new_list(values, context) : trouble;
}

Value reverse(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  std::span<Value> values;
  Value trouble;
  if (!elements(list, 0, list.size(), context, &values, &trouble)) return trouble;
  std::reverse(values.begin(), values.end());
  return new_list(values, context);
}

Value sort(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  std::span<Value> values;
  Value trouble;
  if (!elements(list, 0, list.size(), context, &values, &trouble)) return trouble;
  return sorted_by(values, values, context);
}

// False past the context's limits. The depth is bounded: values are not nested deeper than kMaxValueDepth.
bool append_flat(std::vector<Value>& out, const List& list, std::int64_t depth, Context& context, int nesting) {
  if (nesting > kMaxValueDepth || !context.charge(list.size())) return false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i, context.arena);
    if (element.is(Kind::kList) && depth > 0) {
      if (!append_flat(out, element.as_list(), depth - 1, context, nesting + 1)) return false;
    } else {
      out.push_back(element);
    }
  }
  return true;
}

Value flatten(std::span<const Value> arguments, Context& context) {
  const std::int64_t depth = arguments.size() > 1 ? arguments[1].as_int() : 1;
  if (depth < 0) return Value::error("a list cannot be flattened by a negative depth");
  std::vector<Value> values;
  if (!append_flat(values, arguments[0].as_list(), depth, context, 0)) return Value::error(kCostExceeded);
  return copied_list(values, context);
}

// Equal values have equal hashes. Lists, maps and the like share one: their equality is charged.
std::uint64_t hash_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
      return mix64(std::bit_cast<std::uint64_t>(to_double(value) + 0.0));  // -0.0 is 0.0
    case Kind::kString:
    case Kind::kBytes:
      return hash64(value.text());
    case Kind::kTimestamp:
    case Kind::kDuration:
      return mix64(static_cast<std::uint64_t>(value.as_instant().seconds));
    default:
      return mix64(static_cast<std::uint64_t>(value.kind()) + (value.is_true() ? 100 : 0));
  }
}

Value distinct(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  if (!context.charge(2 * list.size())) return Value::error(kCostExceeded);
  std::vector<std::uint32_t> table(std::bit_ceil(2 * list.size() + 1));  // open addressing: index in `kept` + 1, or 0
  std::vector<Value> kept;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i, context.arena);
    std::size_t slot = hash_of(element) & (table.size() - 1);
    bool found = false;
    for (; !found && table[slot] != 0; slot = (slot + 1) & (table.size() - 1)) {
      const Value same = equality(kept[table[slot] - 1], element, context);
      if (same.is_error()) return same;
      found = same.as_bool();
    }
    if (found) continue;
    kept.push_back(element);
    table[slot] = static_cast<std::uint32_t>(kept.size());
  }
  return copied_list(kept, context);
}

}  // namespace

void add_list_functions(FunctionTable& table) {
  add_function(table, "lists.range(int) list(int)", range);
  add_function(table, "list(A) . slice(int, int) list(A)", slice);
  add_function(table, "list(A) . reverse() list(A)", reverse);
  add_function(table, "list(A) . sort() list(A)", sort);
  add_function(table, "list(A) . distinct() list(A)", distinct);
  add_function(table, "list(list(A)) . flatten() list(A)", flatten);
  add_function(table, "list(dyn) . flatten(int) list(dyn)", flatten);
}

}  // namespace tessera::cel
