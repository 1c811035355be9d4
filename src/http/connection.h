// One connection, over plain TCP or TLS: reads requests, hands them to the router, writes answers. For the server's
// own sources only; each kind of socket is compiled in a .cc of its own.
//
// No co_await stands to the right of && or ||: GCC 12 awaits it whatever the left side says.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>
#include <type_traits>

#include "http/exchange.h"
#include "http/io_thread.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "http/stream.h"
#include "http/text.h"

namespace tessera::http {

template <class Transport>
class Connection final : public ConnectionBase, public std::enable_shared_from_this<Connection<Transport>> {
 public:
  template <class... Args>
  Connection(std::shared_ptr<IoThread> io, ServerState& state, Args&&... args)
      : io_(std::move(io)),
        state_(state),
        transport_(std::forward<Args>(args)...),
        exchange_(std::make_shared<Exchange>(io_)) {
    boost::system::error_code ignored;
    remote_ = socket().remote_endpoint(ignored).address().to_string();
    io_->connections.insert(this);
  }
  ~Connection() override {
    io_->connections.erase(this);
    release_body();
    state_.connections.fetch_sub(1, std::memory_order_relaxed);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static void start(std::shared_ptr<Connection> self) {
    const Executor executor = self->io_->context.get_executor();
    net::co_spawn(executor, run(std::move(self)), net::detached);
  }

  void expire() override {
    deadline_ms_ = kNever;
    timed_out_ = true;
    boost::system::error_code ignored;
    if (writing_) {
      socket().close(ignored);
    } else {
      socket().cancel(ignored);
    }
  }

  void finish() override {
    if (stream_) stream_->abandon();
    if (!idle_) return;
    boost::system::error_code ignored;
    socket().cancel(ignored);
  }

 private:
  static constexpr bool kPlain = std::is_same_v<Transport, Socket>;
  static constexpr std::size_t kBuffer = 2 * kMaxHeader;
  static constexpr std::size_t kFreeBody = 64u << 10;  // bodies up to this are not counted
  static constexpr std::size_t kLinger = 32u << 20;    // unread input that is thrown away before closing
  static constexpr std::int64_t kLingerMs = 5'000;
  static constexpr int kMaxInRow = 16;  // requests answered without letting others have the thread

  Socket& socket() {
    if constexpr (kPlain) {
      return transport_;
    } else {
      return transport_.next_layer();
    }
  }

  static Task<void> run(std::shared_ptr<Connection> self) {
    try {
      co_await self->serve();
    } catch (const std::exception&) {
      // Out of memory, or the like: this connection ends, the server goes on.
    }
    boost::system::error_code ignored;
    self->socket().close(ignored);
  }

  void set_deadline(std::int64_t in_ms) {
    deadline_ms_ = IoThread::now_ms() + in_ms;
    timed_out_ = false;
  }

  Task<void> serve() {
    if constexpr (!kPlain) {
      set_deadline(state_.options.header_ms);
      boost::system::error_code failed;
      co_await transport_.async_handshake(net::ssl::stream_base::server, net::redirect_error(kAwait, failed));
      if (failed) co_return;
    }
    bool linger = false;
    while (true) {
      Outcome outcome = co_await read_head();
      if (outcome == Outcome::kGoOn) outcome = co_await read_body();
      if (outcome == Outcome::kRefuse) {
        linger = true;
        release_body();
        co_await send(refusal_, false);
        break;
      }
      if (outcome == Outcome::kClose) break;
      if (!co_await answer()) break;
    }
    co_await close(linger);
  }

  enum class Outcome : std::uint8_t { kGoOn, kClose, kRefuse };

  Outcome refuse(Response response) {
    refusal_ = std::move(response);
    if (!head_read_) parsed_keep_alive_ = false;
    return Outcome::kRefuse;
  }

  // Whoever has begun a request is told why it goes no further.
  Outcome end_of_input() {
    if (parser_.started() && timed_out_) {
      return refuse(problem(408, "request_timeout", "the request did not come in time: send it in one go"));
    }
    if (parser_.started() && at_end_) return refuse(problem(Code::kInvalidArgument, "the request is cut short"));
    return Outcome::kClose;
  }

  // Feeds the parser until it is in state `until`.
  Task<Outcome> read_until(RequestParser::State until) {
    while (true) {
      // Some clients end a body with a line break too many (RFC 9112 §2.2).
      while (begin_ < end_ && !parser_.started() && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) ++begin_;
      const auto progress = parser_.put({buffer_.get() + begin_, end_ - begin_});
      begin_ += progress.consumed;
      if (progress.state == until) co_return Outcome::kGoOn;
      if (progress.state == RequestParser::State::kFailed) {
        const auto& failure = parser_.failure();
        co_return refuse(problem(failure.status, failure.code, failure.detail));
      }
      if (!charge_body(parser_.request().body.size())) co_return refuse(overloaded());
      if (end_ - begin_ == kBuffer) {
        co_return refuse(problem(431, "header_too_large", "a line of the request is over 32 KB"));
      }
      if (!co_await read_some()) co_return end_of_input();
      idle_ = false;
      if (head_deadline_due_) set_deadline(state_.options.header_ms);
      head_deadline_due_ = false;
    }
  }

  // False at the end of input, on errors and when cancelled.
  Task<bool> read_some() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == kBuffer) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    boost::system::error_code failed;
    const std::size_t count = co_await transport_.async_read_some(net::buffer(buffer_.get() + end_, kBuffer - end_),
                                                                  net::redirect_error(kAwait, failed));
    end_ += count;
    at_end_ = failed == net::error::eof;
    co_return !failed && count > 0;
  }

  Task<Outcome> read_head() {
    parser_.reset();
    head_read_ = false;
    idle_ = head_deadline_due_ = begin_ == end_;
    if (idle_ && state_.stopping.load(std::memory_order_relaxed)) co_return Outcome::kClose;
    set_deadline(idle_ ? state_.options.idle_ms : state_.options.header_ms);
    const Outcome outcome = co_await read_until(RequestParser::State::kHead);
    idle_ = false;
    co_return outcome;
  }

  Task<Outcome> read_body() {
    head_read_ = true;
    started_ = std::chrono::steady_clock::now();
    parsed_keep_alive_ = parser_.keep_alive();
    Request& request = parser_.request();
    head_only_ = request.method == Method::kHead;
    http_1_1_ = parser_.http_1_1();
    Router::Match match = state_.router.find(request.method, request.path);
    route_ = match.route;
    request.path_parameters = std::move(match.parameters);
    const std::size_t limit = route_->options.max_body;
    parser_.set_body_limit(limit);
    const std::uint64_t length = parser_.content_length().value_or(0);
    if (length > limit) co_return refuse(too_large(limit));
    if (const auto expect = request.headers.get("Expect")) {
      if (!equals_ignoring_case(*expect, "100-continue")) {
        co_return refuse(problem(417, "invalid_argument", "the header Expect may be 100-continue, nothing else"));
      }
      if (begin_ == end_) {
        if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return Outcome::kClose;
      }
    }
    set_deadline(state_.options.body_ms);
    co_return co_await read_until(RequestParser::State::kDone);
  }

  // Answers the request that was read. False if the connection is to be closed.
  Task<bool> answer() {
    deadline_ms_ = kNever;
    Request& request = parser_.request();
    request.remote = remote_;
    request.secure = !kPlain;
    Response response;
    if (Status decoded = decode_body(request, route_->options.max_body); !decoded) {
      response = decoded.error().code == Code::kFailedPrecondition
                     ? problem(415, "unsupported_media_type", decoded.error().message)
                     : problem(decoded.error());
    } else {
      exchange_->begin();
      hand_out(request);
      if (!exchange_->answered()) {
        in_row_ = 0;
        co_await suspend([this](auto resume) { exchange_->wait(std::move(resume)); });
      }
      response = exchange_->take();
    }
    release_body();
    if (response.finish) std::exchange(response.finish, nullptr)(&response);
    route_->metrics.count(response.status, std::chrono::steady_clock::now() - started_);
    const bool keep_alive = parsed_keep_alive_ && !state_.stopping.load(std::memory_order_relaxed);
    const bool written = co_await send(response, keep_alive);
    if (++in_row_ >= kMaxInRow) {
      in_row_ = 0;
      co_await net::post(io_->context.get_executor(), kAwait);
    }
    co_return written&& keep_alive;
  }

  void hand_out(Request& request) {
    try {
      route_->handler(std::move(request), Answer(exchange_));
    } catch (const std::exception&) {
      // The Answer was destroyed on the way out, and so has answered.
    }
  }

  // Suspends the coroutine; `store` gets what resumes it, to be called on this connection's thread.
  template <class Store>
  static Task<void> suspend(Store store) {
    return net::async_initiate<const net::use_awaitable_t<Executor>&, void()>(
        [](auto handler, Store keep) { keep(std::move_only_function<void()>(std::move(handler))); }, kAwait,
        std::move(store));
  }

  Task<bool> send(Response& response, bool keep_alive) {
    if (!response.stream || head_only_) {
      write_head(head_, response, {io_->date(), keep_alive, http_1_1_, head_only_, Framing::kLength});
      if (head_only_) co_return co_await write(head_);
      if (response.body.size() > kFreeBody) {
        if (!co_await write(head_)) co_return false;
        co_return co_await write(response.body);
      }
      head_ += response.body;
      if (write_now()) co_return true;
      co_return co_await write(std::string_view(head_).substr(written_now_));
    }
    const Framing framing = http_1_1_ ? Framing::kChunked : Framing::kClose;
    write_head(head_, response, {io_->date(), keep_alive && http_1_1_, http_1_1_, false, framing});
    append_piece(head_, response.body, framing);
    stream_ = std::move(response.stream);
    const bool written = co_await drain(framing);
    std::exchange(stream_, nullptr)->abandon();
    co_return written&& http_1_1_;
  }

  // Writes head_, then what the stream brings until it is closed.
  Task<bool> drain(Framing framing) {
    std::string piece;
    while (co_await write(head_)) {
      deadline_ms_ = kNever;
      if (!stream_->take(piece)) {
        if (framing == Framing::kClose) co_return true;
        co_return co_await write("0\r\n\r\n");
      }
      if (piece.empty()) co_await suspend([this](auto resume) { wait_for_stream(std::move(resume)); });
      head_.clear();
      append_piece(head_, piece, framing);
    }
    co_return false;
  }

  void wait_for_stream(std::move_only_function<void()> resume) {
    auto shared = std::make_shared<std::move_only_function<void()>>(std::move(resume));
    const auto wake = [exchange = exchange_, shared] { exchange->post(std::move(*shared)); };
    if (!stream_->wait(wake)) wake();
  }

  // Tries to write head_ without suspending; `written_now_` says how far it came.
  bool write_now() {
    written_now_ = 0;
    if constexpr (kPlain) {
      boost::system::error_code failed;
      written_now_ = transport_.write_some(net::buffer(head_), failed);
    }
    return written_now_ == head_.size();
  }

  Task<bool> write(std::string_view bytes) {
    writing_ = true;
    boost::system::error_code failed;
    while (!bytes.empty() && !failed) {
      set_deadline(state_.options.write_ms);
      bytes.remove_prefix(co_await transport_.async_write_some(net::buffer(bytes.data(), bytes.size()),
                                                               net::redirect_error(kAwait, failed)));
    }
    writing_ = false;
    co_return !failed;
  }

  Task<void> close(bool linger) {
    set_deadline(kLingerMs);
    boost::system::error_code ignored;
    if constexpr (!kPlain) {
      co_await transport_.async_shutdown(net::redirect_error(kAwait, ignored));
    } else if (linger) {
      // Closing with input unread would reset the connection, and the answer could be lost.
      socket().shutdown(net::socket_base::shutdown_send, ignored);
      for (std::size_t thrown = 0; thrown < kLinger; thrown += end_) {
        begin_ = end_ = 0;
        if (!co_await read_some()) break;
      }
    }
  }

  bool charge_body(std::size_t bytes) {
    if (bytes <= kFreeBody || bytes <= charged_) return true;
    const std::size_t more = bytes - charged_;
    charged_ = bytes;
    return state_.body_bytes.fetch_add(more, std::memory_order_relaxed) + more <= state_.options.body_memory;
  }
  void release_body() {
    if (charged_ > 0) state_.body_bytes.fetch_sub(std::exchange(charged_, 0), std::memory_order_relaxed);
  }

  std::shared_ptr<IoThread> io_;
  ServerState& state_;
  Transport transport_;
  std::string remote_;
  RequestParser parser_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
  std::size_t begin_ = 0;  // what came and is not parsed yet is [begin_, end_) of buffer_
  std::size_t end_ = 0;
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<Stream> stream_;  // that is being sent
  std::string head_;                // what is being written
  Response refusal_;
  const Route* route_ = nullptr;
  std::chrono::steady_clock::time_point started_;
  std::size_t charged_ = 0;
  std::size_t written_now_ = 0;
  int in_row_ = 0;
  bool idle_ = false;  // waits for a request to begin
  bool head_deadline_due_ = false;
  bool head_read_ = false;
  bool head_only_ = false;
  bool http_1_1_ = true;
  bool parsed_keep_alive_ = false;
  bool timed_out_ = false;
  bool at_end_ = false;
  bool writing_ = false;
};

}  // namespace tessera::http
