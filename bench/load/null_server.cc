#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "load.h"

namespace tessera::bench {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTessera-Position: 1\r\nContent-Length: "
    "16\r\n\r\n{\"success\":true}";

struct Peer {
  std::string in;
  std::size_t wanted = 0;  // bytes of the request being read; 0: its head is not whole
};

// Answers the whole requests in `peer`; false if the peer is gone.
bool serve(int fd, Peer& peer, std::string& buffer) {
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  peer.in.append(buffer, 0, static_cast<std::size_t>(got));
  std::size_t used = 0;
  while (true) {
    const std::string_view rest = std::string_view(peer.in).substr(used);
    if (peer.wanted == 0) {
      const std::size_t end = rest.find("\r\n\r\n");
      if (end == std::string_view::npos) break;
      constexpr std::string_view kName = "\r\nContent-Length: ";
      const std::size_t name = rest.substr(0, end).find(kName);
      std::size_t length = 0;
      if (name != std::string_view::npos) {
        std::from_chars(rest.data() + name + kName.size(), rest.data() + end, length);
      }
      peer.wanted = end + 4 + length;
    }
    if (rest.size() < peer.wanted) break;
    used += peer.wanted;
    peer.wanted = 0;
    if (::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) return false;
  }
  peer.in.erase(0, used);
  return true;
}

}  // namespace

Status run_null_server(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 128) != 0) {
    return error(Code::kUnavailable, "cannot listen on port " + std::to_string(port) + ": " + std::strerror(errno));
  }
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::map<int, Peer> peers;
  std::string buffer(256 << 10, '\0');
  while (true) {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        const int peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0) continue;
        ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event read{.events = EPOLLIN, .data = {.fd = peer}};
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &read);
      } else if (!serve(fd, peers[fd], buffer)) {
        peers.erase(fd);
        ::close(fd);
      }
    }
  }
}

}  // namespace tessera::bench
