#include "case.h"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "cel/ast.h"
#include "cel/collections.h"
#include "cel/instant.h"
#include "cel/json.h"
#include "cel/text.h"

namespace conformance {

namespace json = boost::json;
namespace cel = tessera::cel;
using cel::Kind;
using cel::Type;
using cel::TypeKind;
using cel::Value;

namespace {

[[noreturn]] void unknown(const json::value& value) {
  throw std::runtime_error("the runner does not know " + json::serialize(value));
}

std::string_view text_of(const json::value& value) {
  const auto& text = value.as_string();
  return {text.data(), text.size()};
}

// The only member of an object, as of protobuf's oneof.
const json::key_value_pair& only_member(const json::value& value) {
  if (!value.is_object() || value.as_object().size() != 1) unknown(value);
  return *value.as_object().begin();
}

template <class T>
T number(const json::value& value) {
  const std::string_view text = text_of(value);
  T result{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (code != std::errc() || end != text.data() + text.size()) unknown(value);
  return result;
}

// ---- Types

Type primitive(const json::value& name) {
  static const std::map<std::string_view, TypeKind> kKinds{{"BOOL", TypeKind::kBool},     {"INT64", TypeKind::kInt},
                                                           {"UINT64", TypeKind::kUint},   {"DOUBLE", TypeKind::kDouble},
                                                           {"STRING", TypeKind::kString}, {"BYTES", TypeKind::kBytes}};
  const auto found = kKinds.find(text_of(name));
  if (found == kKinds.end()) unknown(name);
  return found->second;
}

// Protobuf's own messages that are plain values in the language, by the names that types and values have.
Type message_type(std::string_view name) {
  static const std::map<std::string_view, Type> kPlain{{"Timestamp", TypeKind::kTimestamp},
                                                       {"TIMESTAMP", TypeKind::kTimestamp},
                                                       {"Duration", TypeKind::kDuration},
                                                       {"DURATION", TypeKind::kDuration},
                                                       {"BoolValue", Type::wrapper(TypeKind::kBool)},
                                                       {"Int32Value", Type::wrapper(TypeKind::kInt)},
                                                       {"Int64Value", Type::wrapper(TypeKind::kInt)},
                                                       {"UInt32Value", Type::wrapper(TypeKind::kUint)},
                                                       {"UInt64Value", Type::wrapper(TypeKind::kUint)},
                                                       {"FloatValue", Type::wrapper(TypeKind::kDouble)},
                                                       {"DoubleValue", Type::wrapper(TypeKind::kDouble)},
                                                       {"StringValue", Type::wrapper(TypeKind::kString)},
                                                       {"BytesValue", Type::wrapper(TypeKind::kBytes)},
                                                       {"ListValue", Type::list(TypeKind::kDyn)},
                                                       {"Struct", Type::map(TypeKind::kString, TypeKind::kDyn)},
                                                       {"Value", TypeKind::kDyn}};
  constexpr std::string_view kPrefix = "google.protobuf.";
  const auto found = kPlain.find(name.substr(name.starts_with(kPrefix) ? kPrefix.size() : 0));
  return found == kPlain.end() ? Type::object(std::string(name)) : found->second;
}

Type read_type(const json::value& value) {
  const auto& [name, of] = only_member(value);
  if (name == "dyn") return TypeKind::kDyn;
  if (name == "null") return TypeKind::kNull;
  if (name == "primitive") return primitive(of);
  if (name == "wrapper") return Type::wrapper(primitive(of));
  if (name == "messageType" || name == "wellKnown") return message_type(text_of(of));
  if (name == "typeParam") return Type::parameter(std::string(text_of(of)));
  if (name == "listType") return Type::list(read_type(of.at("elemType")));
  if (name == "mapType") return Type::map(read_type(of.at("keyType")), read_type(of.at("valueType")));
  if (name != "abstractType") unknown(value);
  std::vector<Type> parameters;
  for (const json::value& parameter : of.at("parameterTypes").as_array()) parameters.push_back(read_type(parameter));
  if (of.at("name") == "optional_type") return Type::optional(parameters.at(0));
  return Type::object(std::string(text_of(of.at("name"))), std::move(parameters));
}

// ---- Values

std::string_view kept(std::string_view text, cel::Arena& arena) {
  std::string_view result;
  if (!arena.copy(text, &result)) throw std::runtime_error("a case's values take too much memory");
  return result;
}

Value read_value(const json::value& value, cel::Arena& arena);

Value read_list(const json::value& list, cel::Arena& arena) {
  const json::value* const values = list.as_object().if_contains("values");
  const std::size_t size = values == nullptr ? 0 : values->as_array().size();
  bool ok = false;
  const auto items = cel::take_values(size, arena, &ok);
  if (!ok) throw std::runtime_error("a case's values take too much memory");
  for (std::size_t i = 0; i < size; ++i) items[i] = read_value(values->as_array()[i], arena);
  return Value::list(cel::make_list(items, arena));
}

Value read_map(const json::value& map, cel::Arena& arena) {
  const json::value* const entries = map.as_object().if_contains("entries");
  cel::MapBuilder builder(entries == nullptr ? 0 : entries->as_array().size(), arena);
  for (std::size_t i = 0; entries != nullptr && i < entries->as_array().size(); ++i) {
    const json::value& entry = entries->as_array()[i];
    if (builder.add(read_value(entry.at("key"), arena), read_value(entry.at("value"), arena)) !=
        cel::MapBuilder::Added::kYes) {
      unknown(entry);
    }
  }
  return Value::map(builder.finish());
}

// A number that JSON has as such or, if it may be long, as text.
std::string number_text(const json::value& value) {
  return value.is_string() ? std::string(text_of(value)) : json::serialize(value);
}

Value read_scalar(TypeKind kind, const json::value& value, cel::Arena& arena) {
  switch (kind) {
    case TypeKind::kBool:
      return Value::boolean(value.as_bool());
    case TypeKind::kInt:
      return Value::integer(number<std::int64_t>(json::value(number_text(value))));
    case TypeKind::kUint:
      return Value::uinteger(number<std::uint64_t>(json::value(number_text(value))));
    case TypeKind::kDouble:
      return Value::real(number<double>(json::value(number_text(value))));
    case TypeKind::kString:
      return Value::string(kept(text_of(value), arena));
    case TypeKind::kBytes:
      return Value::bytes(kept(cel::decode_base64(text_of(value)).value(), arena));
    default:
      unknown(value);
  }
}

// One of protobuf's own messages, as the plain value that it is.
Value read_object(const json::value& object, cel::Arena& arena) {
  const std::string_view name = text_of(object.at("@type"));
  const Type type = message_type(name.substr(name.find('/') + 1));
  const json::value& value = object.at("value");
  switch (type.kind()) {
    case TypeKind::kDuration:
      return Value::duration(cel::parse_duration(text_of(value)).value());
    case TypeKind::kTimestamp:
      return Value::timestamp(cel::parse_timestamp(text_of(value)).value());
    case TypeKind::kWrapper:
      return read_scalar(type.parameters()[0].kind(), value, arena);
    case TypeKind::kObject:
      unknown(object);
    default: {
      auto read = cel::JsonReader().read(json::serialize(value), arena);
      if (!read) throw std::runtime_error(read.error().message);
      return *read;
    }
  }
}

Value read_double(const json::value& value) {
  if (value == "NaN") return Value::real(std::nan(""));
  if (value == "Infinity") return Value::real(HUGE_VAL);
  if (value == "-Infinity") return Value::real(-HUGE_VAL);
  return Value::real(number<double>(value));
}

Value read_value(const json::value& value, cel::Arena& arena) {
  const auto& [name, of] = only_member(value);
  if (name == "nullValue") return Value::null();
  if (name == "boolValue") return Value::boolean(of.as_bool());
  if (name == "int64Value") return Value::integer(number<std::int64_t>(of));
  if (name == "uint64Value") return Value::uinteger(number<std::uint64_t>(of));
  if (name == "doubleValue") return read_double(of);
  if (name == "stringValue") return Value::string(kept(text_of(of), arena));
  if (name == "bytesValue") return Value::bytes(kept(cel::decode_base64(text_of(of)).value(), arena));
  if (name == "typeValue") return Value::type(kept(text_of(of), arena));
  if (name == "listValue") return read_list(of, arena);
  if (name == "mapValue") return read_map(of, arena);
  if (name == "objectValue") return read_object(of, arena);
  unknown(value);
}

// ---- Declarations

cel::FunctionDeclaration read_overload(const std::string& name, const json::object& overload) {
  cel::FunctionDeclaration function;
  function.name = name;
  if (const auto* const instance = overload.if_contains("isInstanceFunction")) function.receiver = instance->as_bool();
  for (const json::value& parameter : overload.at("params").as_array()) {
    function.parameters.push_back(read_type(parameter));
  }
  function.result = read_type(overload.at("resultType"));
  function.function = [](std::span<const Value>, cel::Context&) { return Value::error("declared only"); };
  return function;
}

void read_declaration(const json::object& declaration, Case& result) {
  const std::string name(text_of(declaration.at("name")));
  if (const auto* const variable = declaration.if_contains("ident")) {
    result.variables.emplace_back(name, read_type(variable->at("type")));
    return;
  }
  for (const json::value& overload : declaration.at("function").at("overloads").as_array()) {
    result.functions.push_back(read_overload(name, overload.as_object()));
  }
}

bool flag(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->as_bool();
}

void read_expectation(const json::object& json, cel::Arena& arena, Case& result) {
  if (json.contains("evalError")) return;
  result.value = Value::boolean(true);  // where nothing is said
  if (const auto* const value = json.if_contains("value")) result.value = read_value(*value, arena);
  const json::value* const typed = json.if_contains("typedResult");
  if (typed == nullptr) return;
  result.type = read_type(typed->at("deducedType"));
  if (!result.check_only) result.value = read_value(typed->at("result"), arena);
}

// ---- Comparison

bool same_lists(const cel::List& a, const cel::List& b, cel::Arena& arena) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a.at(i, arena), b.at(i, arena), arena)) return false;
  }
  return true;
}

bool same_maps(const cel::Map& a, const cel::Map& b, cel::Arena& arena) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    bool found = false;
    for (std::size_t k = 0; k < b.size() && !found; ++k) {
      const Value key = a.key_at(i, arena);
      Value left;
      Value right;
      found = same(key, b.key_at(k, arena), arena) && a.find(key, arena, &left) && b.find(key, arena, &right) &&
              same(left, right, arena);
    }
    if (!found) return false;
  }
  return true;
}

// The type of a message that the expression makes; empty if it makes none.
std::string message_literal(const cel::Node& node) {
  if (node.kind == cel::NodeKind::kStruct) return node.text;
  for (const cel::NodePtr& child : node.children) {
    if (std::string found = message_literal(*child); !found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string reason_to_leave_out(const json::object& json) {
  std::vector<cel::Issue> issues;
  const cel::NodePtr root = cel::parse(text_of(json.at("expr")), issues);
  const std::string literal = root == nullptr ? "" : message_literal(*root);
  if (!literal.empty()) return "it makes a protobuf message, " + literal;
  json::object said = json;
  for (const char* const told : {"path", "name", "description", "evalError"}) said.erase(told);
  const std::string text = json::serialize(said);
  for (const std::string_view type : {"TestAllTypes", "GlobalEnum", "NestedEnum"}) {
    if (text.find(type) != std::string::npos) return "it is about the protobuf type " + std::string(type);
  }
  return {};
}

Case read_case(const json::object& json, cel::Arena& arena) {
  Case result;
  result.path = text_of(json.at("path"));
  result.expression = text_of(json.at("expr"));
  if (const auto* const container = json.if_contains("container")) result.container = text_of(*container);
  result.disable_check = flag(json, "disableCheck");
  result.check_only = flag(json, "checkOnly");
  if (json.contains("disableMacros") || json.contains("unknown") || json.contains("anyEvalErrors")) unknown(json);
  if (const auto* const declarations = json.if_contains("typeEnv")) {
    for (const json::value& one : declarations->as_array()) read_declaration(one.as_object(), result);
  }
  if (const auto* const bindings = json.if_contains("bindings")) {
    for (const auto& [name, value] : bindings->as_object()) {
      result.bindings.emplace(std::string(name), read_value(value.at("value"), arena));
    }
  }
  read_expectation(json, arena, result);
  return result;
}

bool same(const Value& a, const Value& b, cel::Arena& arena) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kDouble:
      if (std::isnan(a.as_double()) || std::isnan(b.as_double())) return std::isnan(a.as_double() + b.as_double());
      return a.as_double() == b.as_double() && std::signbit(a.as_double()) == std::signbit(b.as_double());
    case Kind::kList:
      return same_lists(a.as_list(), b.as_list(), arena);
    case Kind::kMap:
      return same_maps(a.as_map(), b.as_map(), arena);
    default:
      return cel::equal(a, b, arena);
  }
}

}  // namespace conformance
