#include "http_client/client.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "http_client/scripted_server.h"

namespace tessera::http_client {
namespace {

using Request = ScriptedServer::Request;
using Answer = ScriptedServer::Answer;

Answer echo(const Request& request) {
  std::string body = request.method + " " + request.target + " connection " + std::to_string(request.connection) + "\n";
  for (const auto& [name, value] : request.headers) body += name + ": " + value + "\n";
  return {.headers = {"Content-Type: text/plain", "Tessera-Position: 7"}, .body = body + request.body};
}

Client client_of(const ScriptedServer& server) {
  return Client(Options{.base_url = server.url()});
}

TEST(Client, SendsMethodPathHeadersAndBody) {
  const ScriptedServer server(echo);
  Client client = client_of(server);
  const auto response = client.request("PUT", "/v1/sources/web?x=1", {{"X-A", "b"}, {"X-Empty", ""}}, "{\"a\":1}");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->ok());
  EXPECT_TRUE(response->body.starts_with("PUT /v1/sources/web?x=1")) << response->body;
  EXPECT_TRUE(response->body.ends_with("\n{\"a\":1}")) << response->body;
  EXPECT_TRUE(response->body.contains("x-a: b\n"));
  EXPECT_TRUE(response->body.contains("content-type: application/json\n"));
  EXPECT_EQ(response->header("tessera-position"), "7");
  EXPECT_EQ(response->header("no-such"), "");
}

TEST(Client, KeepsItsConnectionOpen) {
  const ScriptedServer server(echo);
  Client client = client_of(server);
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request("GET", "/");
    ASSERT_TRUE(response);
    EXPECT_TRUE(response->body.contains("connection 0"));
  }
}

TEST(Client, AuthenticatesByTokenOrByWriteKey) {
  const ScriptedServer server(echo);
  Client bearer(Options{.base_url = server.url(), .bearer_token = "tsr_x"});
  EXPECT_TRUE(bearer.request("GET", "/")->body.contains("authorization: Bearer tsr_x\n"));
  Client basic(Options{.base_url = server.url(), .basic_user = "wk_y"});
  EXPECT_TRUE(basic.request("GET", "/")->body.contains("authorization: Basic d2tfeTo=\n"));  // "wk_y:"
}

TEST(Client, CompressesBodiesWhenAsked) {
  const ScriptedServer server([](const Request& request) {
    return Answer{.body = request.headers.at("content-encoding") + " " + std::to_string(request.body.size())};
  });
  Client client(Options{.base_url = server.url(), .gzip_bodies = true});
  const auto response = client.request("POST", "/", {}, std::string(100'000, 'a'));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_TRUE(response->body.starts_with("gzip "));
  EXPECT_LT(std::stoi(response->body.substr(5)), 1000);
}

TEST(Client, AStatusOfRefusalIsAnAnswer) {
  const ScriptedServer server([](const Request&) { return Answer{.status = 429, .headers = {"Retry-After: 2"}}; });
  Client client = client_of(server);
  const auto response = client.request("POST", "/", {}, "{}");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->header("Retry-After"), "2");
}

TEST(Client, SaysWhichServerDoesNotAnswerAndWhatToDo) {
  std::string url;
  {
    const ScriptedServer server(echo);
    url = server.url();
  }
  Client client(Options{.base_url = url});
  const auto response = client.request("GET", "/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kUnavailable);
  EXPECT_TRUE(response.error().message.starts_with("no Tessera answers at " + url)) << response.error().message;
  EXPECT_TRUE(response.error().message.contains("./dev serve"));
}

TEST(Client, AHangUpIsUnavailable) {
  const ScriptedServer server([](const Request&) { return Answer{.hang_up = true}; });
  Client client = client_of(server);
  const auto response = client.request("GET", "/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kUnavailable);
}

TEST(Client, RefusesWhatIsNoUrlMethodPathOrHeader) {
  Client nowhere(Options{.base_url = "127.0.0.1:8080"});
  EXPECT_EQ(nowhere.request("GET", "/").error().code, Code::kInvalidArgument);
  Client client(Options{.base_url = "http://127.0.0.1:1"});
  EXPECT_EQ(client.request("GE T", "/").error().code, Code::kInvalidArgument);
  EXPECT_EQ(client.request("GET", "x").error().code, Code::kInvalidArgument);
  EXPECT_EQ(client.request("GET", "/", {{"A", "b\r\nC: d"}}).error().code, Code::kInvalidArgument);
}

TEST(Client, RefusesAnAnswerOverItsLimit) {
  const ScriptedServer server([](const Request&) { return Answer{.body = std::string(5000, 'x')}; });
  Client client(Options{.base_url = server.url(), .max_response_bytes = 4999});
  EXPECT_EQ(client.request("GET", "/").error().code, Code::kTooLarge);
}

TEST(Client, StreamsBytesUntilToldToStop) {
  const ScriptedServer server([](const Request&) { return Answer{.body = std::string(1'000'000, 'x')}; });
  Client client = client_of(server);
  std::size_t bytes = 0;
  const auto whole =
      client.stream("GET", "/", {}, {}, [&](std::string_view piece) { return (bytes += piece.size(), true); });
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(bytes, 1'000'000U);
  EXPECT_EQ(whole->body, "");
  const auto stopped = client.stream("GET", "/", {}, {}, [](std::string_view piece) { return piece.empty(); });
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(stopped->status, 200);
}

TEST(UrlEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(url_encode("user_id:a b/ü~"), "user_id%3Aa%20b%2F%C3%BC~");
}

}  // namespace
}  // namespace tessera::http_client
