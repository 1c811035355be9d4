// How long an event takes from the request's body to its encoded record, and back: items_per_second and time per event.
#include <benchmark/benchmark.h>

#include "event/event.h"
#include "ingest/parser.h"
#include "ingest/webhook.h"

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

// An order of ten lines as a shop system posts it, about 2.5 KB, by a mapping that is asked and nine that want none of
// it.
void BM_WebhookOrder(benchmark::State& state) {
  std::string order =
      R"({"id":1001,"email":"Jane@example.com","currency":"EUR","total_price":"127.50","customer":{"id":41},)"
      R"("created_at":"2024-03-01T10:11:12Z","lines":[)";
  for (int i = 0; i < 10; ++i) {
    order += std::string(i > 0 ? "," : "") + R"({"product_id":)" + std::to_string(7000 + i) +
             R"(,"sku":"A-1","title":"Sourdough bread, sliced","vendor":"Baker","price":"12.50","quantity":1,)" +
             R"("taxable":true,"grams":500,"properties":[],"tax_lines":[{"rate":0.07,"price":"0.82","title":"VAT"}]})";
  }
  order += "]}";
  std::vector<MappingInForce> mappings(10);
  std::vector<MappingProblem> problems;
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const std::string topic = i == 0 ? "orders/create" : "topic/" + std::to_string(i);
    mappings[i].mapping = Mapping::compile(
        {"m",
         "shop",
         {{"products",
           "list_of(body.lines).map(l, omit_null({'product_id': text(l.product_id), 'sku': l.sku, "
           "'name': l.title, 'brand': l.vendor, 'price': number(l.price), 'quantity': l.quantity}))"}},
         "headers['x-topic'] == '" + topic +
             "' ? {'event': 'Order Completed', 'userId': body.customer.id, "
             "'messageId': 'order-' + text(body.id), 'timestamp': body.created_at, 'context': {'traits': {'email': "
             "body.email}}, 'properties': {'order_id': text(body.id), 'currency': body.currency, 'total': "
             "number(body.total_price), 'products': products}} : null"},
        problems);
    TESSERA_ASSERT(mappings[i].mapping != nullptr);
  }
  const catalog::Source source = shop();
  const PayloadText text{.body = order, .headers = {{"x-topic", "orders/create"}}, .received_at = kReceived};
  WebhookReader reader;
  for (auto _ : state) {
    const auto events = reader.read(source, catalog::default_identity_rules(), mappings, text, "/v1/webhook/shop");
    TESSERA_ASSERT(events && events->accepted == 1);
    benchmark::DoNotOptimize(events->drafts.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(order.size()));
}

BENCHMARK(BM_WebhookOrder);
BENCHMARK(BM_BatchOfSmallTracks);
BENCHMARK(BM_BatchOfBrowserIdentifies);
BENCHMARK(BM_SingleTrack);
BENCHMARK(BM_DecodeEvent);
BENCHMARK(BM_SourceByWriteKey);

}  // namespace
}  // namespace tessera::ingest

BENCHMARK_MAIN();
