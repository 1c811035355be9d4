#include "cel/lexer.h"

#include <algorithm>
#include <array>

#include "cel/text.h"

namespace tessera::cel {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return (c >= 'a' ? c - 'a' : c - 'A') + 10;
}

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Token>& tokens, std::vector<Issue>& issues)
      : text_(text), tokens_(tokens), issues_(issues) {}

  bool run();

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts_with(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  void advance(std::size_t bytes);
  bool fail(std::string message);
  void emit(TokenKind kind, std::string text);
  void skip_space();

  bool lex_token();
  bool lex_number();
  bool lex_hex();
  bool lex_word();
  bool lex_quoted();
  bool lex_symbol();
  bool lex_string(std::size_t prefix, bool raw, bool bytes);
  bool lex_escape(std::string& value, bool bytes);
  bool lex_code(std::string& value, std::size_t skip, std::size_t digits, bool bytes);
  bool lex_octal(std::string& value, bool bytes);

  std::string_view text_;
  std::vector<Token>& tokens_;
  std::vector<Issue>& issues_;
  std::size_t at_ = 0;
  Place place_;
  Place token_place_;
};

// Moves on, and counts lines and code points on the way.
void Lexer::advance(std::size_t bytes) {
  for (; bytes > 0 && at_ < text_.size(); --bytes, ++at_) {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
      ++place_.column;
    }
  }
}

bool Lexer::fail(std::string message) {
  issues_.push_back({place_, std::move(message)});
  return false;
}

void Lexer::emit(TokenKind kind, std::string text) {
  tokens_.push_back({kind, token_place_, std::move(text)});
}

void Lexer::skip_space() {
  while (at_ < text_.size()) {
    if (std::string_view(" \t\r\n\f").find(peek()) != std::string_view::npos) {
      advance(1);
    } else if (starts_with("//")) {
      advance(std::min(text_.find('\n', at_), text_.size()) - at_);
    } else {
      return;
    }
  }
}

bool Lexer::run() {
  while (true) {
    skip_space();
    token_place_ = place_;
    if (at_ == text_.size()) break;
    if (!lex_token()) return false;
  }
  emit(TokenKind::kEnd, "");
  return true;
}

bool Lexer::lex_token() {
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return lex_number();
  if (c == '"' || c == '\'') return lex_string(0, false, false);
  if (c == '`') return lex_quoted();
  const auto quote = [&](std::size_t ahead) { return peek(ahead) == '"' || peek(ahead) == '\''; };
  const char lower = static_cast<char>(c | 0x20);
  if (lower == 'r' && quote(1)) return lex_string(1, true, false);
  if (lower == 'b' && quote(1)) return lex_string(1, false, true);
  if (lower == 'b' && (peek(1) | 0x20) == 'r' && quote(2)) return lex_string(2, true, true);
  if (is_word(c)) return lex_word();
  return lex_symbol();
}

bool Lexer::lex_hex() {
  std::size_t length = 2;
  while (is_hex(peek(length))) ++length;
  if (length == 2) return fail("0x needs at least one hexadecimal digit");
  std::string digits(text_.substr(at_, length));
  advance(length);
  const bool is_unsigned = (peek() | 0x20) == 'u';
  if (is_unsigned) advance(1);
  emit(is_unsigned ? TokenKind::kUint : TokenKind::kInt, std::move(digits));
  return true;
}

bool Lexer::lex_number() {
  if (peek() == '0' && (peek(1) | 0x20) == 'x') return lex_hex();
  std::size_t length = 0;
  const auto digits = [&] {
    while (is_digit(peek(length))) ++length;
  };
  digits();
  bool real = false;
  if (peek(length) == '.' && is_digit(peek(length + 1))) {
    real = true;
    ++length;
    digits();
  }
  if ((peek(length) | 0x20) == 'e') {
    const std::size_t sign = peek(length + 1) == '+' || peek(length + 1) == '-' ? 1 : 0;
    if (is_digit(peek(length + 1 + sign))) {
      real = true;
      length += 1 + sign;
      digits();
    }
  }
  std::string number(text_.substr(at_, length));
  advance(length);
  if (!real && (peek() | 0x20) == 'u') {
    advance(1);
    emit(TokenKind::kUint, std::move(number));
    return true;
  }
  emit(real ? TokenKind::kDouble : TokenKind::kInt, std::move(number));
  return true;
}

bool Lexer::lex_word() {
  std::size_t length = 0;
  while (is_word(peek(length))) ++length;
  emit(TokenKind::kIdentifier, std::string(text_.substr(at_, length)));
  advance(length);
  return true;
}

bool Lexer::lex_quoted() {
  std::size_t length = 1;
  while (is_word(peek(length)) || (peek(length) != '\0' && std::string_view("_.-/ ").contains(peek(length)))) ++length;
  if (peek(length) != '`') return fail("a name in backticks has letters, digits, '_', '.', '-', '/' and spaces only");
  if (length == 1) return fail("there is no name between the backticks");
  emit(TokenKind::kQuoted, std::string(text_.substr(at_ + 1, length - 1)));
  advance(length + 1);
  return true;
}

bool Lexer::lex_symbol() {
  static constexpr std::string_view kSymbols[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
                                                  "%",  "!",  "?",  ":",  ",",  ".",  "(", ")", "[", "]", "{", "}"};
  for (const std::string_view symbol : kSymbols) {
    if (!starts_with(symbol)) continue;
    emit(TokenKind::kSymbol, std::string(symbol));
    advance(symbol.size());
    return true;
  }
  std::string what(text_.substr(at_, code_point_at(text_, at_).length));
  std::string hint;
  if (what == "=") hint = "; equality is ==";
  if (what == "&") hint = "; \"and\" is &&";
  if (what == "|") hint = "; \"or\" is ||";
  return fail("'" + what + "' means nothing here" + hint);
}

bool Lexer::lex_string(std::size_t prefix, bool raw, bool bytes) {
  advance(prefix);
  const char quote = peek();
  const bool triple = peek(1) == quote && peek(2) == quote;
  const std::string end(triple ? 3 : 1, quote);
  advance(end.size());
  std::string value;
  while (!starts_with(end)) {
    if (at_ == text_.size() || (!triple && (peek() == '\n' || peek() == '\r'))) {
      place_ = token_place_;
      return fail("the string that begins here does not end: " + end + " is missing");
    }
    if (peek() == '\\' && !raw) {
      if (!lex_escape(value, bytes)) return false;
      continue;
    }
    value += peek();
    advance(1);
  }
  advance(end.size());
  emit(bytes ? TokenKind::kBytes : TokenKind::kString, std::move(value));
  return true;
}

bool Lexer::lex_escape(std::string& value, bool bytes) {
  static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\?\"'`";
  const char c = peek(1);
  if (const std::size_t letter = kLetters.find(c); c != '\0' && letter != std::string_view::npos) {
    value += kValues[letter];
    advance(2);
    return true;
  }
  if (c == 'x' || c == 'X') return lex_code(value, 2, 2, bytes);
  if (c == 'u' && !bytes) return lex_code(value, 2, 4, false);
  if (c == 'U' && !bytes) return lex_code(value, 2, 8, false);
  if (c >= '0' && c <= '3') return lex_octal(value, bytes);
  return fail("there is no such escape; a backslash is written \\\\");
}

bool Lexer::lex_octal(std::string& value, bool bytes) {
  char32_t code = 0;
  for (std::size_t i = 1; i <= 3; ++i) {
    if (peek(i) < '0' || peek(i) > '7') return fail("an octal escape has three digits, as in \\012");
    code = code * 8 + static_cast<char32_t>(peek(i) - '0');
  }
  if (bytes) {
    value += static_cast<char>(code);
  } else {
    append_utf8(value, code);
  }
  advance(4);
  return true;
}

bool Lexer::lex_code(std::string& value, std::size_t skip, std::size_t digits, bool bytes) {
  char32_t code = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_hex(peek(skip + i))) return fail("this escape needs " + std::to_string(digits) + " hexadecimal digits");
    code = code * 16 + static_cast<char32_t>(hex_value(peek(skip + i)));
  }
  if (bytes) {
    value += static_cast<char>(code);
  } else if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    return fail("this escape is no character of Unicode");
  } else {
    append_utf8(value, code);
  }
  advance(skip + digits);
  return true;
}

}  // namespace

bool tokenize(std::string_view text, std::vector<Token>& tokens, std::vector<Issue>& issues) {
  if (text.size() > kMaxTextBytes) {
    issues.push_back({{}, "the expression is longer than " + std::to_string(kMaxTextBytes) + " bytes"});
    return false;
  }
  if (!is_utf8(text)) {
    issues.push_back({{}, "the expression is not valid UTF-8"});
    return false;
  }
  return Lexer(text, tokens, issues).run();
}

bool is_reserved(std::string_view word) {
  static constexpr std::array<std::string_view, 17> kReserved{
      "as",  "break", "const",     "continue", "else",   "for", "function", "if",   "import",
      "let", "loop",  "namespace", "package",  "return", "var", "void",     "while"};
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || is_digit(name.front()) || !std::all_of(name.begin(), name.end(), is_word)) return false;
  return name != "in" && name != "true" && name != "false" && name != "null";
}

}  // namespace tessera::cel
