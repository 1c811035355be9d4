// A condition as a tree, with what each part of it comes to.
#pragma once

#include <ostream>
#include <string>

#include "cli/document.h"

namespace tessera::cli {

// An answer's explanation, a line for each sub-expression and for each thing that it reads, all behind `indent`.
void show_explanation(const DocumentNode& explanation, const std::string& indent, std::ostream& out);

}  // namespace tessera::cli
