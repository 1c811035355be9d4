// The frame of one group as it stands on disk (docs/formats/log.md). For the log's own files and its tests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "log/log.h"

namespace tessera::log {

inline constexpr std::size_t kFrameHeader = 40;
inline constexpr std::size_t kIndexEntry = 12;
inline constexpr std::size_t kMaxRecords = 1u << 20;  // in one group
inline constexpr std::size_t kMaxFrame = kGroupBytes + kMaxBody + (kMaxRecords * kIndexEntry) + kFrameHeader;

struct FrameHeader {
  std::uint32_t crc = 0;
  std::uint32_t frame_size = 0;
  std::uint32_t epoch = 0;
  Offset first;
  Timestamp time;
  std::uint32_t count = 0;
  std::uint32_t key_id = 0;
};

// Reads the header's fields; nullopt if the magic or the sizes are impossible. Does not check the CRC.
std::optional<FrameHeader> parse_header(std::string_view bytes);

// The frame of `drafts` from offset `first` on.
std::string build_frame(std::span<const Draft> drafts, Offset first, Timestamp time, std::uint32_t epoch,
                        std::uint32_t key_id);

}  // namespace tessera::log
