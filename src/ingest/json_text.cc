#include "ingest/json_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tessera::ingest {

namespace {

constexpr std::size_t kEscapeSize = 6;  // \uXXXX

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t pos) {
  while (pos < text.size() && is_digit(text[pos])) ++pos;
  return pos;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of the escape \uXXXX at `at`; -1 if there is none.
int unit_at(const char* at, const char* end) {
  if (end - at < static_cast<std::ptrdiff_t>(kEscapeSize) || at[0] != '\\' || at[1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = 2; i < kEscapeSize; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// Checks the escape at `at`, which is a backslash, and returns what follows it; null if it is none.
char* check_escape(char* at, const char* end) {
  if (end - at < 2) return nullptr;
  if (at[1] != 'u') return std::strchr("\"\\/bfnrt", at[1]) != nullptr && at[1] != '\0' ? at + 2 : nullptr;
  const int unit = unit_at(at, end);
  if (unit < 0) return nullptr;
  if (is_high(unit) && is_low(unit_at(at + kEscapeSize, end))) return at + 2 * kEscapeSize;
  if (unit == 0 || is_high(unit) || is_low(unit)) std::memcpy(at, "\\ufffd", kEscapeSize);
  return at + kEscapeSize;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

char control_character(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t pos = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = pos;
  pos = skip_digits(text, pos);
  if (pos == whole || (text[whole] == '0' && pos > whole + 1)) return false;
  if (pos < text.size() && text[pos] == '.') {
    const std::size_t fraction = pos + 1;
    pos = skip_digits(text, fraction);
    if (pos == fraction) return false;
  }
  if (pos < text.size() && (text[pos] == 'e' || text[pos] == 'E')) {
    ++pos;
    if (pos < text.size() && (text[pos] == '+' || text[pos] == '-')) ++pos;
    const std::size_t exponent = pos;
    pos = skip_digits(text, exponent);
    if (pos == exponent) return false;
  }
  return pos == text.size();
}

char* check_json_string(char* at, const char* end, bool& escaped) {
  escaped = false;
  while (at != nullptr && at < end && *at != '"') {
    if (*at != '\\') {
      ++at;
    } else {
      escaped = true;
      at = check_escape(at, end);
    }
  }
  return at != end ? at : nullptr;
}

std::string unescape_json(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  const char* at = inner.data();
  const char* const end = at + inner.size();
  while (at < end) {
    const char* const run = std::find(at, end, '\\');
    out.append(at, run);
    if ((at = run) == end) break;
    if (at[1] != 'u') {
      out += control_character(at[1]);
      at += 2;
      continue;
    }
    auto point = static_cast<std::uint32_t>(unit_at(at, end));
    at += kEscapeSize;
    if (is_high(static_cast<int>(point))) {
      const auto low = static_cast<std::uint32_t>(unit_at(at, end));
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      at += kEscapeSize;
    }
    append_utf8(out, point);
  }
  return out;
}

}  // namespace tessera::ingest
