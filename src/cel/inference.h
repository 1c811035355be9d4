// Types with variables in them: what fits what, and what the variables stand for.
//
// The rules are those of cel-go's checker, which the conformance suite's deduced types come from.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cel/type.h"

namespace tessera::cel {

class Inference {
 public:
  Type fresh();  // a new variable
  // `type` with the parameters of a signature replaced; each name becomes one fresh variable in `variables`.
  Type instantiate(const Type& type, std::map<std::string, Type>& variables);
  // Whether a value of type `given` may stand where `wanted` is; binds variables if so, and none if not.
  bool fits(const Type& given, const Type& wanted);
  bool fits(std::span<const Type> given, std::span<const Type> wanted);
  // The type of what is one or the other: dyn unless one fits the other.
  Type join(const Type& a, const Type& b);
  // With every bound variable replaced, and with `finally` the free ones by dyn.
  Type resolve(const Type& type, bool finally = false) const;

 private:
  const Type* bound(const Type& variable) const;
  void bind(const Type& variable, const Type& type);
  bool assignable(const Type& a, const Type& b, int depth);
  std::pair<bool, bool> substitutes(const Type& type, const Type& variable, int depth);
  bool occurs(const Type& variable, const Type& within, int depth) const;
  Type resolve(const Type& type, bool finally, int depth, std::size_t& budget) const;
  void undo(std::size_t mark);

  std::vector<std::optional<Type>> bindings_;
  std::vector<std::pair<std::size_t, std::optional<Type>>> trail_;  // what was there before
  mutable std::size_t budget_ = 0;                                  // steps left in the call at hand
};

}  // namespace tessera::cel
