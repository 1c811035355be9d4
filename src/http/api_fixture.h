// The API over a real engine and history, for tests: requests go to the router without a socket.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analytics/backfiller.h"
#include "catalog/kind.h"
#include "catalog/purpose.h"
#include "http/api.h"
#include "segment/documents.h"
#include "testing/memory_files.h"
#include "testing/memory_store.h"

namespace tessera::http {

struct Ask {
  std::string path;
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

inline std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

inline boost::json::object object(const Response& response) {
  return boost::json::parse(response.body).as_object();
}
inline std::string text(const boost::json::value& value) {
  return std::string(value.as_string());
}

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void TearDown() override {
    api_->stop();
    backfiller_->stop();
    engine_->stop();
    engine_.reset();
    analytics_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start() {
    std::string pattern = ::testing::TempDir() + "api-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    analytics::Options analytics;
    analytics.folder = folder_ + "/analytics";
    analytics.memory_limit_bytes = 256u << 20;
    analytics.commit_every_ms = 10;
    analytics.source_name = [](SourceId id) { return "source-" + std::to_string(id.value); };
    analytics_ = std::move(*analytics::Analytics::open(analytics));
    log_ = std::move(*log::open_log(files_, {}));
    auto engine = engine::Engine::start(options_, store_, *log_, files_, clock_, {analytics_.get()});
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
    backfiller_ = std::make_unique<analytics::Backfiller>(*engine_, *analytics_);
    backfiller_->start();
    tokens_ = std::move(*access::Tokens::open(folder_ + "/access", clock_));
    token_ = *tokens_->make();
    api_ = std::make_unique<Api>(Api::Parts{*engine_, *analytics_, *tokens_, clock_});
    api_->add_routes(router_);
  }

  Response send(Method method, const Ask& ask) {
    const std::size_t question = ask.path.find('?');
    const std::string path = ask.path.substr(0, question);
    Router::Match match = router_.find(method, path);
    Request request;
    request.method = method;
    request.path = path;
    if (question != std::string::npos) request.raw_query = ask.path.substr(question + 1);
    request.path_parameters = std::move(match.parameters);
    request.body = ask.body;
    request.headers.add("Host", "events.shop.example");
    for (const auto& [name, value] : ask.headers) request.headers.add(name, value);
    std::promise<Response> promise;
    auto answered = promise.get_future();
    match.route->handler(std::move(request), [&](Response response) { promise.set_value(std::move(response)); });
    Response response = answered.get();
    if (response.finish) std::exchange(response.finish, nullptr)(&response);
    if (method != Method::kGet && response.position) newest_ = response.position;
    return response;
  }
  // Before `start`: segments and traits can be published, and purposes for them.
  void take_segments() {
    options_.kinds = std::make_shared<const catalog::Kinds>(
        std::vector<catalog::Kind>{catalog::source_kind(), catalog::identity_rules_kind(), catalog::purpose_kind(),
                                   segment::trait_kind(), segment::segment_kind()});
  }
  Response administer(Method method, Ask ask) {
    ask.headers.emplace_back("Authorization", "Bearer " + token_);
    if (!newest_) return send(method, ask);
    ask.headers.emplace_back("Tessera-Position", std::to_string(newest_->value));
    Response response = send(method, ask);
    // A busy machine may take longer than the 50 ms that a read waits.
    for (int i = 0; i < 100 && header(response, "Tessera-Stale") == "true"; ++i) response = send(method, ask);
    return response;
  }
  Response track(const std::string& key, const std::string& body, std::string path = "/v1/track") {
    return send(Method::kPost, {std::move(path), body, {{"Authorization", "Bearer " + key}}});
  }
  std::string make_source(const std::string& name, const std::string& document) {
    const Response made = administer(Method::kPut, {"/v1/sources/" + name, document});
    EXPECT_EQ(made.status, 201) << made.body;
    return text(object(made)["write_key"]);
  }

  engine::Options options_;
  SystemClock clock_;
  tessera::testing::MemoryFiles files_;
  tessera::testing::MemoryStore store_;
  std::string folder_;
  std::unique_ptr<analytics::Analytics> analytics_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<analytics::Backfiller> backfiller_;
  std::unique_ptr<access::Tokens> tokens_;
  std::string token_;
  std::unique_ptr<Api> api_;
  Router router_;
  std::optional<Offset> newest_;  // of what was sent: reads wait for it
};

}  // namespace tessera::http
