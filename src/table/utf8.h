// UTF-8 (RFC 3629): DuckDB takes nothing else as text.
#pragma once

#include <string>
#include <string_view>

namespace tessera::table {

bool is_utf8(std::string_view text);

// `text` with every byte that is not part of a valid sequence replaced by U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace tessera::table
