// Checks a tree against an environment and compiles it on the way: every node becomes a type and an operation.
//
// The rules are those of cel-go's checker. Used once, by one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cel/inference.h"
#include "cel/operation.h"

namespace tessera::cel {

inline constexpr std::size_t kMaxLiteralBytes = 1u << 20;
inline constexpr std::size_t kMaxFoldedBytes = 128u << 10;
inline constexpr std::uint64_t kMaxFoldingSteps = 20'000;

// The constants of a program; they live as long as it does.
struct Constants {
  Constants() : texts(kMaxLiteralBytes), folded(kMaxFoldedBytes) { folded.cost_limit = kMaxFoldingSteps; }
  Arena texts;
  Context folded;  // what was computed when compiling
};

// A node that was checked. Without an operation it has an issue, and so has what is made of it.
struct Checked {
  Type type = TypeKind::kError;
  OperationPtr operation;
  std::uint64_t weight = 1;  // steps that it takes to run, the rounds of its loops apart
  explicit operator bool() const { return operation != nullptr; }
};

struct LoopForm;  // how a macro that is a loop is written

class Checker {
 public:
  Checker(const Environment& environment, Checking checking, Constants& constants, std::vector<Issue>& issues);

  // Its type has no variables left. Without an operation if there were issues.
  Checked check(const Node& root, const Type& expected);
  std::size_t locals() const { return most_locals_; }  // that a frame needs
  const std::set<std::uint32_t>& slots() const { return slots_; }

 private:
  // A macro's variable; its index is its place in `locals_`.
  struct Local {
    std::string name;
    Type type;
  };
  // A call as the overloads see it: a method's first argument is what it is called on.
  struct Call {
    const Node& node;
    std::string name;
    bool receiver = false;
    std::vector<Checked> arguments;
  };

  // ---- Nodes (checker.cc)
  Checked visit(const Node& node);
  Checked visit_kind(const Node& node);
  Checked visit_text(const Node& node);
  // The node's text, kept as long as the program; nullopt with an issue.
  std::optional<std::string_view> keep(const Node& node);
  Checked visit_identifier(const Node& node);
  Checked visit_select(const Node& node);
  Checked visit_list(const Node& node);
  Checked visit_map(const Node& node);
  Checked made(Type type, OperationPtr operation, std::uint64_t weight = 1) const;
  // The same for what is the same each time if `constant`.
  Checked made_constant(const Node& node, bool constant, Type type, OperationPtr operation, std::uint64_t weight);
  std::optional<Type> field_type(const Node& select, const Type& operand);
  Type or_null(Type type) const;  // of what may be absent
  // The type of an entry written with `?`: what its optional holds.
  bool unwrap_entry(const Node& node, Checked& entry);
  Checked fail(const Node& node, std::string message);
  // What an unchecked expression may have, for it is an error only where it is evaluated.
  Checked missing(const Node& node, std::string message);
  bool is_strict() const { return checking_ == Checking::kStrict; }

  // ---- Names (names.cc)
  bool is_local(std::string_view name) const;
  std::optional<Checked> find_local(std::string_view name) const;
  // What a name with or without dots means outside of macros' variables: a variable or a type.
  std::optional<Checked> find_name(const std::string& name);
  std::vector<std::string> candidates(std::string_view name) const;
  std::vector<OverloadPtr> find_functions(std::string_view name) const;
  bool is_namespace(const std::string& name) const;  // no variable, but there are functions such as name.f
  std::string suggest_variable(const std::string& name) const;
  std::string suggest_function(const std::string& name) const;

  // ---- Calls (overloads.cc)
  Checked visit_call(const Node& node);
  Checked visit_logic(const Node& node);
  // `a.b.f(x)` as a call of the function "a.b.f", if that is what it is.
  std::vector<OverloadPtr> find_qualified(Call& call) const;
  Checked resolve(Call call, const std::vector<OverloadPtr>& known);
  std::optional<Type> match(const Call& call, const std::vector<OverloadPtr>& known,
                            std::vector<OverloadPtr>& matching);
  std::string no_match(const Call& call, const std::vector<OverloadPtr>& known) const;
  std::string no_operator(const Call& call) const;

  // ---- Macros (macros.cc)
  std::optional<Checked> expand(const Node& node);
  std::optional<Checked> expand_cel(const Node& node);
  Checked expand_has(const Node& node);
  Checked expand_loop(const Node& node, const LoopForm& form);
  Checked expand_optional_map(const Node& node);
  Checked expand_bind(const Node& node);
  Checked expand_block(const Node& node);
  // The types of a loop's variables.
  std::optional<std::pair<Type, Type>> element_types(const Node& node, const Type& range, const LoopForm& form);
  std::optional<Type> loop_type(const Node& node, const LoopForm& form, const Type& first, const Checked& result);
  Checked visit_condition(const Node& node, std::string_view macro);
  std::optional<std::string> variable_name(const Node& node, const Node& macro);
  std::uint32_t enter(std::string name, Type type);  // gives the local's index
  void leave(std::size_t locals);

  const Environment::Tables& tables_;
  Checking checking_;
  Constants& constants_;
  std::vector<Issue>& issues_;
  Inference inference_;
  std::vector<Local> locals_;
  std::size_t most_locals_ = 0;
  std::set<std::uint32_t> slots_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
};

// How a macro is called, if `name` is one's: "exists(x, condition)". Empty if not.
std::string_view macro_usage(std::string_view name);
// "a string", "an int", "list(int)": a type within a sentence.
std::string in_words(const Type& type);

}  // namespace tessera::cel
