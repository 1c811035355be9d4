#include "cel/library.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/result.h"
#include "cel/collections.h"
#include "cel/instant.h"
#include "cel/numeric.h"
#include "cel/operation.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

// Reads one signature; what is wrong with it is our own bug.
class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : text_(text) {}

  FunctionDeclaration read();

 private:
  std::string_view word();
  bool accept(std::string_view what);
  Type type();
  std::vector<Type> types();  // "(a, b)"

  std::string_view text_;
};

bool SignatureReader::accept(std::string_view what) {
  if (!text_.starts_with(what)) return false;
  text_.remove_prefix(what.size());
  return true;
}

std::string_view SignatureReader::word() {
  const std::string_view word = text_.substr(0, text_.find_first_of("(), "));
  text_.remove_prefix(word.size());
  return word;
}

std::vector<Type> SignatureReader::types() {
  std::vector<Type> types;
  TESSERA_ASSERT(accept("("));
  while (!accept(")")) {
    types.push_back(type());
    accept(", ");
  }
  return types;
}

Type SignatureReader::type() {
  static const std::map<std::string_view, TypeKind> kPlain{
      {"dyn", TypeKind::kDyn},       {"null", TypeKind::kNull},        {"bool", TypeKind::kBool},
      {"int", TypeKind::kInt},       {"uint", TypeKind::kUint},        {"double", TypeKind::kDouble},
      {"string", TypeKind::kString}, {"bytes", TypeKind::kBytes},      {"timestamp", TypeKind::kTimestamp},
      {"type", TypeKind::kType},     {"duration", TypeKind::kDuration}};
  const std::string_view name = word();
  if (text_.starts_with("(")) {
    std::vector<Type> inner = types();
    if (name == "list") return Type::list(inner[0]);
    if (name == "map") return Type::map(inner[0], inner[1]);
    if (name == "optional") return Type::optional(inner[0]);
    TESSERA_ASSERT(name == "type");
    return Type::type_of(inner[0]);
  }
  if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return Type::parameter(std::string(name));
  const auto plain = kPlain.find(name);
  return plain != kPlain.end() ? Type(plain->second) : Type::object(std::string(name));
}

FunctionDeclaration SignatureReader::read() {
  FunctionDeclaration declaration;
  if (text_.find(" . ") != std::string_view::npos) {
    declaration.receiver = true;
    declaration.parameters.push_back(type());
    accept(" . ");
  }
  declaration.name = std::string(word());
  for (Type& parameter : types()) declaration.parameters.push_back(std::move(parameter));
  TESSERA_ASSERT(accept(" "));
  declaration.result = type();
  TESSERA_ASSERT(text_.empty());
  return declaration;
}

FunctionTable build(bool mixed) {
  FunctionTable table;
  add_operators(table);
  if (mixed) add_mixed_operators(table);
  add_conversions(table);
  add_time_functions(table);
  add_string_functions(table);
  add_format_function(table);
  add_math_functions(table);
  add_list_functions(table);
  add_optional_functions(table);
  add_network_functions(table);
  return table;
}

bool append_list(std::string& out, const List& list, Context& context, int depth) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ", ";
    if (!append_text(out, list.at(i, context.arena), context, depth + 1)) return false;
  }
  out += ']';
  return true;
}

// Entries in the order of their keys' text, so that equal maps read the same.
bool append_map(std::string& out, const Map& map, Context& context, int depth) {
  std::vector<std::pair<std::string, Value>> entries;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i, context.arena);
    std::string text;
    Value value;
    if (!append_text(text, key, context, depth + 1) || !map.find(key, context.arena, &value)) return false;
    entries.emplace_back(std::move(text), value);
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out += ", ";
    out += entries[i].first;
    out += ": ";
    if (!append_text(out, entries[i].second, context, depth + 1)) return false;
  }
  out += '}';
  return true;
}

bool append_scalar(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      return true;
    case Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return true;
    case Kind::kInt:
      out += std::to_string(value.as_int());
      return true;
    case Kind::kUint:
      out += std::to_string(value.as_uint());
      return true;
    case Kind::kDouble:
      append_double(out, value.as_double());
      return true;
    case Kind::kTimestamp:
      append_timestamp(out, value.as_instant());
      return true;
    case Kind::kDuration:
      append_duration(out, value.as_instant());
      return true;
    default:
      out += value.text();
      return value.is(Kind::kString) || value.is(Kind::kType) || (value.is(Kind::kBytes) && is_utf8(value.text()));
  }
}

}  // namespace

void add_function(FunctionTable& table, std::string_view signature, Builtin builtin) {
  FunctionDeclaration declaration = SignatureReader(signature).read();
  if (builtin != nullptr) declaration.function = builtin;
  auto& overloads = table[declaration.name];
  overloads.push_back(make_overload(std::move(declaration), true));
}

const FunctionTable& standard_functions(const Dialect& dialect) {
  static const FunctionTable kStandard = build(false);
  static const FunctionTable kMixed = build(true);
  return dialect.mixed_arithmetic ? kMixed : kStandard;
}

Value new_string(std::string_view text, Context& context) {
  if (!context.charge(text.size() / 64)) return Value::error(kCostExceeded);
  std::string_view kept;
  return context.arena.copy(text, &kept) ? Value::string(kept) : Value::error(kMemoryExceeded);
}

Value new_bytes(std::string_view bytes, Context& context) {
  const Value copied = new_string(bytes, context);
  return copied.is_error() ? copied : Value::bytes(copied.text());
}

Value new_list(std::span<const Value> values, Context& context) {
  const List* const list = make_list(values, context.arena);
  return list == nullptr ? Value::error(kMemoryExceeded) : Value::list(list);
}

Value copied_list(std::span<const Value> values, Context& context) {
  bool ok = false;
  const std::span<Value> kept = take_values(values.size(), context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  std::copy(values.begin(), values.end(), kept.begin());
  return new_list(kept, context);
}

bool append_text(std::string& out, const Value& value, Context& context, int depth) {
  if (depth > kMaxValueDepth || !context.charge(1)) return false;
  const std::size_t before = out.size();
  bool ok = true;
  if (value.is(Kind::kList)) {
    ok = append_list(out, value.as_list(), context, depth);
  } else if (value.is(Kind::kMap)) {
    ok = append_map(out, value.as_map(), context, depth);
  } else {
    ok = append_scalar(out, value);
  }
  return ok && context.charge((out.size() - before) / 64);
}

namespace {

bool comparable(const Value& a, const Value& b) {
  if (is_number(a.kind()) && is_number(b.kind())) return true;
  if (a.kind() != b.kind()) return false;
  return a.is(Kind::kBool) || a.is(Kind::kString) || a.is(Kind::kBytes) || a.is(Kind::kTimestamp) ||
         a.is(Kind::kDuration);
}

// NaN comes last, so that the order is one.
bool less(const Value& a, const Value& b) {
  if (is_number(a.kind())) {
    const auto order = compare_numbers(a, b);
    if (order == std::partial_ordering::unordered) {
      return compare_numbers(a, a) == 0 && compare_numbers(b, b) == std::partial_ordering::unordered;
    }
    return order < 0;
  }
  if (a.is(Kind::kBool)) return a.as_bool() < b.as_bool();
  if (a.is(Kind::kTimestamp) || a.is(Kind::kDuration)) return a.as_instant() < b.as_instant();
  return a.text() < b.text();
}

}  // namespace

Value sorted_by(std::span<const Value> keys, std::span<const Value> values, Context& context) {
  const std::size_t size = keys.size();
  std::uint64_t rounds = 1;
  while ((std::size_t{1} << rounds) < size) ++rounds;
  std::uint64_t longest = 0;
  for (const Value& key : keys) {
    // Numbers of different kinds have no strict order together: rounding makes some equal.
    if (!comparable(keys[0], key) || keys[0].kind() != key.kind()) {
      const std::array<Value, 2> both{keys[0], key};
      return no_overload(context, "sort", both);
    }
    if (key.is(Kind::kString) || key.is(Kind::kBytes)) longest = std::max<std::uint64_t>(longest, key.text().size());
  }
  if (!context.charge(size * rounds * (1 + longest / 64))) return Value::error(kCostExceeded);
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return less(keys[a], keys[b]); });
  bool ok = false;
  const std::span<Value> sorted = take_values(size, context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  for (std::size_t i = 0; i < size; ++i) sorted[i] = values[order[i]];
  return new_list(sorted, context);
}

}  // namespace tessera::cel
