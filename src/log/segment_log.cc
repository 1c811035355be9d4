#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

#include "log/group.h"
#include "log/log.h"

namespace tessera::log {

namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kSegmentMagic = "TESSLOG1";
constexpr std::size_t kSegmentHeader = 8;
constexpr std::size_t kNameDigits = 20;

std::string segment_name(Offset first) {
  std::string digits = std::to_string(first.value);
  return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

std::optional<Offset> parse_segment_name(const std::string& name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : name.substr(0, kNameDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return Offset{value};
}

struct Segment {
  Offset first;
  Timestamp first_time;    // of its first frame; 0 while it has none
  std::uint64_t size = 0;  // synced bytes
};

std::unexpected<Error> damaged(Offset segment, std::uint64_t position, std::string_view why) {
  return error(Code::kDataLoss,
               "log segment " + segment_name(segment) + " is damaged at byte " + std::to_string(position) + ": " +
                   std::string(why) +
                   "; restore the file from a backup, or move the log aside to start from the last cut");
}

// What segments there are and how far each is synced: shared by the writer and the readers.
class Index {
 public:
  std::vector<Segment> all() const {
    const std::lock_guard lock(mutex_);
    return segments_;
  }
  // The segment that holds `offset`, and whether it is the last.
  std::optional<std::pair<Segment, bool>> find(Offset offset) const {
    const std::lock_guard lock(mutex_);
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                        [](Offset o, const Segment& s) { return o < s.first; });
    if (after == segments_.begin()) return std::nullopt;
    return std::pair{*(after - 1), after == segments_.end()};
  }
  void add(Segment segment) {
    const std::lock_guard lock(mutex_);
    segments_.push_back(segment);
  }
  void grow_last(std::uint64_t bytes, Timestamp time) {
    const std::lock_guard lock(mutex_);
    Segment& last = segments_.back();
    if (last.size == kSegmentHeader) last.first_time = time;
    last.size += bytes;
  }
  void remove_first() {
    const std::lock_guard lock(mutex_);
    segments_.erase(segments_.begin());
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;
};

class SegmentReader : public Reader {
 public:
  SegmentReader(Files& files, const Index& index, Offset from) : files_(files), index_(index), next_(from) {}

  Result<std::optional<std::shared_ptr<const Group>>> next() override {
    for (;;) {
      const auto found = index_.find(next_);
      if (!found) return error(Code::kNotFound, "the log no longer holds offset " + std::to_string(next_.value));
      const auto& [segment, is_last] = *found;
      if (!file_ || segment.first != open_) {
        TRY_ASSIGN(file_, files_.open(segment_name(segment.first)));
        open_ = segment.first;
        position_ = kSegmentHeader;
      }
      if (position_ >= segment.size) {
        if (is_last) return std::nullopt;
        return damaged(open_, position_, "it ends before the next segment begins");
      }
      TRY_ASSIGN(auto group, read_frame(segment));
      if (group->last() < next_) continue;  // still before what was asked for
      if (group->first() > next_ && reached_) return damaged(open_, position_, "offsets are missing");
      reached_ = true;
      next_ = {group->last().value + 1};
      return group;
    }
  }

 private:
  Result<std::shared_ptr<const Group>> read_frame(const Segment& segment) {
    const std::uint64_t left = segment.size - position_;
    TRY_ASSIGN(const std::string head, file_->read(position_, kFrameHeader));
    const auto header = parse_header(head);
    if (!header || header->frame_size > left) return damaged(open_, position_, "the frame's header is damaged");
    TRY_ASSIGN(std::string frame, file_->read(position_, header->frame_size));
    auto group = Group::parse(std::move(frame));
    if (!group) return damaged(open_, position_, group.error().message);
    position_ += header->frame_size;
    return group;
  }

  Files& files_;
  const Index& index_;
  Offset next_;
  bool reached_ = false;
  std::unique_ptr<File> file_;
  Offset open_;
  std::uint64_t position_ = 0;
};

class SegmentLog : public Log {
 public:
  SegmentLog(Files& files, const LogOptions& options) : files_(files), options_(options) {}

  Status open() {
    TRY_ASSIGN(const auto names, files_.list());
    std::vector<Offset> firsts;
    for (const auto& name : names) {
      if (const auto first = parse_segment_name(name)) firsts.push_back(*first);
    }
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      if (i + 1 < firsts.size()) {
        TRY(add_sealed(firsts[i]));
      } else {
        TRY(recover_last(firsts[i]));
      }
    }
    return recall_newest();
  }

  Result<std::shared_ptr<const Group>> append(std::span<const Draft> drafts, Timestamp time,
                                              std::uint32_t epoch) override {
    TESSERA_ASSERT(!drafts.empty() && drafts.size() <= kMaxRecords);
    if (failed_) return error(Code::kUnavailable, "the log failed before and must be opened again");
    const Offset first = next();
    auto written = write(drafts, first, time, epoch);
    if (!written) {
      failed_ = true;
      return written;
    }
    last_time_ = time.ms;
    last_epoch_ = epoch;
    next_ = first.value + drafts.size();
    return written;
  }

  Result<std::unique_ptr<Reader>> read(Offset from) override {
    if (from < first()) {
      return error(Code::kNotFound, "the log begins at offset " + std::to_string(first().value) + ", after the " +
                                        std::to_string(from.value) + " asked for");
    }
    return std::make_unique<SegmentReader>(files_, index_, from);
  }

  Status drop(Offset offset, Timestamp older_than) override {
    for (;;) {
      const auto segments = index_.all();
      if (segments.size() < 2 || segments[1].first > offset || segments[1].first_time >= older_than) return {};
      index_.remove_first();
      TRY(files_.remove(segment_name(segments[0].first)));
    }
  }

  Offset first() const override {
    const auto segments = index_.all();
    return segments.empty() ? next() : segments.front().first;
  }
  Offset next() const override { return {next_.load(std::memory_order_acquire)}; }
  Timestamp last_time() const override { return {last_time_}; }
  std::uint32_t last_epoch() const override { return last_epoch_; }
  std::uint64_t bytes() const override {
    std::uint64_t sum = 0;
    for (const Segment& segment : index_.all()) sum += segment.size;
    return sum;
  }

 private:
  Result<std::shared_ptr<const Group>> write(std::span<const Draft> drafts, Offset first, Timestamp time,
                                             std::uint32_t epoch) {
    if (!file_ || segment_size_ >= options_.segment_bytes) {
      TRY(begin_segment(first));
    }
    std::string frame = build_frame(drafts, first, time, epoch, options_.key_id);
    TRY(file_->append(frame));
    TRY(file_->sync());
    segment_size_ += frame.size();
    index_.grow_last(frame.size(), time);
    return Group::parse(std::move(frame));
  }

  Status begin_segment(Offset first) {
    TRY_ASSIGN(file_, files_.create(segment_name(first)));
    TRY(file_->append(kSegmentMagic));
    TRY(file_->sync());
    segment_size_ = kSegmentHeader;
    index_.add({first, {}, kSegmentHeader});
    return {};
  }

  Status add_sealed(Offset first) {
    TRY_ASSIGN(auto file, files_.open(segment_name(first)));
    TRY_ASSIGN(const std::uint64_t size, file->size());
    TRY_ASSIGN(const std::string head, file->read(0, kSegmentHeader + kFrameHeader));
    if (!head.starts_with(kSegmentMagic)) return damaged(first, 0, "it does not begin as a segment");
    const auto header = parse_header(std::string_view(head).substr(kSegmentHeader));
    if (!header || header->first != first) return damaged(first, kSegmentHeader, "the frame's header is damaged");
    index_.add({first, header->time, size});
    return {};
  }

  // Reads the last segment whole: finds its end, and cuts off a frame that a crash left half written.
  Status recover_last(Offset first) {
    const std::string name = segment_name(first);
    TRY_ASSIGN(file_, files_.open(name));
    TRY_ASSIGN(const std::uint64_t size, file_->size());
    next_ = first.value;
    TRY_ASSIGN(const std::string head, file_->read(0, kSegmentHeader));
    if (head != kSegmentMagic) {  // the crash came between its creation and its first sync, if nothing follows
      TRY(refuse_if_frames_follow({first, {}, 0}, size));
      file_.reset();
      return files_.remove(name);
    }
    Segment segment{first, {}, kSegmentHeader};
    for (;;) {
      TRY_ASSIGN(const auto group, frame_at(segment.size));
      if (!group) break;
      if (group->first() != next()) return damaged(first, segment.size, "offsets are missing");
      if (segment.size == kSegmentHeader) segment.first_time = group->records().front().time;
      segment.size += group->bytes();
      next_ = group->last().value + 1;
      last_time_ = group->records().front().time.ms;
      last_epoch_ = group->records().front().epoch;
    }
    if (segment.size < size) {
      TRY(refuse_if_frames_follow(segment, size));
      std::fprintf(stderr, "log: cut off %llu bytes that a crash left half written at the end of %s\n",
                   static_cast<unsigned long long>(size - segment.size), name.c_str());
      TRY(file_->truncate(segment.size));
    }
    segment_size_ = segment.size;
    index_.add(segment);
    return {};
  }

  // Where the last segment has no frame yet, the newest record is the last one of the segment before it.
  Status recall_newest() {
    const auto segments = index_.all();
    if (last_epoch_ != 0 || segments.empty()) return {};
    const bool last_is_empty = segments.back().size == kSegmentHeader;
    if (last_is_empty && segments.size() == 1) return {};
    const Segment& segment = last_is_empty ? segments[segments.size() - 2] : segments.back();
    SegmentReader reader(files_, index_, segment.first);
    for (;;) {
      TRY_ASSIGN(const auto group, reader.next());
      if (!group) break;
      const Record& record = (*group)->records().back();
      last_time_ = record.time.ms;
      last_epoch_ = record.epoch;
      next_ = record.offset.value + 1;
    }
    if (last_is_empty && next() != segments.back().first) {
      return damaged(segment.first, segment.size, "it ends before the next segment begins");
    }
    return {};
  }

  // The valid frame at `position`, or null.
  Result<std::shared_ptr<const Group>> frame_at(std::uint64_t position) {
    TRY_ASSIGN(const std::string head, file_->read(position, kFrameHeader));
    const auto header = parse_header(head);
    if (!header) return nullptr;
    TRY_ASSIGN(std::string frame, file_->read(position, header->frame_size));
    auto group = Group::parse(std::move(frame));
    return group ? *group : nullptr;
  }

  // A whole frame behind the bad place means that synced records were damaged: that is no torn tail.
  Status refuse_if_frames_follow(const Segment& segment, std::uint64_t size) {
    constexpr std::size_t kWindow = 1 << 20;
    for (std::uint64_t at = segment.size + 1; at + kFrameHeader <= size; at += kWindow) {
      TRY_ASSIGN(const std::string bytes, file_->read(at, kWindow + kFrameHeader));
      for (std::size_t i = bytes.find("TLF1"); i < kWindow && i != std::string::npos; i = bytes.find("TLF1", i + 1)) {
        TRY_ASSIGN(const auto group, frame_at(at + i));
        if (group && group->first() >= next()) {
          return damaged(segment.first, segment.size, "its bytes fail their check, and whole frames follow them");
        }
      }
    }
    return {};
  }

  Files& files_;
  const LogOptions options_;
  Index index_;
  std::unique_ptr<File> file_;  // of the last segment
  std::uint64_t segment_size_ = 0;
  std::atomic<std::uint64_t> next_ = 1;
  std::atomic<std::int64_t> last_time_ = 0;
  std::atomic<std::uint32_t> last_epoch_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<Log>> open_log(Files& files, const LogOptions& options) {
  auto log = std::make_unique<SegmentLog>(files, options);
  TRY(log->open());
  return log;
}

}  // namespace tessera::log
