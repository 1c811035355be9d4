// Types, as the checker knows them. Values of this class are small and copied freely. A type of more than 500 parts
// becomes dyn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tessera::cel {

enum class TypeKind : std::uint8_t {
  kDyn,  // anything; checked when evaluated
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,       // one parameter
  kMap,        // key, value
  kType,       // type of a type; one parameter or none
  kOptional,   // one parameter
  kObject,     // a message or an opaque type, by name; fields are dyn unless declared
  kParameter,  // a type variable in a function's signature, by name
  kWrapper,    // a nullable primitive; one parameter
  kError,
};

class Type {
 public:
  Type(TypeKind kind = TypeKind::kDyn) : kind_(kind) {}  // NOLINT(google-explicit-constructor): kinds read as types
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type optional(Type value);
  static Type type_of(Type of);
  static Type wrapper(Type of);
  static Type object(std::string name, std::vector<Type> parameters = {});
  static Type parameter(std::string name);

  TypeKind kind() const { return kind_; }
  const std::string& name() const;              // kObject, kParameter
  const std::vector<Type>& parameters() const;  // of lists, maps, …
  friend bool operator==(const Type& a, const Type& b);
  // The same kind and name with other parameters.
  Type with_parameters(std::vector<Type> parameters) const;
  // "list(int)", "map(string, dyn)", as messages show it.
  std::string text() const;

 private:
  struct Detail;
  static Type make(TypeKind kind, std::string name, std::vector<Type> parameters);

  TypeKind kind_;
  std::shared_ptr<const Detail> detail_;
};

}  // namespace tessera::cel
