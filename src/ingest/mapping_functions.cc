#include "ingest/mapping_functions.h"

#include <array>
#include <charconv>
#include <string>

#include "cel/collections.h"
#include "cel/numeric.h"
#include "cel/program.h"

namespace tessera::ingest {

namespace {

using cel::Context;
using cel::Kind;
using cel::Type;
using cel::TypeKind;
using cel::Value;
using Arguments = std::span<const Value>;

constexpr int kMaxDepth = 64;  // of what omit_null takes apart
constexpr std::string_view kSpace = " \t\r\n";

Value kept_error(std::string_view message, Context& context) {
  std::string_view kept;
  return Value::error(context.arena.copy(message, &kept) ? kept : cel::kMemoryExceeded);
}

Value wrong_argument(std::string_view function, std::string_view takes, const Value& given, Context& context) {
  std::string message(function);
  message.append(" takes ").append(takes).append(", not ").append(cel::type_name(given));
  return kept_error(message, context);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

Value text(Arguments arguments, Context& context) {
  const Value& given = arguments[0];
  if (given.is(Kind::kNull) || given.is(Kind::kString)) return given;
  if (!cel::is_number(given.kind()) && !given.is(Kind::kBool) && !given.is(Kind::kTimestamp)) {
    return wrong_argument("text", "a text, a number, a bool, a timestamp or null", given, context);
  }
  std::string json;
  cel::append_json(json, given, context.arena);
  std::string_view characters = json;
  if (characters.starts_with('"')) characters = characters.substr(1, characters.size() - 2);
  std::string_view kept;
  return context.arena.copy(characters, &kept) ? Value::string(kept) : Value::error(cel::kMemoryExceeded);
}

Value number(Arguments arguments, Context& context) {
  const Value& given = arguments[0];
  if (cel::is_number(given.kind())) return given;
  if (!given.is(Kind::kString)) return Value::null();
  std::string_view digits = trimmed(given.text());
  if (!context.charge(given.text().size() / 64)) return Value::error(cel::kCostExceeded);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  // from_chars would take "inf" and "nan" too.
  if (digits.size() <= sign || digits.find_first_not_of("0123456789.", sign) == sign) return Value::null();
  double result = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, failed] = std::from_chars(digits.data(), end, result);
  return failed == std::errc() && stopped == end ? Value::real(result) : Value::null();
}

Value coalesce(Arguments arguments, Context& context) {
  for (const Value& each : arguments) {
    if (each.is(Kind::kNull)) continue;
    if (!each.is(Kind::kString)) return each;
    if (!context.charge(each.text().size() / 64)) return Value::error(cel::kCostExceeded);
    if (!trimmed(each.text()).empty()) return each;
  }
  return Value::null();
}

Value list_of(Arguments arguments, Context& context) {
  const Value& given = arguments[0];
  if (given.is(Kind::kList)) return given;
  bool ok = false;
  const auto items = cel::take_values(given.is(Kind::kNull) ? 0 : 1, context.arena, &ok);
  if (!ok) return Value::error(cel::kMemoryExceeded);
  if (!items.empty()) items[0] = given;
  const cel::List* const list = cel::make_list(items, context.arena);
  return list == nullptr ? Value::error(cel::kMemoryExceeded) : Value::list(list);
}

// Sums of money come out as people write them: in millionths while those are exact, not in binary fractions.
Value sum(Arguments arguments, Context& context) {
  constexpr double kMillion = 1'000'000;
  constexpr double kMostExact = 1e9;
  const cel::List& list = arguments[0].as_list();
  if (!context.charge(list.size())) return Value::error(cel::kCostExceeded);
  std::int64_t millionths = 0;
  double plain = 0;
  bool exact = true;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value each = list.at(i, context.arena);
    if (each.is(Kind::kNull)) continue;
    if (!cel::is_number(each.kind())) return wrong_argument("sum", "a list of numbers", each, context);
    const double value = cel::to_double(each);
    plain += value;
    exact = exact && value > -kMostExact && value < kMostExact && plain > -kMostExact && plain < kMostExact;
    if (exact) millionths += static_cast<std::int64_t>(value * kMillion + (value < 0 ? -0.5 : 0.5));
  }
  return Value::real(exact ? static_cast<double>(millionths) / kMillion : plain);
}

Value merge(Arguments arguments, Context& context) {
  std::size_t size = 0;
  for (const Value& each : arguments) {
    if (each.is(Kind::kMap)) {
      size += each.as_map().size();
    } else if (!each.is(Kind::kNull)) {
      return wrong_argument("merge", "two maps", each, context);
    }
  }
  if (!context.charge(size)) return Value::error(cel::kCostExceeded);
  cel::MapBuilder builder(size, context.arena);
  for (const Value& each : arguments) {
    if (each.is(Kind::kNull)) continue;
    const cel::Map& map = each.as_map();
    for (std::size_t i = 0; i < map.size(); ++i) {
      const Value key = map.key_at(i, context.arena);
      Value value;
      map.find(key, context.arena, &value);
      builder.add(key, value, true);
    }
  }
  const cel::Map* const merged = builder.finish();
  return merged == nullptr ? Value::error(cel::kMemoryExceeded) : Value::map(merged);
}

Value without_null(const Value& given, Context& context, int depth);

Value list_without_null(const cel::List& list, Context& context, int depth) {
  bool ok = false;
  const auto items = cel::take_values(list.size(), context.arena, &ok);
  if (!ok) return Value::error(cel::kMemoryExceeded);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = without_null(list.at(i, context.arena), context, depth + 1);
    if (items[i].is_error()) return items[i];
  }
  const cel::List* const made = cel::make_list(items, context.arena);
  return made == nullptr ? Value::error(cel::kMemoryExceeded) : Value::list(made);
}

Value map_without_null(const cel::Map& map, Context& context, int depth) {
  cel::MapBuilder builder(map.size(), context.arena);
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i, context.arena);
    Value value;
    map.find(key, context.arena, &value);
    if (value.is(Kind::kNull)) continue;
    value = without_null(value, context, depth + 1);
    if (value.is_error()) return value;
    builder.add(key, value);
  }
  const cel::Map* const made = builder.finish();
  return made == nullptr ? Value::error(cel::kMemoryExceeded) : Value::map(made);
}

Value without_null(const Value& given, Context& context, int depth) {
  if (depth > kMaxDepth) return Value::error("omit_null takes values nested at most 64 deep");
  if (given.is(Kind::kList)) {
    if (!context.charge(given.as_list().size())) return Value::error(cel::kCostExceeded);
    return list_without_null(given.as_list(), context, depth);
  }
  if (given.is(Kind::kMap)) {
    if (!context.charge(given.as_map().size())) return Value::error(cel::kCostExceeded);
    return map_without_null(given.as_map(), context, depth);
  }
  return given;
}

Value omit_null(Arguments arguments, Context& context) {
  return without_null(arguments[0], context, 0);
}

}  // namespace

void declare_mapping_functions(cel::Environment& environment) {
  const Type any_list = Type::list(TypeKind::kDyn);
  const Type any_map = Type::map(TypeKind::kDyn, TypeKind::kDyn);
  const auto declare = [&](std::string name, std::vector<Type> parameters, Type result, cel::Function function) {
    environment.declare(cel::FunctionDeclaration{std::move(name), false, std::move(parameters), std::move(result),
                                                 std::move(function)});
  };
  declare("text", {TypeKind::kDyn}, TypeKind::kDyn, text);
  declare("number", {TypeKind::kDyn}, TypeKind::kDyn, number);
  for (std::size_t count = 2; count <= 4; ++count) {
    declare("coalesce", std::vector<Type>(count, TypeKind::kDyn), TypeKind::kDyn, coalesce);
  }
  declare("list_of", {TypeKind::kDyn}, any_list, list_of);
  declare("sum", {any_list}, TypeKind::kDouble, sum);
  declare("merge", {TypeKind::kDyn, TypeKind::kDyn}, any_map, merge);
  declare("omit_null", {TypeKind::kDyn}, TypeKind::kDyn, omit_null);
}

}  // namespace tessera::ingest
