#include "ingest/call.h"

#include <array>
#include <utility>

namespace tessera::ingest {

namespace {

struct Path {
  std::string_view full;
  std::string_view brief;
};

// In the order of Call.
constexpr std::array<Path, 8> kPaths = {{{"/v1/identify", "/v1/i"},
                                         {"/v1/track", "/v1/t"},
                                         {"/v1/page", "/v1/p"},
                                         {"/v1/screen", "/v1/s"},
                                         {"/v1/group", "/v1/g"},
                                         {"/v1/alias", "/v1/a"},
                                         {"/v1/batch", "/v1/b"},
                                         {"/v1/import", "/v1/import"}}};

constexpr Limits kLimits{.item_bytes = 32 << 10, .body_bytes = 500 << 10, .items = 2'500, .record_bytes = 4 << 20};
constexpr Limits kImportLimits{
    .item_bytes = 1 << 20, .body_bytes = 10 << 20, .items = 50'000, .record_bytes = 64 << 20};

}  // namespace

std::optional<Call> call_of(std::string_view path) {
  for (std::size_t i = 0; i < kPaths.size(); ++i) {
    if (path == kPaths[i].full || path == kPaths[i].brief) return static_cast<Call>(i);
  }
  return std::nullopt;
}

std::string_view path_of(Call call) {
  return kPaths[std::to_underlying(call)].full;
}

const Limits& limits_of(Call call) {
  return call == Call::kImport ? kImportLimits : kLimits;
}

}  // namespace tessera::ingest
