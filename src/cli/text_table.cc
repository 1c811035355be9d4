#include "cli/text_table.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text.h"

namespace tessera::cli {

namespace {

std::string one_line(const std::optional<std::string>& text) {
  if (!text) return "NULL";
  std::string out;
  for (const char c : *text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += '?';  // a terminal must not take data for commands
    } else {
      out += c;
    }
  }
  return out;
}

void write_cell(std::string_view text, std::size_t width, bool right, bool last, std::ostream& out) {
  const std::string blank(width - std::min(width, display_width(text)), ' ');
  out << ' ';
  if (right) out << blank;
  out << text;
  if (!right && !last) out << blank;
  if (!last) out << " |";
}

}  // namespace

void write_text_table(const std::vector<TextColumn>& columns,
                      const std::vector<std::vector<std::optional<std::string>>>& rows, std::ostream& out) {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths;
  for (const TextColumn& column : columns) widths.push_back(display_width(column.name));
  for (const auto& row : rows) {
    std::vector<std::string>& line = cells.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      line.push_back(one_line(i < row.size() ? row[i] : std::nullopt));
      widths[i] = std::max(widths[i], display_width(line.back()));
    }
  }
  const auto is_last = [&](std::size_t i) { return i + 1 == columns.size(); };
  for (std::size_t i = 0; i < columns.size(); ++i)
    write_cell(columns[i].name, widths[i], columns[i].right, is_last(i), out);
  out << '\n';
  for (std::size_t i = 0; i < columns.size(); ++i) out << std::string(widths[i] + 2, '-') << (is_last(i) ? "" : "+");
  out << '\n';
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < columns.size(); ++i) write_cell(line[i], widths[i], columns[i].right, is_last(i), out);
    out << '\n';
  }
}

}  // namespace tessera::cli
