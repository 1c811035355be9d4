#include "http_client/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"

namespace tessera::http_client {

namespace {

// Reads until `text` holds `size` bytes; false at the end of the connection.
bool fill(int socket, std::string& text, std::size_t size) {
  char piece[65536];
  while (text.size() < size) {
    const ssize_t got = recv(socket, piece, sizeof piece, 0);
    if (got <= 0) return false;
    text.append(piece, static_cast<std::size_t>(got));
  }
  return true;
}

ScriptedServer::Request parse_head(std::string_view head) {
  ScriptedServer::Request request;
  const std::size_t first = head.find(' ');
  const std::size_t second = head.find(' ', first + 1);
  request.method = head.substr(0, first);
  request.target = head.substr(first + 1, second - first - 1);
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string_view line = head.substr(at + 2, end == std::string_view::npos ? end : end - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = line.substr(colon + 2);
    }
    at = end;
  }
  return request;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  TESSERA_ASSERT(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  TESSERA_ASSERT(listen(listener_, 16) == 0);
  TESSERA_ASSERT(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& session : sessions_) session.join();
  for (const int socket : sockets_) close(socket);
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void ScriptedServer::accept_all() {
  for (int connection = 0;; ++connection) {
    const int socket = accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    sessions_.emplace_back([this, socket, connection] { serve(socket, connection); });
  }
}

void ScriptedServer::serve(int socket, int connection) {
  std::string text;
  for (;;) {
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!fill(socket, text, text.size() + 1)) return;
    }
    Request request = parse_head(std::string_view(text).substr(0, end));
    request.connection = connection;
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    if (!fill(socket, text, end + 4 + size)) return;
    request.body = text.substr(end + 4, size);
    text.erase(0, end + 4 + size);
    if (!answer(socket, request)) {
      shutdown(socket, SHUT_RDWR);
      return;
    }
  }
}

bool ScriptedServer::answer(int socket, const Request& request) {
  const Answer said = script_(request);
  if (said.hang_up) return false;
  std::string bytes = "HTTP/1.1 " + std::to_string(said.status) + " Scripted\r\n";
  for (const std::string& line : said.headers) bytes += line + "\r\n";
  bytes += "Content-Length: " + std::to_string(said.body.size()) + "\r\n\r\n" + said.body;
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace tessera::http_client
