#include "cel/ast.h"

#include "cel/lexer.h"
#include "cel/text.h"

namespace tessera::cel {

std::string describe(const Issue& issue, std::string_view text) {
  std::string out = std::to_string(issue.place.line) + ":" + std::to_string(issue.place.column) + ": " + issue.message;
  for (std::uint32_t line = 1; line < issue.place.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
  constexpr std::size_t kShown = 200;
  const std::string_view line = text.substr(0, text.find('\n'));
  if (issue.place.column > kShown || line.empty()) return out;
  out += "\n  ";
  out += line.substr(0, byte_offset(line, kShown).value_or(line.size()));
  out += "\n  ";
  out.append(issue.place.column - 1, ' ');
  out += '^';
  return out;
}

std::optional<std::string> dotted(const Node& node) {
  if (node.kind == NodeKind::kIdentifier) return node.text;
  if (node.kind != NodeKind::kSelect || node.optional || !is_plain_name(node.text)) return std::nullopt;
  auto left = dotted(*node.children[0]);
  if (left) *left += "." + node.text;
  return left;
}

NodePtr copy(const Node& node) {
  auto result = std::make_unique<Node>();
  result->kind = node.kind;
  result->receiver = node.receiver;
  result->optional = node.optional;
  result->optional_entry = node.optional_entry;
  result->place = node.place;
  result->text = node.text;
  result->integer = node.integer;
  result->real = node.real;
  result->children.reserve(node.children.size());
  for (const NodePtr& child : node.children) result->children.push_back(copy(*child));
  return result;
}

}  // namespace tessera::cel
