#include "http/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <ctime>
#include <thread>

#include "base/threads.h"
#include "http/io_thread.h"
#include "http/problem.h"
#include "http/response_writer.h"

namespace tessera::http {

std::int64_t IoThread::now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void IoThread::start_sweeps() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  date_.assign(text.data(), size);
  const ServerOptions& options = state_.options;
  const std::int64_t every =
      std::clamp<std::int64_t>(std::min({options.idle_ms, options.header_ms, options.body_ms}) / 4, 10, 500);
  sweep_.expires_after(std::chrono::milliseconds(every));
  sweep_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) sweep();
  });
}

void IoThread::sweep() {
  const std::int64_t now = now_ms();
  for (ConnectionBase* connection : connections) {
    if (connection->deadline_ms() <= now) connection->expire();
  }
  start_sweeps();
}

namespace {

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, const Router& router) : state_{options, router} {
    for (int i = 0; i < options.threads; ++i) io_.push_back(std::make_shared<IoThread>(state_));
  }
  ~AsioServer() override { stop(); }

  Status open();
  void run();

  std::uint16_t port() const override { return port_; }
  std::size_t connections() const override { return state_.connections.load(std::memory_order_relaxed); }
  void stop() override;

 private:
  Status load_certificate();
  Task<void> accept();
  void take(std::shared_ptr<IoThread> io, Socket socket);

  ServerState state_;
  std::vector<std::shared_ptr<IoThread>> io_;
  std::unique_ptr<Acceptor> acceptor_;  // the first thread's
  std::optional<net::ssl::context> tls_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

Status AsioServer::load_certificate() {
  const ServerOptions& options = state_.options;
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return error(Code::kInvalidArgument, "TLS needs both a certificate file and a key file: only one was given");
  }
  if (options.certificate_file.empty()) return {};
  tls_.emplace(net::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls_->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(tls_->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code failed;
  tls_->use_certificate_chain_file(options.certificate_file, failed);
  if (failed) {
    return error(Code::kInvalidArgument,
                 "the certificate " + options.certificate_file + " cannot be used: " + failed.message());
  }
  tls_->use_private_key_file(options.key_file, net::ssl::context::pem, failed);
  if (failed || SSL_CTX_check_private_key(tls_->native_handle()) != 1) {
    return error(Code::kInvalidArgument, "the key " + options.key_file +
                                             " cannot be used, or is not the certificate's" +
                                             (failed ? ": " + failed.message() : ""));
  }
  return {};
}

Status AsioServer::open() {
  TRY(load_certificate());
  const ServerOptions& options = state_.options;
  boost::system::error_code failed;
  const auto address = net::ip::make_address(options.address, failed);
  if (failed) return error(Code::kInvalidArgument, "the listen address \"" + options.address + "\" is no IP address");
  const Tcp::endpoint endpoint(address, options.port);
  acceptor_ = std::make_unique<Acceptor>(io_.front()->context.get_executor());
  acceptor_->open(endpoint.protocol(), failed);
  if (!failed) acceptor_->set_option(net::socket_base::reuse_address(true), failed);
  if (!failed) acceptor_->bind(endpoint, failed);
  if (!failed) acceptor_->listen(net::socket_base::max_listen_connections, failed);
  if (failed) {
    return error(Code::kFailedPrecondition, "cannot listen on " + options.address + " port " +
                                                std::to_string(options.port) + ": " + failed.message());
  }
  port_ = acceptor_->local_endpoint(failed).port();
  return {};
}

void AsioServer::run() {
  net::co_spawn(io_.front()->context.get_executor(), accept(), net::detached);
  for (const auto& io : io_) {
    io->start_sweeps();
    threads_.emplace_back([io] {
      name_thread("http");
      const auto work = net::make_work_guard(io->context);
      io->context.run();
    });
  }
}

Task<void> AsioServer::accept() {
  for (std::size_t next = 0; !state_.stopping.load(std::memory_order_relaxed); next = (next + 1) % io_.size()) {
    boost::system::error_code failed;
    Socket socket(io_[next]->context.get_executor());
    co_await acceptor_->async_accept(socket, net::redirect_error(kAwait, failed));
    if (failed == net::error::operation_aborted || failed == net::error::bad_descriptor) co_return;
    if (failed) {
      // Out of file descriptors, mostly: let some be closed first.
      net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor> pause(
          io_.front()->context.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(net::redirect_error(kAwait, failed));
      continue;
    }
    // What is posted owns no IoThread: left in the thread's own queue, it would keep it for ever.
    net::post(io_[next]->context.get_executor(),
              [this, next, moved = std::move(socket)]() mutable { take(io_[next], std::move(moved)); });
  }
}

void AsioServer::take(std::shared_ptr<IoThread> io, Socket socket) {
  boost::system::error_code ignored;
  if (state_.connections.fetch_add(1, std::memory_order_relaxed) >= state_.options.max_connections) {
    state_.connections.fetch_sub(1, std::memory_order_relaxed);
    if (tls_) return;
    socket.non_blocking(true, ignored);
    const Response response = problem(Code::kUnavailable, "too many connections: try again in a second, or use fewer");
    std::string bytes;
    write_head(bytes, response, {.date = io->date(), .keep_alive = false});
    socket.write_some(net::buffer(bytes + response.body), ignored);
    return;
  }
  socket.set_option(Tcp::no_delay(true), ignored);
  if (tls_) {
    serve_tls(std::move(io), state_, std::move(socket), *tls_);
  } else {
    serve_plain(std::move(io), state_, std::move(socket));
  }
}

void AsioServer::stop() {
  if (state_.stopping.exchange(true)) return;
  for (const auto& io : io_) {
    net::post(io->context.get_executor(), [this, io = io.get()] {
      boost::system::error_code ignored;
      if (io == io_.front().get() && acceptor_) acceptor_->close(ignored);
      for (ConnectionBase* connection : io->connections) connection->finish();
    });
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(state_.options.stop_ms);
  while (!threads_.empty() && connections() > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (const auto& io : io_) io->context.stop();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, const Router& router) {
  if (options.threads < 1 || options.threads > 64) {
    return error(Code::kInvalidArgument,
                 "the server's threads must be 1 to 64, not " + std::to_string(options.threads));
  }
  auto server = std::make_unique<AsioServer>(options, router);
  TRY(server->open());
  server->run();
  return Result<std::unique_ptr<Server>>(std::move(server));
}

}  // namespace tessera::http
