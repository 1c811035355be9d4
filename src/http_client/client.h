// Outgoing HTTP: asks one server, over connections that are kept open between requests.
//
// A Client belongs to one thread at a time; use one per thread. Nothing here follows redirects or retries.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::http_client {

struct Options {
  std::string base_url = {};      // "http://127.0.0.1:8080", "https://cdp.example/tessera"
  std::string bearer_token = {};  // sent as "Authorization: Bearer …"; empty: not sent
  std::string basic_user = {};    // sent as HTTP Basic with an empty password (a write key); empty: not sent
  int timeout_ms = 30'000;        // for a whole request
  int connect_timeout_ms = 3'000;
  bool verify_tls = true;
  std::string ca_file = {};  // PEM file of a private certificate authority; empty: the system's
  bool gzip_bodies = false;  // compress request bodies of 1 KB and more
  std::size_t max_response_bytes = std::size_t{256} << 20;  // a longer answer is kTooLarge
};

struct Header {
  std::string name;
  std::string value;
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  // The first header with that name (in any case), or "".
  std::string_view header(std::string_view name) const;
};

class Client {
 public:
  explicit Client(Options options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  const Options& options() const;

  // Sends one request and reads its whole answer, whatever its status. `path` starts with "/" and may have a query.
  // A body without a Content-Type header is sent as application/json. Errors: kUnavailable (nobody answers, the
  // connection broke, TLS failed), kDeadlineExceeded, kTooLarge, kInvalidArgument (URL, method, header).
  Result<Response> request(std::string_view method, std::string_view path, const std::vector<Header>& headers = {},
                           std::string_view body = {});

  // As `request`, but the bytes of a 2xx answer go to `on_bytes` as they come and are not kept; the answer of another
  // status is kept in `body`. `on_bytes` is also called with nothing, at least about once a second, and ends the
  // request by returning false (then the response so far is returned). timeout_ms does not apply.
  using OnBytes = std::function<bool(std::string_view)>;
  Result<Response> stream(std::string_view method, std::string_view path, const std::vector<Header>& headers,
                          std::string_view body, const OnBytes& on_bytes);

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

// `text` as one component of a path or query: everything but letters, digits and "-._~" percent-encoded (RFC 3986).
std::string url_encode(std::string_view text);

}  // namespace tessera::http_client
