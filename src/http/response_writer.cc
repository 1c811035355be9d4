#include "http/response_writer.h"

#include <array>
#include <charconv>

#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 20> digits;
  const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.find_first_of("\r\n") != std::string_view::npos) return;
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

void write_head(std::string& out, const Response& response, const HeadOptions& options) {
  out = "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += status_title(response.status);
  out += "\r\n";
  out += options.date;
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (options.framing == Framing::kChunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (options.framing == Framing::kLength && response.status != 204 && response.status != 304 &&
             !(options.head_only && response.stream)) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (response.position) {
    out += "Tessera-Position: ";
    append_number(out, response.position->value);
    out += "\r\n";
  }
  out += "X-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
  if (!options.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!options.http_1_1) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

void append_piece(std::string& out, std::string_view piece, Framing framing) {
  if (piece.empty()) return;
  if (framing == Framing::kChunked) {
    append_number(out, piece.size(), 16);
    out += "\r\n";
  }
  out += piece;
  if (framing == Framing::kChunked) out += "\r\n";
}

Status decode_body(Request& request, std::size_t limit) {
  const auto encoding = request.headers.get("Content-Encoding");
  if (!encoding || equals_ignoring_case(*encoding, "identity") || encoding->empty()) return {};
  if (!equals_ignoring_case(*encoding, "gzip") && !equals_ignoring_case(*encoding, "x-gzip")) {
    return error(Code::kFailedPrecondition,
                 "Content-Encoding may be gzip or identity, not " + std::string(*encoding, 0, 50));
  }
  TRY_ASSIGN(request.body, gunzip(request.body, limit));
  return {};
}

Response too_large(std::size_t limit) {
  return problem(Code::kTooLarge, "the body is over " + std::to_string(limit) + " bytes: send less at once");
}

Response overloaded() {
  return problem(Code::kUnavailable, "too many large requests at once: try again in a second");
}

}  // namespace tessera::http
