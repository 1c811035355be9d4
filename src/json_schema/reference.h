// References between schemas, as texts: RFC 3986 as far as they need it. For this module's own sources.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::json_schema {

// `reference` as it reads in a document whose address is `base`, e.g. "node" in "http://a.example/tree" is
// "http://a.example/node". Dots in paths ("../x") stay as they are.
std::string resolve(std::string_view base, std::string_view reference);

struct Address {
  std::string_view document;  // before the "#"
  std::string_view fragment;  // after it
};
Address split(std::string_view address);

// The parts of a JSON pointer in a fragment: "/a~1b/%25" is "a/b" and "%". Nothing if it is not one.
std::optional<std::vector<std::string>> pointer_parts(std::string_view fragment);

// Appends "/name" to a JSON pointer, with "~" and "/" in the name written as ~0 and ~1.
void append_part(std::string& pointer, std::string_view name);

}  // namespace tessera::json_schema
