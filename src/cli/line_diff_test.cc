#include "cli/line_diff.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tessera::cli {
namespace {

// Either text again, from the lines that a diff shows of it.
std::string rebuilt(std::string_view diff, char mark) {
  std::string text;
  while (!diff.empty()) {
    const std::size_t end = diff.find('\n');
    const std::string_view line = diff.substr(0, end);
    if (line.front() == ' ' || line.front() == mark) text.append(line.substr(2)).append("\n");
    diff.remove_prefix(end + 1);
  }
  return text;
}

TEST(LineDiff, EqualTextsHaveNone) {
  EXPECT_EQ(line_diff("a\nb\n", "a\nb\n", ""), "");
}

TEST(LineDiff, ShowsWhatChangedAmongItsNeighbours) {
  const std::string before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
  const std::string after = "1\n2\n3\n4\n5\nsix\n7\n8\n9\n10\n11\n12\n13\n";
  EXPECT_EQ(line_diff(before, after, "  "),
            "  …\n    3\n    4\n    5\n  - 6\n  + six\n    7\n    8\n    9\n    10\n    11\n    12\n  + 13\n");
}

TEST(LineDiff, HasAllLinesOfBothTexts) {
  EXPECT_TRUE(rc::check([] {
    const auto lines = rc::gen::container<std::vector<std::string>>(5, rc::gen::element<std::string>("a", "b", "c"));
    const auto text = [](const std::vector<std::string>& from) {
      std::string out;
      for (const auto& line : from) out += line + "\n";
      return out;
    };
    const std::string before = text(*lines);
    const std::string after = text(*lines);
    RC_PRE(before != after);
    const std::string diff = line_diff(before, after, "");
    RC_PRE(!diff.contains("…"));
    RC_ASSERT(rebuilt(diff, '-') == before);
    RC_ASSERT(rebuilt(diff, '+') == after);
  }));
}

TEST(LineDiff, VeryLongTextsAreReplacedAsAWhole) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "a" + std::to_string(i) + "\nsame\n";
    after += "b" + std::to_string(i) + "\nsame\n";
  }
  const std::string diff = line_diff(before, after, "");
  EXPECT_EQ(rebuilt(diff, '-'), before);
  EXPECT_EQ(rebuilt(diff, '+'), after);
}

}  // namespace
}  // namespace tessera::cli
