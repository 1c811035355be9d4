#include "cel/value.h"

#include <limits>

#include "cel/equality.h"
#include "cel/numeric.h"
#include "cel/program.h"

namespace tessera::cel {

namespace {

Equality of(bool equal) {
  return equal ? Equality::kEqual : Equality::kUnequal;
}

Equality list_equality(const List& a, const List& b, Arena& arena, std::uint64_t& steps, int depth) {
  const std::size_t size = a.size();
  if (size != b.size()) return Equality::kUnequal;
  for (std::size_t i = 0; i < size; ++i) {
    const Equality result = equality(a.at(i, arena), b.at(i, arena), arena, steps, depth + 1);
    if (result != Equality::kEqual) return result;
  }
  return Equality::kEqual;
}

Equality map_equality(const Map& a, const Map& b, Arena& arena, std::uint64_t& steps, int depth) {
  const std::size_t size = a.size();
  if (size != b.size()) return Equality::kUnequal;
  for (std::size_t i = 0; i < size; ++i) {
    const Value key = a.key_at(i, arena);
    Value left;
    Value right;
    if (!a.find(key, arena, &left) || !b.find(key, arena, &right)) return Equality::kUnequal;
    const Equality result = equality(left, right, arena, steps, depth + 1);
    if (result != Equality::kEqual) return result;
  }
  return Equality::kEqual;
}

Equality optional_equality(const OptionalBox& a, const OptionalBox& b, Arena& arena, std::uint64_t& steps, int depth) {
  if (!a.present || !b.present) return of(a.present == b.present);
  return equality(a.value, b.value, arena, steps, depth + 1);
}

}  // namespace

Equality equality(const Value& a, const Value& b, Arena& arena, std::uint64_t& steps, int depth) {
  if (steps == 0) return Equality::kTooLong;
  --steps;
  if (is_number(a.kind()) && is_number(b.kind())) return of(compare_numbers(a, b) == 0);
  if (a.kind() != b.kind()) return Equality::kUnequal;
  switch (a.kind()) {
    case Kind::kNull:
      return Equality::kEqual;
    case Kind::kBool:
      return of(a.as_bool() == b.as_bool());
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      steps -= std::min<std::uint64_t>(steps, a.text().size() / 64);
      return of(a.text() == b.text());
    case Kind::kTimestamp:
    case Kind::kDuration:
      return of(a.as_instant() == b.as_instant());
    default:
      break;
  }
  if (depth >= kMaxValueDepth) return Equality::kTooDeep;
  switch (a.kind()) {
    case Kind::kList:
      return list_equality(a.as_list(), b.as_list(), arena, steps, depth);
    case Kind::kMap:
      return map_equality(a.as_map(), b.as_map(), arena, steps, depth);
    case Kind::kOptional:
      return optional_equality(a.as_optional(), b.as_optional(), arena, steps, depth);
    case Kind::kObject:
      return of(a.as_object().type_name() == b.as_object().type_name() && a.as_object().equals(b.as_object(), arena));
    default:
      return Equality::kUnequal;
  }
}

Value equality(const Value& a, const Value& b, Context& context) {
  const std::uint64_t allowed = context.cost < context.cost_limit ? context.cost_limit - context.cost : 0;
  std::uint64_t steps = allowed + 1;
  const Equality result = equality(a, b, context.arena, steps);
  context.cost += allowed + 1 - steps;
  if (result == Equality::kTooDeep) return Value::error("the values are nested too deep to be compared");
  if (result == Equality::kTooLong || context.cost > context.cost_limit) return Value::error(kCostExceeded);
  return Value::boolean(result == Equality::kEqual);
}

bool equal(const Value& a, const Value& b, Arena& arena) {
  std::uint64_t steps = std::numeric_limits<std::uint32_t>::max();
  return equality(a, b, arena, steps) == Equality::kEqual;
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kType:
      return "type";
    case Kind::kOptional:
      return "optional_type";
    case Kind::kObject:
      return value.as_object().type_name();
    case Kind::kError:
      return "error";
  }
  return "error";
}

}  // namespace tessera::cel
