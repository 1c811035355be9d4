// A client of raw bytes for the server's tests: says exactly what it is told to, and reads answers one by one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::http {

class LoopbackClient {
 public:
  explicit LoopbackClient(std::uint16_t port);
  ~LoopbackClient();
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  void send(std::string_view bytes);
  void half_close();

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    bool has(std::string_view field) const;
  };
  // The next answer, read by Content-Length, chunks, or to the end; nullopt if the server closed or 5 s passed.
  // `to_head` says that it answers HEAD.
  std::optional<Answer> read(bool to_head = false);
  // Waits up to 5 s for the server to close.
  bool closed();

 private:
  bool fill();
  bool fill_until(std::string_view mark, std::size_t from, std::size_t& at);
  bool read_chunks(std::string& body);

  int socket_ = -1;
  std::string buffer_;
};

// "POST path HTTP/1.1 …" with a length.
std::string post(std::string_view path, std::string_view body, std::string_view fields = {});
std::string get(std::string_view path, std::string_view fields = {});

}  // namespace tessera::http
