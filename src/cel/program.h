// A checked, compiled expression.
//
//   Environment environment(kDialect);
//   const auto traits = environment.declare("traits", Type::map(TypeKind::kString, TypeKind::kDyn));
//   std::vector<Issue> issues;
//   auto program = compile(environment, "traits.country == 'DE'", TypeKind::kBool, issues);
//   Value result = program->evaluate(variables, context);
//
// A program is immutable and shared between threads; each evaluation has a Context of its own thread's.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cel/arena.h"
#include "cel/ast.h"
#include "cel/environment.h"
#include "cel/type.h"
#include "cel/value.h"

namespace tessera::cel {

// Gives the variables' values when they are asked for, so that what a short cut leaves out is never made.
class Variables {
 public:
  // The variable in `slot`. An error value if it has none.
  virtual Value get(std::uint32_t slot, Context& context) const = 0;

 protected:
  ~Variables() = default;
};

// Variables whose values are there already; those beyond them have none.
class GivenVariables final : public Variables {
 public:
  explicit GivenVariables(std::span<const Value> values) : values_(values) {}  // by slot; kept by the caller
  Value get(std::uint32_t slot, Context&) const override {
    return slot < values_.size() ? values_[slot] : Value::error("the variable has no value");
  }

 private:
  std::span<const Value> values_;
};

// One evaluation after another on one thread: the memory and the cost that it may use.
struct Context {
  explicit Context(std::size_t memory_limit = 1u << 20) : arena(memory_limit) {}
  Arena arena;
  std::uint64_t cost = 0;              // steps taken: calls, elements looked at, each 64 bytes copied or compared
  std::uint64_t cost_limit = 100'000;  // past it the evaluation ends with the error kCostExceeded
  bool charge(std::uint64_t steps) { return (cost += steps) <= cost_limit; }
};
inline constexpr std::string_view kCostExceeded = "the expression takes more steps than it may";
inline constexpr std::string_view kMemoryExceeded = "the expression takes more memory than it may";

class Program {
 public:
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Linear in the expression and what it looks at. The result may point into `context.arena` and into what `variables`
  // gave; it is an error value where the language says so. The caller resets arena and cost when it sees fit.
  Value evaluate(const Variables& variables, Context& context) const;

  const Type& type() const;  // of the result
  // The slots of the variables that the expression names, ascending.
  const std::vector<std::uint32_t>& slots() const;

  struct Code;
  explicit Program(std::unique_ptr<const Code> code);

 private:
  std::unique_ptr<const Code> code_;
};

enum class Checking : std::uint8_t {
  kStrict,
  kNone,  // every type is dyn; a variable or function that does not exist is an error when it is evaluated
};

// Checks `root` against the environment and compiles it. `expected` is the type that the result must have (kDyn: any);
// a dyn result is allowed anywhere. Null, and issues, if it is wrong.
std::unique_ptr<Program> compile(const Environment& environment, const Node& root, const Type& expected,
                                 std::vector<Issue>& issues, Checking checking = Checking::kStrict);
// The same from text.
std::unique_ptr<Program> compile(const Environment& environment, std::string_view text, const Type& expected,
                                 std::vector<Issue>& issues, Checking checking = Checking::kStrict);

}  // namespace tessera::cel
