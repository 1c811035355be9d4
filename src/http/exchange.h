// One request's way from the connection to whoever answers it, and back. For the server's own sources only.
//
// The handler may answer at once, on the connection's thread, or later from any thread: `state_` decides who of the two
// sides came last, and that one goes on.
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "http/io_thread.h"
#include "http/problem.h"

namespace tessera::http {

class Exchange {
 public:
  explicit Exchange(std::shared_ptr<IoThread> io) : io_(std::move(io)) {}

  // The connection's side: `begin`, hand the request out, then `answered` or suspend with `wait`, then `take`.
  void begin() { state_.store(kWorking, std::memory_order_relaxed); }
  bool answered() const { return state_.load(std::memory_order_acquire) == kAnswered; }
  void wait(std::move_only_function<void()> resume) {
    resume_ = std::move(resume);
    int expected = kWorking;
    if (!state_.compare_exchange_strong(expected, kWaiting, std::memory_order_acq_rel)) post(std::move(resume_));
  }
  Response take() { return std::exchange(response_, Response{}); }
  // Runs `resume` on the connection's thread. Any thread.
  void post(std::move_only_function<void()> resume) { net::post(io_->context.get_executor(), std::move(resume)); }

  // The other side. Once per `begin`.
  void answer(Response response) {
    response_ = std::move(response);
    if (state_.exchange(kAnswered, std::memory_order_acq_rel) == kWaiting) post(std::move(resume_));
  }

 private:
  static constexpr int kWorking = 0;
  static constexpr int kWaiting = 1;
  static constexpr int kAnswered = 2;

  std::shared_ptr<IoThread> io_;
  std::atomic<int> state_ = kAnswered;
  Response response_;
  std::move_only_function<void()> resume_;
};

// The Respond that a handler gets. Small enough to be kept without an allocation.
class Answer {
 public:
  explicit Answer(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (exchange_)
      exchange_->answer(problem(Code::kUnavailable, "the server stopped before it could answer: try again"));
  }
  void operator()(Response response) {
    if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->answer(std::move(response));
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace tessera::http
