// Macros: calls whose arguments are expressions with variables of their own.
#include <algorithm>

#include "cel/checker.h"

namespace tessera::cel {

struct LoopForm {
  std::string_view name;
  std::size_t arguments;  // without what it is called on
  LoopKind kind;
  bool two_variables;
  bool has_condition;  // after the variables
  bool has_result;     // at the end
  std::string_view usage;
};

namespace {

constexpr std::string_view kAllUsage = "list.all(x, condition)";
constexpr std::string_view kExistsUsage = "list.exists(x, condition)";
constexpr std::string_view kExistsOneUsage = "list.exists_one(x, condition)";
constexpr std::string_view kMapUsage = "list.map(x, result), or list.map(x, condition, result)";
constexpr std::string_view kTransformListUsage =
    "list.transformList(i, x, result), or with a condition before the result";
constexpr std::string_view kTransformMapUsage =
    "map.transformMap(key, value, result), or with a condition before the result";
constexpr std::string_view kEntriesUsage =
    "map.transformMapEntry(key, value, {newKey: newValue}), or with a condition before the entries";

constexpr LoopForm kLoopForms[] = {
    {"all", 2, LoopKind::kAll, false, true, false, kAllUsage},
    {"all", 3, LoopKind::kAll, true, true, false, kAllUsage},
    {"exists", 2, LoopKind::kExists, false, true, false, kExistsUsage},
    {"exists", 3, LoopKind::kExists, true, true, false, kExistsUsage},
    {"exists_one", 2, LoopKind::kExistsOne, false, true, false, kExistsOneUsage},
    {"exists_one", 3, LoopKind::kExistsOne, true, true, false, kExistsOneUsage},
    {"existsOne", 2, LoopKind::kExistsOne, false, true, false, kExistsOneUsage},
    {"existsOne", 3, LoopKind::kExistsOne, true, true, false, kExistsOneUsage},
    {"filter", 2, LoopKind::kList, false, true, false, "list.filter(x, condition)"},
    {"map", 2, LoopKind::kList, false, false, true, kMapUsage},
    {"map", 3, LoopKind::kList, false, true, true, kMapUsage},
    {"sortBy", 2, LoopKind::kSortBy, false, false, true, "list.sortBy(x, key)"},
    {"transformList", 3, LoopKind::kList, true, false, true, kTransformListUsage},
    {"transformList", 4, LoopKind::kList, true, true, true, kTransformListUsage},
    {"transformMap", 3, LoopKind::kMap, true, false, true, kTransformMapUsage},
    {"transformMap", 4, LoopKind::kMap, true, true, true, kTransformMapUsage},
    {"transformMapEntry", 3, LoopKind::kMapEntries, true, false, true, kEntriesUsage},
    {"transformMapEntry", 4, LoopKind::kMapEntries, true, true, true, kEntriesUsage},
};

struct Usage {
  std::string_view name;
  std::string_view usage;
};
constexpr Usage kOtherUsages[] = {
    {"has", "has(a.b)"},
    {"optMap", "optional.optMap(x, result)"},
    {"optFlatMap", "optional.optFlatMap(x, result)"},
    {"bind", "cel.bind(name, value, result)"},
    {"block", "cel.block([values], result)"},
};

bool is_call_on_cel(const Node& node) {
  return node.kind == NodeKind::kCall && node.receiver && node.children[0]->kind == NodeKind::kIdentifier &&
         node.children[0]->text == "cel";
}

// The name of cel.index(0), cel.iterVar(0, 0), cel.accuVar(0, 0): what tools make of shared parts of an expression.
std::optional<std::string> generated_name(const Node& node) {
  if (!is_call_on_cel(node)) return std::nullopt;
  const std::size_t numbers = node.text == "index" ? 1 : node.text == "iterVar" || node.text == "accuVar" ? 2 : 0;
  if (numbers == 0 || node.children.size() != numbers + 1) return std::nullopt;
  std::string name = "@" + node.text;
  for (std::size_t i = 1; i <= numbers; ++i) {
    if (node.children[i]->kind != NodeKind::kInt) return std::nullopt;
    name += ":" + std::to_string(node.children[i]->integer);
  }
  return name;
}

bool has_order(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kDyn:
    case TypeKind::kParameter:
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble:
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kWrapper:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view macro_usage(std::string_view name) {
  for (const LoopForm& form : kLoopForms) {
    if (form.name == name) return form.usage;
  }
  for (const Usage& other : kOtherUsages) {
    if (other.name == name) return other.usage;
  }
  return {};
}

std::optional<Checked> Checker::expand(const Node& node) {
  const std::size_t size = node.children.size();
  if (!node.receiver) {
    if (node.text != "has" || size != 1) return std::nullopt;
    return expand_has(node);
  }
  if (is_call_on_cel(node)) return expand_cel(node);
  if ((node.text == "optMap" || node.text == "optFlatMap") && size == 3) return expand_optional_map(node);
  for (const LoopForm& form : kLoopForms) {
    if (form.name == node.text && form.arguments + 1 == size) return expand_loop(node, form);
  }
  return std::nullopt;
}

std::optional<Checked> Checker::expand_cel(const Node& node) {
  if (node.text == "bind" && node.children.size() == 4) return expand_bind(node);
  if (node.text == "block" && node.children.size() == 3 && node.children[1]->kind == NodeKind::kList) {
    return expand_block(node);
  }
  if (const auto name = generated_name(node)) {
    if (auto local = find_local(*name)) return std::move(*local);
    return fail(node, "there is no such " + node.text + " here");
  }
  return std::nullopt;
}

std::uint32_t Checker::enter(std::string name, Type type) {
  locals_.push_back({std::move(name), std::move(type)});
  most_locals_ = std::max(most_locals_, locals_.size());
  return static_cast<std::uint32_t>(locals_.size() - 1);
}

void Checker::leave(std::size_t locals) {
  locals_.erase(locals_.begin() + static_cast<std::ptrdiff_t>(locals), locals_.end());
}

std::optional<std::string> Checker::variable_name(const Node& node, const Node& macro) {
  if (node.kind == NodeKind::kIdentifier && !node.text.starts_with('.')) return node.text;
  if (auto name = generated_name(node)) return name;
  fail(node, macro.text + "() needs a name here, as in " + std::string(macro_usage(macro.text)));
  return std::nullopt;
}

Checked Checker::expand_has(const Node& node) {
  const Node& select = *node.children[0];
  if (select.kind != NodeKind::kSelect || select.optional) {
    return fail(select, "has() asks whether a field is there: has(a.b)");
  }
  Checked operand = visit(*select.children[0]);
  if (!operand || !field_type(select, operand.type)) return {};
  const auto name = keep(select);
  if (!name) return {};
  return made(TypeKind::kBool,
              make_has(std::move(operand.operation), Value::string(*name), tables_.dialect.absent_is_null),
              operand.weight + 1);
}

std::optional<std::pair<Type, Type>> Checker::element_types(const Node& node, const Type& range, const LoopForm& form) {
  const Type type = inference_.resolve(range);
  switch (type.kind()) {
    case TypeKind::kList:
      if (form.two_variables) return std::pair(Type(TypeKind::kInt), type.parameters()[0]);
      return std::pair(type.parameters()[0], Type());
    case TypeKind::kMap:
      if (form.kind == LoopKind::kSortBy) break;
      return std::pair(type.parameters()[0], type.parameters()[1]);
    case TypeKind::kParameter:
      inference_.fits(TypeKind::kDyn, type);
      return std::pair(Type(), Type());
    case TypeKind::kDyn:
      return std::pair(Type(), Type());
    default:
      break;
  }
  const std::string over = form.kind == LoopKind::kSortBy ? "a list" : "a list or map";
  fail(node, node.text + "() goes over " + over + ", not " + in_words(inference_.resolve(type, true)));
  return std::nullopt;
}

Checked Checker::visit_condition(const Node& node, std::string_view macro) {
  Checked condition = visit(node);
  if (!condition || inference_.fits(condition.type, TypeKind::kBool)) return condition;
  return fail(node, "the condition of " + std::string(macro) + "() must be a bool, but is " +
                        in_words(inference_.resolve(condition.type, true)));
}

std::optional<Type> Checker::loop_type(const Node& node, const LoopForm& form, const Type& first,
                                       const Checked& result) {
  switch (form.kind) {
    case LoopKind::kAll:
    case LoopKind::kExists:
    case LoopKind::kExistsOne:
      return TypeKind::kBool;
    case LoopKind::kList:
      return Type::list(form.has_result ? result.type : first);
    case LoopKind::kMap:
      return Type::map(first, result.type);
    case LoopKind::kMapEntries: {
      const Type entries = Type::map(inference_.fresh(), inference_.fresh());
      if (inference_.fits(result.type, entries)) return entries;
      fail(*node.children.back(), "transformMapEntry() makes maps of entries, such as {key: value}, not " +
                                      in_words(inference_.resolve(result.type, true)));
      return std::nullopt;
    }
    case LoopKind::kSortBy:
      if (has_order(inference_.resolve(result.type))) return Type::list(first);
      fail(*node.children.back(),
           in_words(inference_.resolve(result.type, true)) + " has no order, so sortBy() cannot sort by it");
      return std::nullopt;
  }
  return std::nullopt;
}

Checked Checker::expand_loop(const Node& node, const LoopForm& form) {
  Checked range = visit(*node.children[0]);
  const auto first = variable_name(*node.children[1], node);
  const auto second = form.two_variables ? variable_name(*node.children[2], node) : std::optional<std::string>("");
  if (!range || !first || !second) return {};
  if (*first == *second) return fail(*node.children[2], node.text + "() needs two different names");
  const auto types = element_types(node, range.type, form);
  if (!types) return {};

  const std::size_t before = locals_.size();
  Loop loop;
  loop.kind = form.kind;
  loop.two_variables = form.two_variables;
  loop.first = enter(*first, types->first);
  if (form.two_variables) loop.second = enter(*second, types->second);
  std::size_t at = form.two_variables ? 3 : 2;
  Checked condition;
  if (form.has_condition) condition = visit_condition(*node.children[at++], node.text);
  Checked result;
  if (form.has_result) result = visit(*node.children[at]);
  leave(before);
  if ((form.has_condition && !condition) || (form.has_result && !result)) return {};
  const auto type = loop_type(node, form, types->first, result);
  if (!type) return {};
  loop.range = std::move(range.operation);
  loop.condition = std::move(condition.operation);
  // A filter keeps the element.
  const bool is_filter = form.kind == LoopKind::kList && !form.has_result;
  loop.result = is_filter ? make_local(loop.first) : std::move(result.operation);
  loop.weight = 1 + condition.weight + result.weight;
  return made(*type, make_loop(std::move(loop)), range.weight + 1);
}

Checked Checker::expand_optional_map(const Node& node) {
  const bool flat = node.text == "optFlatMap";
  Checked optional = visit(*node.children[0]);
  const auto name = variable_name(*node.children[1], node);
  if (!optional || !name) return {};
  const Type held = inference_.fresh();
  if (!inference_.fits(optional.type, Type::optional(held))) {
    return fail(node,
                node.text + "() is called on an optional, not on " + in_words(inference_.resolve(optional.type, true)));
  }
  const std::uint32_t local = enter(*name, held);
  Checked result = visit(*node.children[2]);
  leave(local);
  if (!result) return {};
  const Type type = Type::optional(flat ? inference_.fresh() : result.type);
  if (flat && !inference_.fits(result.type, type)) {
    return fail(*node.children[2], "the result of optFlatMap() must be an optional, not " +
                                       in_words(inference_.resolve(result.type, true)));
  }
  return made(type, make_optional_map(std::move(optional.operation), local, std::move(result.operation), flat),
              optional.weight + result.weight + 1);
}

Checked Checker::expand_bind(const Node& node) {
  const auto name = variable_name(*node.children[1], node);
  Checked value = visit(*node.children[2]);
  if (!name || !value) return {};
  const std::uint32_t local = enter(*name, value.type);
  Checked result = visit(*node.children[3]);
  leave(local);
  if (!result) return {};
  std::vector<std::pair<std::uint32_t, OperationPtr>> values;
  values.emplace_back(local, std::move(value.operation));
  return made(result.type, make_bind(std::move(values), std::move(result.operation)), value.weight + result.weight + 1);
}

Checked Checker::expand_block(const Node& node) {
  const std::size_t before = locals_.size();
  std::vector<std::pair<std::uint32_t, OperationPtr>> values;
  std::uint64_t weight = 1;
  bool ok = true;
  for (const NodePtr& child : node.children[1]->children) {
    Checked value = visit(*child);
    ok = ok && value;
    weight += value.weight;
    const std::uint32_t local = enter("@index:" + std::to_string(values.size()), value.type);
    values.emplace_back(local, std::move(value.operation));
  }
  Checked result = visit(*node.children[2]);
  leave(before);
  if (!ok || !result) return {};
  return made(result.type, make_bind(std::move(values), std::move(result.operation)), weight + result.weight);
}

}  // namespace tessera::cel
