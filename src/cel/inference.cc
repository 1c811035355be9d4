#include "cel/inference.h"

#include <charconv>

namespace tessera::cel {

namespace {

// Beyond these a type is too intricate to be told apart: it does not fit, or is dyn.
constexpr std::size_t kMaxSteps = 5'000;
constexpr int kMaxNesting = 600;

std::size_t index_of(const Type& variable) {
  const std::string& name = variable.name();
  std::size_t index = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), index);
  return index;
}

bool is_variable(const Type& type) {
  return type.kind() == TypeKind::kParameter;
}

bool is_wild(const Type& type) {
  return type.kind() == TypeKind::kDyn || type.kind() == TypeKind::kError;
}

bool takes_null(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
    case TypeKind::kWrapper:
    case TypeKind::kObject:
    case TypeKind::kOptional:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return true;
    default:
      return false;
  }
}

// Whether `a` is equal to `b`, or less specific where it has dyn or a variable.
bool is_as_general(const Type& a, const Type& b) {
  if (a.kind() == TypeKind::kDyn || is_variable(a)) return true;
  if (b.kind() == TypeKind::kDyn || is_variable(b)) return false;
  if (a.kind() == TypeKind::kWrapper && b.kind() != TypeKind::kWrapper)
    return a.parameters()[0] == b || b.kind() == TypeKind::kNull;
  if (a.kind() != b.kind()) return takes_null(a) && b.kind() == TypeKind::kNull;
  if (a.kind() == TypeKind::kType) return true;
  if (a.name() != b.name() || a.parameters().size() != b.parameters().size()) return false;
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    if (!is_as_general(a.parameters()[i], b.parameters()[i])) return false;
  }
  return true;
}

const Type& more_general(const Type& a, const Type& b) {
  return is_as_general(a, b) ? a : b;
}

}  // namespace

Type Inference::fresh() {
  bindings_.emplace_back();
  return Type::parameter("#" + std::to_string(bindings_.size() - 1));
}

Type Inference::instantiate(const Type& type, std::map<std::string, Type>& variables) {
  if (is_variable(type)) {
    const auto found = variables.find(type.name());
    return found != variables.end() ? found->second : variables.emplace(type.name(), fresh()).first->second;
  }
  if (type.parameters().empty()) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : type.parameters()) parameters.push_back(instantiate(parameter, variables));
  return type.with_parameters(std::move(parameters));
}

const Type* Inference::bound(const Type& variable) const {
  const auto& binding = bindings_[index_of(variable)];
  return binding ? &*binding : nullptr;
}

void Inference::bind(const Type& variable, const Type& type) {
  auto& binding = bindings_[index_of(variable)];
  trail_.emplace_back(index_of(variable), binding);
  binding = type;
}

void Inference::undo(std::size_t mark) {
  for (; trail_.size() > mark; trail_.pop_back()) bindings_[trail_.back().first] = trail_.back().second;
}

bool Inference::fits(const Type& given, const Type& wanted) {
  return fits(std::span(&given, 1), std::span(&wanted, 1));
}

bool Inference::fits(std::span<const Type> given, std::span<const Type> wanted) {
  if (given.size() != wanted.size()) return false;
  trail_.clear();
  budget_ = kMaxSteps;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!assignable(given[i], wanted[i], 0)) {
      undo(0);
      return false;
    }
  }
  return true;
}

Type Inference::join(const Type& a, const Type& b) {
  return fits(a, b) ? more_general(a, b) : Type(TypeKind::kDyn);
}

bool Inference::occurs(const Type& variable, const Type& within, int depth) const {
  if (variable == within) return true;
  if (depth > kMaxNesting || budget_ == 0) return true;
  --budget_;
  if (is_variable(within)) {
    const Type* const binding = bound(within);
    return binding != nullptr && occurs(variable, Type(*binding), depth + 1);
  }
  for (const Type& parameter : within.parameters()) {
    if (occurs(variable, parameter, depth + 1)) return true;
  }
  return false;
}

// Whether `type` may stand for `variable`, and whether that had a type already.
std::pair<bool, bool> Inference::substitutes(const Type& type, const Type& variable, int depth) {
  if (type == variable) return {true, true};
  if (const Type* const binding = bound(variable)) {
    const Type before = *binding;
    if (!assignable(type, before, depth + 1)) return {false, true};
    const Type general = more_general(type, before);
    if (!occurs(variable, general, 0)) bind(variable, general);
    return {true, true};
  }
  if (occurs(variable, type, 0)) return {false, false};
  bind(variable, type);
  return {true, false};
}

bool Inference::assignable(const Type& a, const Type& b, int depth) {
  if (depth > kMaxNesting || budget_ == 0) return false;
  --budget_;
  if (is_variable(b)) {
    const auto [valid, known] = substitutes(a, b, depth);
    if (valid) return true;
    if (known) return false;
  }
  if (is_variable(a)) return substitutes(b, a, depth).first;
  if (is_wild(a) || is_wild(b)) return true;
  if (a.kind() == TypeKind::kNull) return takes_null(b);
  if (b.kind() == TypeKind::kNull) return takes_null(a);
  if (a.kind() == TypeKind::kWrapper && b.kind() != TypeKind::kWrapper) return a.parameters()[0] == b;
  if (b.kind() == TypeKind::kWrapper && a.kind() != TypeKind::kWrapper) return b.parameters()[0] == a;
  if (a.kind() != b.kind()) return false;
  if (a.kind() == TypeKind::kType) return true;
  if (a.name() != b.name() || a.parameters().size() != b.parameters().size()) return false;
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    if (!assignable(a.parameters()[i], b.parameters()[i], depth + 1)) return false;
  }
  return true;
}

Type Inference::resolve(const Type& type, bool finally) const {
  std::size_t budget = kMaxSteps;
  return resolve(type, finally, 0, budget);
}

Type Inference::resolve(const Type& type, bool finally, int depth, std::size_t& budget) const {
  if (budget == 0 || depth > kMaxNesting) return TypeKind::kDyn;
  --budget;
  if (is_variable(type)) {
    if (const Type* const binding = bound(type)) return resolve(*binding, finally, depth + 1, budget);
    return finally ? Type(TypeKind::kDyn) : type;
  }
  if (type.parameters().empty()) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : type.parameters()) parameters.push_back(resolve(parameter, finally, depth + 1, budget));
  return type.with_parameters(std::move(parameters));
}

}  // namespace tessera::cel
