#include <gtest/gtest.h>

#include "cel/json.h"
#include "cel/program.h"

namespace tessera::cel {
namespace {

constexpr Dialect kLenient{.mixed_arithmetic = true, .absent_is_null = true};

// Evaluates expressions over the members of a JSON object, which are the variables and dyn all.
class World {
 public:
  explicit World(std::string_view json, Dialect dialect = {}) : environment(dialect) {
    const auto object = reader_.read(json, memory_);
    TESSERA_ASSERT(object && object->is(Kind::kMap));
    const Map& map = object->as_map();
    for (std::size_t i = 0; i < map.size(); ++i) {
      const Value key = map.key_at(i, memory_);
      Value value;
      map.find(key, memory_, &value);
      environment.declare(std::string(key.text()), TypeKind::kDyn);
      values.push_back(value);
    }
  }

  // The result as JSON, or what went wrong.
  std::string run(std::string_view text, Checking checking = Checking::kStrict) {
    std::vector<Issue> issues;
    const auto program = compile(environment, text, TypeKind::kDyn, issues, checking);
    if (program == nullptr) return describe(issues.at(0), "");
    context.arena.reset();
    context.cost = 0;
    const Value value = program->evaluate(GivenVariables(values), context);
    if (value.is_error()) return "error: " + std::string(value.text());
    std::string out;
    EXPECT_TRUE(append_json(out, value, context.arena));
    return out;
  }

  Environment environment;
  std::vector<Value> values;
  Context context;

 private:
  JsonReader reader_;
  Arena memory_;
};

constexpr std::string_view kPerson = R"({
  "traits": {"country": "DE", "age": 31, "vip": true, "tags": ["a", "b"], "nothing": null},
  "lines": [{"sku": "x", "price": 2.5, "quantity": 2}, {"sku": "y", "price": 10, "quantity": 1}],
  "count": 3, "long": 9007199254740993})";

TEST(Evaluation, AnswersConditions) {
  World world(kPerson);
  EXPECT_EQ(world.run("traits.country == 'DE' && count >= 3 && traits.age > 30.5"), "true");
  EXPECT_EQ(world.run("traits.country in ['AT', 'CH'] || traits.vip"), "true");
  EXPECT_EQ(world.run("traits.country != 'DE'"), "false");
  EXPECT_EQ(world.run("lines.exists(l, l.price * l.quantity >= 10.0)"), "true");
  EXPECT_EQ(world.run("lines.map(l, l.price * l.quantity)"), "[5,10]");
  EXPECT_EQ(world.run("'b' in traits.tags && !('c' in traits.tags)"), "true");
  EXPECT_EQ(world.run("has(traits.age) && !has(traits.name)"), "true");
  EXPECT_EQ(world.run("traits.?name.orValue('nobody')"), "\"nobody\"");
  EXPECT_EQ(world.run("traits.country.lowerAscii() + string(int(count))"), "\"de3\"");
  EXPECT_EQ(world.run("long + 1"), "9007199254740994");
  EXPECT_EQ(world.run("3 < traits.age"), "true");
  EXPECT_EQ(world.run("'DE' == traits.country"), "true");
}

TEST(Evaluation, LooksForManyStringsAsForFew) {
  World world(kPerson);
  std::string list = "['AT'";
  for (int i = 0; i < 50; ++i) list += ", 'X" + std::to_string(i) + "'";
  EXPECT_EQ(world.run("traits.country in " + list + "]"), "false");
  EXPECT_EQ(world.run("traits.country in " + list + ", 'DE']"), "true");
  EXPECT_EQ(world.run("traits.age in " + list + "]"), "false");
}

TEST(Evaluation, TakesEmptyTextsAsAnyOther) {
  World world(R"({"map": {"": ""}})");
  EXPECT_EQ(world.run("map[''] == '' && '' in map && map[''] in [''] && '' + '' == map['']"), "true");
  EXPECT_EQ(world.run("map.transformMap(k, v, v + k) == map"), "true");
}

TEST(Evaluation, LetsWhatDecidesWinOverErrors) {
  World world(kPerson);
  EXPECT_EQ(world.run("traits.name == 'a' || count > 1"), "true");
  EXPECT_EQ(world.run("count > 1 || traits.name == 'a'"), "true");
  EXPECT_EQ(world.run("1 / 0 > 1 && false"), "false");
  EXPECT_EQ(world.run("traits.name == 'a' || false"), "error: no such key: 'name'");
  EXPECT_EQ(world.run("lines.exists(l, 1 / (int(l.quantity) - 1) > 0)"), "true");
  EXPECT_EQ(world.run("lines.all(l, 1 / (int(l.quantity) - 1) > 0)"), "error: division by zero");
  EXPECT_EQ(world.run("count > 1 ? 'many' : traits.name"), "\"many\"");
  EXPECT_EQ(world.run("cel.bind(x, 1 / 0, count > 1 || x > 1)"), "true");
}

TEST(Evaluation, KeepsMacrosVariablesApart) {
  World world(kPerson);
  EXPECT_EQ(world.run("[1, 2].map(x, [10, 20].map(y, x + y))"), "[[11,21],[12,22]]");
  EXPECT_EQ(world.run("[1, 2].map(x, [x, 20].map(x, x + 1))"), "[[2,21],[3,21]]");
  EXPECT_EQ(world.run("[[1], [2, 3]].map(x, x.map(y, y * size(x)))"), "[[1],[4,6]]");
  EXPECT_EQ(world.run("cel.bind(a, 1, cel.bind(b, a + 1, [a, b].map(a, a * b)))"), "[2,4]");
  EXPECT_EQ(world.run("cel.block([[1, 2], cel.index(0).map(x, x + 1)], cel.index(0) + cel.index(1))"), "[1,2,2,3]");
  EXPECT_EQ(world.run("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k + string(v))"), R"({"b":"b2"})");
  EXPECT_EQ(world.run("['x', 'y'].transformMapEntry(i, v, {v: i})"), R"({"x":0,"y":1})");
  EXPECT_EQ(world.run("optional.of([1, 2]).optMap(x, x.map(y, y + size(x)))"), "[3,4]");
  EXPECT_EQ(world.run("[3, 1, 2].sortBy(x, -x)"), "[3,2,1]");
  EXPECT_EQ(world.run("lines.map(l, cel.bind(p, l.price, cel.bind(q, l.quantity, cel.bind(a, p * q, cel.bind(b, a + a, "
                      "cel.bind(c, b + a, cel.bind(d, c + b, cel.bind(e, d + c, e))))))))"),
            "[40,80]");
}

TEST(Evaluation, OfConstantsIsDoneWhenCompiling) {
  World world(kPerson);
  EXPECT_EQ(world.run("{'a': [1, 2 + 3], 'b': duration('90m')}.b > duration('1h')"), "true");
  EXPECT_EQ(world.context.cost, 0U);
  EXPECT_EQ(world.run("'abc'.replace('b', 'x').size() == 3 ? [1].size() : 0"), "1");
  EXPECT_EQ(world.context.cost, 0U);
  EXPECT_EQ(world.run("{'a': 1, 'a': 2}"), "error: the map has the key 'a' twice");
}

TEST(Evaluation, AsksForAVariableOnlyIfItMustKnow) {
  class Counting final : public Variables {
   public:
    Value get(std::uint32_t slot, Context&) const override {
      ++asked;
      return Value::boolean(slot == 0);
    }
    mutable int asked = 0;
  };
  Environment environment;
  environment.declare("a", TypeKind::kBool);
  environment.declare("b", TypeKind::kBool);
  environment.declare("c", TypeKind::kBool);
  std::vector<Issue> issues;
  const auto program = compile(environment, "a || c", TypeKind::kBool, issues);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->slots(), (std::vector<std::uint32_t>{0, 2}));
  const Counting variables;
  Context context;
  EXPECT_TRUE(program->evaluate(variables, context).is_true());
  EXPECT_EQ(variables.asked, 1);
}

TEST(Evaluation, OutlivesWhatItWasCompiledFrom) {
  std::unique_ptr<Program> program;
  {
    Environment environment;
    environment.declare("x", TypeKind::kString);
    environment.declare(
        {"twice", false, {TypeKind::kString}, TypeKind::kString, [](std::span<const Value> arguments, Context&) {
           return arguments[0];
         }});
    std::vector<Issue> issues;
    std::string text = "twice(x) in ['a long text of the expression', 'b'] && x.matches('long')";
    program = compile(environment, text, TypeKind::kBool, issues);
    std::fill(text.begin(), text.end(), ' ');
  }
  ASSERT_NE(program, nullptr);
  const std::vector<Value> values{Value::string("a long text of the expression")};
  Context context;
  EXPECT_TRUE(program->evaluate(GivenVariables(values), context).is_true());
  EXPECT_EQ(program->evaluate(GivenVariables({}), context).text(), "the variable has no value");
}

TEST(Dialects, MixNumbersAndTakeWhatIsAbsentForNull) {
  World strict(kPerson);
  World lenient(kPerson, kLenient);
  EXPECT_EQ(strict.run("count + 1"), "error: no such overload: _+_(double, int)");
  EXPECT_EQ(lenient.run("count + 1"), "4");
  EXPECT_EQ(lenient.run("7 / 2"), "3");
  EXPECT_EQ(lenient.run("7 / 2.0"), "3.5");
  EXPECT_EQ(lenient.run("5.5 % 2"), "1.5");
  EXPECT_EQ(lenient.run("traits.name"), "null");
  EXPECT_EQ(lenient.run("traits.nothing.more.and_more"), "null");
  EXPECT_EQ(lenient.run("traits['name'] == null"), "true");
  EXPECT_EQ(lenient.run("has(traits.nothing.more)"), "false");
  EXPECT_EQ(lenient.run("traits.country.name"), "error: no such overload: _._(string, string)");
  EXPECT_EQ(lenient.run("lines[7]"), "error: the list has no element 7");
}

TEST(Unchecked, ExpressionsFailWhereTheyAreEvaluated) {
  World world(kPerson);
  EXPECT_EQ(world.run("nobody || true", Checking::kNone), "true");
  EXPECT_EQ(world.run("nobody", Checking::kNone), "error: there is no variable \"nobody\"");
  EXPECT_EQ(world.run("f(1) || true", Checking::kNone), "true");
  EXPECT_EQ(world.run("1.0 == 1", Checking::kNone), "true");
  EXPECT_EQ(world.run("1 + 'a'", Checking::kNone), "error: no such overload: _+_(int, string)");
  EXPECT_EQ(world.run("size(1)", Checking::kNone), "error: no such overload: size(int)");
}

TEST(Limits, OfCostEndAnEvaluation) {
  World world(R"({"list": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]})");
  const std::string exceeded = "error: the expression takes more steps than it may";
  EXPECT_EQ(world.run("list.all(a, list.all(b, list.all(c, a + b + c > 0.0)))"), "true");
  EXPECT_GT(world.context.cost, 1'000U);
  EXPECT_LT(world.context.cost, 10'000U);
  EXPECT_EQ(world.run("list.all(a, list.all(b, list.all(c, list.all(d, list.all(e, list.all(f, a > 0.0))))))"),
            exceeded);
  EXPECT_LT(world.context.cost, 101'000U);
  world.context.cost_limit = 20;
  EXPECT_EQ(world.run("list.map(x, x + 1.0).size() > 3"), exceeded);
  EXPECT_EQ(world.run("list == list && list == list"), exceeded);
}

TEST(Limits, OfMemoryEndAnEvaluation) {
  World world(R"({"text": "0123456789012345678901234567890123456789"})");
  std::string text = "cel.bind(x0, text + text, ";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "x" + std::to_string(i - 1);
    text += "cel.bind(x" + std::to_string(i) + ", " + last + " + " + last + ", ";
  }
  text += "x29.size()" + std::string(30, ')');
  EXPECT_EQ(world.run(text), "error: the expression takes more memory than it may");
}

TEST(Limits, OfConstantsLeaveTheRestForTheEvaluation) {
  World world("{}");
  world.context.cost_limit = 10'000'000;
  std::string text = "'0123456789012345678901234567890123456789'";
  for (int i = 0; i < 13; ++i) text = "(" + text + ").replace('0', '00000000')";
  EXPECT_NE(world.run(text + ".size()").find("error: "), std::string::npos);
  EXPECT_EQ(world.run("lists.range(50000).size()"), "50000");
  EXPECT_GT(world.context.cost, 49'999U);
}

}  // namespace
}  // namespace tessera::cel
