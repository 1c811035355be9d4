// How long an event takes from the request's body to its encoded record, and back: items_per_second and time per event.
#include <benchmark/benchmark.h>

#include "event/event.h"
#include "ingest/parser.h"

namespace tessera::ingest {
namespace {

constexpr Timestamp kReceived{1'709'294'400'000};
constexpr int kBatch = 100;

catalog::Source shop() {
  catalog::Source source;
  source.id = {1};
  source.identifier_traits = catalog::default_identifier_traits();
  return source;
}

// A track call of 302 bytes, as a server's SDK sends it.
std::string small_item(int i) {
  const std::string n = std::to_string(100000 + i);
  return R"({"type":"track","event":"Product Viewed","userId":"u-)" + n +
         R"(","anonymousId":"3f6e1c52-9d0a-4c7e-8b1d-)" + n + R"(","messageId":"node-1709287872345-)" + n +
         R"(","timestamp":"2024-03-01T10:11:12.345Z","properties":{"product_id":"p-)" + n +
         R"(","price":12.5,"currency":"EUR","quantity":1},"context":{"library":{"name":"bench","version":"1.0"}}})";
}

// An identify call of a browser, with the context that its SDK adds: about a kilobyte.
std::string browser_item(int i) {
  const std::string n = std::to_string(100000 + i);
  return R"({"timestamp":"2024-03-01T10:11:12.345Z","integrations":{"Segment.io":true},"type":"identify","userId":"u-)" +
         n + R"(","traits":{"email":"Jane)" + n +
         R"(@example.com","plan":"gold","age":31},"context":{"page":{"path":"/cart","referrer":"","search":"?utm_source=mail)"
         R"(&utm_campaign=spring","title":"Shop","url":"http://shop.example/cart?utm_source=mail&utm_campaign=spring"},)"
         R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",)"
         R"("userAgentData":{"brands":[{"brand":"Not:A-Brand","version":"8"},{"brand":"Chromium","version":"126"}],)"
         R"("mobile":false,"platform":"Linux"},"locale":"en-US","library":{"name":"analytics.js","version":"npm:next-1.84.3"},)"
         R"("campaign":{"source":"mail","name":"spring"},"timezone":"UTC"},"messageId":"ajs-next-1795315217041-)" +
         n + R"(","anonymousId":"e4644b44-d6e2-4c39-8e9a-)" + n +
         R"(","writeKey":"wk_1","_metadata":{"bundled":["Segment.io"],)"
         R"("unbundled":[],"bundledIds":[]}})";
}

std::string batch(std::string (*item)(int)) {
  std::string body = R"({"batch":[)";
  for (int i = 0; i < kBatch; ++i) body.append(i > 0 ? "," : "").append(item(i));
  return body + R"(],"sentAt":"2024-03-01T11:59:59Z"})";
}

void parse(benchmark::State& state, const std::string& body, Call call, int items) {
  const catalog::Source source = shop();
  Parser parser;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto parsed = parser.parse(source, catalog::default_identity_rules(), call, body, kReceived);
    TESSERA_ASSERT(parsed && parsed->accepted == static_cast<std::uint32_t>(items));
    benchmark::DoNotOptimize(parsed->drafts.data());
    bytes += body.size();
  }
  state.SetItemsProcessed(state.iterations() * items);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["event_bytes"] = static_cast<double>(body.size()) / items;
  state.counters["time_per_event"] = benchmark::Counter(static_cast<double>(state.iterations() * items),
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_BatchOfSmallTracks(benchmark::State& state) {
  parse(state, batch(small_item), Call::kBatch, kBatch);
}
void BM_BatchOfBrowserIdentifies(benchmark::State& state) {
  parse(state, batch(browser_item), Call::kBatch, kBatch);
}
void BM_SingleTrack(benchmark::State& state) {
  parse(state, small_item(1), Call::kTrack, 1);
}

void BM_DecodeEvent(benchmark::State& state) {
  Parser parser;
  const auto parsed =
      parser.parse(shop(), catalog::default_identity_rules(), Call::kBatch, batch(small_item), kReceived);
  for (auto _ : state) {
    for (const auto& draft : parsed->drafts) {
      const auto event = event::decode(draft.body);
      benchmark::DoNotOptimize(event->identifiers.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  state.counters["time_per_event"] = benchmark::Counter(static_cast<double>(state.iterations() * kBatch),
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_SourceByWriteKey(benchmark::State& state) {
  std::vector<catalog::Source> all(50);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i].id = {i + 1};
    all[i].write_key_sha256 = catalog::write_key_sha256("wk_" + std::to_string(i));
  }
  const catalog::Sources sources(std::move(all));
  for (auto _ : state) benchmark::DoNotOptimize(sources.by_write_key("wk_17"));
}

BENCHMARK(BM_BatchOfSmallTracks);
BENCHMARK(BM_BatchOfBrowserIdentifies);
BENCHMARK(BM_SingleTrack);
BENCHMARK(BM_DecodeEvent);
BENCHMARK(BM_SourceByWriteKey);

}  // namespace
}  // namespace tessera::ingest

BENCHMARK_MAIN();
