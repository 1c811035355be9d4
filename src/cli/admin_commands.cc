#include "cli/admin_commands.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/server.h"
#include "cli/text_table.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

namespace json = boost::json;

constexpr int kTimeoutMs = 600'000;  // a digest reads the whole store

std::string shown(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

Result<json::object> get_object(const ServerOptions& options, std::string_view path) {
  TRY_ASSIGN(std::string token, find_token(options));
  http_client::Client client = connect(options, std::move(token), kTimeoutMs);
  TRY_ASSIGN(const http_client::Response response, ask(client, "GET", path));
  boost::system::error_code failed;
  json::value answer = json::parse(response.body, failed);
  if (failed || !answer.is_object()) {
    return error(Code::kInternal,
                 options.url + std::string(path) + " did not answer with a JSON object: is it a Tessera?");
  }
  return std::move(answer.as_object());
}

}  // namespace

Status run_digest(const ServerOptions& options, std::ostream& out) {
  TRY_ASSIGN(const json::object answer, get_object(options, "/v1/admin/digest"));
  const json::value* digest = answer.if_contains("digest");
  const json::value* position = answer.if_contains("position");
  if (digest == nullptr || position == nullptr)
    return error(Code::kInternal, "the server's answer has no digest and position");
  out << shown(*digest) << " at " << shown(*position) << '\n';
  return {};
}

Status run_status(const ServerOptions& options, std::ostream& out) {
  TRY_ASSIGN(const json::object answer, get_object(options, "/v1/status"));
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const auto& [key, value] : answer) rows.push_back({std::string(key), shown(value)});
  write_text_table({{.name = "counter", .right = false}, {.name = "value", .right = true}}, rows, out);
  return {};
}

}  // namespace tessera::cli
