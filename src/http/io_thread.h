// What connections share: the IO threads, their clocks and sweeps, and the state of the server. For the server's own
// sources only (it shows Asio).
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <memory>
#include <set>
#include <string>

#include "http/server.h"

namespace tessera::http {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<Tcp, Executor>;
using Acceptor = net::basic_socket_acceptor<Tcp, Executor>;
template <class T>
using Task = net::awaitable<T, Executor>;
inline constexpr net::use_awaitable_t<Executor> kAwait;

// Any thread.
struct ServerState {
  ServerOptions options;
  const Router& router;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> body_bytes = 0;
  std::atomic<bool> stopping = false;
};

// Its own IO thread only.
class ConnectionBase {
 public:
  virtual ~ConnectionBase() = default;
  virtual void expire() = 0;  // the deadline passed
  virtual void finish() = 0;  // the server stops: end once the request in work is answered
  std::int64_t deadline_ms() const { return deadline_ms_; }

 protected:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t deadline_ms_ = kNever;
};

// One thread with its own io_context. All but `context` is its own thread's.
class IoThread {
 public:
  explicit IoThread(ServerState& state) : state_(state), sweep_(context.get_executor()) {}
  void start_sweeps();

  net::io_context context{1};
  std::set<ConnectionBase*> connections;

  static std::int64_t now_ms();
  std::string_view date() const { return date_; }  // "Date: …\r\n", at most a second old

 private:
  void sweep();

  ServerState& state_;
  net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor> sweep_;
  std::string date_;
};

// Takes an accepted socket over. Called on `io`'s thread.
void serve_plain(std::shared_ptr<IoThread> io, ServerState& state, Socket socket);
void serve_tls(std::shared_ptr<IoThread> io, ServerState& state, Socket socket, net::ssl::context& tls);

}  // namespace tessera::http
