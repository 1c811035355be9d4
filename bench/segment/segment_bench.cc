// What segments add to the cost of an event: taking it into the features that it concerns, and looking again at the
// memberships that it may change, with 1 to 1,000 segments published.
#include <benchmark/benchmark.h>

#include "base/json.h"
#include "segment/evaluation.h"

namespace tessera::segment {
namespace {

constexpr std::string_view kOrder =
    R"({"order_id":"o-4711","total":61.35,"currency":"EUR","shop":"kiel","category":"c7","products":[)"
    R"({"sku":"s7","category":"c7","price":12.5,"quantity":2},{"sku":"s8","category":"c8","price":8,"quantity":3},)"
    R"({"sku":"s9","category":"c9","price":4.45,"quantity":1},{"sku":"s10","category":"c10","price":7.95,"quantity":1}]})";

// What marketers publish.
enum class Kind { kThresholds, kNames, kFilters, kLines, kTraits, kMixed, kWindows, kSums, kSequences };

std::string condition_of(Kind kind, int i) {
  const std::string n = std::to_string(i);
  switch (kind) {
    case Kind::kThresholds:  // one question, many thresholds
      return "events('Order Completed').count() >= " + std::to_string(1'000'000 + i);
    case Kind::kNames:  // each about events of another name
      return "events('" + (i == 0 ? std::string("Order Completed") : "Event " + n) + "').count() >= 1000000";
    case Kind::kFilters:  // each about another category
      return "events('Order Completed').filter(e, e.properties.category == 'c" + n + "').count() >= 1000000";
    case Kind::kLines:
      return "events('Order Completed').each(e, e.properties.products).filter(p, p.category == 'c" + n +
             "').sum(p, p.price * p.quantity) > 1000000.0";
    case Kind::kTraits:
      return "traits.country == 'DE' && traits.age > " + n;
    case Kind::kMixed:
      return condition_of(static_cast<Kind>(i % 5), i);
    case Kind::kWindows:  // one series, many windows
      return "events('Order Completed', duration('" + std::to_string(1 + i % 50) + "m')).count() >= 1000";
    case Kind::kSums:
      return "events('Order Completed', duration('" + std::to_string(1 + i % 50) +
             "m')).sum(e, e.properties.total) > 1000000.0";
    case Kind::kSequences:
      return "events('Product Added', duration('" + std::to_string(1 + i % 50) +
             "m')).not_followed_by(events('Order Completed'), duration('1m')).exists()";
  }
  return "true";
}

std::shared_ptr<const Plan> plan_of(Kind kind, std::int64_t count) {
  std::vector<catalog::StoredVersion> stored;
  for (int i = 0; i < count; ++i) {
    const std::string name = "s" + std::to_string(i);
    std::string document = R"({"kind":"segment","name":")" + name + R"(","condition":)";
    append_json_string(document, condition_of(kind, i));
    catalog::DefinitionVersion version;
    version.version = 1;
    version.state = catalog::DefinitionState::kPublished;
    version.document = document + "}";
    stored.push_back({{"segment", name}, version});
  }
  Registry registry;
  auto plan = Plan::build(catalog::Definitions(std::move(stored)), catalog::Sources({}), registry, {}, false);
  TESSERA_ASSERT(plan->segments().size() == static_cast<std::size_t>(count));
  return plan;
}

// Somebody who orders the same again and again.
struct Buyer {
  Buyer() {
    event.name = "Order Completed";
    event.properties = kOrder;
  }
  // One more, so long after the last.
  void order(Evaluator& evaluator, std::int64_t after_ms) {
    ++offset;
    look.now = look.now + after_ms;
    event.occurred_at = look.now;
    evaluator.folder().fold(event, "shop", {look.now, {offset}, 0}, look.now, part, touched);
  }
  void look_again(Evaluator& evaluator) {
    const PartView view = view_of({1}, part);
    evaluator.look_again({&view, 1}, touched, look, memberships, changes);
    touched.clear();
    changes.clear();
  }
  // Looks at what falls due within so long.
  void pass_time(Evaluator& evaluator, std::int64_t ms) {
    const Timestamp end = look.now + ms;
    while (look.due <= end) {
      Look then{look.due, look.due};
      const PartView view = view_of({1}, part);
      evaluator.look_when_due({&view, 1}, {}, then, memberships, changes);
      look.due = then.due;
    }
  }

  event::Event event;
  profile::StoredPart part;
  Look look;
  Touched touched;
  std::vector<std::uint32_t> memberships;
  std::vector<MembershipChange> changes;
  std::uint64_t offset = 0;
};

void take_order(benchmark::State& state, Kind kind) {
  Evaluator evaluator;
  evaluator.follow(plan_of(kind, state.range(0)));
  Buyer buyer;
  for (auto _ : state) {
    buyer.order(evaluator, 1);
    buyer.look_again(evaluator);
  }
  state.counters["features"] = static_cast<double>(evaluator.plan().features().size());
  state.counters["bytes_of_part"] = static_cast<double>(buyer.part.features.size());
}

#define TESSERA_COUNTS ->Arg(1)->Arg(10)->Arg(100)->Arg(1000)
BENCHMARK_CAPTURE(take_order, one_question_many_thresholds, Kind::kThresholds) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_order, other_names, Kind::kNames) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_order, a_category_each, Kind::kFilters) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_order, a_category_each_by_lines, Kind::kLines) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_order, on_traits, Kind::kTraits) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_order, mixed, Kind::kMixed) TESSERA_COUNTS;

// An order a minute, so that about fifty of them are within the longest window.
void take_windowed_order(benchmark::State& state, Kind kind) {
  Evaluator evaluator;
  evaluator.follow(plan_of(kind, state.range(0)));
  Buyer buyer;
  for (auto _ : state) {
    buyer.pass_time(evaluator, kMinuteMs);
    buyer.order(evaluator, kMinuteMs);
    buyer.look_again(evaluator);
  }
}
BENCHMARK_CAPTURE(take_windowed_order, counts, Kind::kWindows) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_windowed_order, sums, Kind::kSums) TESSERA_COUNTS;
BENCHMARK_CAPTURE(take_windowed_order, sequences, Kind::kSequences) TESSERA_COUNTS;

// One more event of a person who has so many within the window already, for one segment.
void take_busy(benchmark::State& state, const std::string& condition) {
  catalog::DefinitionVersion version;
  version.version = 1;
  version.state = catalog::DefinitionState::kPublished;
  version.document = R"({"kind":"segment","name":"s","condition":)";
  append_json_string(version.document, condition);
  version.document += "}";
  Registry registry;
  Evaluator evaluator;
  evaluator.follow(
      Plan::build(catalog::Definitions({{{"segment", "s"}, version}}), catalog::Sources({}), registry, {}, false));
  Buyer buyer;
  for (std::int64_t i = 0; i < state.range(0); ++i) buyer.order(evaluator, 1);
  for (auto _ : state) {
    buyer.touched.clear();
    buyer.order(evaluator, 1);
    buyer.look_again(evaluator);
  }
}
// A hundred events fewer than make a series full, so that every iteration adds one.
#define TESSERA_BUSY ->Arg(100)->Arg(10'000)->Arg(99'900)->Iterations(100)->Unit(benchmark::kMicrosecond)
BENCHMARK_CAPTURE(take_busy, count, "events('Order Completed', duration('30d')).count() > 1000000") TESSERA_BUSY;
BENCHMARK_CAPTURE(take_busy, sum, "events('Order Completed', duration('30d')).sum(e, e.properties.total) > 1e12")
TESSERA_BUSY;
BENCHMARK_CAPTURE(take_busy, distinct,
                  "events('Order Completed', duration('30d')).count_distinct(e, e.properties.shop) > 9")
TESSERA_BUSY;
BENCHMARK_CAPTURE(
    take_busy, followed_by,
    "events('Order Completed', duration('30d')).followed_by(events('Order Completed'), duration('1h')).count() > "
    "1000000")
TESSERA_BUSY;

// Everything of one person, as after a merge.
void look_at_all(benchmark::State& state) {
  Evaluator evaluator;
  evaluator.follow(plan_of(Kind::kMixed, state.range(0)));
  std::vector<std::uint32_t> memberships;
  std::vector<MembershipChange> changes;
  const PartView view{};
  Look look;
  for (auto _ : state) evaluator.look_at_all({&view, 1}, look, memberships, changes);
}
BENCHMARK(look_at_all) TESSERA_COUNTS;

void publish(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plan_of(Kind::kMixed, state.range(0)));
}
BENCHMARK(publish)->Unit(benchmark::kMillisecond) TESSERA_COUNTS;

}  // namespace
}  // namespace tessera::segment

BENCHMARK_MAIN();
