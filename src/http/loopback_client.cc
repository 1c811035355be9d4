#include "http/loopback_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>

#include "base/result.h"

namespace tessera::http {

LoopbackClient::LoopbackClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  TESSERA_ASSERT(socket_ >= 0);
  const timeval patience{5, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  TESSERA_ASSERT(connected == 0);
}

LoopbackClient::~LoopbackClient() {
  ::close(socket_);
}

void LoopbackClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server closed: what it said can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void LoopbackClient::half_close() {
  ::shutdown(socket_, SHUT_WR);
}

bool LoopbackClient::fill() {
  std::array<char, 16'384> bytes;
  const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

bool LoopbackClient::fill_until(std::string_view mark, std::size_t from, std::size_t& at) {
  while ((at = buffer_.find(mark, from)) == std::string::npos) {
    if (!fill()) return false;
  }
  return true;
}

bool LoopbackClient::read_chunks(std::string& body) {
  while (true) {
    std::size_t end = 0;
    if (!fill_until("\r\n", 0, end)) return false;
    std::size_t size = 0;
    std::from_chars(buffer_.data(), buffer_.data() + end, size, 16);
    while (buffer_.size() < end + 2 + size + 2) {
      if (!fill()) return false;
    }
    body.append(buffer_, end + 2, size);
    buffer_.erase(0, end + 2 + size + 2);
    if (size == 0) return true;
  }
}

bool LoopbackClient::Answer::has(std::string_view field) const {
  return head.find(field) != std::string::npos;
}

std::optional<LoopbackClient::Answer> LoopbackClient::read(bool to_head) {
  Answer answer;
  std::size_t end = 0;
  if (!fill_until("\r\n\r\n", 0, end)) return std::nullopt;
  answer.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
  if (to_head || answer.status == 204 || answer.status < 200) return answer;
  if (answer.has("Transfer-Encoding: chunked")) {
    return read_chunks(answer.body) ? std::optional(answer) : std::nullopt;
  }
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = answer.head.find(kLength);
  if (at == std::string::npos) {
    while (fill()) {
    }
    answer.body = std::exchange(buffer_, {});
    return answer;
  }
  std::size_t length = 0;
  std::from_chars(answer.head.data() + at + kLength.size(), answer.head.data() + answer.head.size(), length);
  while (buffer_.size() < length) {
    if (!fill()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool LoopbackClient::closed() {
  while (fill()) {
  }
  return errno != EAGAIN;
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
  std::string out = "POST ";
  out += path;
  out += " HTTP/1.1\r\nHost: test\r\n";
  out += fields;
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

std::string get(std::string_view path, std::string_view fields) {
  std::string out = "GET ";
  out += path;
  out += " HTTP/1.1\r\nHost: test\r\n";
  out += fields;
  return out + "\r\n";
}

}  // namespace tessera::http
