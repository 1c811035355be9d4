#include "simulator/simulate.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <mutex>
#include <sstream>

#include "http_client/scripted_server.h"
#include "simulator/progress.h"

namespace tessera::simulator {
namespace {

namespace json = boost::json;
using http_client::ScriptedServer;
using Request = ScriptedServer::Request;
using Answer = ScriptedServer::Answer;

// A stand-in for Tessera that takes everything and remembers what it was sent.
class Grocer {
 public:
  Grocer() : server_([this](const Request& request) { return answer(request); }) {}

  SimulateOptions options() const {
    SimulateOptions options;
    options.url = server_.url();
    options.token = "tsr_test";
    options.households = 20;
    options.days = 10;
    return options;
  }

  void know_people(std::uint64_t people) { people_ = people; }
  void be_busy_once() { busy_ = true; }

  std::map<std::string, int> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<json::object> batches(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return batches_[path];
  }
  std::size_t items(const std::string& path) {
    std::size_t sum = 0;
    for (const json::object& batch : batches(path)) sum += batch.at("batch").as_array().size();
    return sum;
  }

 private:
  Answer answer(const Request& request) {
    const std::lock_guard lock(mutex_);
    ++calls_[request.method + " " + request.target];
    const std::string& target = request.target;
    if (target == "/v1/status") return {.body = "{\"profiles\":" + std::to_string(people_) + "}"};
    if (target.ends_with("/rotate-key")) return {.body = R"({"name":"x","write_key":"wk_rotated"})"};
    if (target == "/v1/sources/web" || target == "/v1/sources/app") return {.body = R"({"write_key":"wk_public"})"};
    if (target != "/v1/batch" && target != "/v1/import") return {.body = "{}"};
    if (busy_) {
      busy_ = false;
      return {.status = 429, .headers = {"Retry-After: 0"}, .body = R"({"detail":"too much at once"})"};
    }
    batches_[target].push_back(json::parse(request.body).as_object());
    return {.body = R"({"success":true})"};
  }

  std::mutex mutex_;
  std::map<std::string, int> calls_;
  std::map<std::string, std::vector<json::object>> batches_;
  std::uint64_t people_ = 0;
  bool busy_ = false;
  ScriptedServer server_;
};

TEST(Simulate, PublishesFirstAndAsksNewKeysForServersAlone) {
  Grocer grocer;
  SimulateOptions options = grocer.options();
  int calls_before = -1;
  options.publish = [&]() -> Status {
    calls_before = static_cast<int>(grocer.calls().size());
    return {};
  };
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(options, out));
  EXPECT_EQ(calls_before, 1) << "nothing but /ready was asked before";
  auto calls = grocer.calls();
  for (const char* name : {"web", "app", "shop", "tills", "crm", "mail"}) {
    EXPECT_EQ(calls[std::string("GET /v1/sources/") + name], 1) << name;
  }
  EXPECT_EQ(calls["POST /v1/sources/web/rotate-key"], 0);
  EXPECT_EQ(calls["POST /v1/sources/crm/rotate-key"], 1);
  EXPECT_EQ(calls["POST /v1/segments/ranks"], 1) << "what was played counts when people are compared";
}

TEST(Simulate, WhatCannotBePublishedEndsIt) {
  Grocer grocer;
  SimulateOptions options = grocer.options();
  options.publish = [] { return Status(error(Code::kInvalidArgument, "segments/vip.yaml:5: wrong")); };
  std::ostringstream out;
  EXPECT_EQ(run_simulate(options, out).error().message, "segments/vip.yaml:5: wrong");
  EXPECT_EQ(grocer.items("/v1/import"), 0u);
}

TEST(Simulate, OldHistoryIsImportedAndTheLastDaysAreSentAsEvents) {
  Grocer grocer;
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(grocer.options(), out));
  EXPECT_GT(grocer.items("/v1/import"), grocer.items("/v1/batch"));
  EXPECT_GT(grocer.items("/v1/batch"), 0u);
  for (const json::object& batch : grocer.batches("/v1/import")) {
    EXPECT_LE(batch.at("batch").as_array().size(), 100u);
    EXPECT_FALSE(batch.contains("sentAt"));
  }
  const std::string total = with_commas(grocer.items("/v1/import") + grocer.items("/v1/batch"));
  EXPECT_TRUE(out.str().contains(total + " events")) << out.str();
}

TEST(Simulate, ABusyServerIsWaitedForAndGetsEverythingOnce) {
  Grocer calm;
  Grocer busy;
  busy.be_busy_once();
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(calm.options(), out));
  ASSERT_TRUE(run_simulate(busy.options(), out));
  EXPECT_NEAR(static_cast<double>(calm.items("/v1/import")), static_cast<double>(busy.items("/v1/import")), 3.0);
  EXPECT_TRUE(out.str().contains("waited out: 1.")) << out.str();
}

TEST(Simulate, LiveEventsAreStampedAsOfNow) {
  Grocer grocer;
  SimulateOptions options = grocer.options();
  options.days = 0;
  options.live_rate = 200;
  options.live_seconds = 1;
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(options, out));
  EXPECT_GT(grocer.items("/v1/batch"), 50u);
  EXPECT_EQ(grocer.items("/v1/import"), 0u);
  for (const json::object& batch : grocer.batches("/v1/batch")) EXPECT_TRUE(batch.contains("sentAt"));
}

TEST(Simulate, AServerThatKnowsPeopleIsSparedTheHistory) {
  Grocer grocer;
  grocer.know_people(1'234);
  SimulateOptions options = grocer.options();
  options.only_if_empty = true;
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(options, out));
  EXPECT_EQ(grocer.items("/v1/import") + grocer.items("/v1/batch"), 0u);
  EXPECT_TRUE(out.str().contains("1,234 people")) << out.str();
}

TEST(Simulate, TourShowsTheTokenOnlyWhereItMust) {
  Grocer grocer;
  SimulateOptions options = grocer.options();
  options.tour = true;
  options.token_file = "data/token";
  std::ostringstream out;
  ASSERT_TRUE(run_simulate(options, out));
  EXPECT_TRUE(out.str().contains("/#token=tsr_test\n")) << out.str();
  EXPECT_TRUE(out.str().contains("sql --url ")) << out.str();
  EXPECT_TRUE(out.str().contains("segment list --url ")) << out.str();
  EXPECT_FALSE(out.str().contains("--token tsr_test")) << out.str();
}

TEST(Simulate, InterruptionEndsItInGoodOrder) {
  Grocer grocer;
  SimulateOptions options = grocer.options();
  options.live_rate = 10;
  int asked = 0;
  options.interrupted = [&] { return ++asked > 5; };
  std::ostringstream out;
  EXPECT_TRUE(run_simulate(options, out));
}

TEST(Simulate, RefusesOptionsOutOfBounds) {
  Grocer grocer;
  std::ostringstream out;
  SimulateOptions options = grocer.options();
  options.households = 0;
  EXPECT_EQ(run_simulate(options, out).error().code, Code::kInvalidArgument);
  options = grocer.options();
  options.token.clear();
  EXPECT_EQ(run_simulate(options, out).error().code, Code::kInvalidArgument);
}

TEST(WithCommas, GroupsThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace tessera::simulator
