#include "simulator/sender.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "simulator/setup.h"

namespace tessera::simulator {

namespace {

http_client::Options client_options(const std::string& url, const std::string& write_key) {
  http_client::Options options;
  options.base_url = url;
  options.basic_user = write_key;
  return options;
}

std::uint64_t count_rejected(const std::string& body) {
  if (body.find("\"rejected\"") == std::string::npos) return 0;
  boost::system::error_code broken;
  const boost::json::value value = boost::json::parse(body, broken);
  if (broken || !value.is_object()) return 0;
  const boost::json::value* rejected = value.as_object().if_contains("rejected");
  return rejected != nullptr && rejected->is_array() ? rejected->as_array().size() : 0;
}

// Seconds, as this server sends it; the form with a date is not asked for here.
std::int64_t retry_after_ms(const http_client::Response& response) {
  const std::string_view text = response.header("Retry-After");
  std::int64_t seconds = 1;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::clamp<std::int64_t>(seconds, 0, 10) * 1000 + 20;
}

}  // namespace

Sender::Sender(const std::string& url, const std::string& write_key)
    : client_(client_options(url, write_key)), thread_([this] { run(); }) {}

Sender::~Sender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Status Sender::send(std::string path, std::string body, std::size_t items) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMaxWaiting || !status_; });
  if (!status_) return status_;
  waiting_.push_back(Batch{std::move(path), std::move(body), items});
  changed_.notify_all();
  return {};
}

Status Sender::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() || !status_; });
  return status_;
}

Tally Sender::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

void Sender::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Batch& batch = waiting_.front();  // a deque's elements stay where they are
    lock.unlock();
    Status delivered = deliver(batch);
    lock.lock();
    if (stopping_) return;
    if (!delivered) {
      status_ = std::move(delivered);
      changed_.notify_all();
      return;
    }
    waiting_.pop_front();
    changed_.notify_all();
  }
}

// Waits, unless the sender is told to stop meanwhile.
bool Sender::pause(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_; });
}

// Message ids make a second sending harmless, so a batch whose answer was lost is sent again.
Status Sender::deliver(const Batch& batch) {
  std::int64_t patience_ms = kPatienceMs;
  for (;;) {
    auto response = client_.request("POST", batch.path, {}, batch.body);
    std::int64_t wait_ms = 500;
    if (response && response->ok()) {
      const std::uint64_t rejected = count_rejected(response->body);
      const std::lock_guard lock(mutex_);
      tally_.sent += batch.items;
      tally_.rejected += rejected;
      return {};
    }
    if (response && (response->status == 429 || response->status == 503)) {
      wait_ms = retry_after_ms(*response);
      const std::lock_guard lock(mutex_);
      ++tally_.busy;
    } else if (response) {
      return error(Code::kFailedPrecondition, "POST " + batch.path + ": " + refusal(*response));
    } else if (response.error().code != Code::kUnavailable && response.error().code != Code::kDeadlineExceeded) {
      return std::unexpected(std::move(response).error());
    }
    patience_ms -= wait_ms;
    if (patience_ms < 0) {
      if (!response) return std::unexpected(std::move(response).error());
      return error(Code::kUnavailable, "POST " + batch.path + ": " + refusal(*response));
    }
    if (!pause(wait_ms)) return error(Code::kUnavailable, "stopped");
  }
}

}  // namespace tessera::simulator
