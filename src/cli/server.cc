#include "cli/server.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/text.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kMaxTokenBytes = 4096;

Code code_of(int status) {
  switch (status) {
    case 400:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kAlreadyExists;
    case 413:
      return Code::kTooLarge;
    case 429:
      return Code::kResourceExhausted;
    case 503:
      return Code::kUnavailable;
    case 504:
      return Code::kDeadlineExceeded;
    default:
      return status < 500 ? Code::kInvalidArgument : Code::kInternal;
  }
}

}  // namespace

Result<std::string> find_token(const ServerOptions& options) {
  if (!options.token.empty()) return options.token;
  if (const char* token = std::getenv("TESSERA_TOKEN"); token != nullptr && *token != '\0') return std::string(token);
  if (options.token_file.empty()) {
    return error(Code::kUnauthenticated,
                 "no token: give --token, set TESSERA_TOKEN, or name the file that holds it with --token-file "
                 "(the server shows its token once, at its first start)");
  }
  std::ifstream file(options.token_file, std::ios::binary);
  std::string text(kMaxTokenBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::string token(trimmed(text));
  if (token.empty())
    return error(Code::kNotFound, options.token_file + ": there is no token in it, or it cannot be read");
  return token;
}

http_client::Client connect(const ServerOptions& options, std::string token, int timeout_ms) {
  return http_client::Client({.base_url = options.url,
                              .bearer_token = std::move(token),
                              .timeout_ms = timeout_ms,
                              .verify_tls = !options.insecure,
                              .ca_file = options.ca_file});
}

Error refusal(const http_client::Response& response, std::string_view what) {
  boost::system::error_code failed;
  const boost::json::value problem = boost::json::parse(response.body, failed);
  std::string detail = "status " + std::to_string(response.status);
  if (!failed && problem.is_object()) {
    const boost::json::value* said = problem.as_object().if_contains("detail");
    if (said != nullptr && said->is_string()) detail = std::string(said->as_string());
  }
  if (response.status == 401) detail += " (is the token or write key right?)";
  return {code_of(response.status), std::string(what) + ": " + detail};
}

Result<http_client::Response> ask(http_client::Client& client, std::string_view method, std::string_view path,
                                  std::string_view body) {
  TRY_ASSIGN(http_client::Response response, client.request(method, path, {}, body));
  if (!response.ok()) return std::unexpected(refusal(response, client.options().base_url + std::string(path)));
  return response;
}

}  // namespace tessera::cli
