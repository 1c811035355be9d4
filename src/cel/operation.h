// The compiled form: a tree of operations that are run.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cel/program.h"
#include "cel/tables.h"
#include "cel/value.h"

namespace tessera::cel {

// What an evaluation in progress has at hand.
struct Frame {
  const Variables& variables;
  Context& context;
  Value* locals;  // variables of macros
};

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  virtual Value run(Frame& frame) const = 0;
  // The value, if it is the same each time.
  virtual const Value* constant() const { return nullptr; }
};
using OperationPtr = std::unique_ptr<const Operation>;

// ---- Values and names

OperationPtr make_constant(const Value& value);
OperationPtr make_variable(std::uint32_t slot);
OperationPtr make_local(std::uint32_t index);

// ---- Reaching into values

struct Access {
  bool optional = false;        // .?name, [?index]: an optional, absent where there is nothing
  bool absent_is_null = false;  // as Dialect has it
};
OperationPtr make_select(OperationPtr operand, const Value& name, Access access);
OperationPtr make_has(OperationPtr operand, const Value& name, bool absent_is_null);
OperationPtr make_index(OperationPtr operand, OperationPtr index, Access access);

// ---- Logic and comparison

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
OperationPtr make_and(std::vector<OperationPtr> operands);
OperationPtr make_or(std::vector<OperationPtr> operands);
OperationPtr make_not(OperationPtr operand);
OperationPtr make_conditional(OperationPtr condition, OperationPtr then, OperationPtr otherwise);
OperationPtr make_comparison(Comparison comparison, OperationPtr left, OperationPtr right);
OperationPtr make_in(OperationPtr element, OperationPtr collection);

// ---- Arithmetic

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kRemainder };
OperationPtr make_arithmetic(Arithmetic arithmetic, OperationPtr left, OperationPtr right, bool mixed);
OperationPtr make_negate(OperationPtr operand);

// ---- Lists and maps

struct Item {
  OperationPtr key;  // of a map
  OperationPtr value;
  bool optional = false;
};
OperationPtr make_list(std::vector<Item> items);
OperationPtr make_map(std::vector<Item> items);

// ---- Loops

enum class LoopKind : std::uint8_t { kAll, kExists, kExistsOne, kList, kMap, kMapEntries, kSortBy };
struct Loop {
  LoopKind kind = LoopKind::kAll;
  OperationPtr range;
  std::uint32_t first = 0;   // local: the element; a map's key; with `second`, a list's index
  std::uint32_t second = 0;  // local: the element or the map's value
  bool two_variables = false;
  OperationPtr condition;    // of all, exists, exists_one; a filter of the others, or null
  OperationPtr result;       // of the others
  std::uint64_t weight = 1;  // steps a round costs
};
OperationPtr make_loop(Loop loop);
// Sets local after local, then the result.
OperationPtr make_bind(std::vector<std::pair<std::uint32_t, OperationPtr>> values, OperationPtr result);

// ---- Optionals

OperationPtr make_optional_or(OperationPtr optional, OperationPtr other, bool value);  // or, orValue
// optMap, and with `flat` optFlatMap.
OperationPtr make_optional_map(OperationPtr optional, std::uint32_t local, OperationPtr result, bool flat);

// ---- Functions

// Calls the first of `overloads` whose parameters the arguments match when it is run.
OperationPtr make_call(std::string name, std::vector<OverloadPtr> overloads, std::vector<OperationPtr> arguments);

// `message` with its text in the evaluation's arena.
Value fail(Context& context, std::string_view message);
// "no such overload: what(int, string)".
Value no_overload(Context& context, std::string_view what, std::span<const Value> arguments);

}  // namespace tessera::cel
