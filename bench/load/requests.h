// What is sent: whole HTTP requests, made once, in which only digits change from one sending to the next.
//
// So the generator costs the machine it measures as little as it can: filling in a batch of 100 events is a few hundred
// small copies. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::bench {

enum class Mode : std::uint8_t {
  kCreate,  // each profile once, by an identify, in batches
  kBatch,   // a mix of calls by skewed profiles, in batches
  kSingle,  // the same mix's track calls, one a request
  kRead,    // GET of a profile
};

struct RequestOptions {
  Mode mode = Mode::kBatch;
  std::string host;       // for the Host header
  std::string write_key;  // for sending
  std::string token;      // for reading
  std::uint64_t profiles = 1'000'000;
  std::size_t batch = 100;
  std::uint64_t run = 0;  // makes message ids unlike those of other runs; 40 bits count
};

// Where the requests of a run draw from: which profile is next, which message id. Shared by its Requests.
class Draw {
 public:
  Draw(std::uint64_t profiles, std::uint64_t seed) : profiles_(profiles), state_(seed) {}
  // Skewed: one profile in five makes 58 % of all activity, and the busiest one in a million makes 1 %. Busy profiles
  // are spread over all numbers.
  std::uint64_t active_profile();
  std::uint64_t next_in_order() { return in_order_++; }
  std::uint64_t next_number() { return number_++; }
  std::uint64_t next_device() { return device_++; }
  // The oldest device that is not linked yet; a new one if all are.
  std::uint64_t next_link() {
    device_ = std::max(device_, linked_ + 1);
    return linked_++;
  }

 private:
  double uniform();

  const std::uint64_t profiles_;
  std::uint64_t state_;
  std::uint64_t in_order_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t device_ = 0;
  std::uint64_t linked_ = 0;
};

// One request's bytes. Several are in flight at once, so each place in flight has its own.
class Request {
 public:
  // `variety` varies the order of calls within a batch.
  Request(const RequestOptions& options, std::uint64_t variety);

  // Makes the next request of it. `now_text` is the time as ISO 8601, 24 characters.
  void fill(Draw& draw, std::string_view now_text);

  std::string_view bytes() const { return bytes_; }
  std::size_t events() const { return items_.size(); }

 private:
  enum class Call : std::uint8_t { kTrack, kPage, kIdentify, kNewDevice, kLinkDevice };
  // Where the digits of one event are; 0 if it has none of that kind.
  struct Item {
    Call call = Call::kTrack;
    std::size_t message = 0;
    std::size_t user = 0;
    std::size_t device = 0;
    std::size_t email = 0;
    std::size_t time = 0;
  };

  void add_items(std::string& body, std::uint64_t variety);
  void add_item(std::string& body, Call call, std::uint64_t variety);
  std::string head(std::size_t body_bytes) const;
  void fill_item(const Item& item, Draw& draw, std::string_view now_text);
  void put_digits(std::size_t place, std::uint64_t number, int digits);

  const RequestOptions options_;
  std::string bytes_;
  std::vector<Item> items_;
  std::size_t read_user_ = 0;  // kRead: where the profile's digits are
};

}  // namespace tessera::bench
