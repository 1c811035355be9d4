// Pages that are compiled into the binary. Their sources are the .html files beside this one; pages.cmake turns them
// into code.
#pragma once

#include <string_view>

namespace tessera::http::pages {

// The live page at `/`.
std::string_view index_html();

}  // namespace tessera::http::pages
