// UTF-8, numbers as text, base64: what several files here need of strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::cel {

struct CodePoint {
  char32_t value = 0;
  std::uint32_t length = 1;  // bytes
  bool valid = true;         // if not, one byte stands for U+FFFD
};

// The code point at `at`, which lies in `text` (RFC 3629).
CodePoint code_point_at(std::string_view text, std::size_t at);
bool is_utf8(std::string_view text);
std::size_t count_code_points(std::string_view text);
// Where the `index`th code point begins; nullopt past the end. `index` == the count gives text.size().
std::optional<std::size_t> byte_offset(std::string_view text, std::size_t index);
// As much of a text as a message should quote.
std::string_view shown(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
// White_Space of Unicode.
bool is_space(char32_t code_point);

// Shortest digits that read back the same, as JavaScript writes them: whole numbers below 1e21 in plain digits.
void append_double(std::string& out, double number);

void append_base64(std::string& out, std::string_view bytes);
// With or without padding; nullopt if it is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tessera::cel
