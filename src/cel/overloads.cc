// Calls: which of a function's overloads the arguments fit, and what to say if it is none.
#include <algorithm>

#include "base/result.h"
#include "cel/checker.h"
#include "cel/lowering.h"

namespace tessera::cel {

namespace {

constexpr std::size_t kShownOverloads = 3;

std::string list_types(std::span<const Type> types) {
  std::string out;
  for (const Type& type : types) {
    if (!out.empty()) out += ", ";
    out += type.text();
  }
  return out;
}

// "string.startsWith(string)", "size(list(A))".
std::string signature(const std::string& name, bool receiver, std::span<const Type> parameters) {
  if (!receiver) return name + "(" + list_types(parameters) + ")";
  return parameters[0].text() + "." + name + "(" + list_types(parameters.subspan(1)) + ")";
}

bool fits_style(const Overload& overload, bool receiver) {
  return overload.declaration.receiver == receiver;
}

}  // namespace

Checked Checker::visit_call(const Node& node) {
  TESSERA_ASSERT(!node.receiver || !node.children.empty());
  if (!node.receiver && (node.text == "_&&_" || node.text == "_||_")) return visit_logic(node);
  if (auto expanded = expand(node)) return std::move(*expanded);
  Call call{node, node.text, node.receiver, {}};
  std::vector<OverloadPtr> known = find_qualified(call);
  bool ok = true;
  for (std::size_t i = node.receiver && !call.receiver ? 1 : 0; i < node.children.size(); ++i) {
    call.arguments.push_back(visit(*node.children[i]));
    ok = ok && call.arguments.back();
  }
  if (known.empty()) known = find_functions(call.name);
  if (known.empty()) {
    const std::string_view usage = macro_usage(node.text);
    if (!usage.empty()) return fail(node, node.text + "() is written " + std::string(usage));
    return missing(node, "there is no function \"" + call.name + "\"" + suggest_function(call.name));
  }
  return ok ? resolve(std::move(call), known) : Checked{};
}

std::vector<OverloadPtr> Checker::find_qualified(Call& call) const {
  if (!call.receiver) return {};
  const auto prefix = dotted(*call.node.children[0]);
  if (!prefix || is_local(std::string_view(*prefix).substr(0, prefix->find('.', 1)))) return {};
  const std::string name = *prefix + "." + call.node.text;
  std::vector<OverloadPtr> known = find_functions(name);
  if (known.empty() && !is_namespace(*prefix)) return {};
  call.name = name;
  call.receiver = false;
  return known;
}

Checked Checker::visit_logic(const Node& node) {
  std::vector<OperationPtr> operands;
  bool ok = true;
  std::uint64_t weight = 1;
  for (const NodePtr& child : node.children) {
    Checked operand = visit(*child);
    if (operand && !inference_.fits(operand.type, TypeKind::kBool)) {
      const std::string type = in_words(inference_.resolve(operand.type, true));
      operand =
          fail(*child, "'" + std::string(operator_symbol(node.text)) + "' goes between bools, but this is " + type);
    }
    ok = ok && operand;
    weight += operand.weight;
    operands.push_back(std::move(operand.operation));
  }
  if (!ok) return {};
  return made(TypeKind::kBool, node.text == "_&&_" ? make_and(std::move(operands)) : make_or(std::move(operands)),
              weight);
}

std::optional<Type> Checker::match(const Call& call, const std::vector<OverloadPtr>& known,
                                   std::vector<OverloadPtr>& matching) {
  std::vector<Type> given;
  for (const Checked& argument : call.arguments) given.push_back(argument.type);
  std::optional<Type> result;
  for (const OverloadPtr& overload : known) {
    const FunctionDeclaration& declaration = overload->declaration;
    if (!fits_style(*overload, call.receiver) || declaration.parameters.size() != given.size()) continue;
    std::map<std::string, Type> variables;
    std::vector<Type> wanted;
    for (const Type& parameter : declaration.parameters) wanted.push_back(inference_.instantiate(parameter, variables));
    if (!inference_.fits(given, wanted)) continue;
    Type type = inference_.resolve(inference_.instantiate(declaration.result, variables));
    matching.push_back(overload);
    // The first one gives the type, unless another would give another.
    if (!result) {
      result = std::move(type);
    } else if (!(type == *result)) {
      result = TypeKind::kDyn;
    }
  }
  return result;
}

Checked Checker::resolve(Call call, const std::vector<OverloadPtr>& known) {
  std::vector<OverloadPtr> matching;
  auto type = match(call, known, matching);
  if (!type) return missing(call.node, no_match(call, known));
  const bool is_index = call.name == "_[_]";
  if (is_index && inference_.resolve(call.arguments[0].type).kind() == TypeKind::kMap) type = or_null(*type);
  bool constant = true;
  std::uint64_t weight = 1;
  std::vector<OperationPtr> operands;
  for (const OverloadPtr& overload : matching) constant = constant && overload->standard;
  for (Checked& argument : call.arguments) {
    constant = constant && argument.operation->constant() != nullptr;
    weight += argument.weight;
    operands.push_back(std::move(argument.operation));
  }
  std::string trouble;
  OperationPtr operation = lower_call(std::move(matching), std::move(operands), tables_.dialect, &trouble);
  if (!trouble.empty() && tables_.dialect.constants_must_work) return fail(call.node, std::move(trouble));
  return made_constant(call.node, constant, *type, std::move(operation), weight);
}

std::string Checker::no_operator(const Call& call) const {
  std::vector<std::string> words;
  for (const Checked& argument : call.arguments) words.push_back(in_words(inference_.resolve(argument.type, true)));
  const std::string symbol = "'" + std::string(operator_symbol(call.name)) + "'";
  if (call.name == "_?_:_") {
    return "'?:' takes a bool and two values of one type, not " + words[0] + ", " + words[1] + " and " + words[2];
  }
  if (call.name == "_[_]" || call.name == "_[?_]") {
    const Type of = inference_.resolve(call.arguments[0].type, true);
    if (of.kind() == TypeKind::kList) return "a list's elements are numbered from 0: [0] is the first, not " + words[1];
    if (of.kind() == TypeKind::kMap) return "the keys here are " + of.parameters()[0].text() + ", not " + words[1];
    return words[0] + " has no elements";
  }
  if (call.name == "@in") {
    const TypeKind kind = inference_.resolve(call.arguments[1].type, true).kind();
    if (kind == TypeKind::kString)
      return "'in' looks into a list or map; for part of a string there is text.contains(part)";
    if (kind == TypeKind::kList || kind == TypeKind::kMap) return words[0] + " is never in " + words[1];
    return "'in' looks into a list or map, not into " + words[1];
  }
  if (words.size() == 1) return symbol + " does not go before " + words[0];
  if (call.name == "_==_" || call.name == "_!=_") return words[0] + " is never equal to " + words[1];
  return symbol + " does not go between " + words[0] + " and " + words[1];
}

std::string Checker::no_match(const Call& call, const std::vector<OverloadPtr>& known) const {
  if (!call.receiver &&
      (call.name.front() == '_' || call.name.front() == '@' || call.name == "-_" || call.name == "!_")) {
    return no_operator(call);
  }
  std::vector<Type> given;
  for (const Checked& argument : call.arguments) given.push_back(inference_.resolve(argument.type, true));
  std::string shown;
  std::size_t count = 0;
  const bool styled =
      std::any_of(known.begin(), known.end(), [&](const OverloadPtr& one) { return fits_style(*one, call.receiver); });
  for (const OverloadPtr& overload : known) {
    if (styled && !fits_style(*overload, call.receiver)) continue;
    if (++count > kShownOverloads) break;
    const FunctionDeclaration& declaration = overload->declaration;
    if (count > 1) shown += " or ";
    shown += signature(call.name, declaration.receiver, declaration.parameters);
  }
  if (count > kShownOverloads) shown += " …";
  return "there is no " + signature(call.name, call.receiver, given) + "; there is " + shown;
}

}  // namespace tessera::cel
