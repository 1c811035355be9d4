// A tree as text, in one canonical spelling.
#include <array>
#include <charconv>

#include "cel/ast.h"
#include "cel/lexer.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

// How tightly an operator binds; an operand that binds less gets parentheses.
enum Binding : int { kTernary, kOr, kAnd, kRelation, kSum, kProduct, kUnary, kMember };

struct Spelling {
  std::string_view name;
  std::string_view symbol;
  Binding binding;
};
constexpr Spelling kSpellings[] = {
    {"_||_", " || ", kOr},      {"_&&_", " && ", kAnd},      {"_==_", " == ", kRelation}, {"_!=_", " != ", kRelation},
    {"_<_", " < ", kRelation},  {"_<=_", " <= ", kRelation}, {"_>_", " > ", kRelation},   {"_>=_", " >= ", kRelation},
    {"@in", " in ", kRelation}, {"_+_", " + ", kSum},        {"_-_", " - ", kSum},        {"_*_", " * ", kProduct},
    {"_/_", " / ", kProduct},   {"_%_", " % ", kProduct},    {"-_", "-", kUnary},         {"!_", "!", kUnary},
    {"_?_:_", " ? ", kTernary},
};

const Spelling* spelling_of(const Node& node) {
  if (node.kind != NodeKind::kCall || node.receiver) return nullptr;
  for (const Spelling& one : kSpellings) {
    if (one.name == node.text) return &one;
  }
  return nullptr;
}

Binding binding_of(const Node& node) {
  const Spelling* const spelling = spelling_of(node);
  return spelling == nullptr ? kMember : spelling->binding;
}

class Unparser {
 public:
  explicit Unparser(std::string& out) : out_(out) {}

  void node(const Node& node);

 private:
  void operand(const Node& child, int least);
  void call(const Node& call);
  void operation(const Node& call, const Spelling& spelling);
  void list(const std::vector<NodePtr>& items, std::size_t from);
  void pairs(const Node& node, bool names);
  void name(std::string_view name);
  void quoted(std::string_view text, bool bytes);
  void real(double number);

  std::string& out_;
};

void Unparser::operand(const Node& child, int least) {
  const bool parentheses = binding_of(child) < least;
  if (parentheses) out_ += '(';
  node(child);
  if (parentheses) out_ += ')';
}

void Unparser::name(std::string_view name) {
  const bool plain = is_plain_name(name);
  if (!plain) out_ += '`';
  out_ += name;
  if (!plain) out_ += '`';
}

void Unparser::quoted(std::string_view text, bool bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out_ += bytes ? "b\"" : "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\t') {
      out_ += "\\t";
    } else if (c == '\r') {
      out_ += "\\r";
    } else if (code < 0x20 || code == 0x7F || (bytes && code >= 0x80)) {
      out_ += "\\x";
      out_ += kHex[code >> 4];
      out_ += kHex[code & 15];
    } else {
      out_ += c;
    }
    ++at;
  }
  out_ += '"';
}

void Unparser::real(double number) {
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out_ += text;
  if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
}

void Unparser::list(const std::vector<NodePtr>& items, std::size_t from) {
  for (std::size_t i = from; i < items.size(); ++i) {
    if (i > from) out_ += ", ";
    if (items[i]->optional_entry) out_ += '?';
    node(*items[i]);
  }
}

void Unparser::pairs(const Node& map, bool names) {
  out_ += '{';
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const Node& key = *map.children[i];
    if (i > 0) out_ += ", ";
    if (key.optional_entry) out_ += '?';
    if (names) {
      name(key.text);
    } else {
      node(key);
    }
    out_ += ": ";
    node(*map.children[i + 1]);
  }
  out_ += '}';
}

void Unparser::operation(const Node& call, const Spelling& spelling) {
  const auto& children = call.children;
  switch (spelling.binding) {
    case kUnary: {
      out_ += spelling.symbol;
      const std::size_t begin = out_.size();
      operand(*children[0], kUnary);
      // "-5" would be read as one number, and "-5.a" as a field of it.
      if (spelling.symbol == "-" && out_[begin] >= '0' && out_[begin] <= '9') {
        out_.insert(begin, 1, '(');
        out_ += ')';
      }
      return;
    }
    case kTernary:
      operand(*children[0], kOr);
      out_ += " ? ";
      operand(*children[1], kOr);
      out_ += " : ";
      operand(*children[2], kTernary);
      return;
    case kOr:
    case kAnd:
      for (std::size_t i = 0; i < children.size(); ++i) {
        if (i > 0) out_ += spelling.symbol;
        operand(*children[i], spelling.binding + 1);
      }
      return;
    default:
      operand(*children[0], spelling.binding);
      out_ += spelling.symbol;
      operand(*children[1], spelling.binding + 1);
      return;
  }
}

void Unparser::call(const Node& call) {
  if (const Spelling* const spelling = spelling_of(call)) return operation(call, *spelling);
  if (!call.receiver && (call.text == "_[_]" || call.text == "_[?_]")) {
    operand(*call.children[0], kMember);
    out_ += call.text == "_[_]" ? "[" : "[?";
    node(*call.children[1]);
    out_ += ']';
    return;
  }
  if (call.receiver) {
    operand(*call.children[0], kMember);
    out_ += '.';
  }
  out_ += call.text;
  out_ += '(';
  list(call.children, call.receiver ? 1 : 0);
  out_ += ')';
}

void Unparser::node(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      out_ += "null";
      return;
    case NodeKind::kBool:
      out_ += node.integer != 0 ? "true" : "false";
      return;
    case NodeKind::kInt:
      out_ += std::to_string(node.integer);
      return;
    case NodeKind::kUint:
      out_ += std::to_string(static_cast<std::uint64_t>(node.integer)) + "u";
      return;
    case NodeKind::kDouble:
      return real(node.real);
    case NodeKind::kString:
      return quoted(node.text, false);
    case NodeKind::kBytes:
      return quoted(node.text, true);
    case NodeKind::kIdentifier:
      out_ += node.text;
      return;
    case NodeKind::kSelect:
      operand(*node.children[0], kMember);
      out_ += node.optional ? ".?" : ".";
      return name(node.text);
    case NodeKind::kCall:
      return call(node);
    case NodeKind::kList:
      out_ += '[';
      list(node.children, 0);
      out_ += ']';
      return;
    case NodeKind::kMap:
      return pairs(node, false);
    case NodeKind::kStruct:
      out_ += node.text;
      return pairs(node, true);
  }
}

}  // namespace

std::string_view operator_symbol(std::string_view name) {
  for (const Spelling& one : kSpellings) {
    if (one.name != name || one.binding == kTernary) continue;
    std::string_view symbol = one.symbol;
    while (symbol.front() == ' ') symbol.remove_prefix(1);
    while (symbol.back() == ' ') symbol.remove_suffix(1);
    return symbol;
  }
  return {};
}

std::string unparse(const Node& node) {
  std::string out;
  Unparser(out).node(node);
  return out;
}

}  // namespace tessera::cel
