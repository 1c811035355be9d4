// An expression as a tree: what the parser makes, what callers may look at and rewrite, what the checker takes.
//
// Macros (`has`, `all`, `exists`, `map`, …) are plain calls here; the checker expands them. So a caller can find calls
// of its own, such as `events("Order Completed").sum(e, e.properties.total)`, whole, and put an identifier in their
// place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::cel {

// A place in the text, both from 1; columns count Unicode code points.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

// What is wrong with an expression, and where.
struct Issue {
  Place place;
  std::string message;
};
// "1:14: there is no variable \"trait\"; did you mean \"traits\"?", and the line with a caret under the place.
std::string describe(const Issue& issue, std::string_view text);

enum class NodeKind : std::uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kIdentifier,  // `text`; a leading "." where it is absolute. `a.b.c` is two selects, whatever it turns out to mean
  kSelect,      // children[0].`text`; `optional` for a.?b
  kCall,        // `text`(children…), or children[0].`text`(rest…) where `receiver`. Operators have names such as "_+_"
  kList,        // children; an element whose `optional_entry` is set was written ?x
  kMap,         // children in pairs; a key whose `optional_entry` is set was written ?k: v
  kStruct,      // `text`{…}: children in pairs, keys are kString; as kMap for `optional_entry`
};

struct Node {
  NodeKind kind = NodeKind::kNull;
  bool receiver = false;
  bool optional = false;        // of a kSelect
  bool optional_entry = false;  // whatever the kind, in a kList, kMap or kStruct
  Place place;
  std::string text;          // names; the value of kString and kBytes
  std::int64_t integer = 0;  // kBool, kInt, kUint (its bits)
  double real = 0;
  std::vector<std::unique_ptr<Node>> children;
};
using NodePtr = std::unique_ptr<Node>;

// The operators' names in kCall: "_+_" "_-_" "_*_" "_/_" "_%_" "-_" "!_" "_&&_" "_||_" "_?_:_" "_==_" "_!=_" "_<_"
// "_<=_" "_>_" "_>=_" "@in" "_[_]" "_[?_]". "_&&_" and "_||_" have two children or more: `a && b && c` is one call.

// Limits of an expression; past one it is refused with the limit's name.
inline constexpr std::size_t kMaxTextBytes = 100'000;
inline constexpr std::size_t kMaxDepth = 250;  // of nesting: calls, brackets, operators that cannot be flattened
inline constexpr std::size_t kMaxNodes = 20'000;
inline constexpr std::size_t kMaxIssues = 20;  // of one expression; what is beyond is left out

// Parses one expression. On failure at least one issue is added to `issues`, and the result is null.
NodePtr parse(std::string_view text, std::vector<Issue>& issues);

NodePtr copy(const Node& node);
// "a.b.c" of a chain of plain selects; nullopt for anything else.
std::optional<std::string> dotted(const Node& node);
// An operator as it is written, "+" of "_+_"; empty if `name` is none with one or two operands.
std::string_view operator_symbol(std::string_view name);
// Text that parses to the same tree, in one canonical spelling: equal trees give equal texts. For showing and for
// telling whether two expressions are the same.
std::string unparse(const Node& node);

}  // namespace tessera::cel
