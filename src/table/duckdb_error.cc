#include "table/duckdb_handle.h"

namespace tessera::table {

namespace {

struct KindOfError {
  std::string_view prefix;
  Code code;
};

// DuckDB's messages begin with the class of error. What is not listed is about the statement: kInvalidArgument.
constexpr KindOfError kKinds[] = {
    {"INTERRUPT", Code::kDeadlineExceeded},
    {"Interrupt", Code::kDeadlineExceeded},
    {"Out of Memory", Code::kResourceExhausted},
    {"Permission", Code::kPermissionDenied},
    {"TransactionContext", Code::kFailedPrecondition},
    {"Transaction", Code::kFailedPrecondition},
    {"Connection", Code::kUnavailable},
    {"IO", Code::kUnavailable},
    {"Serialization", Code::kDataLoss},
    {"FATAL", Code::kInternal},
    {"INTERNAL", Code::kInternal},
};

}  // namespace

std::unexpected<Error> duckdb_error(const char* message) {
  const std::string_view text = message != nullptr ? message : "DuckDB failed without saying why";
  for (const KindOfError& kind : kKinds) {
    if (text.starts_with(kind.prefix)) return error(kind.code, std::string(text));
  }
  return error(Code::kInvalidArgument, std::string(text));
}

}  // namespace tessera::table
