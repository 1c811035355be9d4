// What reaches the server before any handler: the first byte chooses the grammar, the rest is the input.
#include "http/request_parser.h"
#include "http/router.h"
#include "http/text.h"

namespace {

using tessera::http::RequestParser;

struct Outcome {
  int requests = 0;
  bool failed = false;
  std::string last_body;
};

// Parses all requests in `bytes`, which come in pieces of at most `piece` bytes.
Outcome parse(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  RequestParser parser;
  std::size_t come = 0;
  std::size_t taken = 0;
  while (!outcome.failed) {
    const auto progress = parser.put(bytes.substr(taken, come - taken));
    TESSERA_ASSERT(progress.consumed <= come - taken);
    taken += progress.consumed;
    switch (progress.state) {
      case RequestParser::State::kMore:
        if (come == bytes.size()) return outcome;
        come = std::min(bytes.size(), come + piece);
        break;
      case RequestParser::State::kHead:
        parser.set_body_limit(1'000);
        TESSERA_ASSERT(parser.request().path.starts_with('/'));
        static_cast<void>(parser.keep_alive());
        static_cast<void>(parser.content_length());
        break;
      case RequestParser::State::kDone:
        TESSERA_ASSERT(parser.request().body.size() <= 1'000);
        outcome.last_body = parser.request().body;
        ++outcome.requests;
        parser.reset();
        break;
      case RequestParser::State::kFailed:
        TESSERA_ASSERT(parser.failure().status >= 400 && !parser.failure().detail.empty());
        outcome.failed = true;
        break;
    }
  }
  return outcome;
}

void check_parser(std::string_view input) {
  const Outcome whole = parse(input, input.size());
  for (const std::size_t piece : {1, 2, 7}) {
    const Outcome pieces = parse(input, piece);
    TESSERA_ASSERT(whole.requests == pieces.requests && whole.last_body == pieces.last_body);
  }
}

void check_router(std::string_view path) {
  static const tessera::http::Router& router = *[] {
    auto* made = new tessera::http::Router;
    const auto nothing = [](const tessera::http::Request&, tessera::http::Respond) {};
    for (const char* pattern :
         {"/", "/v1/sources", "/v1/sources/{name}", "/v1/sources/{name}/rotate-key", "/{a}/{b}/{c}"}) {
      made->add(tessera::http::Method::kGet, pattern, nothing);
    }
    return made;
  }();
  TESSERA_ASSERT(router.find(tessera::http::Method::kGet, path).route != nullptr);
  TESSERA_ASSERT(router.find(tessera::http::Method::kOther, path).route != nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::http;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr std::size_t kLimit = 100'000;
  switch (data[0] % 6) {
    case 0:
      check_parser(input);
      break;
    case 1:
      check_router(input);
      break;
    case 2:
      if (const auto decoded = percent_decode(input)) TESSERA_ASSERT(decoded->size() <= input.size());
      static_cast<void>(query_value(input, "limit"));
      static_cast<void>(query_number(input, "limit", 1, 100, 10));
      break;
    case 3:
      if (const auto credentials = parse_authorization(input)) TESSERA_ASSERT(!credentials->user.empty());
      break;
    case 4:
      if (const auto unpacked = gunzip(input, kLimit)) TESSERA_ASSERT(unpacked->size() <= kLimit);
      break;
    default:
      static_cast<void>(valid_host(input));
      break;
  }
  return 0;
}
