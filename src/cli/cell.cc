#include "cli/cell.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/decimal.h"
#include "cli/mapping.h"
#include "cli/text.h"
#include "cli/time_format.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kShownBytes = 60;  // of a bad value, in messages

std::string shown(std::string_view text) {
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "\"" + std::string(text.substr(0, end)) + (end < text.size() ? "…\"" : "\"");
}

std::unexpected<Error> refuse(const Column& column, std::string_view text, std::string_view wanted) {
  return error(Code::kInvalidArgument, column.name + ": " + shown(text) + " is no " + std::string(wanted));
}

void change_case(LetterCase letters, std::string& text) {
  if (letters == LetterCase::kAsIs) return;
  for (char& c : text) {
    if (letters == LetterCase::kLower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (letters == LetterCase::kUpper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
}

Status take_integer(const Column& column, Cell& cell) {
  const std::string_view text = std::string_view(cell.text).substr(cell.text.starts_with('+') ? 1 : 0);
  std::int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return refuse(column, cell.text, "whole number");
  cell.text = std::to_string(value);
  cell.number = *Decimal::parse(cell.text);
  return {};
}

Status take_decimal(const Column& column, Cell& cell) {
  std::string text = cell.text;
  if (column.decimal_comma) {
    if (text.contains('.')) return refuse(column, cell.text, "number with a decimal comma");
    std::ranges::replace(text, ',', '.');
  }
  const auto number = Decimal::parse(text);
  if (!number) return refuse(column, cell.text, "decimal number");
  cell.number = *number;
  cell.text = number->to_text();
  return {};
}

Status take_boolean(const Column& column, Cell& cell) {
  constexpr std::array<std::string_view, 5> kTrue = {"true", "t", "yes", "y", "1"};
  constexpr std::array<std::string_view, 5> kFalse = {"false", "f", "no", "n", "0"};
  std::string text = cell.text;
  change_case(LetterCase::kLower, text);
  const bool is_true = std::ranges::find(kTrue, text) != kTrue.end();
  if (!is_true && std::ranges::find(kFalse, text) == kFalse.end()) {
    return refuse(column, cell.text, "boolean: true, t, yes, y, 1, false, f, no, n, 0");
  }
  cell.text = is_true ? "true" : "false";
  return {};
}

Status take_timestamp(const Column& column, Cell& cell) {
  const auto time = parse_time(cell.text, column.format, column.zone_minutes);
  if (!time) return refuse(column, cell.text, "time of the format " + column.format);
  cell.text = to_text(*time);
  return {};
}

Status take_json(const Column& column, const Cell& cell) {
  boost::system::error_code failed;
  boost::json::parse(cell.text, failed);
  if (failed) return refuse(column, cell.text, "JSON");
  return {};
}

}  // namespace

Result<Cell> parse_cell(const Column& column, const std::optional<std::string>& raw) {
  Cell cell;
  if (raw) {
    if (!is_utf8(*raw)) {
      return error(Code::kInvalidArgument, column.name + ": not UTF-8; is the file's encoding latin-1?");
    }
    std::string_view text = column.trim ? trimmed(*raw) : std::string_view(*raw);
    if (!column.strip_prefix.empty() && text.starts_with(column.strip_prefix))
      text.remove_prefix(column.strip_prefix.size());
    if (!column.strip_suffix.empty() && text.ends_with(column.strip_suffix))
      text.remove_suffix(column.strip_suffix.size());
    cell.text = text;
    cell.present = !text.empty();
  }
  if (!cell.present) {
    if (column.required) return error(Code::kInvalidArgument, column.name + ": is empty, and required");
    return cell;
  }
  switch (column.type) {
    case ColumnType::kString:
      change_case(column.letter_case, cell.text);
      break;
    case ColumnType::kInteger:
      TRY(take_integer(column, cell));
      break;
    case ColumnType::kDecimal:
      TRY(take_decimal(column, cell));
      break;
    case ColumnType::kBoolean:
      TRY(take_boolean(column, cell));
      break;
    case ColumnType::kTimestamp:
      TRY(take_timestamp(column, cell));
      break;
    case ColumnType::kJson:
      TRY(take_json(column, cell));
      break;
  }
  return cell;
}

void append_cell_json(const Column& column, const Cell& cell, std::string& out) {
  if (column.type == ColumnType::kString || column.type == ColumnType::kTimestamp) {
    append_json_string(out, cell.text);
  } else {
    out += cell.text;
  }
}

}  // namespace tessera::cli
