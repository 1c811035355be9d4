// The shape of a DuckDB type: what is needed to read and name its values, nested ones included.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table/duckdb_handle.h"
#include "table/rows.h"

namespace tessera::table {

struct Shape {
  duckdb_type id = DUCKDB_TYPE_INVALID;
  duckdb_type internal = DUCKDB_TYPE_INVALID;  // DECIMAL, ENUM: how values are held
  std::uint8_t width = 0;                      // DECIMAL
  std::uint8_t scale = 0;
  bool json = false;               // VARCHAR that is JSON
  std::uint64_t array_size = 0;    // ARRAY
  std::vector<std::string> names;  // STRUCT: fields; ENUM: values
  std::vector<Shape> children;     // LIST, ARRAY: one; STRUCT: fields; MAP: key, value

  Type type() const;
  std::string sql_type() const;
  // The first type inside that cannot be shown; empty if there is none.
  std::string unreadable() const;
};

Shape shape_of(duckdb_logical_type type);

}  // namespace tessera::table
