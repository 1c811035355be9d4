// Text into tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cel/ast.h"

namespace tessera::cel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,  // also reserved words, `true`, `in` …
  kQuoted,      // `a-b` after a dot; `text` without the backticks
  kInt,         // digits as written, without "u"
  kUint,
  kDouble,
  kString,  // `text` is the value
  kBytes,
  kSymbol,  // "&&", "<=", "{" …
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Place place;
  std::string text;
};

// False, with an issue, at the first thing that is no token. The last token is kEnd.
bool tokenize(std::string_view text, std::vector<Token>& tokens, std::vector<Issue>& issues);

// `as`, `break` …: names of fields and methods, but not of variables.
bool is_reserved(std::string_view word);
// Whether a field's name needs no backticks.
bool is_plain_name(std::string_view name);

}  // namespace tessera::cel
