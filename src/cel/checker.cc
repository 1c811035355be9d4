#include "cel/checker.h"

#include "base/result.h"
#include "cel/lowering.h"

namespace tessera::cel {

Checker::Checker(const Environment& environment, Checking checking, Constants& constants, std::vector<Issue>& issues)
    : tables_(environment.tables()), checking_(checking), constants_(constants), issues_(issues) {}

std::string in_words(const Type& type) {
  if (type.kind() == TypeKind::kWrapper) return in_words(type.parameters()[0]);
  const std::string text = type.text();
  switch (type.kind()) {
    case TypeKind::kNull:
      return text;
    case TypeKind::kDyn:
      return "a value of any type";
    case TypeKind::kInt:
    case TypeKind::kOptional:
      return "an " + text;
    default:
      return "a " + text;
  }
}

Checked Checker::fail(const Node& node, std::string message) {
  if (issues_.size() < kMaxIssues) issues_.push_back({node.place, std::move(message)});
  return {};
}

Checked Checker::missing(const Node& node, std::string message) {
  if (is_strict()) return fail(node, std::move(message));
  std::string_view kept;
  if (!constants_.texts.copy(message, &kept)) return fail(node, std::move(message));
  return made(TypeKind::kDyn, make_constant(Value::error(kept)));
}

Checked Checker::made(Type type, OperationPtr operation, std::uint64_t weight) const {
  if (!is_strict()) type = TypeKind::kDyn;
  return {std::move(type), std::move(operation), weight};
}

Checked Checker::made_constant(const Node& node, bool constant, Type type, OperationPtr operation,
                               std::uint64_t weight) {
  if (!constant) return made(std::move(type), std::move(operation), weight);
  std::string trouble;
  operation = fold(std::move(operation), constants_.folded, &trouble);
  if (!trouble.empty() && tables_.dialect.constants_must_work) return fail(node, std::move(trouble));
  if (operation->constant() != nullptr) weight = 1;
  return made(std::move(type), std::move(operation), weight);
}

Checked Checker::check(const Node& root, const Type& expected) {
  const std::size_t before = issues_.size();
  Checked checked = visit(root);
  if (checked && is_strict() && !inference_.fits(checked.type, expected)) {
    checked = fail(
        root, "this must be " + in_words(expected) + ", but is " + in_words(inference_.resolve(checked.type, true)));
  }
  checked.type = inference_.resolve(checked.type, true);
  if (issues_.size() > before) checked.operation = nullptr;
  return checked;
}

Checked Checker::visit(const Node& node) {
  if (++nodes_ > kMaxNodes) {
    return fail(node, "the expression has more than " + std::to_string(kMaxNodes) + " parts");
  }
  if (depth_ >= kMaxDepth) {
    return fail(node, "the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
  }
  ++depth_;
  Checked checked = visit_kind(node);
  --depth_;
  return checked;
}

Checked Checker::visit_kind(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return made(TypeKind::kNull, make_constant(Value::null()));
    case NodeKind::kBool:
      return made(TypeKind::kBool, make_constant(Value::boolean(node.integer != 0)));
    case NodeKind::kInt:
      return made(TypeKind::kInt, make_constant(Value::integer(node.integer)));
    case NodeKind::kUint:
      return made(TypeKind::kUint, make_constant(Value::uinteger(static_cast<std::uint64_t>(node.integer))));
    case NodeKind::kDouble:
      return made(TypeKind::kDouble, make_constant(Value::real(node.real)));
    case NodeKind::kString:
    case NodeKind::kBytes:
      return visit_text(node);
    case NodeKind::kIdentifier:
      return visit_identifier(node);
    case NodeKind::kSelect:
      return visit_select(node);
    case NodeKind::kCall:
      return visit_call(node);
    case NodeKind::kList:
      return visit_list(node);
    case NodeKind::kMap:
      return visit_map(node);
    case NodeKind::kStruct:
      return missing(node, "there is no type of messages \"" + node.text + "\"");
  }
  return {};
}

std::optional<std::string_view> Checker::keep(const Node& node) {
  std::string_view text;
  if (constants_.texts.copy(node.text, &text)) return text;
  fail(node, "the expression's texts have more than " + std::to_string(kMaxLiteralBytes) + " bytes");
  return std::nullopt;
}

Checked Checker::visit_text(const Node& node) {
  const auto text = keep(node);
  if (!text) return {};
  if (node.kind == NodeKind::kString) return made(TypeKind::kString, make_constant(Value::string(*text)));
  return made(TypeKind::kBytes, make_constant(Value::bytes(*text)));
}

Checked Checker::visit_identifier(const Node& node) {
  if (auto local = find_local(node.text)) return std::move(*local);
  if (auto found = find_name(node.text)) return std::move(*found);
  return missing(node, "there is no variable \"" + node.text + "\"" + suggest_variable(node.text));
}

Type Checker::or_null(Type type) const {
  if (!tables_.dialect.absent_is_null) return type;
  switch (type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble:
    case TypeKind::kString:
    case TypeKind::kBytes:
      return Type::wrapper(type);
    default:
      return type;
  }
}

std::optional<Type> Checker::field_type(const Node& select, const Type& operand) {
  Type target = inference_.resolve(operand);
  const bool optional = target.kind() == TypeKind::kOptional;
  if (optional) target = target.parameters()[0];
  Type result = TypeKind::kDyn;
  switch (target.kind()) {
    case TypeKind::kMap:
      result = target.parameters()[1];
      if (!optional && !select.optional) result = or_null(result);
      break;
    case TypeKind::kParameter:
      // From here on it is dyn, so that it does not become something else later.
      inference_.fits(TypeKind::kDyn, target);
      break;
    case TypeKind::kDyn:
    case TypeKind::kError:
    case TypeKind::kObject:
      break;
    case TypeKind::kNull:
      if (tables_.dialect.absent_is_null) break;
      [[fallthrough]];
    default:
      if (select.optional) break;
      fail(select,
           in_words(inference_.resolve(target, true)) + " has no fields, so there is no \"." + select.text + "\"");
      return std::nullopt;
  }
  return optional || select.optional ? Type::optional(result) : result;
}

Checked Checker::visit_select(const Node& node) {
  TESSERA_ASSERT(node.children.size() == 1);
  if (const auto name = dotted(node); name && !is_local(std::string_view(*name).substr(0, name->find('.', 1)))) {
    if (auto found = find_name(*name)) return std::move(*found);
  }
  Checked operand = visit(*node.children[0]);
  if (!operand) return {};
  const auto type = field_type(node, operand.type);
  const auto name = keep(node);
  if (!type || !name) return {};
  const bool constant = operand.operation->constant() != nullptr;
  OperationPtr select = make_select(std::move(operand.operation), Value::string(*name),
                                    {.optional = node.optional, .absent_is_null = tables_.dialect.absent_is_null});
  return made_constant(node, constant, *type, std::move(select), operand.weight + 1);
}

bool Checker::unwrap_entry(const Node& node, Checked& entry) {
  const Type type = inference_.resolve(entry.type);
  if (type.kind() == TypeKind::kOptional) {
    entry.type = type.parameters()[0];
    return true;
  }
  if (type.kind() == TypeKind::kDyn) return true;
  fail(node, "what is written with ? must be an optional, not " + in_words(inference_.resolve(type, true)));
  return false;
}

Checked Checker::visit_list(const Node& node) {
  std::vector<Item> items;
  std::optional<Type> type;
  bool ok = true;
  bool constant = true;
  std::uint64_t weight = 1;
  for (const NodePtr& child : node.children) {
    Checked element = visit(*child);
    if (!element || (child->optional_entry && !unwrap_entry(*child, element))) {
      ok = false;
      continue;
    }
    type = type ? inference_.join(*type, element.type) : element.type;
    constant = constant && element.operation->constant() != nullptr;
    weight += element.weight;
    items.push_back({nullptr, std::move(element.operation), child->optional_entry});
  }
  if (!ok) return {};
  if (!type) type = inference_.fresh();
  return made_constant(node, constant, Type::list(*type), make_list(std::move(items)), weight);
}

Checked Checker::visit_map(const Node& node) {
  TESSERA_ASSERT(node.children.size() % 2 == 0);
  std::vector<Item> items;
  std::optional<Type> key_type;
  std::optional<Type> value_type;
  bool ok = true;
  bool constant = true;
  std::uint64_t weight = 1;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    const bool optional = node.children[i]->optional_entry;
    Checked key = visit(*node.children[i]);
    Checked value = visit(*node.children[i + 1]);
    if (!key || !value || (optional && !unwrap_entry(*node.children[i + 1], value))) {
      ok = false;
      continue;
    }
    key_type = key_type ? inference_.join(*key_type, key.type) : key.type;
    value_type = value_type ? inference_.join(*value_type, value.type) : value.type;
    constant = constant && key.operation->constant() != nullptr && value.operation->constant() != nullptr;
    weight += key.weight + value.weight;
    items.push_back({std::move(key.operation), std::move(value.operation), optional});
  }
  if (!ok) return {};
  if (!key_type) key_type = inference_.fresh();
  if (!value_type) value_type = inference_.fresh();
  return made_constant(node, constant, Type::map(*key_type, *value_type), make_map(std::move(items)), weight);
}

}  // namespace tessera::cel
