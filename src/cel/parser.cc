// Tokens into a tree, by recursive descent. https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
#include <algorithm>
#include <charconv>
#include <optional>

#include "cel/ast.h"
#include "cel/lexer.h"

namespace tessera::cel {

namespace {

// A node and how deep it is: what recursion later on has to go down.
struct Tree {
  NodePtr node;
  std::size_t depth = 1;
  explicit operator bool() const { return node != nullptr; }
};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, std::vector<Issue>& issues) : tokens_(tokens), issues_(issues) {}

  NodePtr run();

 private:
  const Token& peek() const { return tokens_[at_]; }
  bool at_symbol(std::string_view symbol) const { return peek().kind == TokenKind::kSymbol && peek().text == symbol; }
  bool at_word(std::string_view word) const { return peek().kind == TokenKind::kIdentifier && peek().text == word; }
  bool accept(std::string_view symbol);
  bool expect(std::string_view symbol, std::string_view after);
  Tree fail(std::string message) { return fail(peek().place, std::move(message)); }
  Tree fail(Place place, std::string message);
  Tree make(NodeKind kind, Place place, std::string text = {});
  // Adds a child; false past the depth that is allowed.
  bool adopt(Tree& parent, Tree child);
  std::string found() const;

  Tree parse_expression();
  Tree parse_conditional();
  Tree parse_logical(std::string_view symbol, std::string_view name);
  Tree parse_binary(int level);
  Tree parse_unary();
  Tree parse_member();
  Tree parse_dot(Tree operand);
  Tree parse_index(Tree operand);
  Tree parse_primary();
  Tree parse_name();
  Tree parse_number(bool negative);
  Tree parse_integer(bool negative);
  Tree parse_list();
  Tree parse_map();
  Tree parse_struct(Tree name);
  bool parse_arguments(Tree& call);

  const std::vector<Token>& tokens_;
  std::vector<Issue>& issues_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  std::size_t recursion_ = 0;
};

struct Operator {
  std::string_view symbol;
  std::string_view name;
  int level;
};
constexpr Operator kOperators[] = {{"<", "_<_", 0},   {"<=", "_<=_", 0}, {">", "_>_", 0}, {">=", "_>=_", 0},
                                   {"==", "_==_", 0}, {"!=", "_!=_", 0}, {"+", "_+_", 1}, {"-", "_-_", 1},
                                   {"*", "_*_", 2},   {"/", "_/_", 2},   {"%", "_%_", 2}};
constexpr int kUnaryLevel = 3;

bool Parser::accept(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  ++at_;
  return true;
}

std::string Parser::found() const {
  switch (peek().kind) {
    case TokenKind::kEnd:
      return "the end";
    case TokenKind::kString:
    case TokenKind::kBytes:
      return "a string";
    case TokenKind::kQuoted:
      return "`" + peek().text + "`";
    default:
      return "'" + peek().text + "'";
  }
}

bool Parser::expect(std::string_view symbol, std::string_view after) {
  if (accept(symbol)) return true;
  fail("expected '" + std::string(symbol) + "' " + std::string(after) + ", found " + found());
  return false;
}

Tree Parser::fail(Place place, std::string message) {
  if (issues_.empty()) issues_.push_back({place, std::move(message)});
  return {};
}

Tree Parser::make(NodeKind kind, Place place, std::string text) {
  if (++nodes_ > kMaxNodes) {
    return fail(place, "the expression has more than " + std::to_string(kMaxNodes) + " parts");
  }
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->place = place;
  node->text = std::move(text);
  return {std::move(node), 1};
}

bool Parser::adopt(Tree& parent, Tree child) {
  if (!parent || !child) return false;
  parent.depth = std::max(parent.depth, child.depth + 1);
  if (parent.depth > kMaxDepth) {
    fail(child.node->place, "the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
    return false;
  }
  parent.node->children.push_back(std::move(child.node));
  return true;
}

NodePtr Parser::run() {
  Tree tree = parse_expression();
  if (!tree) return nullptr;
  if (peek().kind != TokenKind::kEnd) {
    fail("expected the end or an operator, found " + found());
    return nullptr;
  }
  return std::move(tree.node);
}

// The one place where recursion begins anew.
Tree Parser::parse_expression() {
  if (recursion_ >= kMaxDepth) {
    return fail("the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
  }
  ++recursion_;
  Tree tree = parse_conditional();
  --recursion_;
  return tree;
}

Tree Parser::parse_conditional() {
  Tree condition = parse_logical("||", "_||_");
  if (!condition || !at_symbol("?")) return condition;
  Tree call = make(NodeKind::kCall, peek().place, "_?_:_");
  ++at_;
  if (!adopt(call, std::move(condition)) || !adopt(call, parse_logical("||", "_||_"))) return {};
  if (!expect(":", "between the two cases of ?:") || !adopt(call, parse_expression())) return {};
  return call;
}

Tree Parser::parse_logical(std::string_view symbol, std::string_view name) {
  const bool is_or = symbol == "||";
  const auto operand = [&] { return is_or ? parse_logical("&&", "_&&_") : parse_binary(0); };
  Tree first = operand();
  if (!first || !at_symbol(symbol)) return first;
  Tree call = make(NodeKind::kCall, peek().place, std::string(name));
  if (!adopt(call, std::move(first))) return {};
  while (accept(symbol)) {
    if (!adopt(call, operand())) return {};
  }
  return call;
}

Tree Parser::parse_binary(int level) {
  if (level == kUnaryLevel) return parse_unary();
  Tree left = parse_binary(level + 1);
  while (left) {
    const auto* const found = std::find_if(std::begin(kOperators), std::end(kOperators), [&](const Operator& one) {
      return one.level == level && at_symbol(one.symbol);
    });
    const bool is_in = level == 0 && at_word("in");
    if (found == std::end(kOperators) && !is_in) return left;
    Tree call = make(NodeKind::kCall, peek().place, is_in ? "@in" : std::string(found->name));
    ++at_;
    if (!adopt(call, std::move(left)) || !adopt(call, parse_binary(level + 1))) return {};
    left = std::move(call);
  }
  return {};
}

Tree Parser::parse_unary() {
  const bool minus = at_symbol("-");
  if (!minus && !at_symbol("!")) return parse_member();
  const Place place = peek().place;
  const TokenKind next = tokens_[at_ + 1].kind;
  if (minus && (next == TokenKind::kInt || next == TokenKind::kDouble)) return parse_member();
  ++at_;
  if (recursion_ >= kMaxDepth) {
    return fail("the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
  }
  ++recursion_;
  Tree call = make(NodeKind::kCall, place, minus ? "-_" : "!_");
  const bool ok = adopt(call, parse_unary());
  --recursion_;
  return ok ? std::move(call) : Tree{};
}

Tree Parser::parse_member() {
  Tree tree = parse_primary();
  while (tree) {
    if (at_symbol(".")) {
      tree = parse_dot(std::move(tree));
    } else if (at_symbol("[")) {
      tree = parse_index(std::move(tree));
    } else if (at_symbol("{") && (tree.node->kind == NodeKind::kIdentifier || tree.node->kind == NodeKind::kSelect)) {
      tree = parse_struct(std::move(tree));
    } else {
      return tree;
    }
  }
  return {};
}

Tree Parser::parse_dot(Tree operand) {
  ++at_;
  const bool optional = accept("?");
  const Token& name = peek();
  const bool keyword = name.text == "in" || name.text == "true" || name.text == "false" || name.text == "null";
  if (name.kind != TokenKind::kQuoted && (name.kind != TokenKind::kIdentifier || keyword)) {
    return fail("expected a name after '.', found " + found());
  }
  ++at_;
  if (!optional && name.kind == TokenKind::kIdentifier && at_symbol("(")) {
    Tree call = make(NodeKind::kCall, name.place, name.text);
    if (!adopt(call, std::move(operand))) return {};
    call.node->receiver = true;
    return parse_arguments(call) ? std::move(call) : Tree{};
  }
  Tree select = make(NodeKind::kSelect, name.place, name.text);
  if (!adopt(select, std::move(operand))) return {};
  select.node->optional = optional;
  return select;
}

Tree Parser::parse_index(Tree operand) {
  const Place place = peek().place;
  ++at_;
  const bool optional = accept("?");
  Tree call = make(NodeKind::kCall, place, optional ? "_[?_]" : "_[_]");
  if (!adopt(call, std::move(operand)) || !adopt(call, parse_expression())) return {};
  return expect("]", "after the index") ? std::move(call) : Tree{};
}

bool Parser::parse_arguments(Tree& call) {
  ++at_;
  if (accept(")")) return true;
  do {
    if (!adopt(call, parse_expression())) return false;
  } while (accept(","));
  return expect(")", "after the arguments");
}

Tree Parser::parse_primary() {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kInt:
    case TokenKind::kUint:
    case TokenKind::kDouble:
      return parse_number(false);
    case TokenKind::kString:
    case TokenKind::kBytes:
      ++at_;
      return make(token.kind == TokenKind::kString ? NodeKind::kString : NodeKind::kBytes, token.place, token.text);
    case TokenKind::kIdentifier:
      return parse_name();
    case TokenKind::kEnd:
    case TokenKind::kQuoted:
      return fail("expected a value, found " + found());
    case TokenKind::kSymbol:
      break;
  }
  if (token.text == "-") {
    ++at_;
    Tree number = parse_number(true);
    if (number) number.node->place = token.place;
    return number;
  }
  if (token.text == "(") {
    ++at_;
    Tree inner = parse_expression();
    if (!inner || !expect(")", "")) return {};
    return inner;
  }
  if (token.text == "[") return parse_list();
  if (token.text == "{") return parse_map();
  if (token.text == ".") return parse_name();
  return fail("expected a value, found " + found());
}

Tree Parser::parse_name() {
  const Place place = peek().place;
  const bool absolute = accept(".");
  const Token& name = peek();
  if (name.kind != TokenKind::kIdentifier) return fail("expected a name after '.', found " + found());
  if (!absolute && (name.text == "true" || name.text == "false")) {
    ++at_;
    Tree literal = make(NodeKind::kBool, place);
    if (literal) literal.node->integer = name.text == "true" ? 1 : 0;
    return literal;
  }
  if (!absolute && name.text == "null") {
    ++at_;
    return make(NodeKind::kNull, place);
  }
  if (name.text == "in" || name.text == "true" || name.text == "false" || name.text == "null") {
    return fail("expected a value, found " + found());
  }
  if (is_reserved(name.text)) return fail("'" + name.text + "' is a reserved word and cannot be a name");
  ++at_;
  const std::string text = absolute ? "." + name.text : name.text;
  if (!at_symbol("(")) return make(NodeKind::kIdentifier, place, text);
  Tree call = make(NodeKind::kCall, place, text);
  return call && parse_arguments(call) ? std::move(call) : Tree{};
}

Tree Parser::parse_integer(bool negative) {
  const Token& token = peek();
  std::string_view digits = token.text;
  const bool hex = digits.size() > 2 && (digits[1] | 0x20) == 'x';
  if (hex) digits.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
  const bool is_unsigned = token.kind == TokenKind::kUint;
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  if (code != std::errc{} || (!is_unsigned && number >= kTop + (negative ? 1 : 0))) {
    return fail(std::string(is_unsigned ? "a uint" : "an int") + " has 64 bits; " + token.text + " does not fit");
  }
  ++at_;
  Tree literal = make(is_unsigned ? NodeKind::kUint : NodeKind::kInt, token.place);
  if (literal) literal.node->integer = static_cast<std::int64_t>(negative ? 0 - number : number);
  return literal;
}

Tree Parser::parse_number(bool negative) {
  const Token& token = peek();
  if (token.kind != TokenKind::kDouble) return parse_integer(negative);
  double number = 0;
  const std::string digits = (token.text.front() == '.' ? "0" : "") + token.text;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // Out of range both ways; what is too small is zero.
  if (code != std::errc{} && digits.find("e-") == std::string::npos && digits.find("E-") == std::string::npos &&
      !digits.starts_with("0.")) {
    return fail("a double does not reach as far as " + token.text);
  }
  if (code != std::errc{}) number = 0;
  ++at_;
  Tree literal = make(NodeKind::kDouble, token.place);
  if (literal) literal.node->real = negative ? -number : number;
  return literal;
}

Tree Parser::parse_list() {
  Tree list = make(NodeKind::kList, peek().place);
  ++at_;
  while (list && !at_symbol("]")) {
    const bool optional = accept("?");
    Tree element = parse_expression();
    if (!element) return {};
    element.node->optional_entry = optional;
    if (!adopt(list, std::move(element))) return {};
    if (!accept(",")) break;
  }
  return list && expect("]", "after the list's elements") ? std::move(list) : Tree{};
}

Tree Parser::parse_map() {
  Tree map = make(NodeKind::kMap, peek().place);
  ++at_;
  while (map && !at_symbol("}")) {
    const bool optional = accept("?");
    Tree key = parse_expression();
    if (!key) return {};
    key.node->optional_entry = optional;
    if (!adopt(map, std::move(key))) return {};
    if (!expect(":", "after the key") || !adopt(map, parse_expression())) return {};
    if (!accept(",")) break;
  }
  return map && expect("}", "after the map's entries") ? std::move(map) : Tree{};
}

Tree Parser::parse_struct(Tree name) {
  const auto text = dotted(*name.node);
  if (!text) return fail("expected a type's name in front of '{'");
  Tree made = make(NodeKind::kStruct, name.node->place, *text);
  ++at_;
  while (made && !at_symbol("}")) {
    const bool optional = accept("?");
    const Token& field = peek();
    if (field.kind != TokenKind::kIdentifier && field.kind != TokenKind::kQuoted) {
      return fail("expected a field's name, found " + found());
    }
    ++at_;
    Tree key = make(NodeKind::kString, field.place, field.text);
    if (!key) return {};
    key.node->optional_entry = optional;
    if (!adopt(made, std::move(key)) || !expect(":", "after the field") || !adopt(made, parse_expression())) return {};
    if (!accept(",")) break;
  }
  return made && expect("}", "after the fields") ? std::move(made) : Tree{};
}

}  // namespace

NodePtr parse(std::string_view text, std::vector<Issue>& issues) {
  std::vector<Token> tokens;
  std::vector<Issue> own;
  NodePtr root = tokenize(text, tokens, own) ? Parser(tokens, own).run() : nullptr;
  issues.insert(issues.end(), own.begin(), own.end());
  return root;
}

}  // namespace tessera::cel
