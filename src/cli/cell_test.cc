#include "cli/cell.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "cli/mapping.h"

namespace tessera::cli {
namespace {

Column column_of(ColumnType type) {
  Column column;
  column.name = "C";
  column.type = type;
  return column;
}

// The cell as JSON, "" if it is empty, or the error.
std::string json_of(const Column& column, const std::optional<std::string>& raw) {
  const auto cell = parse_cell(column, raw);
  if (!cell) return cell.error().message;
  std::string out;
  if (cell->present) append_cell_json(column, *cell, out);
  return out;
}

TEST(Cell, TextIsTrimmedStrippedAndCased) {
  Column column = column_of(ColumnType::kString);
  EXPECT_EQ(json_of(column, " a \"b\" "), R"("a \"b\"")");
  EXPECT_EQ(json_of(column, "   "), "");
  EXPECT_EQ(json_of(column, std::nullopt), "");
  column.strip_suffix = ".0";
  EXPECT_EQ(json_of(column, "17850.0"), "\"17850\"");
  column.strip_prefix = "UK-";
  column.letter_case = LetterCase::kLower;
  EXPECT_EQ(json_of(column, "UK-ABC"), "\"abc\"");
  column.trim = false;
  EXPECT_EQ(json_of(column, " x "), "\" x \"");
}

TEST(Cell, NumbersBecomeJsonNumbersDigitForDigit) {
  EXPECT_EQ(json_of(column_of(ColumnType::kInteger), "+012"), "12");
  EXPECT_EQ(json_of(column_of(ColumnType::kInteger), "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(json_of(column_of(ColumnType::kDecimal), "0.10"), "0.10");
  Column comma = column_of(ColumnType::kDecimal);
  comma.decimal_comma = true;
  EXPECT_EQ(json_of(comma, "12,50"), "12.50");
  EXPECT_EQ(json_of(comma, "1.200,50"), "C: \"1.200,50\" is no number with a decimal comma");
}

TEST(Cell, BooleansTimesAndJson) {
  EXPECT_EQ(json_of(column_of(ColumnType::kBoolean), "Yes"), "true");
  EXPECT_EQ(json_of(column_of(ColumnType::kBoolean), "0"), "false");
  EXPECT_EQ(json_of(column_of(ColumnType::kTimestamp), "2024-01-02"), "\"2024-01-02T00:00:00.000Z\"");
  EXPECT_EQ(json_of(column_of(ColumnType::kJson), "[1, {\"a\": 2}]"), "[1, {\"a\": 2}]");
}

TEST(Cell, SaysWhatTheColumnWants) {
  EXPECT_EQ(json_of(column_of(ColumnType::kInteger), "6.5"), "C: \"6.5\" is no whole number");
  EXPECT_EQ(json_of(column_of(ColumnType::kInteger), "99999999999999999999"),
            "C: \"99999999999999999999\" is no whole number");
  EXPECT_EQ(json_of(column_of(ColumnType::kDecimal), "£5"), "C: \"£5\" is no decimal number");
  EXPECT_EQ(json_of(column_of(ColumnType::kTimestamp), "soon"), "C: \"soon\" is no time of the format iso");
  EXPECT_EQ(json_of(column_of(ColumnType::kJson), "{"), "C: \"{\" is no JSON");
  EXPECT_TRUE(json_of(column_of(ColumnType::kBoolean), "maybe").starts_with("C: \"maybe\" is no boolean"));
  EXPECT_EQ(json_of(column_of(ColumnType::kString), "\xA3"), "C: not UTF-8; is the file's encoding latin-1?");
  EXPECT_EQ(json_of(column_of(ColumnType::kInteger), std::string(100, '5') + "x"),
            "C: \"" + std::string(60, '5') + "…\" is no whole number");
}

TEST(Cell, RequiredMayNotBeEmpty) {
  Column column = column_of(ColumnType::kInteger);
  column.required = true;
  EXPECT_EQ(json_of(column, " "), "C: is empty, and required");
  EXPECT_EQ(json_of(column, std::nullopt), "C: is empty, and required");
}

}  // namespace
}  // namespace tessera::cli
