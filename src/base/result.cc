#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace tessera {

namespace {
struct CodeRow {
  std::string_view name;
  int status;
};

constexpr CodeRow row(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return {"invalid_argument", 400};
    case Code::kUnauthenticated:
      return {"unauthenticated", 401};
    case Code::kPermissionDenied:
      return {"permission_denied", 403};
    case Code::kNotFound:
      return {"not_found", 404};
    case Code::kAlreadyExists:
      return {"already_exists", 409};
    case Code::kFailedPrecondition:
      return {"failed_precondition", 409};
    case Code::kTooLarge:
      return {"too_large", 413};
    case Code::kResourceExhausted:
      return {"resource_exhausted", 429};
    case Code::kUnavailable:
      return {"unavailable", 503};
    case Code::kDeadlineExceeded:
      return {"deadline_exceeded", 504};
    case Code::kDataLoss:
      return {"data_loss", 500};
    case Code::kInternal:
      return {"internal", 500};
  }
  return {"internal", 500};
}
}  // namespace

std::string_view code_name(Code code) {
  return row(code).name;
}
int http_status(Code code) {
  return row(code).status;
}

void assert_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tessera: assertion failed: %s at %s:%d\n", condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace tessera
