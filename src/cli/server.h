// The server that the commands speak to: where it is, and what lets them in. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http_client/client.h"

namespace tessera::cli {

struct ServerOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string token;  // else the environment's TESSERA_TOKEN, else what token_file holds
  std::string token_file;
  std::string ca_file;    // PEM file of a private certificate authority
  bool insecure = false;  // do not check the server's certificate
};

// The token by the order above. kUnauthenticated says how to give one; kNotFound: the file cannot be read.
Result<std::string> find_token(const ServerOptions& options);

// A client that sends the token. An empty `token` sends none.
http_client::Client connect(const ServerOptions& options, std::string token, int timeout_ms = 30'000);

// The error that an answer other than 2xx stands for: its problem details (RFC 9457), with a hint where one helps.
Error refusal(const http_client::Response& response, std::string_view what);

// Asks, and takes nothing but 2xx for an answer.
Result<http_client::Response> ask(http_client::Client& client, std::string_view method, std::string_view path,
                                  std::string_view body = {});

}  // namespace tessera::cli
