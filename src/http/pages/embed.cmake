# cmake -DFROM=x.html -DTO=x.cc -DFUNCTION=x_html -P embed.cmake: makes a C++ file of a page.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${TO} "// Made from ${FROM}.
#include \"http/pages/pages.h\"

namespace tessera::http::pages {

namespace {

constexpr unsigned char kBytes[] = {
${bytes}
};

}  // namespace

std::string_view ${FUNCTION}() {
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

}  // namespace tessera::http::pages
")
