// What an expression may use: its variables, with their types, and its functions. Immutable once built, and shared
// between threads.
//
// Every environment has the standard library of CEL: operators, conversions, macros, strings, lists, maps, timestamps,
// durations, optionals, and the extension libraries that the conformance suite covers (strings, math, encoders, lists,
// bindings, blocks, two-variable comprehensions, network). src/cel/README.md lists them.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cel/type.h"
#include "cel/value.h"

namespace tessera::cel {

// Where Tessera's use of the language is more lenient than the standard. Off, it is CEL as specified.
struct Dialect {
  // int, uint and double mix in arithmetic (the result is a double), because JSON does not tell 2 from 2.0.
  bool mixed_arithmetic = false;
  // Selecting a field that a map does not have, or a field of null, is null instead of an error: people lack traits.
  bool absent_is_null = false;
  // Part of an expression that has nothing but constants and fails, such as duration("90 days"), is refused when it is
  // compiled.
  bool constants_must_work = false;
};

// Evaluates a call. `arguments` are no errors; the receiver comes first. Pure: the same arguments give the same result.
// Work beyond a handful of steps is charged to `cost`.
struct Context;
using Function = std::function<Value(std::span<const Value> arguments, Context& context)>;

struct FunctionDeclaration {
  std::string name;
  bool receiver = false;  // called as parameters[0].name(parameters[1], …)
  std::vector<Type> parameters;
  Type result;
  Function function;
};

class Environment {
 public:
  explicit Environment(Dialect dialect = {});
  Environment(const Environment&);
  Environment(Environment&&) noexcept;
  ~Environment();

  // Declares a variable and returns its slot: 0 for the first, and so on. Names may have dots ("a.b.c").
  std::uint32_t declare(std::string name, Type type);
  void declare(FunctionDeclaration function);
  // Names of a container are looked up as if they were written with it in front (langdef: name resolution).
  void set_container(std::string container);

  std::uint32_t variables() const;
  const Dialect& dialect() const;

  struct Tables;
  const Tables& tables() const { return *tables_; }  // for this module's own sources

 private:
  std::unique_ptr<Tables> tables_;
};

}  // namespace tessera::cel
