// How long a condition takes: to compile, to evaluate over a person, and to read a basket from JSON.
#include <benchmark/benchmark.h>

#include "base/result.h"
#include "cel/json.h"
#include "cel/program.h"

namespace tessera::cel {
namespace {

constexpr Dialect kDialect{.mixed_arithmetic = true, .absent_is_null = true, .constants_must_work = true};

constexpr std::string_view kTraits =
    R"({"country":"DE","city":"Kiel","age":31,"vip":true,"plan":"gold","email":"jane@example.com","newsletter":false})";
constexpr std::string_view kLines =
    R"([{"sku":"a-1","category":"shoes","price":59.9,"quantity":1},{"sku":"b-7","category":"socks","price":4.5,"quantity":6},)"
    R"({"sku":"c-3","category":"care","price":7.95,"quantity":1},{"sku":"d-9","category":"wine","price":12.5,"quantity":2},)"
    R"({"sku":"e-2","category":"wine","price":8,"quantity":3}])";

Environment environment() {
  Environment environment(kDialect);
  environment.declare("traits", Type::map(TypeKind::kString, TypeKind::kDyn));
  environment.declare("lines", Type::list(Type::map(TypeKind::kString, TypeKind::kDyn)));
  environment.declare("count", TypeKind::kInt);
  environment.declare("total", TypeKind::kDouble);
  environment.declare("now", TypeKind::kTimestamp);
  return environment;
}

std::unique_ptr<Program> compiled(std::string_view text) {
  std::vector<Issue> issues;
  auto program = compile(environment(), text, TypeKind::kBool, issues);
  TESSERA_ASSERT(program != nullptr);
  return program;
}

void evaluate(benchmark::State& state, std::string_view text) {
  const auto program = compiled(text);
  JsonReader reader;
  Arena memory;
  const std::vector<Value> values{*reader.read(kTraits, memory), *reader.read(kLines, memory), Value::integer(3),
                                  Value::real(612.5), Value::timestamp({1'709'294'400, 0})};
  const GivenVariables variables(values);
  Context context;
  for (auto _ : state) {
    context.arena.reset();
    context.cost = 0;
    const Value value = program->evaluate(variables, context);
    TESSERA_ASSERT(value.is_true());
  }
  state.counters["steps"] = static_cast<double>(context.cost);
}

BENCHMARK_CAPTURE(evaluate, three_terms, "traits.country == \"DE\" && count >= 3 && total > 500.0");
BENCHMARK_CAPTURE(evaluate, in_few, "traits.country in [\"AT\", \"CH\", \"DE\"]");
BENCHMARK_CAPTURE(
    evaluate, in_many,
    "traits.city in ['Berlin', 'Hamburg', 'Munich', 'Cologne', 'Frankfurt', 'Stuttgart', 'Essen', 'Bremen', "
    "'Dresden', 'Hanover', 'Leipzig', 'Kiel', 'Bonn', 'Mainz', 'Erfurt', 'Potsdam']");
BENCHMARK_CAPTURE(evaluate, ends_with, "traits.email.endsWith('@example.com')");
BENCHMARK_CAPTURE(evaluate, matches, "traits.email.matches('^[a-z]+@example[.](com|org)$')");
BENCHMARK_CAPTURE(evaluate, absent, "!has(traits.birthday) && traits.nickname == null");
BENCHMARK_CAPTURE(evaluate, window, "now - duration('90d') < timestamp('2024-01-31T00:00:00Z')");
BENCHMARK_CAPTURE(evaluate, exists, "lines.exists(l, l.category == 'wine' && l.price * l.quantity >= 20)");
BENCHMARK_CAPTURE(evaluate, filter_and_size, "lines.filter(l, l.category == 'wine').size() == 2");

void compile_condition(benchmark::State& state) {
  const Environment own = environment();
  for (auto _ : state) {
    std::vector<Issue> issues;
    auto program = compile(own, "traits.country == \"DE\" && count >= 3 && total > 500.0", TypeKind::kBool, issues);
    benchmark::DoNotOptimize(program.get());
  }
}
BENCHMARK(compile_condition);

void read_basket(benchmark::State& state) {
  JsonReader reader;
  Arena memory;
  for (auto _ : state) {
    memory.reset();
    auto value = reader.read(kLines, memory);
    TESSERA_ASSERT(value.has_value());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kLines.size()));
}
BENCHMARK(read_basket);

}  // namespace
}  // namespace tessera::cel

BENCHMARK_MAIN();
