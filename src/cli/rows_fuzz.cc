// libFuzzer target: rows of CSV (first byte even) or NDJSON (odd) and their values, however broken, are read or
// refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/cell.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"
#include "cli/text_input.h"

namespace {

constexpr std::string_view kMapping = R"(name: fuzz
columns:
  s: {type: string, strip_prefix: a, case: lower}
  i: integer
  d: {type: decimal, decimal_comma: true}
  b: boolean
  t: {type: timestamp, format: "%d %b %y %I:%M:%S.%f %p %z"}
  j: {type: json, from: x.y}
events: [{kind: k, type: identify, timestamp: t, user_id: s}]
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::cli;
  static const Mapping mapping = *parse_mapping(kMapping, "fuzz");
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto rows = data[0] % 2 == 0 ? open_csv_rows(TextInput::of("s,i,d,b,t,x.y\n" + text), mapping)
                               : open_ndjson_rows(TextInput::of(text), mapping);
  if (!rows) return 0;
  RawRow row;
  while (true) {
    const auto any = (*rows)->next(row);
    if (!any || !*any) return 0;
    std::string out;
    for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
      const auto cell = parse_cell(mapping.columns[i], row.values[i]);
      if (cell && cell->present) append_cell_json(mapping.columns[i], *cell, out);
    }
  }
}
