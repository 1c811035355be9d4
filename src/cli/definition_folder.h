// A folder of definitions as files: YAML (one or several documents a file) or JSON (one object, or a list of them).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/document.h"

namespace tessera::cli {

struct LocalDefinition {
  std::string kind;
  std::string name;
  std::string file;  // as found below the folder that was named
  DocumentNode document;

  // "segments/buyers.yaml:7", of the part that the JSON pointer names or of the deepest one around it.
  std::string place(std::string_view pointer) const;
};

struct DefinitionFolder {
  std::vector<LocalDefinition> definitions;  // by file, then in the file's order; no two of one kind and name
  std::vector<std::string> problems;         // "file:line: what is wrong"
};

inline constexpr std::size_t kMaxDefinitionFiles = 20'000;
inline constexpr std::size_t kMaxDefinitionFileBytes = 8u << 20;

// All *.yaml, *.yml and *.json below `folder`, but for hidden ones. kNotFound if it is no folder or cannot be read.
Result<DefinitionFolder> read_definition_folder(const std::string& folder);

// The same of one file. kNotFound if it cannot be read.
Result<DefinitionFolder> read_definition_file(const std::string& path);

}  // namespace tessera::cli
