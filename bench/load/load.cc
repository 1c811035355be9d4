#include "load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "base/time.h"

namespace tessera::bench {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kPauseNs = 50'000'000;     // after a 429 or 503
constexpr std::int64_t kDrainNs = 5 * kSecondNs;  // what is still in flight at the end may take this long
constexpr std::uint64_t kMaxFailures = 1000;      // then the run is given up

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A place for one request in flight.
struct Slot {
  Slot(const RequestOptions& options, std::uint64_t variety) : request(options, variety) {}
  Request request;
  std::int64_t intended_ns = 0;
  std::int64_t retry_ns = 0;
};

struct Connection {
  int fd = -1;
  std::deque<Slot*> in_flight;  // in the order sent
  std::deque<Slot*> free;
  std::string out;  // what the socket did not take yet
  std::string in;
  bool waits_to_write = false;
};

// Status and size of the first whole response in `bytes`; size 0 if it is not whole.
struct Answer {
  int status = 0;
  std::size_t size = 0;
};

Answer parse_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos || end < 12) return {};
  Answer answer;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  std::size_t length = 0;
  for (std::size_t line = bytes.find("\r\n"); line < end; line = bytes.find("\r\n", line + 2)) {
    constexpr std::string_view kName = "content-length:";
    const char* name = bytes.data() + line + 2;
    if (end - line < kName.size() || strncasecmp(name, kName.data(), kName.size()) != 0) continue;
    const char* digits = name + kName.size();
    while (*digits == ' ') ++digits;
    std::from_chars(digits, bytes.data() + end, length);
  }
  if (bytes.size() >= end + 4 + length) answer.size = end + 4 + length;
  return answer;
}

class Load {
 public:
  Load(const LoadOptions& options, const RequestOptions& requests)
      : options_(options), draw_(requests.profiles, requests.run + 1) {
    connections_.resize(static_cast<std::size_t>(options.connections));
    std::uint64_t variety = 0;
    for (Connection& connection : connections_) {
      for (int i = 0; i < options.depth; ++i) {
        slots_.push_back(std::make_unique<Slot>(requests, ++variety));
        connection.free.push_back(slots_.back().get());
      }
    }
  }
  ~Load() {
    for (const Connection& connection : connections_) {
      if (connection.fd >= 0) ::close(connection.fd);
    }
    if (epoll_ >= 0) ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Result<LoadResult> run();

 private:
  Status connect(Connection& connection, std::size_t index);
  bool more_to_send() const;
  void send_due();
  void send(Connection& connection, Slot& slot, std::int64_t now);
  void flush(Connection& connection);
  void receive(Connection& connection);
  void answered(Connection& connection, const Answer& answer, std::string_view text);
  void broken(Connection& connection, const std::string& why);
  void fail(const std::string& why);
  void wait();
  void count_second(std::int64_t now, std::uint64_t amount);
  std::size_t in_flight() const;

  const LoadOptions options_;
  Draw draw_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Connection> connections_;
  std::deque<std::pair<Connection*, Slot*>> retries_;  // in order of retry_ns
  int epoll_ = -1;
  std::int64_t start_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::uint64_t sent_ = 0;
  std::size_t turn_ = 0;  // whose turn it is in an open loop
  std::int64_t text_ms_ = 0;
  std::string now_text_;
  std::int64_t second_ = 0;
  std::uint64_t this_second_ = 0;
  std::string read_buffer_ = std::string(256 << 10, '\0');
  LoadResult result_;
};

Status Load::connect(Connection& connection, std::size_t index) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
  if (fd < 0 || ::inet_pton(AF_INET, options_.address.c_str(), &address.sin_addr) != 1 ||
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return error(Code::kUnavailable,
                 "cannot connect to " + options_.address + ":" + std::to_string(options_.port) + ": " + why);
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  connection.fd = fd;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  return {};
}

Result<LoadResult> Load::run() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < connections_.size(); ++i) TRY(connect(connections_[i], i));
  start_ns_ = now_ns();
  end_ns_ = start_ns_ + static_cast<std::int64_t>(options_.seconds * kSecondNs);
  result_.slowest_second = ~0ULL;
  while (result_.failed < kMaxFailures) {
    if (more_to_send()) {
      send_due();
    } else if (in_flight() + retries_.size() == 0 || now_ns() > end_ns_ + kDrainNs) {
      break;
    } else {
      send_due();  // those that were refused
    }
    wait();
  }
  if (options_.requests == 0) {
    result_.seconds = options_.seconds;
  } else {
    result_.seconds = static_cast<double>(now_ns() - start_ns_) / kSecondNs;
  }
  if (in_flight() > 0) fail(std::to_string(in_flight()) + " requests were never answered");
  if (result_.slowest_second == ~0ULL) result_.slowest_second = 0;
  return result_;
}

bool Load::more_to_send() const {
  return options_.requests > 0 ? sent_ < options_.requests : now_ns() < end_ns_;
}

std::size_t Load::in_flight() const {
  std::size_t count = 0;
  for (const Connection& connection : connections_) count += connection.in_flight.size();
  return count;
}

void Load::send_due() {
  const std::int64_t now = now_ns();
  while (!retries_.empty() && retries_.front().second->retry_ns <= now) {
    const auto [connection, slot] = retries_.front();
    retries_.pop_front();
    connection->out += slot->request.bytes();
    connection->in_flight.push_back(slot);
    flush(*connection);
  }
  if (!more_to_send()) return;
  if (options_.rate == 0) {
    for (Connection& connection : connections_) {
      while (!connection.free.empty() && (options_.requests == 0 || sent_ < options_.requests)) {
        send(connection, *connection.free.front(), now);
      }
    }
    return;
  }
  const double interval_ns = kSecondNs / options_.rate;
  for (std::size_t tried = 0; tried < connections_.size();) {
    const std::int64_t intended = start_ns_ + static_cast<std::int64_t>(static_cast<double>(sent_) * interval_ns);
    if (intended > now) return;
    Connection& connection = connections_[turn_++ % connections_.size()];
    if (connection.free.empty()) {
      ++tried;
      continue;
    }
    tried = 0;
    send(connection, *connection.free.front(), intended);
  }
}

void Load::send(Connection& connection, Slot& slot, std::int64_t intended_ns) {
  const std::int64_t ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  if (ms != text_ms_) {
    text_ms_ = ms;
    now_text_ = to_text(Timestamp{ms});
  }
  connection.free.pop_front();
  slot.request.fill(draw_, now_text_);
  slot.intended_ns = intended_ns;
  connection.in_flight.push_back(&slot);
  ++sent_;
  result_.bytes += slot.request.bytes().size();
  if (connection.out.empty()) {
    const ssize_t taken = ::send(connection.fd, slot.request.bytes().data(), slot.request.bytes().size(), MSG_NOSIGNAL);
    connection.out = slot.request.bytes().substr(taken > 0 ? static_cast<std::size_t>(taken) : 0);
  } else {
    connection.out += slot.request.bytes();
  }
  if (!connection.out.empty()) flush(connection);
}

void Load::flush(Connection& connection) {
  while (!connection.out.empty()) {
    const ssize_t taken = ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (taken <= 0) break;  // a broken connection shows when it is read
    connection.out.erase(0, static_cast<std::size_t>(taken));
  }
  const bool waits = !connection.out.empty();
  if (waits == connection.waits_to_write) return;
  connection.waits_to_write = waits;
  epoll_event event{.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN,
                    .data = {.u64 = static_cast<std::uint64_t>(&connection - connections_.data())}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
}

void Load::receive(Connection& connection) {
  const ssize_t got = ::recv(connection.fd, read_buffer_.data(), read_buffer_.size(), 0);
  if (got == 0) return broken(connection, "the server closed the connection");
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) broken(connection, std::strerror(errno));
    return;
  }
  connection.in.append(read_buffer_, 0, static_cast<std::size_t>(got));
  std::size_t used = 0;
  while (!connection.in_flight.empty()) {
    const std::string_view rest = std::string_view(connection.in).substr(used);
    const Answer answer = parse_answer(rest);
    if (answer.size == 0) break;
    answered(connection, answer, rest.substr(0, answer.size));
    used += answer.size;
  }
  connection.in.erase(0, used);
}

void Load::answered(Connection& connection, const Answer& answer, std::string_view text) {
  const std::int64_t now = now_ns();
  Slot* const slot = connection.in_flight.front();
  connection.in_flight.pop_front();
  if (answer.status == 429 || answer.status == 503) {
    ++result_.refused;
    slot->retry_ns = now + kPauseNs;
    retries_.emplace_back(&connection, slot);
    return;
  }
  connection.free.push_back(slot);
  if (answer.status < 200 || answer.status > 299) return fail(std::string(text.substr(0, 600)));
  const std::uint64_t events = slot->request.events();
  if (now <= end_ns_ || options_.requests > 0) {
    ++result_.requests;
    result_.events += events;
    count_second(now, std::max<std::uint64_t>(events, 1));
  }
  result_.latency.add(now - slot->intended_ns);
}

void Load::count_second(std::int64_t now, std::uint64_t amount) {
  for (const std::int64_t second = (now - start_ns_) / kSecondNs; second_ < second; ++second_) {
    result_.slowest_second = std::min(result_.slowest_second, this_second_);
    this_second_ = 0;
  }
  this_second_ += amount;
}

void Load::broken(Connection& connection, const std::string& why) {
  fail(why);
  ::close(connection.fd);
  connection.fd = -1;
  connection.out.clear();
  connection.in.clear();
  connection.waits_to_write = false;
  connection.free.insert(connection.free.end(), connection.in_flight.begin(), connection.in_flight.end());
  connection.in_flight.clear();
  if (const Status again = connect(connection, static_cast<std::size_t>(&connection - connections_.data())); !again) {
    fail(again.error().message);
    result_.failed = std::max(result_.failed, kMaxFailures);  // nobody is there any more
  }
}

void Load::fail(const std::string& why) {
  ++result_.failed;
  if (result_.first_failure.empty()) result_.first_failure = why;
}

void Load::wait() {
  std::int64_t until = now_ns() + 20'000'000;
  if (!retries_.empty()) until = std::min(until, retries_.front().second->retry_ns);
  if (options_.rate > 0 && more_to_send()) {
    until =
        std::min(until, start_ns_ + static_cast<std::int64_t>(static_cast<double>(sent_) * kSecondNs / options_.rate));
  }
  const std::int64_t left = std::max<std::int64_t>(until - now_ns(), 0);
  const timespec timeout{.tv_sec = left / kSecondNs, .tv_nsec = left % kSecondNs};
  epoll_event events[64];
  const int count = ::epoll_pwait2(epoll_, events, 64, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    Connection& connection = connections_[events[i].data.u64];
    if (connection.fd >= 0 && (events[i].events & EPOLLOUT) != 0) flush(connection);
    if (connection.fd >= 0 && (events[i].events & ~static_cast<unsigned>(EPOLLOUT)) != 0) receive(connection);
  }
}

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options, const RequestOptions& requests) {
  return Load(options, requests).run();
}

}  // namespace tessera::bench
