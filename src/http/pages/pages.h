// Pages that are compiled into the binary. Their sources are the .html, .css and .js files beside this one; pages.cmake
// makes one file of each page and turns it into code.
#pragma once

#include <string_view>

namespace tessera::http::pages {

// The live page at `/`.
std::string_view index_html();

}  // namespace tessera::http::pages
