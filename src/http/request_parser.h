// Reads one HTTP/1.x request after another from bytes as they come. Beast's parser is behind it; nothing else includes
// Beast. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace tessera::http {

inline constexpr std::size_t kMaxHeader = 16u << 10;  // request line and fields together
inline constexpr std::size_t kMaxFields = 128;

class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Begins the next request.
  void reset();

  enum class State : std::uint8_t {
    kMore,    // needs more bytes, after those it left
    kHead,    // the head is complete: `request` has all but the body; set the body's limit and go on
    kDone,    // the request is complete
    kFailed,  // `failure` says why; the connection cannot be used further
  };
  struct Progress {
    State state;
    std::size_t consumed;
  };
  // Takes from `bytes` what it can, which must begin with what it left before.
  Progress put(std::string_view bytes);

  // May be changed once the head is complete. Past it `put` fails with 413.
  void set_body_limit(std::size_t bytes);

  Request& request();
  bool started() const;  // some of the request line has come
  // Valid once the head is complete.
  bool keep_alive() const;
  bool http_1_1() const;
  std::optional<std::uint64_t> content_length() const;

  struct Failure {
    int status = 400;
    std::string_view code = "invalid_argument";
    std::string detail;
  };
  const Failure& failure() const;

 private:
  struct Beast;
  std::unique_ptr<Beast> beast_;
};

}  // namespace tessera::http
