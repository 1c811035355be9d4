#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "http/text.h"

namespace tessera::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using View = beast::string_view;

std::string_view to_std(View text) {
  return {text.data(), text.size()};
}

Method method_of(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::kGet;
    case beast::http::verb::head:
      return Method::kHead;
    case beast::http::verb::post:
      return Method::kPost;
    case beast::http::verb::put:
      return Method::kPut;
    case beast::http::verb::delete_:
      return Method::kDelete;
    case beast::http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

// "/a?b" from "/a?b", "http://host/a?b" and "*" (which is taken for "/").
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target == "*" ? "/" : std::string_view{};
  const std::size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

constexpr std::uint64_t kMaxReserve = 64u << 10;

// Fills a Request from Beast's callbacks, within the limits.
class Parser final : public beast::http::basic_parser<true> {
 public:
  Request request;
  RequestParser::Failure failure;
  bool failed = false;
  bool http_1_1 = true;
  std::size_t body_limit_bytes = 0;

  void refuse(int status, std::string_view code, std::string detail, error_code& ec) {
    failed = true;
    failure = {status, code, std::move(detail)};
    ec = beast::http::error::body_limit;  // any error stops the parser; `failure` has the real one
  }

 private:
  void on_request_impl(beast::http::verb verb, View, View target, int version, error_code& ec) override {
    request.method = method_of(verb);
    http_1_1 = version >= 11;
    std::string_view path = origin_form(to_std(target));
    if (path.empty())
      return refuse(400, "invalid_argument", "the request's target must be a path that starts with '/'", ec);
    path = path.substr(0, path.find('#'));
    const std::size_t question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string_view::npos) request.raw_query = path.substr(question + 1);
    head_bytes_ = target.size();
  }

  void on_field_impl(beast::http::field field, View name, View value, error_code& ec) override {
    if (head_done_) return;  // a trailer after the last chunk: nobody asked for one
    head_bytes_ += name.size() + value.size();
    if (head_bytes_ > kMaxHeader || request.headers.size() == kMaxFields) {
      return refuse(431, "header_too_large", "the request's header is over 16 KB or 128 fields", ec);
    }
    if (field == beast::http::field::transfer_encoding && !equals_ignoring_case(to_std(value), "chunked")) {
      return refuse(400, "invalid_argument",
                    "Transfer-Encoding may be chunked, nothing else: compress with Content-Encoding: gzip", ec);
    }
    if (field == beast::http::field::host && request.headers.has("Host")) {
      return refuse(400, "invalid_argument", "the header Host is there twice", ec);
    }
    request.headers.add(to_std(name), to_std(value));
  }

  void on_header_impl(error_code& ec) override {
    head_done_ = true;
    if (http_1_1 && !request.headers.has("Host")) refuse(400, "invalid_argument", "the header Host is missing", ec);
  }

  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code& ec) override {
    if (length && *length > body_limit_bytes) return refuse_body(ec);
    // Memory is for what has come, not for what is announced.
    if (length) request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, kMaxReserve)));
  }

  std::size_t on_body_impl(View body, error_code& ec) override {
    if (request.body.size() + body.size() > body_limit_bytes) {
      refuse_body(ec);
      return 0;
    }
    request.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t size, View, error_code& ec) override {
    if (size > body_limit_bytes) refuse_body(ec);
  }

  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code& ec) override { return on_body_impl(body, ec); }

  void on_response_impl(int, View, int, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  void refuse_body(error_code& ec) {
    refuse(413, "too_large", "the body is over " + std::to_string(body_limit_bytes) + " bytes: send less at once", ec);
  }

  std::size_t head_bytes_ = 0;
  bool head_done_ = false;
};

}  // namespace

struct RequestParser::Beast {
  std::optional<Parser> parser;
  bool head_told = false;
};

RequestParser::RequestParser() : beast_(std::make_unique<Beast>()) {
  reset();
}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  Parser& parser = beast_->parser.emplace();
  parser.header_limit(kMaxHeader);
  parser.body_limit(boost::none);  // ours is known after the head
  beast_->head_told = false;
}

RequestParser::Progress RequestParser::put(std::string_view bytes) {
  Parser& parser = *beast_->parser;
  std::size_t consumed = 0;
  while (!parser.failed) {
    if (parser.is_header_done() && !beast_->head_told) {
      beast_->head_told = true;
      return {State::kHead, consumed};
    }
    if (parser.is_done()) return {State::kDone, consumed};
    // Beast 1.81 asserts that it is asked about a last chunk again only with five bytes at hand. Whatever comes in
    // chunks ends in "0\r\n\r\n", so there are always that many to wait for.
    const std::size_t least = parser.is_header_done() && parser.chunked() ? 5 : 1;
    if (bytes.size() - consumed < least) return {State::kMore, consumed};
    error_code ec;
    const std::size_t used =
        parser.put(boost::asio::const_buffer(bytes.data() + consumed, bytes.size() - consumed), ec);
    consumed += used;
    if (ec == beast::http::error::need_more) return {State::kMore, consumed};
    if (parser.failed) break;
    if (ec == beast::http::error::header_limit) {
      parser.refuse(431, "header_too_large", "the request's header is over 16 KB", ec);
    } else if (ec) {
      parser.refuse(400, "invalid_argument", "this is not HTTP/1.0 or 1.1: " + ec.message(), ec);
    }
  }
  return {State::kFailed, consumed};
}

void RequestParser::set_body_limit(std::size_t bytes) {
  beast_->parser->body_limit_bytes = bytes;
}
Request& RequestParser::request() {
  return beast_->parser->request;
}
bool RequestParser::started() const {
  return beast_->parser->got_some();
}
bool RequestParser::keep_alive() const {
  return beast_->parser->keep_alive();
}
bool RequestParser::http_1_1() const {
  return beast_->parser->http_1_1;
}
const RequestParser::Failure& RequestParser::failure() const {
  return beast_->parser->failure;
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = beast_->parser->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace tessera::http
