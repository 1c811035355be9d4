// The small grammars of HTTP that reach us from outside: percent-encoding, queries, credentials, encodings. Every
// function takes any bytes at all and answers; none fails in another way than it says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace tessera::http {

bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);  // of ASCII letters
std::string_view trim(std::string_view text);   // of spaces and tabs

// RFC 3986 percent-decoding; nullopt at a '%' that two hex digits do not follow, and at an encoded NUL.
std::optional<std::string> percent_decode(std::string_view text);

// The value of `name` in a query string (application/x-www-form-urlencoded: '+' is a space). nullopt if it is not
// there or cannot be decoded. Looks at no more than the first 100 pairs.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// All names and values of a query, or of a form's body, in order, of the first `limit` pairs; what cannot be decoded is
// left out.
std::vector<Parameter> query_pairs(std::string_view query, std::size_t limit = 100);

// `query_value` as a whole number: `fallback` if it is not there; kInvalidArgument, naming it, if it is no number from
// `low` to `high`.
Result<std::int64_t> query_number(std::string_view query, std::string_view name, std::int64_t low, std::int64_t high,
                                  std::int64_t fallback);

// RFC 4648 base 64 with padding optional; nullopt if it is not that.
std::optional<std::string> base64_decode(std::string_view text);

// What an Authorization header says.
struct Credentials {
  enum class Scheme : std::uint8_t { kBasic, kBearer };
  Scheme scheme;
  std::string user;  // Basic: before the first colon; Bearer: the token
};
// nullopt for other schemes, for what does not parse, and for an empty user or token.
std::optional<Credentials> parse_authorization(std::string_view header);

// Whether `host` may be a Host header: letters, digits, ".-_:[]", at most 255 characters.
bool valid_host(std::string_view host);

// Unpacks gzip (RFC 1952, several members too). kTooLarge once the result would pass `limit`; kInvalidArgument if it
// is not gzip, is cut short or damaged.
Result<std::string> gunzip(std::string_view bytes, std::size_t limit);

}  // namespace tessera::http
