#include "cli/event_sender.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <string>

#include "base/result.h"
#include "cli/rejects.h"
#include "http_client/scripted_server.h"

namespace tessera::cli {
namespace {

using http_client::ScriptedServer;

SenderOptions options_for(const ScriptedServer& server) {
  SenderOptions options;
  options.client.base_url = server.url();
  options.client.basic_user = "wk_test";
  options.batch_events = 10;
  options.first_pause_ms = 1;
  return options;
}

std::string rejected_path() {
  return ::testing::TempDir() + "event_sender_test.ndjson";
}

std::string event_number(int i) {
  return "{\"messageId\":\"m" + std::to_string(i) + "\"}";
}

Status send_all(EventSender& sender, int events) {
  for (int i = 0; i < events; ++i) TRY(sender.add(event_number(i), static_cast<std::uint64_t>(i) + 2));
  return sender.finish();
}

TEST(EventSender, SendsEveryEventOnceInBatchesOfJson) {
  std::mutex mutex;
  std::multiset<std::string> got;
  const ScriptedServer server([&](const ScriptedServer::Request& request) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(request.target, "/v1/import");
    EXPECT_TRUE(request.headers.contains("authorization"));
    for (std::size_t at = 0; (at = request.body.find("\"m", at)) != std::string::npos; at += 3) {
      if (request.body[at + 2] != 'e') got.insert(request.body.substr(at, request.body.find('"', at + 1) - at));
    }
    return ScriptedServer::Answer{.body = "{\"success\":true}"};
  });
  RejectedEvents rejected(rejected_path());
  EventSender sender(options_for(server), rejected);
  const Status sent = send_all(sender, 1234);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sender.accepted(), 1234U);
  EXPECT_EQ(got.size(), 1234U);
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 1234U);
}

TEST(EventSender, SendsAgainWhatTheServerCouldNotTakeYet) {
  std::atomic<int> requests = 0;
  const ScriptedServer server([&](const ScriptedServer::Request&) {
    switch (requests++ % 4) {
      case 0:
        return ScriptedServer::Answer{.status = 429, .headers = {"Retry-After: 0"}};
      case 1:
        return ScriptedServer::Answer{.status = 503};
      case 2:
        return ScriptedServer::Answer{.hang_up = true};
      default:
        return ScriptedServer::Answer{.body = "{\"success\":true}"};
    }
  });
  RejectedEvents rejected(rejected_path());
  EventSender sender(options_for(server), rejected);
  const Status sent = send_all(sender, 100);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sender.accepted(), 100U);
  EXPECT_GE(sender.retries(), 20U);
}

TEST(EventSender, KeepsWhatTheServerRefusedWithItsReason) {
  std::filesystem::remove(rejected_path());
  const ScriptedServer server([&](const ScriptedServer::Request&) {
    return ScriptedServer::Answer{
        .body = R"({"success":true,"rejected":[{"index":3,"code":"too_large","reason":"over 1 MB"}]})"};
  });
  RejectedEvents rejected(rejected_path());
  EventSender sender(options_for(server), rejected);
  ASSERT_TRUE(send_all(sender, 10));
  EXPECT_EQ(sender.accepted(), 9U);
  EXPECT_EQ(rejected.count(), 1U);
  std::ifstream file(rejected_path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "{\"line\":5,\"code\":\"too_large\",\"reason\":\"over 1 MB\",\"event\":{\"messageId\":\"m3\"}}\n");
}

TEST(EventSender, StopsAtARefusalThatWillNotChange) {
  const ScriptedServer server([&](const ScriptedServer::Request&) {
    return ScriptedServer::Answer{.status = 401, .body = R"({"detail":"this write key is unknown"})"};
  });
  RejectedEvents rejected(rejected_path());
  EventSender sender(options_for(server), rejected);
  const Status sent = send_all(sender, 10'000);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kUnauthenticated);
  EXPECT_TRUE(sent.error().message.contains("this write key is unknown")) << sent.error().message;
}

}  // namespace
}  // namespace tessera::cli
