// The calls of Segment's tracking API, and what a request of each may hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::ingest {

enum class Call : std::uint8_t { kIdentify, kTrack, kPage, kScreen, kGroup, kAlias, kBatch, kImport };

// "/v1/identify" and its short form "/v1/i", and so on; nullopt for any other path. The path only: no query string.
std::optional<Call> call_of(std::string_view path);

// The long form: "/v1/identify", …
std::string_view path_of(Call call);

// Bytes of JSON: of an item without the white space between its tokens, of a body as it came, decompressed.
struct Limits {
  std::size_t item_bytes;
  std::size_t body_bytes;
  std::size_t items;
  std::size_t record_bytes;  // of all records that one request becomes: a batch's context is repeated in its items
};

// 32 KB, 500 KB and 2,500 as Segment has them, and 4 MB; for imports 1 MB, 10 MB, 50,000 and 64 MB.
const Limits& limits_of(Call call);

}  // namespace tessera::ingest
