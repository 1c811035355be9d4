# cmake -DFROM=x.html -DTO=x.cc -DFUNCTION=x_html -P embed.cmake: makes a C++ file of a page, with its own style sheets and
# scripts in place of what refers to them: the page may load nothing.
get_filename_component(folder ${FROM} DIRECTORY)
file(READ ${FROM} page)
string(REGEX MATCHALL "<link rel=\"stylesheet\" href=\"[a-z]+\\.css\">" styles "${page}")
foreach(reference IN LISTS styles)
  string(REGEX REPLACE ".*href=\"([a-z.]+)\".*" "\\1" name "${reference}")
  file(READ ${folder}/${name} text)
  string(REPLACE "${reference}" "<style>\n${text}</style>" page "${page}")
endforeach()
string(REGEX MATCHALL "<script src=\"[a-z]+\\.js\"></script>" scripts "${page}")
foreach(reference IN LISTS scripts)
  string(REGEX REPLACE ".*src=\"([a-z.]+)\".*" "\\1" name "${reference}")
  file(READ ${folder}/${name} text)
  string(REPLACE "${reference}" "<script>\n${text}</script>" page "${page}")
endforeach()
string(HEX "${page}" bytes)
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
