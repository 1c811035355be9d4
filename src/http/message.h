// What handlers see of HTTP: plain requests and responses. The server's sockets and parsers are behind server.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tessera::http {

class Stream;

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kOther };
std::string_view method_name(Method method);

// A request's header fields, in one arena. At most 128 fields and 16 KB (the server sees to it).
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  // The first field of that name in any case; nullopt if there is none. The view lives until the next `add`.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  // The `index`th field's name, as sent, and value. Views as above.
  std::pair<std::string_view, std::string_view> at(std::size_t index) const;
  std::size_t bytes() const { return text_.size(); }
  std::size_t size() const { return fields_.size(); }

 private:
  struct Field {
    std::uint32_t at;
    std::uint16_t name_size;
    std::uint16_t value_size;
  };
  std::string text_;
  std::vector<Field> fields_;
};

struct Parameter {
  std::string name;
  std::string value;
};

struct Request {
  Method method = Method::kOther;
  std::string path;                        // as sent (percent-encoded), without query; starts with '/'
  std::string raw_query;                   // as sent, without '?'
  std::vector<Parameter> path_parameters;  // of the route, decoded
  Headers headers;
  std::string body;     // decoded: neither chunked nor gzipped
  std::string remote;   // the peer's address, without port
  bool secure = false;  // came over TLS

  // The route's parameter of that name; empty if it has none such.
  std::string_view path_parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type = kJson;  // static text; empty for none
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Offset> position;  // becomes the header Tessera-Position
  std::shared_ptr<Stream> stream;  // if set, what it brings follows `body` until it is closed
  // If set, is called on the connection's thread before anything is written: for what should be rendered neither on
  // the log's thread nor on the engine's.
  std::move_only_function<void(Response*)> finish;

  static constexpr std::string_view kJson = "application/json";
  static constexpr std::string_view kProblem = "application/problem+json";
  static constexpr std::string_view kText = "text/plain; charset=utf-8";
  static constexpr std::string_view kCsv = "text/csv; charset=utf-8";
  static constexpr std::string_view kHtml = "text/html; charset=utf-8";
  static constexpr std::string_view kEventStream = "text/event-stream";
};

// Answers one request: call it once, from any thread, now or later. Dropped without a call, the answer is 503.
using Respond = std::move_only_function<void(Response)>;

Response json_response(std::string body, int status = 200);

}  // namespace tessera::http
