#include "cel/environment.h"

#include "base/result.h"
#include "cel/tables.h"

namespace tessera::cel {

namespace {

Match match_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
      return {false, Kind::kNull};
    case TypeKind::kBool:
      return {false, Kind::kBool};
    case TypeKind::kInt:
      return {false, Kind::kInt};
    case TypeKind::kUint:
      return {false, Kind::kUint};
    case TypeKind::kDouble:
      return {false, Kind::kDouble};
    case TypeKind::kString:
      return {false, Kind::kString};
    case TypeKind::kBytes:
      return {false, Kind::kBytes};
    case TypeKind::kTimestamp:
      return {false, Kind::kTimestamp};
    case TypeKind::kDuration:
      return {false, Kind::kDuration};
    case TypeKind::kList:
      return {false, Kind::kList};
    case TypeKind::kMap:
      return {false, Kind::kMap};
    case TypeKind::kType:
      return {false, Kind::kType};
    case TypeKind::kOptional:
      return {false, Kind::kOptional};
    case TypeKind::kObject:
      return {false, Kind::kObject};
    case TypeKind::kDyn:
    case TypeKind::kParameter:
    case TypeKind::kWrapper:
    case TypeKind::kError:
      break;
  }
  return {};
}

}  // namespace

OverloadPtr make_overload(FunctionDeclaration declaration, bool standard) {
  Overload overload;
  for (const Type& parameter : declaration.parameters) overload.matches.push_back(match_of(parameter));
  overload.declaration = std::move(declaration);
  overload.standard = standard;
  return std::make_shared<const Overload>(std::move(overload));
}

Environment::Environment(Dialect dialect) : tables_(std::make_unique<Tables>()) {
  tables_->dialect = dialect;
}

Environment::Environment(const Environment& other) : tables_(std::make_unique<Tables>(*other.tables_)) {}
Environment::Environment(Environment&&) noexcept = default;
Environment::~Environment() = default;

std::uint32_t Environment::declare(std::string name, Type type) {
  const auto slot = static_cast<std::uint32_t>(tables_->variables.size());
  const bool added = tables_->slots.emplace(name, slot).second;
  TESSERA_ASSERT(added);
  tables_->variables.push_back({std::move(name), std::move(type)});
  return slot;
}

void Environment::declare(FunctionDeclaration function) {
  TESSERA_ASSERT(!function.receiver || !function.parameters.empty());
  auto& overloads = tables_->functions[function.name];
  overloads.push_back(make_overload(std::move(function), false));
}

void Environment::set_container(std::string container) {
  tables_->container = std::move(container);
}

std::uint32_t Environment::variables() const {
  return static_cast<std::uint32_t>(tables_->variables.size());
}

const Dialect& Environment::dialect() const {
  return tables_->dialect;
}

}  // namespace tessera::cel
