// Trees as YAML, for people to read, to change and to compare line by line: block style, members in their order, texts
// of several lines as literal blocks. Equal trees give equal text, and the text reads back as the same tree.
#pragma once

#include <string>

#include "cli/document.h"

namespace tessera::cli {

std::string yaml_of(const DocumentNode& node);

}  // namespace tessera::cli
