// What Rows holds: a running result, its columns' shapes, and the chunk being read.
#pragma once

#include <memory>
#include <vector>

#include "table/duckdb_handle.h"
#include "table/rows.h"
#include "table/shape.h"

namespace tessera::table {

struct Rows::State {
  // A column's vector in the chunk, looked up once.
  struct Values {
    duckdb_vector vector = nullptr;
    const void* data = nullptr;
    const std::uint64_t* validity = nullptr;  // null: no value is null
  };

  PreparedHandle prepared;  // kept while its result streams, if nobody else keeps it
  ResultHandle result;
  std::vector<Column> columns;
  std::vector<Shape> shapes;
  ChunkHandle chunk;
  std::vector<Values> values;
  std::size_t rows = 0;

  // Takes over the columns of `result`. kInvalidArgument if one cannot be shown.
  Status describe();
};

}  // namespace tessera::table
