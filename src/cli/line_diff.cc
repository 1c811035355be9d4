#include "cli/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::cli {

namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMaxCells = 4'000'000;  // of the table for the longest common subsequence

using Lines = std::vector<std::string_view>;

struct Change {
  char mark;  // ' ', '-' or '+'
  std::string_view line;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The lines of both between `first` and `last_*`, by the longest common subsequence.
void compare(const Lines& before, std::size_t last_before, const Lines& after, std::size_t last_after,
             std::size_t first, std::vector<Change>& changes) {
  const std::size_t rows = last_before - first;
  const std::size_t columns = last_after - first;
  std::vector<std::uint32_t> longest;  // of the rests from (row, column) on
  const bool small = (rows + 1) * (columns + 1) <= kMaxCells;
  const auto cell = [&](std::size_t row, std::size_t column) -> std::uint32_t& {
    return longest[row * (columns + 1) + column];
  };
  if (small) {
    longest.resize((rows + 1) * (columns + 1));
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        const bool same = before[first + row] == after[first + column];
        cell(row, column) =
            same ? cell(row + 1, column + 1) + 1 : std::max(cell(row + 1, column), cell(row, column + 1));
      }
    }
  }
  std::size_t row = 0;
  std::size_t column = 0;
  while (row < rows || column < columns) {
    if (small && row < rows && column < columns && before[first + row] == after[first + column]) {
      changes.push_back({' ', before[first + row++]});
      ++column;
    } else if (row < rows && (!small || column == columns || cell(row + 1, column) >= cell(row, column + 1))) {
      changes.push_back({'-', before[first + row++]});
    } else {
      changes.push_back({'+', after[first + column++]});
    }
  }
}

}  // namespace

std::string line_diff(std::string_view before_text, std::string_view after_text, std::string_view margin) {
  if (before_text == after_text) return {};
  const Lines before = lines_of(before_text);
  const Lines after = lines_of(after_text);
  const std::size_t least = std::min(before.size(), after.size());
  std::size_t first = 0;
  while (first < least && before[first] == after[first]) ++first;
  std::size_t last = 0;  // common lines at the end
  while (last < least - first && before[before.size() - 1 - last] == after[after.size() - 1 - last]) ++last;
  std::vector<Change> changes;
  for (std::size_t i = 0; i < first; ++i) changes.push_back({' ', before[i]});
  compare(before, before.size() - last, after, after.size() - last, first, changes);
  for (std::size_t i = before.size() - last; i < before.size(); ++i) changes.push_back({' ', before[i]});

  std::string out;
  bool left_out = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto from = changes.begin() + static_cast<std::ptrdiff_t>(i - std::min(i, kContext));
    const auto to = changes.begin() + static_cast<std::ptrdiff_t>(std::min(changes.size(), i + kContext + 1));
    const bool near = std::any_of(from, to, [](const Change& change) { return change.mark != ' '; });
    if (near) {
      out.append(margin).append(1, changes[i].mark).append(" ").append(changes[i].line).append("\n");
    } else if (!left_out) {
      out.append(margin).append("…\n");
    }
    left_out = !near;
  }
  return out;
}

}  // namespace tessera::cli
