#include "simulator/setup.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace tessera::simulator {

namespace {

namespace json = boost::json;
namespace files = std::filesystem;

Result<std::string> read_file(const files::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return error(Code::kNotFound, path.string() + " cannot be read");
  return text;
}

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

// Puts one source and returns its write key.
Result<std::string> put_source(http_client::Client& server, const std::string& name, const std::string& document) {
  const std::string path = "/v1/sources/" + http_client::url_encode(name);
  TRY_ASSIGN(http_client::Response response, ask(server, "PUT", path, document));
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

Result<WriteKeys> set_up(http_client::Client& server, const std::string& folder) {
  std::error_code failed;
  std::vector<files::path> paths;
  for (files::directory_iterator at(files::path(folder) / "sources", failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == ".json") paths.push_back(at->path());
  }
  if (failed) return error(Code::kNotFound, folder + "/sources cannot be listed: " + failed.message());
  std::ranges::sort(paths);

  const files::path rules = files::path(folder) / "identity.json";
  TRY_ASSIGN(const std::string rules_text, read_file(rules));
  if (auto put = ask(server, "PUT", "/v1/identity/rules", rules_text); !put) {
    return annotate(std::move(put).error(), rules.string());
  }
  WriteKeys keys;
  for (const files::path& path : paths) {
    TRY_ASSIGN(const std::string document, read_file(path));
    auto key = put_source(server, path.stem().string(), document);
    if (!key) return annotate(std::move(key).error(), path.string());
    const auto origin = std::ranges::find(kOriginNames, path.stem().string());
    if (origin != kOriginNames.end()) keys[static_cast<std::size_t>(origin - kOriginNames.begin())] = *key;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].empty()) continue;
    return error(Code::kInvalidArgument,
                 folder + "/sources has no " + std::string(kOriginNames[i]) + ".json, which the simulator sends as");
  }
  return keys;
}

}  // namespace tessera::simulator
