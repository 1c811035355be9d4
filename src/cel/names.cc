// What names mean. https://github.com/google/cel-spec/blob/master/doc/langdef.md#name-resolution
#include "base/closest.h"
#include "cel/checker.h"

namespace tessera::cel {

namespace {

struct TypeName {
  std::string_view name;
  Type type;
};

// Types that are values under their names.
const std::vector<TypeName>& type_names() {
  static const std::vector<TypeName> kNames{
      {"bool", TypeKind::kBool},
      {"int", TypeKind::kInt},
      {"uint", TypeKind::kUint},
      {"double", TypeKind::kDouble},
      {"string", TypeKind::kString},
      {"bytes", TypeKind::kBytes},
      {"null_type", TypeKind::kNull},
      {"type", TypeKind::kType},
      {"list", Type::list(TypeKind::kDyn)},
      {"map", Type::map(TypeKind::kDyn, TypeKind::kDyn)},
      {"optional_type", Type::optional(TypeKind::kDyn)},
      {"google.protobuf.Timestamp", TypeKind::kTimestamp},
      {"google.protobuf.Duration", TypeKind::kDuration},
      {"net.IP", Type::object("net.IP")},
      {"net.CIDR", Type::object("net.CIDR")},
  };
  return kNames;
}

}  // namespace

bool Checker::is_local(std::string_view name) const {
  for (const Local& local : locals_) {
    if (local.name == name) return true;
  }
  return false;
}

std::optional<Checked> Checker::find_local(std::string_view name) const {
  for (std::size_t i = locals_.size(); i > 0; --i) {
    if (locals_[i - 1].name == name) return made(locals_[i - 1].type, make_local(static_cast<std::uint32_t>(i - 1)));
  }
  return std::nullopt;
}

std::vector<std::string> Checker::candidates(std::string_view name) const {
  if (name.starts_with('.')) return {std::string(name.substr(1))};
  std::vector<std::string> names;
  for (std::string_view container = tables_.container; !container.empty();) {
    names.push_back(std::string(container) + "." + std::string(name));
    const std::size_t dot = container.rfind('.');
    container = container.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  names.emplace_back(name);
  return names;
}

std::optional<Checked> Checker::find_name(const std::string& name) {
  for (const std::string& candidate : candidates(name)) {
    const auto slot = tables_.slots.find(candidate);
    if (slot != tables_.slots.end()) {
      slots_.insert(slot->second);
      std::map<std::string, Type> parameters;
      return made(inference_.instantiate(tables_.variables[slot->second].type, parameters),
                  make_variable(slot->second));
    }
    for (const TypeName& type : type_names()) {
      if (type.name == candidate) return made(Type::type_of(type.type), make_constant(Value::type(type.name)));
    }
  }
  return std::nullopt;
}

std::vector<OverloadPtr> Checker::find_functions(std::string_view name) const {
  for (const std::string& candidate : candidates(name)) {
    std::vector<OverloadPtr> found;
    for (const FunctionTable* table : {&standard_functions(tables_.dialect), &tables_.functions}) {
      const auto entry = table->find(candidate);
      if (entry != table->end()) found.insert(found.end(), entry->second.begin(), entry->second.end());
    }
    if (!found.empty()) return found;
  }
  return {};
}

bool Checker::is_namespace(const std::string& name) const {
  for (const std::string& candidate : candidates(name)) {
    if (tables_.slots.contains(candidate)) return false;
  }
  const std::string prefix = name + ".";
  if (prefix == "cel.") return true;
  for (const FunctionTable* table : {&standard_functions(tables_.dialect), &tables_.functions}) {
    const auto next = table->lower_bound(prefix);
    if (next != table->end() && next->first.starts_with(prefix)) return true;
  }
  return false;
}

std::string Checker::suggest_variable(const std::string& name) const {
  std::vector<std::string_view> known{"true", "false", "null"};
  for (const Local& local : locals_) known.push_back(local.name);
  for (const Variable& variable : tables_.variables) known.push_back(variable.name);
  return did_you_mean(name, known);
}

std::string Checker::suggest_function(const std::string& name) const {
  std::vector<std::string_view> known{"has", "all", "exists", "exists_one", "map", "filter", "sortBy", "cel.bind"};
  for (const FunctionTable* table : {&tables_.functions, &standard_functions(tables_.dialect)}) {
    for (const auto& [function, overloads] : *table) {
      if (function.front() != '_' && function.front() != '@') known.push_back(function);
    }
  }
  return did_you_mean(name, known);
}

}  // namespace tessera::cel
