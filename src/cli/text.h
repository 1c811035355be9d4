// Bytes and characters of files and terminals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::cli {

bool is_utf8(std::string_view bytes);
// ISO 8859-1, in which each byte is one character.
std::string latin1_to_utf8(std::string_view bytes);
// Characters that ISO 8859-1 does not have become "?".
std::string utf8_to_latin1(std::string_view text);

// Without spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

// How many columns a terminal gives to `text`: wide East Asian characters and emoji two, combining marks none.
std::size_t display_width(std::string_view text);

// "541,909"
std::string with_separators(std::uint64_t number);

}  // namespace tessera::cli
