// The HTTP/1.1 server: sockets, limits and time-outs. What requests mean is the Router's.
//
// Threads: `start` makes its own; handlers run on them and answer from anywhere. Each connection has one request in
// work at a time, so pipelined requests are answered in order. No exception leaves it, whatever comes in.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace tessera::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;             // 0: any free one
  std::string certificate_file{};        // PEM, with its chain; both or neither: TLS 1.2 or later, or plain HTTP
  std::string key_file{};                // PEM
  int threads = 1;                       // that read, parse and write
  std::size_t max_connections = 1024;    // one more is answered 503 and closed
  std::size_t body_memory = 256u << 20;  // of request bodies over 64 KB, all together; more is answered 503
  std::int64_t idle_ms = 75'000;         // until the next request begins
  std::int64_t header_ms = 10'000;       // for all of a head, and for a TLS handshake
  std::int64_t body_ms = 60'000;         // for all of a body
  std::int64_t write_ms = 30'000;        // for each piece of an answer
  std::int64_t stop_ms = 5'000;          // that `stop` waits for requests in work
};

class Server {
 public:
  // Binds and serves. The router must outlive the server and not change. kFailedPrecondition: the address or port
  // cannot be had; kInvalidArgument: an option, certificate or key is wrong.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, const Router& router);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  virtual std::size_t connections() const = 0;  // open now
  // Takes nothing new, lets requests in work be answered, and ends its threads. Safe to call twice.
  virtual void stop() = 0;
};

}  // namespace tessera::http
