#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cel/ast.h"

namespace tessera::cel {
namespace {

// The canonical spelling; or what is wrong.
std::string spelled(std::string_view text) {
  std::vector<Issue> issues;
  const NodePtr root = parse(text, issues);
  if (root != nullptr) return unparse(*root);
  return issues.size() == 1 ? describe(issues[0], "") : "not one issue";
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.receiver != b.receiver || a.optional != b.optional) return false;
  if (a.optional_entry != b.optional_entry || a.text != b.text || a.integer != b.integer) return false;
  if (a.real != b.real || a.children.size() != b.children.size()) return false;
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (!same(*a.children[i], *b.children[i])) return false;
  }
  return true;
}

TEST(Parser, BindsOperatorsAsTheLanguageSays) {
  EXPECT_EQ(spelled("a||b&&c==d+e*-f"), "a || b && c == d + e * -f");
  EXPECT_EQ(spelled("((a || b)) && c"), "(a || b) && c");
  EXPECT_EQ(spelled("(a + b) * c - (d - e)"), "(a + b) * c - (d - e)");
  EXPECT_EQ(spelled("a ? b : c ? d : e"), "a ? b : c ? d : e");
  EXPECT_EQ(spelled("(a ? b : c) ? d : e"), "(a ? b : c) ? d : e");
  EXPECT_EQ(spelled("!a.b(c)[d].e"), "!a.b(c)[d].e");
  EXPECT_EQ(spelled("(!a).b"), "(!a).b");
  EXPECT_EQ(spelled("a in [b] == c"), "a in [b] == c");
  EXPECT_EQ(spelled("- 5"), "-5");
  EXPECT_EQ(spelled("-(5)"), "-(5)");
}

TEST(Parser, GathersAndIntoOneCall) {
  std::vector<Issue> issues;
  const NodePtr root = parse("a && b && c && d", issues);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->text, "_&&_");
  EXPECT_EQ(root->children.size(), 4U);
}

TEST(Parser, ReadsLiterals) {
  EXPECT_EQ(spelled("0x1F"), "31");
  EXPECT_EQ(spelled("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(spelled("18446744073709551615u"), "18446744073709551615u");
  EXPECT_EQ(spelled("1e3"), "1000.0");
  EXPECT_EQ(spelled(".5"), "0.5");
  EXPECT_EQ(spelled(R"('it''s')"), "1:5: expected the end or an operator, found a string");
  EXPECT_EQ(spelled(R"('it\'s \u00e9\n')"), "\"it's é\\n\"");
  EXPECT_EQ(spelled(R"(r'\d+')"), R"("\\d+")");
  EXPECT_EQ(spelled("'''a\nb'''"), R"("a\nb")");
  EXPECT_EQ(spelled(R"(b'\xff\101é')"), R"(b"\xffA\xc3\xa9")");
  EXPECT_EQ(spelled("[1, 2,]"), "[1, 2]");
  EXPECT_EQ(spelled("{'a': 1, ?'b': c.?d,}"), "{\"a\": 1, ?\"b\": c.?d}");
  EXPECT_EQ(spelled("a[?0].?b.`c-d`"), "a[?0].?b.`c-d`");
  EXPECT_EQ(spelled(".a.b{c: 1}"), ".a.b{c: 1}");
  EXPECT_EQ(spelled("true && null == false // as it is"), "true && null == false");
}

TEST(Parser, SaysWhereItStopped) {
  EXPECT_EQ(spelled(""), "1:1: expected a value, found the end");
  EXPECT_EQ(spelled("a &&"), "1:5: expected a value, found the end");
  EXPECT_EQ(spelled("a = b"), "1:3: '=' means nothing here; equality is ==");
  EXPECT_EQ(spelled("a & b"), "1:3: '&' means nothing here; \"and\" is &&");
  EXPECT_EQ(spelled("a\n  .b.(c)"), "2:6: expected a name after '.', found '('");
  EXPECT_EQ(spelled("f(a, b"), "1:7: expected ')' after the arguments, found the end");
  EXPECT_EQ(spelled("'é' é"), "1:5: 'é' means nothing here");
  EXPECT_EQ(spelled("a + 'text"), "1:5: the string that begins here does not end: ' is missing");
  EXPECT_EQ(spelled("9223372036854775808"), "1:1: an int has 64 bits; 9223372036854775808 does not fit");
  EXPECT_EQ(spelled("for"), "1:1: 'for' is a reserved word and cannot be a name");
  EXPECT_EQ(spelled("\xff"), "1:1: the expression is not valid UTF-8");
}

TEST(Parser, RefusesWhatIsTooDeepOrTooLong) {
  const auto repeated = [](std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
  };
  const std::string deep = "the expression is nested more than 250 deep";
  EXPECT_EQ(spelled(repeated("(", 200) + "a" + repeated(")", 200)), "a");
  EXPECT_NE(spelled(repeated("(", 100'000)).find(deep), std::string::npos);
  EXPECT_NE(spelled(repeated("[", 90'000)).find(deep), std::string::npos);
  EXPECT_NE(spelled(repeated("!", 99'999) + "a").find(deep), std::string::npos);
  EXPECT_NE(spelled("a" + repeated(".b", 40'000)).find(deep), std::string::npos);
  EXPECT_NE(spelled("a" + repeated("+b", 40'000)).find(deep), std::string::npos);
  EXPECT_NE(spelled("a" + repeated("||a", 20'001)).find("more than 20000 parts"), std::string::npos);
  EXPECT_EQ(spelled(std::string(100'001, 'a')), "1:1: the expression is longer than 100000 bytes");
}

TEST(Describe, PointsAtThePlace) {
  EXPECT_EQ(describe({{2, 3}, "wrong"}, "a &&\n  é &&\nb"), "2:3: wrong\n    é &&\n    ^");
}

TEST(Dotted, IsAChainOfPlainSelects) {
  std::vector<Issue> issues;
  EXPECT_EQ(dotted(*parse("a.b.c", issues)), "a.b.c");
  EXPECT_EQ(dotted(*parse(".a.b", issues)), ".a.b");
  EXPECT_EQ(dotted(*parse("a.?b", issues)), std::nullopt);
  EXPECT_EQ(dotted(*parse("a.`b-c`", issues)), std::nullopt);
  EXPECT_EQ(dotted(*parse("f().a", issues)), std::nullopt);
}

NodePtr made(NodeKind kind, std::string text = {}) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->text = std::move(text);
  return node;
}

NodePtr random_tree(int depth);

NodePtr random_leaf() {
  const auto kind = *rc::gen::element(NodeKind::kNull, NodeKind::kBool, NodeKind::kInt, NodeKind::kUint,
                                      NodeKind::kDouble, NodeKind::kString, NodeKind::kBytes, NodeKind::kIdentifier);
  NodePtr node = made(kind);
  switch (kind) {
    case NodeKind::kBool:
      node->integer = *rc::gen::inRange(0, 2);
      break;
    case NodeKind::kInt:
    case NodeKind::kUint:
      node->integer = *rc::gen::arbitrary<std::int64_t>();
      break;
    case NodeKind::kDouble:
      node->real = *rc::gen::arbitrary<double>();
      break;
    case NodeKind::kString:
      node->text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
      break;
    case NodeKind::kBytes:
      node->text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
      break;
    case NodeKind::kIdentifier:
      node->text = *rc::gen::element<std::string>("a", "bc", ".d", "_e1");
      break;
    default:
      break;
  }
  return node;
}

void add_children(Node& node, std::size_t count, int depth) {
  for (std::size_t i = 0; i < count; ++i) node.children.push_back(random_tree(depth - 1));
}

NodePtr random_operator(int depth) {
  const std::string name = *rc::gen::element<std::string>("_+_", "_-_", "_*_", "_/_", "_%_", "_==_", "_<_", "@in",
                                                          "_[_]", "_[?_]", "!_", "-_", "_?_:_", "_&&_", "_||_");
  NodePtr node = made(NodeKind::kCall, name);
  std::size_t operands = 2;
  if (name == "!_" || name == "-_") operands = 1;
  if (name == "_?_:_") operands = 3;
  if (name == "_&&_" || name == "_||_") operands = *rc::gen::inRange<std::size_t>(2, 5);
  add_children(*node, operands, depth);
  return node;
}

NodePtr random_collection(NodeKind kind, int depth) {
  NodePtr node = made(kind, kind == NodeKind::kStruct ? *rc::gen::element<std::string>("A", "a.b.C", ".a.B") : "");
  const auto count = *rc::gen::inRange<std::size_t>(0, 3);
  for (std::size_t i = 0; i < count; ++i) {
    if (kind == NodeKind::kMap) node->children.push_back(random_tree(depth - 1));
    if (kind == NodeKind::kStruct) node->children.push_back(made(NodeKind::kString, "f"));
    const bool optional = *rc::gen::arbitrary<bool>();
    if (kind != NodeKind::kList) node->children.back()->optional_entry = optional;
    node->children.push_back(random_tree(depth - 1));
    if (kind == NodeKind::kList) node->children.back()->optional_entry = optional;
  }
  return node;
}

NodePtr random_tree(int depth) {
  if (depth == 0) return random_leaf();
  switch (*rc::gen::inRange(0, 7)) {
    case 0: {
      NodePtr node = made(NodeKind::kSelect, *rc::gen::element<std::string>("a", "b_1", "with space", "a-b"));
      node->optional = *rc::gen::arbitrary<bool>();
      add_children(*node, 1, depth);
      return node;
    }
    case 1: {
      NodePtr node = made(NodeKind::kCall, "f");
      node->receiver = *rc::gen::arbitrary<bool>();
      add_children(*node, *rc::gen::inRange<std::size_t>(node->receiver ? 1 : 0, 4), depth);
      return node;
    }
    case 2:
      return random_collection(*rc::gen::element(NodeKind::kList, NodeKind::kMap, NodeKind::kStruct), depth);
    case 3:
      return random_leaf();
    default:
      return random_operator(depth);
  }
}

TEST(Unparse, GivesTextThatParsesToTheSameTree) {
  EXPECT_TRUE(rc::check([] {
    const NodePtr root = random_tree(*rc::gen::inRange(0, 5));
    const std::string text = unparse(*root);
    RC_LOG(text);
    std::vector<Issue> issues;
    const NodePtr back = parse(text, issues);
    RC_ASSERT(back != nullptr);
    RC_ASSERT(same(*root, *back));
    RC_ASSERT(same(*root, *copy(*root)));
  }));
}

}  // namespace
}  // namespace tessera::cel
