// A file's text as a value of its column's type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "cli/decimal.h"
#include "cli/mapping.h"

namespace tessera::cli {

struct Cell {
  bool present = false;
  std::string text;  // in standard form: trimmed, stripped, numbers without signs and zeros they do not need
  Decimal number;    // integer and decimal columns
};

// The cell that `raw` (nothing: nullopt) is in `column`. The error says what the column wants, without a place.
Result<Cell> parse_cell(const Column& column, const std::optional<std::string>& raw);

// The cell as a JSON value; it must be present.
void append_cell_json(const Column& column, const Cell& cell, std::string& out);

}  // namespace tessera::cli
