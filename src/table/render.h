// Values of DuckDB's vectors as text and as JSON.
#pragma once

#include <string>
#include <string_view>

#include "table/duckdb_handle.h"
#include "table/shape.h"

namespace tessera::table {

// The string at `row` of the data of a VARCHAR or BLOB vector.
std::string_view text_at(const void* data, std::size_t row);

// See Rows::append_text and append_json.
void render_text(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out);
void render_json(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out);

}  // namespace tessera::table
