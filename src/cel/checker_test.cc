#include <gtest/gtest.h>

#include "cel/program.h"

namespace tessera::cel {
namespace {

Environment shop(Dialect dialect = {}) {
  Environment environment(dialect);
  environment.declare("traits", Type::map(TypeKind::kString, TypeKind::kDyn));
  environment.declare("lines", Type::list(Type::map(TypeKind::kString, TypeKind::kDouble)));
  environment.declare("count", TypeKind::kInt);
  environment.declare("total", TypeKind::kDouble);
  environment.declare("tags", Type::list(TypeKind::kString));
  environment.declare("now", TypeKind::kTimestamp);
  environment.declare("names", Type::map(TypeKind::kString, TypeKind::kString));
  environment.declare("anything", TypeKind::kDyn);
  return environment;
}

// The type; or what is wrong, one line for each issue.
std::string checked(const Environment& environment, std::string_view text, Type expected = TypeKind::kDyn) {
  std::vector<Issue> issues;
  const auto program = compile(environment, text, expected, issues);
  if (program != nullptr) return issues.empty() ? program->type().text() : "a program, and issues";
  std::string out;
  for (const Issue& issue : issues) out += (out.empty() ? "" : "\n") + describe(issue, "");
  return out;
}
std::string checked(std::string_view text, Type expected = TypeKind::kDyn) {
  return checked(shop(), text, std::move(expected));
}

TEST(Checker, InfersTypes) {
  EXPECT_EQ(checked("count + 1"), "int");
  EXPECT_EQ(checked("total > 5.0 && count in [1, 2]"), "bool");
  EXPECT_EQ(checked("count < 5 && 'a' < 'b' && total < 5.0"), "bool");
  EXPECT_EQ(checked("traits.country"), "dyn");
  EXPECT_EQ(checked("traits.age + 1"), "int");
  EXPECT_EQ(checked("traits.age + traits.age"), "dyn");
  EXPECT_EQ(checked("lines[0].price"), "double");
  EXPECT_EQ(checked("now - duration('1h') < now"), "bool");
  EXPECT_EQ(checked("now - now"), "duration");
  EXPECT_EQ(checked("true ? tags : []"), "list(string)");
  EXPECT_EQ(checked("[1, 'a', null]"), "list(dyn)");
  EXPECT_EQ(checked("[[], [[1]]]"), "list(list(list(int)))");
  EXPECT_EQ(checked("{'a': 1, 'b': 2.0}"), "map(string, dyn)");
  EXPECT_EQ(checked("{}"), "map(dyn, dyn)");
  EXPECT_EQ(checked("size(tags)"), "int");
  EXPECT_EQ(checked("type(tags)"), "type(list(string))");
  EXPECT_EQ(checked("names.?a"), "optional(string)");
  EXPECT_EQ(checked("names.?a.orValue('b').size()"), "int");
  EXPECT_EQ(checked("[?names.?a, 'b']"), "list(string)");
  EXPECT_EQ(checked("'a'.startsWith(anything)"), "bool");
}

TEST(Checker, InfersTypesOfMacros) {
  EXPECT_EQ(checked("has(traits.a)"), "bool");
  EXPECT_EQ(checked("lines.all(l, l.price > 1.0)"), "bool");
  EXPECT_EQ(checked("lines.map(l, l.price)"), "list(double)");
  EXPECT_EQ(checked("lines.map(l, l.price > 1.0, 'dear')"), "list(string)");
  EXPECT_EQ(checked("names.filter(name, name != 'a')"), "list(string)");
  EXPECT_EQ(checked("tags.transformMap(i, tag, tag.size())"), "map(int, int)");
  EXPECT_EQ(checked("names.transformMap(k, v, v.size())"), "map(string, int)");
  EXPECT_EQ(checked("names.transformList(k, v, k + v)"), "list(string)");
  EXPECT_EQ(checked("names.transformMapEntry(k, v, {v: k.size()})"), "map(string, int)");
  EXPECT_EQ(checked("tags.sortBy(tag, tag.size())"), "list(string)");
  EXPECT_EQ(checked("names.?a.optMap(a, a.size())"), "optional(int)");
  EXPECT_EQ(checked("names.?a.optFlatMap(a, names.?b)"), "optional(string)");
  EXPECT_EQ(checked("cel.bind(x, count, x + x)"), "int");
  EXPECT_EQ(checked("cel.block([count, cel.index(0) > 1], cel.index(1))"), "bool");
  EXPECT_EQ(checked("tags.map(cel.iterVar(0, 0), cel.iterVar(0, 0).size())"), "list(int)");
  EXPECT_EQ(checked("[].map(x, x / 2)"), "list(int)");
  EXPECT_EQ(checked("anything.map(x, x)"), "list(dyn)");
}

TEST(Checker, SaysWhichNameWasMeant) {
  EXPECT_EQ(checked("count > 1 &&\n  trait.country == 'DE'"),
            "2:3: there is no variable \"trait\"; did you mean \"traits\"?");
  EXPECT_EQ(checked("nonsense"), "1:1: there is no variable \"nonsense\"");
  EXPECT_EQ(checked("True"), "1:1: there is no variable \"True\"; did you mean \"true\"?");
  EXPECT_EQ(checked("lines.exists(line, lin.price > 1.0)"),
            "1:20: there is no variable \"lin\"; did you mean \"line\"?");
  EXPECT_EQ(checked("'a'.strtsWith('b')"), "1:5: there is no function \"strtsWith\"; did you mean \"startsWith\"?");
  EXPECT_EQ(checked("tags.exist(t, true)"),
            "1:12: there is no variable \"t\"\n1:6: there is no function \"exist\"; did you mean \"exists\"?");
  EXPECT_EQ(checked("math.flor(1.0)"), "1:6: there is no function \"math.flor\"; did you mean \"math.floor\"?");
  EXPECT_EQ(checked("Address{street: 'a'}"), "1:1: there is no type of messages \"Address\"");
}

TEST(Checker, SaysWhatDoesNotFit) {
  EXPECT_EQ(checked("count + 'a'"), "1:7: '+' does not go between an int and a string");
  EXPECT_EQ(checked("count == 'a'"), "1:7: an int is never equal to a string");
  EXPECT_EQ(checked("-tags"), "1:1: '-' does not go before a list(string)");
  EXPECT_EQ(checked("count && total > 1.0"), "1:1: '&&' goes between bools, but this is an int");
  EXPECT_EQ(checked("count ? 1 : 2"),
            "1:7: '?:' takes a bool and two values of one type, not an int, an int and an int");
  EXPECT_EQ(checked("tags['a']"), "1:5: a list's elements are numbered from 0: [0] is the first, not a string");
  EXPECT_EQ(checked("names[1]"), "1:6: the keys here are string, not an int");
  EXPECT_EQ(checked("count[0]"), "1:6: an int has no elements");
  EXPECT_EQ(checked("count in tags"), "1:7: an int is never in a list(string)");
  EXPECT_EQ(checked("'a' in 'abc'"),
            "1:5: 'in' looks into a list or map; for part of a string there is text.contains(part)");
  EXPECT_EQ(checked("count.age"), "1:7: an int has no fields, so there is no \".age\"");
  EXPECT_EQ(checked("count.startsWith('a')"),
            "1:7: there is no int.startsWith(string); there is string.startsWith(string)");
  EXPECT_EQ(checked("startsWith('a', 'b')"),
            "1:1: there is no startsWith(string, string); there is string.startsWith(string)");
  EXPECT_EQ(checked("[?count]"), "1:3: what is written with ? must be an optional, not an int");
  EXPECT_EQ(checked("count", TypeKind::kBool), "1:1: this must be a bool, but is an int");
}

TEST(Checker, SaysHowMacrosAreWritten) {
  EXPECT_EQ(checked("has(traits)"), "1:5: has() asks whether a field is there: has(a.b)");
  EXPECT_EQ(checked("has(traits.a, traits.b)"), "1:1: has() is written has(a.b)");
  EXPECT_EQ(checked("lines.exists(count)"), "1:7: exists() is written list.exists(x, condition)");
  EXPECT_EQ(checked("lines.exists('l', true)"), "1:14: exists() needs a name here, as in list.exists(x, condition)");
  EXPECT_EQ(checked("count.all(x, true)"), "1:7: all() goes over a list or map, not an int");
  EXPECT_EQ(checked("tags.all(x, x)"), "1:13: the condition of all() must be a bool, but is a string");
  EXPECT_EQ(checked("tags.all(x, x, true)"), "1:13: all() needs two different names");
  EXPECT_EQ(checked("names.sortBy(x, x)"), "1:7: sortBy() goes over a list, not a map(string, string)");
  EXPECT_EQ(checked("lines.sortBy(l, l)"), "1:17: a map(string, double) has no order, so sortBy() cannot sort by it");
  EXPECT_EQ(checked("count.optMap(x, x)"), "1:7: optMap() is called on an optional, not on an int");
  EXPECT_EQ(checked("cel.block([1], cel.index(1))"), "1:20: there is no such index here");
}

TEST(Checker, FindsSeveralIssuesAtOnceUpToALimit) {
  EXPECT_EQ(checked("count == 'a' || total == 'b'"),
            "1:7: an int is never equal to a string\n1:23: a double is never equal to a string");
  std::string many = "a";
  for (int i = 0; i < 100; ++i) many += " || a";
  std::vector<Issue> issues;
  EXPECT_EQ(compile(shop(), many, TypeKind::kBool, issues), nullptr);
  EXPECT_EQ(issues.size(), kMaxIssues);
}

TEST(Checker, TakesADynWhereATypeIsExpected) {
  EXPECT_EQ(checked("traits.vip", TypeKind::kBool), "dyn");
  EXPECT_EQ(checked("count", Type::wrapper(TypeKind::kInt)), "int");
  EXPECT_EQ(checked("[]", Type::list(TypeKind::kInt)), "list(int)");
}

TEST(Names, AreLookedUpFromTheContainerOutwards) {
  Environment environment;
  environment.declare("a.b.x", TypeKind::kInt);
  environment.declare("a.x", TypeKind::kString);
  environment.declare("x", TypeKind::kBool);
  environment.declare("x.y", TypeKind::kDouble);
  environment.set_container("a.b");
  EXPECT_EQ(checked(environment, "x"), "int");
  EXPECT_EQ(checked(environment, ".x"), "bool");
  EXPECT_EQ(checked(environment, ".a.x"), "string");
  EXPECT_EQ(checked(environment, "b.x"), "int");
  EXPECT_EQ(checked(environment, "x.y"), "double");
  EXPECT_EQ(checked(environment, "[true].map(x, x)"), "list(bool)");
  EXPECT_EQ(checked(environment, "[true].map(x, .x)"), "list(bool)");
  EXPECT_EQ(checked(environment, "[{'y': 1}].map(x, x.y)"), "list(int)");
}

TEST(Names, OfTypesAreValues) {
  EXPECT_EQ(checked("int"), "type(int)");
  EXPECT_EQ(checked("list"), "type(list(dyn))");
  EXPECT_EQ(checked("google.protobuf.Timestamp"), "type(timestamp)");
  EXPECT_EQ(checked("type(count) == int"), "bool");
  EXPECT_EQ(checked("dyn"), "1:1: there is no variable \"dyn\"");
}

TEST(Functions, AreTheSameWithADotInFront) {
  EXPECT_EQ(checked(".dyn(count)"), "dyn");
  EXPECT_EQ(checked(".matches(.string(count), '[0-9]')"), "bool");
}

TEST(Functions, AreFoundByStyleTypesAndNamespace) {
  Environment environment = shop();
  const auto constant = [](Value value) { return [value](std::span<const Value>, Context&) { return value; }; };
  environment.declare({"tier", false, {TypeKind::kString}, TypeKind::kInt, constant(Value::integer(1))});
  environment.declare({"tier", false, {TypeKind::kInt}, TypeKind::kString, constant(Value::string("a"))});
  environment.declare({"shop.open", false, {}, TypeKind::kBool, constant(Value::boolean(true))});
  environment.declare({"pair",
                       false,
                       {Type::parameter("A"), Type::parameter("B")},
                       Type::map(Type::parameter("A"), Type::parameter("B")),
                       constant(Value::null())});
  EXPECT_EQ(checked(environment, "tier('a')"), "int");
  EXPECT_EQ(checked(environment, "tier(1)"), "string");
  EXPECT_EQ(checked(environment, "tier(anything)"), "dyn");
  EXPECT_EQ(checked(environment, "tier(true)"), "1:1: there is no tier(bool); there is tier(string) or tier(int)");
  EXPECT_EQ(checked(environment, "shop.open()"), "bool");
  EXPECT_EQ(checked(environment, "pair(1, tags)"), "map(int, list(string))");
  environment.set_container("shop");
  EXPECT_EQ(checked(environment, "open()"), "bool");
}

TEST(Dialects, AreMoreLenientThanTheStandard) {
  EXPECT_EQ(checked("count + total"), "1:7: '+' does not go between an int and a double");
  EXPECT_EQ(checked(shop({.mixed_arithmetic = true}), "count + total"), "double");
  EXPECT_EQ(checked("count < total"), "1:7: '<' does not go between an int and a double");
  EXPECT_EQ(checked(shop({.mixed_arithmetic = true}), "count == 2.0 || count < total"), "bool");
  EXPECT_EQ(checked("names.a == null"), "1:9: a string is never equal to null");
  EXPECT_EQ(checked(shop({.absent_is_null = true}), "names.a == null || names['b'] == null"), "bool");
  EXPECT_EQ(checked(shop({.absent_is_null = true}), "names.a + 'b'"), "string");
  EXPECT_EQ(checked("duration('90 days')"), "duration");
  const Environment strict = shop({.constants_must_work = true});
  EXPECT_EQ(checked(strict, "duration('90 days')"), "1:1: cannot convert '90 days' to a duration, such as '1h30m'");
  EXPECT_EQ(checked(strict, "names.a.matches('[')"), "1:9: the regular expression is wrong: missing ]: [");
  EXPECT_EQ(checked(strict, "count / 0"), "int");
  EXPECT_EQ(checked(strict, "1 / 0"), "1:3: division by zero");
}

TEST(Unchecked, ExpressionsHaveNoTypes) {
  std::vector<Issue> issues;
  const auto program = compile(shop(), "1 == 'a' && f(x)", TypeKind::kDyn, issues, Checking::kNone);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->type(), Type(TypeKind::kDyn));
  EXPECT_EQ(compile(shop(), "has(a)", TypeKind::kDyn, issues, Checking::kNone), nullptr);
}

TEST(Trees, ThatWereRewrittenCompile) {
  Environment environment = shop();
  const std::uint32_t slot = environment.declare("@0", TypeKind::kInt);
  std::vector<Issue> issues;
  NodePtr root = parse("events('Order Completed').count() >= 3 && total > 1.0", issues);
  Node& comparison = *root->children[0];
  auto name = std::make_unique<Node>();
  name->kind = NodeKind::kIdentifier;
  name->text = "@0";
  comparison.children[0] = std::move(name);
  const auto program = compile(environment, *root, TypeKind::kBool, issues);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->slots(), (std::vector<std::uint32_t>{3, slot}));
}

TEST(Trees, TooDeepToWalkAreRefused) {
  auto root = std::make_unique<Node>();
  root->kind = NodeKind::kBool;
  for (int i = 0; i < 1'000; ++i) {
    auto above = std::make_unique<Node>();
    above->kind = NodeKind::kCall;
    above->text = "!_";
    above->children.push_back(std::move(root));
    root = std::move(above);
  }
  std::vector<Issue> issues;
  EXPECT_EQ(compile(shop(), *root, TypeKind::kBool, issues), nullptr);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].message, "the expression is nested more than 250 deep");
}

}  // namespace
}  // namespace tessera::cel
