// Sends events to /v1/import in batches, several requests at once, until the server has taken or refused each of them.
//
// `add` and `finish` belong to one thread. What cannot be sent now (no connection, 429, 502, 503, 504) is sent again
// after the server's Retry-After, or after growing pauses; sending again is harmless, for message ids count once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/rejects.h"
#include "http_client/client.h"

namespace tessera::cli {

struct SenderOptions {
  http_client::Options client;  // with the source's write key
  int requests_at_once = 4;
  std::size_t batch_events = 500;
  std::size_t batch_bytes = 1'000'000;  // a batch may exceed it by one event
  int give_up_after_ms = 300'000;       // of nothing but failures for one batch
  int first_pause_ms = 200;
};

class EventSender {
 public:
  // `rejected` outlives the sender.
  EventSender(SenderOptions options, RejectedEvents& rejected);
  // Drops what was not sent.
  ~EventSender();
  EventSender(const EventSender&) = delete;
  EventSender& operator=(const EventSender&) = delete;

  // Takes an event, waiting while requests_at_once batches wait to be sent. The error is what stopped the sending.
  Status add(std::string_view event_json, std::uint64_t line);
  // Waits until everything is answered.
  Status finish();

  // So far; any thread.
  std::uint64_t accepted() const;
  std::uint64_t retries() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::cli
