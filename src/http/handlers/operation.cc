#include "http/handlers/operation.h"

#include "base/json.h"
#include "http/problem.h"

namespace tessera::http {

namespace {

Response position_response(Offset position) {
  std::string body;
  JsonWriter(body).begin_object().key("position").number(position.value).end_object();
  return json_response(std::move(body));
}

Response ready(const engine::Stats& stats) {
  if (!stats.failure.empty()) return problem(Code::kUnavailable, "the engine stopped: " + stats.failure);
  if (stats.clock_held) {
    return problem(Code::kUnavailable,
                   "the wall clock jumped, so that no events are taken: check it, then POST /v1/admin/accept-clock");
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("status").string("ready").key("position").number(stats.applied.value).end_object();
  return json_response(std::move(body));
}

Response cut(Services& services) {
  if (const Status done = services.engine.cut(); !done) return problem(done.error());
  return position_response(services.engine.stats().cut);
}

Response digest(Services& services) {
  const Result<std::string> digest = services.engine.digest();
  if (!digest) return problem(digest.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("digest").string(*digest);
  json.key("position").number(services.engine.stats().cut.value).end_object();
  return json_response(std::move(body));
}

// Runs what may take long on a worker.
void on_worker(Services& services, Response (*work)(Services&), Respond respond) {
  auto shared = std::make_shared<Respond>(std::move(respond));
  const Status queued = services.workers.submit([&services, work, shared] { (*shared)(work(services)); });
  if (!queued) (*shared)(problem(queued.error()));
}

}  // namespace

std::string render_status(const engine::Stats& stats) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("synced").number(stats.synced.value).key("applied").number(stats.applied.value);
  json.key("cut").number(stats.cut.value).key("events").number(stats.events).key("duplicates").number(stats.duplicates);
  json.key("rejected").number(stats.rejected).key("profiles").number(stats.profiles).key("merges").number(stats.merges);
  json.key("unmerges").number(stats.unmerges).key("groups").number(stats.groups);
  json.key("cuts").number(stats.cuts).key("last_cut_ms").number(stats.last_cut_ms);
  json.key("cache_bytes").number(stats.cache_bytes).key("log_bytes").number(stats.log_bytes);
  json.key("log_queue_bytes").number(static_cast<std::uint64_t>(stats.log_queue_bytes));
  json.key("apply_queue_bytes").number(static_cast<std::uint64_t>(stats.apply_queue_bytes));
  json.key("seen").number(stats.seen).key("seen_shrunk").boolean(stats.seen_shrunk);
  json.key("clock_held").boolean(stats.clock_held);
  json.key("replayed").number(stats.replayed).key("replay_ms").number(stats.replay_ms);
  if (!stats.failure.empty()) json.key("failure").string(stats.failure);
  json.end_object();
  return out;
}

void add_operation_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/health",
             [](const Request&, Respond respond) { respond(json_response(R"({"status":"ok"})")); });
  router.add(Method::kGet, "/ready",
             [&services](const Request&, Respond respond) { respond(ready(services.engine.stats())); });
  router.add(Method::kGet, "/v1/status", guard([&services](const Request&, Respond respond) {
               respond(json_response(render_status(services.engine.stats())));
             }));
  router.add(Method::kGet, "/metrics", guard([&services, &router](const Request&, Respond respond) {
               Response response;
               response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               response.body = render_metrics(services.engine.stats(), services.analytics.stats(), router);
               respond(std::move(response));
             }));
  router.add(Method::kPost, "/v1/admin/accept-clock", guard([&services](const Request&, Respond respond) {
               services.engine.accept_clock();
               respond(json_response(render_status(services.engine.stats())));
             }));
  router.add(Method::kPost, "/v1/admin/cut",
             guard([&services](const Request&, Respond respond) { on_worker(services, cut, std::move(respond)); }));
  router.add(Method::kGet, "/v1/admin/digest",
             guard([&services](const Request&, Respond respond) { on_worker(services, digest, std::move(respond)); }));
}

}  // namespace tessera::http
