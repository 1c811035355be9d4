#include "cli/event_sender.h"

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/rejects.h"
#include "cli/server.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

namespace json = boost::json;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kLongestPauseMs = 10'000;
constexpr int kLongestRetryAfterMs = 60'000;

struct Batch {
  struct Item {
    std::uint64_t line;
    std::size_t begin;
    std::size_t size;
  };
  std::string body = "{\"batch\":[";
  std::vector<Item> items;
};

bool worth_retrying(const Result<http_client::Response>& answer) {
  if (!answer) return answer.error().code == Code::kUnavailable || answer.error().code == Code::kDeadlineExceeded;
  return answer->status == 429 || answer->status == 502 || answer->status == 503 || answer->status == 504;
}

// Retry-After in seconds (RFC 9110, 10.2.3; the form with a date is not used by Tessera).
std::optional<int> retry_after_ms(const Result<http_client::Response>& answer) {
  if (!answer) return std::nullopt;
  const std::string_view text = answer->header("Retry-After");
  int seconds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || seconds < 0) return std::nullopt;
  return seconds >= kLongestRetryAfterMs / 1000 ? kLongestRetryAfterMs : seconds * 1000;
}

std::string text_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

}  // namespace

struct EventSender::State {
  State(SenderOptions given, RejectedEvents& where) : options(std::move(given)), rejected(where) {}

  void run();
  Status send(http_client::Client& client, const Batch& batch);
  Status take_answer(const http_client::Response& response, const Batch& batch);
  bool pause(int ms);
  Status submit();

  const SenderOptions options;
  RejectedEvents& rejected;
  Batch filling;  // the adding thread's

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> waiting;  // under mutex, as the next three
  int in_flight = 0;
  bool stopping = false;
  std::optional<Error> failure;

  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> retries = 0;
  std::vector<std::thread> threads;
};

void EventSender::State::run() {
  http_client::Client client(options.client);
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopping || failure || !waiting.empty(); });
    if (stopping || failure) return;
    const Batch batch = std::move(waiting.front());
    waiting.pop_front();
    ++in_flight;
    changed.notify_all();
    lock.unlock();
    const Status sent = send(client, batch);
    lock.lock();
    --in_flight;
    if (!sent && !failure) failure = sent.error();
    changed.notify_all();
  }
}

// False if the sender stops meanwhile.
bool EventSender::State::pause(int ms) {
  std::unique_lock lock(mutex);
  return !changed.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping || failure; });
}

Status EventSender::State::send(http_client::Client& client, const Batch& batch) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.give_up_after_ms);
  int pause_ms = options.first_pause_ms;
  while (true) {
    const auto answer = client.request("POST", "/v1/import", {}, batch.body);
    if (answer && answer->ok()) return take_answer(*answer, batch);
    const Error why = answer ? refusal(*answer, "the server refused a batch") : answer.error();
    if (!worth_retrying(answer) || std::chrono::steady_clock::now() > deadline) return std::unexpected(why);
    ++retries;
    if (!pause(retry_after_ms(answer).value_or(pause_ms))) return std::unexpected(why);
    pause_ms = std::min(2 * pause_ms, kLongestPauseMs);
  }
}

Status EventSender::State::take_answer(const http_client::Response& response, const Batch& batch) {
  boost::system::error_code failed;
  const json::value answer = json::parse(response.body, failed);
  if (failed || !answer.is_object()) {
    return error(Code::kInternal, options.client.base_url + " did not answer as a Tessera does: is the URL right?");
  }
  std::uint64_t refused = 0;
  const json::value* list = answer.as_object().if_contains("rejected");
  if (list != nullptr && list->is_array()) {
    for (const json::value& entry : list->as_array()) {
      const json::object* object = entry.if_object();
      const json::value* index = object == nullptr ? nullptr : object->if_contains("index");
      if (index == nullptr || !index->is_int64() || index->as_int64() < 0) continue;
      const auto at = static_cast<std::size_t>(index->as_int64());
      if (at >= batch.items.size()) continue;
      const Batch::Item& item = batch.items[at];
      ++refused;
      TRY(rejected.add(item.line, text_member(*object, "code"), text_member(*object, "reason"),
                       std::string_view(batch.body).substr(item.begin, item.size)));
    }
  }
  accepted += batch.items.size() - refused;
  return {};
}

Status EventSender::State::submit() {
  filling.body += "]}";
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return failure || waiting.size() < static_cast<std::size_t>(options.requests_at_once); });
  if (failure) return std::unexpected(*failure);
  waiting.push_back(std::exchange(filling, {}));
  changed.notify_all();
  return {};
}

EventSender::EventSender(SenderOptions options, RejectedEvents& rejected)
    : state_(std::make_unique<State>(std::move(options), rejected)) {
  for (int i = 0; i < state_->options.requests_at_once; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->run(); });
  }
}

EventSender::~EventSender() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

Status EventSender::add(std::string_view event_json, std::uint64_t line) {
  Batch& batch = state_->filling;
  if (!batch.items.empty()) batch.body += ',';
  batch.items.push_back({.line = line, .begin = batch.body.size(), .size = event_json.size()});
  batch.body += event_json;
  const bool full =
      batch.items.size() >= state_->options.batch_events || batch.body.size() >= state_->options.batch_bytes;
  return full ? state_->submit() : Status();
}

Status EventSender::finish() {
  if (!state_->filling.items.empty()) TRY(state_->submit());
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->failure || (state_->waiting.empty() && state_->in_flight == 0); });
  if (state_->failure) return std::unexpected(*state_->failure);
  return {};
}

std::uint64_t EventSender::accepted() const {
  return state_->accepted;
}
std::uint64_t EventSender::retries() const {
  return state_->retries;
}

}  // namespace tessera::cli
