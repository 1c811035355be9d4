// JSON as trees that know their lines, and trees as JSON. Numbers keep the digits they were written with.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/document.h"

namespace tessera::cli {

// kInvalidArgument, with the line where there is one: no JSON, a key twice in one object, too large.
Result<DocumentNode> parse_json_document(std::string_view json, std::string_view where);

// Scalars without quotes are true, false or a number where they are written as JSON writes those; all others are texts.
std::string json_of(const DocumentNode& node);

// The node that a JSON pointer names, or the deepest one on the way there.
const DocumentNode& node_at(const DocumentNode& root, std::string_view pointer);

// Valid JSON over several lines, two blanks a level.
std::string indented_json(std::string_view json);

// What an unquoted scalar stands for.
bool is_json_number(std::string_view text);

}  // namespace tessera::cli
