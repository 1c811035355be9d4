// What a Connection holds, for the files of this folder that make things from it.
#pragma once

#include "table/database.h"
#include "table/duckdb_handle.h"

namespace tessera::table {

struct Connection::State {
  ConnectionHandle connection;
};

}  // namespace tessera::table
