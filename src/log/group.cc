#include "log/group.h"

#include <cstring>

#include "base/crc32c.h"

namespace tessera::log {

namespace {

constexpr std::string_view kMagic = "TLF1";
constexpr std::size_t kCrcEnd = 8;  // the CRC covers everything after itself

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

bool known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(RecordKind::kEvent) && kind <= static_cast<std::uint8_t>(RecordKind::kRanks);
}

}  // namespace

std::optional<FrameHeader> parse_header(std::string_view bytes) {
  if (bytes.size() < kFrameHeader || bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  const FrameHeader header{.crc = get<std::uint32_t>(bytes, 4),
                           .frame_size = get<std::uint32_t>(bytes, 8),
                           .epoch = get<std::uint32_t>(bytes, 12),
                           .first = {get<std::uint64_t>(bytes, 16)},
                           .time = {get<std::int64_t>(bytes, 24)},
                           .count = get<std::uint32_t>(bytes, 32),
                           .key_id = get<std::uint32_t>(bytes, 36)};
  if (header.count == 0 || header.count > kMaxRecords || header.first.value == 0) return std::nullopt;
  if (header.frame_size < kFrameHeader + header.count * kIndexEntry || header.frame_size > kMaxFrame) {
    return std::nullopt;
  }
  return header;
}

std::string build_frame(std::span<const Draft> drafts, Offset first, Timestamp time, std::uint32_t epoch,
                        std::uint32_t key_id) {
  std::size_t size = kFrameHeader + drafts.size() * kIndexEntry;
  for (const Draft& draft : drafts) size += draft.body.size();
  std::string frame;
  frame.reserve(size);
  frame += kMagic;
  put<std::uint32_t>(frame, 0);
  put(frame, static_cast<std::uint32_t>(size));
  put(frame, epoch);
  put(frame, first.value);
  put(frame, time.ms);
  put(frame, static_cast<std::uint32_t>(drafts.size()));
  put(frame, key_id);
  for (const Draft& draft : drafts) {
    put(frame, static_cast<std::uint32_t>(draft.body.size()));
    put(frame, draft.source.value);
    put(frame, static_cast<std::uint32_t>(draft.kind));
  }
  for (const Draft& draft : drafts) frame += draft.body;
  const std::uint32_t crc = crc32c(std::string_view(frame).substr(kCrcEnd));
  for (std::size_t i = 0; i < 4; ++i) frame[4 + i] = static_cast<char>(crc >> (8 * i));
  return frame;
}

Result<std::shared_ptr<const Group>> Group::parse(std::string frame) {
  const auto header = parse_header(frame);
  if (!header || header->frame_size != frame.size()) return error(Code::kDataLoss, "the frame's header is damaged");
  if (header->crc != crc32c(std::string_view(frame).substr(kCrcEnd))) {
    return error(Code::kDataLoss, "the frame's checksum does not match");
  }
  auto group = std::shared_ptr<Group>(new Group);
  group->frame_ = std::move(frame);
  group->records_.reserve(header->count);
  const std::string_view bytes = group->frame_;
  std::size_t body = kFrameHeader + header->count * kIndexEntry;
  for (std::uint32_t i = 0; i < header->count; ++i) {
    const std::size_t entry = kFrameHeader + i * kIndexEntry;
    const std::size_t size = get<std::uint32_t>(bytes, entry);
    const auto kind = get<std::uint8_t>(bytes, entry + 8);
    if (size > bytes.size() - body || !known(kind)) return error(Code::kDataLoss, "the frame's index is damaged");
    group->records_.push_back({.offset = {header->first.value + i},
                               .time = header->time,
                               .epoch = header->epoch,
                               .kind = static_cast<RecordKind>(kind),
                               .source = {get<std::uint32_t>(bytes, entry + 4)},
                               .body = bytes.substr(body, size)});
    body += size;
  }
  if (body != bytes.size()) return error(Code::kDataLoss, "the frame's index is damaged");
  return group;
}

}  // namespace tessera::log
