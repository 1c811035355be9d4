// The rows of a query as a document, within limits.
#pragma once

#include "analytics/analytics.h"
#include "base/result.h"
#include "table/rows.h"

namespace tessera::analytics {

// Reads `rows` to their end or to a limit; fills text, content_type, rows and truncated.
Result<QueryAnswer> write_answer(table::Rows rows, Format format, const QueryLimits& limits);

}  // namespace tessera::analytics
