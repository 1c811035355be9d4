#include "cli/text.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "cli/text_table.h"

namespace tessera::cli {
namespace {

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("plain, ü, £, 漢, 🛒"));
  EXPECT_FALSE(
      is_utf8("\xA3"
              "5"));                      // Latin-1's pound
  EXPECT_FALSE(is_utf8("\xC0\xAF"));      // overlong
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));  // a surrogate
  EXPECT_FALSE(is_utf8("cut \xE6\xBC"));  // cut off
}

TEST(Text, ConvertsLatin1BothWays) {
  EXPECT_EQ(latin1_to_utf8("caf\xE9 \xA3"), "café £");
  EXPECT_EQ(utf8_to_latin1("café £ 漢"), "caf\xE9 \xA3 ?");
}

TEST(Text, WidthIsWhatATerminalShows) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("£5"), 2U);
  EXPECT_EQ(display_width("漢字"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("🛒"), 2U);
}

TEST(Text, NumbersHaveSeparators) {
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(541909), "541,909");
  EXPECT_EQ(with_separators(1000000), "1,000,000");
}

TEST(TextTable, AlignsByWidthAndShowsNull) {
  std::ostringstream out;
  write_text_table({{.name = "name", .right = false}, {.name = "n", .right = true}},
                   {{"漢字", "5"}, {"a\nb\x1b[2J", std::nullopt}, {"£", "12345"}}, out);
  EXPECT_EQ(out.str(),
            " name     |     n\n"
            "----------+-------\n"
            " 漢字     |     5\n"
            " a\\nb?[2J |  NULL\n"
            " £        | 12345\n");
}

}  // namespace
}  // namespace tessera::cli
