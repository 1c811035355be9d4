// Rows of text in aligned columns, for people.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace tessera::cli {

struct TextColumn {
  std::string name;
  bool right = false;  // numbers
};

// A heading, a rule and the rows; nullopt is shown as NULL, line ends and tabs as \n and \t.
void write_text_table(const std::vector<TextColumn>& columns,
                      const std::vector<std::vector<std::optional<std::string>>>& rows, std::ostream& out);

}  // namespace tessera::cli
