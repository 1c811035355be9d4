// What analytics costs an event: CPU of the whole process (the benchmark's own thread only hands over), on disk, with
// commits. And what finding a timeline's events costs.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <random>

#include "analytics/analytics.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

constexpr std::uint64_t kBatchEvents = 2000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Events of a web shop, about 300 bytes each as JSON.
class Shop {
 public:
  void add(BatchBuilder& batch, std::uint64_t offset) {
    static constexpr std::string_view kNames[] = {"Product Viewed", "Product Added", "Order Completed",
                                                  "Cart Viewed",    "Signed In",     "Products Searched"};
    const std::uint64_t person = random_() % 1'000'000;
    char message_id[40];
    std::snprintf(message_id, sizeof(message_id), "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(random_()),
                  static_cast<unsigned>(random_() & 0xffff), static_cast<unsigned>(random_() & 0xfff),
                  static_cast<unsigned>(random_() & 0xffff), static_cast<unsigned long long>(random_() >> 16));
    char anonymous_id[40];
    std::snprintf(anonymous_id, sizeof(anonymous_id), "%032llx",
                  static_cast<unsigned long long>(person * 0x9e3779b97f4a7c15ULL));
    char properties[200];
    std::snprintf(properties, sizeof(properties),
                  R"({"product_id":"sku-%u","name":"Red wine no %u","price":%u.%02u,"quantity":%u,"currency":"EUR"})",
                  number(20'000), number(20'000), number(100), number(100), number(5) + 1);
    char context[200];
    std::snprintf(context, sizeof(context),
                  R"({"ip":"10.%u.%u.%u","library":{"name":"analytics.js","version":"2.1.0"},"page":{"path":"/p/%u"}})",
                  number(256), number(256), number(256), number(20'000));
    const std::string user_id = "user-" + std::to_string(person);
    event::Event event;
    event.name = kNames[random_() % std::size(kNames)];
    event.message_id = message_id;
    event.user_id = person % 3 == 0 ? std::string_view() : std::string_view(user_id);
    event.anonymous_id = anonymous_id;
    event.occurred_at = Timestamp{1'700'000'000'000 + static_cast<std::int64_t>(offset / 100)};
    event.received_at = event.occurred_at + number(500);
    event.properties = properties;
    event.context = context;
    event.identifiers = {{"anonymous_id", anonymous_id}};
    if (!event.user_id.empty()) event.identifiers.push_back({"user_id", user_id});
    batch.event(offset, PartId{person * 256 + person % 256}, event,
                SourceId{1 + static_cast<std::uint32_t>(person % 4)});
  }

 private:
  unsigned number(unsigned below) { return static_cast<unsigned>(random_() % below); }
  std::mt19937_64 random_{7};
};

struct Folder {
  Folder() : path(std::filesystem::current_path() / ("analytics_bench_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

std::unique_ptr<Analytics> open(const Folder& folder) {
  Options options;
  options.folder = folder.path;
  options.source_name = [](SourceId id) { return "source-" + std::to_string(id.value); };
  return std::move(*Analytics::open(options));
}

std::vector<std::shared_ptr<const engine::EffectBatch>> make_batches(std::uint64_t events) {
  Shop shop;
  BatchBuilder batch;
  std::vector<std::shared_ptr<const engine::EffectBatch>> batches;
  for (std::uint64_t offset = 1; offset <= events; ++offset) {
    shop.add(batch, offset);
    if (offset % kBatchEvents == 0) batches.push_back(batch.done());
  }
  return batches;
}

void fill(Analytics& analytics, std::vector<std::shared_ptr<const engine::EffectBatch>> batches) {
  const Offset last = batches.back()->last;
  for (auto& batch : batches) {
    while (analytics.waiting_bytes() > 128u << 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    analytics.accept(std::move(batch));
  }
  while (!analytics.fresh(last, 1000)) {
  }
}

// Events as fast as they are taken.
void append(benchmark::State& state) {
  const auto events = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    auto analytics = open(folder);
    auto batches = make_batches(events);
    const double before = cpu_seconds();
    state.ResumeTiming();
    fill(*analytics, std::move(batches));
    state.PauseTiming();
    state.counters["cpu_us_per_event"] = (cpu_seconds() - before) * 1e6 / static_cast<double>(events);
    state.counters["bytes_per_event"] =
        static_cast<double>(analytics->stats().file_bytes) / static_cast<double>(events);
    state.counters["commits"] = static_cast<double>(analytics->stats().commits);
    analytics.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events) * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(append)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

// At a given rate of events a second, for a while: what commits by time cost.
void append_paced(benchmark::State& state) {
  const auto rate = static_cast<std::uint64_t>(state.range(0));
  const Folder folder;
  auto analytics = open(folder);
  auto batches = make_batches(rate * 10);
  const double before = cpu_seconds();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < batches.size(); ++i) {
      std::this_thread::sleep_until(start + std::chrono::microseconds(i * kBatchEvents * 1'000'000 / rate));
      analytics->accept(std::move(batches[i]));
    }
    analytics->fresh(Offset{rate * 10}, 60'000);
  }
  state.counters["cpu_us_per_event"] = (cpu_seconds() - before) * 1e6 / static_cast<double>(rate * 10);
  state.counters["commits"] = static_cast<double>(analytics->stats().commits);
  state.SetItemsProcessed(static_cast<std::int64_t>(rate * 10));
}
BENCHMARK(append_paced)->Arg(100'000)->Arg(20'000)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

// The properties of a timeline's page: 50 events anywhere in two million.
void events_by_offset(benchmark::State& state) {
  constexpr std::uint64_t kEvents = 2'000'000;
  const Folder folder;
  auto analytics = open(folder);
  fill(*analytics, make_batches(kEvents));
  std::mt19937_64 random(1);
  for (auto _ : state) {
    std::vector<Offset> offsets;
    for (int i = 0; i < state.range(0); ++i) offsets.push_back(Offset{random() % kEvents + 1});
    const auto events = analytics->events_by_offset(offsets);
    if (!events || events->empty()) state.SkipWithError("no events");
  }
}
BENCHMARK(events_by_offset)->Arg(1)->Arg(50)->Iterations(20)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tessera::analytics

BENCHMARK_MAIN();
