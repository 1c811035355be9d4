#include "cel/type.h"

#include <algorithm>

namespace tessera::cel {

namespace {
// Parts of a type, counted as often as they are written out. More make it dyn: `{a: a}` would double it each time.
constexpr std::uint32_t kMaxTypeSize = 500;
}  // namespace

struct Type::Detail {
  std::string name;
  std::vector<Type> parameters;
  std::uint32_t size = 1;
};

Type Type::make(TypeKind kind, std::string name, std::vector<Type> parameters) {
  std::uint32_t size = 1;
  for (const Type& parameter : parameters) size += parameter.detail_ ? parameter.detail_->size : 1;
  if (size > kMaxTypeSize) return TypeKind::kDyn;
  Type type(kind);
  type.detail_ = std::make_shared<const Detail>(Detail{std::move(name), std::move(parameters), size});
  return type;
}

Type Type::list(Type element) {
  return make(TypeKind::kList, "", {std::move(element)});
}
Type Type::map(Type key, Type value) {
  return make(TypeKind::kMap, "", {std::move(key), std::move(value)});
}
Type Type::optional(Type value) {
  return make(TypeKind::kOptional, "", {std::move(value)});
}
Type Type::type_of(Type of) {
  return make(TypeKind::kType, "", {std::move(of)});
}
Type Type::wrapper(Type of) {
  return make(TypeKind::kWrapper, "", {std::move(of)});
}
Type Type::object(std::string name, std::vector<Type> parameters) {
  return make(TypeKind::kObject, std::move(name), std::move(parameters));
}
Type Type::parameter(std::string name) {
  return make(TypeKind::kParameter, std::move(name), {});
}

Type Type::with_parameters(std::vector<Type> parameters) const {
  return make(kind_, name(), std::move(parameters));
}

const std::string& Type::name() const {
  static const std::string kNone;
  return detail_ ? detail_->name : kNone;
}

const std::vector<Type>& Type::parameters() const {
  static const std::vector<Type> kNone;
  return detail_ ? detail_->parameters : kNone;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.detail_ == b.detail_) return true;
  return a.name() == b.name() && a.parameters() == b.parameters();
}

std::string Type::text() const {
  static constexpr std::string_view kNames[] = {"dyn",    "null",     "bool",      "int",      "uint",    "double",
                                                "string", "bytes",    "timestamp", "duration", "list",    "map",
                                                "type",   "optional", "",          "",         "wrapper", "error"};
  std::string out(kNames[static_cast<std::size_t>(kind_)]);
  out += name();
  if (parameters().empty()) return out;
  out += '(';
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    if (i > 0) out += ", ";
    out += parameters()[i].text();
  }
  out += ')';
  return out;
}

}  // namespace tessera::cel
