#include "simulator/setup.h"

#include <boost/json.hpp>
#include <chrono>
#include <thread>

namespace tessera::simulator {

namespace {

namespace json = boost::json;

// Takes nothing but 2xx for an answer; a busy server is asked again for some seconds.
Result<http_client::Response> ask(http_client::Client& server, std::string_view method, const std::string& path,
                                  std::string_view body) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(http_client::Response response, server.request(method, path, {}, body));
    if (response.ok()) return response;
    const bool busy = response.status == 429 || response.status == 503;
    if (!busy || attempt == 40) {
      return error(response.status == 401 ? Code::kUnauthenticated : Code::kFailedPrecondition,
                   std::string(method) + " " + path + ": " + refusal(response));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}

std::string text_member(const std::string& body, std::string_view name) {
  boost::system::error_code broken;
  const json::value value = json::parse(body, broken);
  if (broken || !value.is_object()) return {};
  const json::value* member = value.as_object().if_contains(name);
  if (member == nullptr || !member->is_string()) return {};
  return std::string(member->as_string());
}

// A public source's key is in every answer; a server source's is shown once, so it is given a new one.
Result<std::string> find_key(http_client::Client& server, std::string_view name) {
  const std::string path = "/v1/sources/" + http_client::url_encode(name);
  TRY_ASSIGN(http_client::Response response, ask(server, "GET", path, ""));
  std::string key = text_member(response.body, "write_key");
  if (!key.empty()) return key;
  TRY_ASSIGN(response, ask(server, "POST", path + "/rotate-key", ""));
  key = text_member(response.body, "write_key");
  if (key.empty()) return error(Code::kInternal, path + "/rotate-key: the answer has no write_key");
  return key;
}

}  // namespace

std::string refusal(const http_client::Response& response) {
  std::string detail = text_member(response.body, "detail");
  if (detail.empty()) detail = response.body.substr(0, 300);
  return "the server answered " + std::to_string(response.status) + ": " + detail;
}

Result<std::uint64_t> read_status(http_client::Client& server, const char* counter) {
  TRY_ASSIGN(const http_client::Response response, ask(server, "GET", "/v1/status", ""));
  boost::system::error_code broken;
  const json::value value = json::parse(response.body, broken);
  if (!broken && value.is_object()) {
    const json::value* member = value.as_object().if_contains(counter);
    if (member != nullptr && member->is_int64()) return static_cast<std::uint64_t>(member->as_int64());
  }
  return error(Code::kInternal, std::string("/v1/status: the answer has no ") + counter);
}

Result<WriteKeys> find_keys(http_client::Client& server) {
  WriteKeys keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    TRY_ASSIGN(keys[i], find_key(server, kOriginNames[i]));
  }
  return keys;
}

}  // namespace tessera::simulator
