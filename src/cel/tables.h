// What an environment holds: for this module's own sources.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cel/environment.h"

namespace tessera::cel {

// What a value must be to match a parameter when evaluated.
struct Match {
  bool any = true;
  Kind kind = Kind::kNull;
};

struct Overload {
  FunctionDeclaration declaration;
  std::vector<Match> matches;  // one a parameter
  bool standard = false;       // of this module: may be folded
};
using OverloadPtr = std::shared_ptr<const Overload>;
using FunctionTable = std::map<std::string, std::vector<OverloadPtr>, std::less<>>;

OverloadPtr make_overload(FunctionDeclaration declaration, bool standard);

struct Variable {
  std::string name;
  Type type;
};

struct Environment::Tables {
  Dialect dialect;
  std::string container;
  std::vector<Variable> variables;
  std::map<std::string, std::uint32_t, std::less<>> slots;
  FunctionTable functions;
};

// The standard library with the extensions, built once. Operators are in it with their signatures only.
const FunctionTable& standard_functions(const Dialect& dialect);

}  // namespace tessera::cel
