// The grammar of JSON's scalars (RFC 8259 §6, §7) over text in memory.
#pragma once

#include <string>
#include <string_view>

namespace tessera::ingest {

// Whether `text` is a JSON number.
bool is_json_number(std::string_view text);

// Checks the string whose characters begin at `at` and returns its closing quote; null if an escape is wrong or there
// is no closing quote before `end`. `escaped` tells whether it has escapes. An escaped NUL and an escaped half of a
// surrogate pair are overwritten with "\ufffd".
char* check_json_string(char* at, const char* end, bool& escaped);

// The characters of a checked string, between its quotes.
std::string unescape_json(std::string_view inner);

}  // namespace tessera::ingest
