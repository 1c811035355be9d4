// `tessera sql`: asks the server's history in SQL and shows the answer.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

enum class SqlFormat : std::uint8_t { kTable, kCsv, kJson };

// "table", "csv" or "json".
Result<SqlFormat> parse_sql_format(std::string_view name);

struct SqlOptions {
  ServerOptions server;
  std::string query;
  SqlFormat format = SqlFormat::kTable;
  int timeout_ms = 60'000;
};

// Writes the rows to `out`; `notes` gets what a reader should know beside them (that there were more rows).
Status run_sql(const SqlOptions& options, std::ostream& out, std::ostream& notes);

}  // namespace tessera::cli
