// The ordered, durable log of everything that happens, as segment files (docs/formats/log.md).
//
// Records are written in groups: one group is one frame, one write and one fdatasync. Offsets are consecutive and
// start at 1. A record that was returned by `append` is synced; one that was not may or may not be found after a crash,
// but never in part, and never out of order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "log/files.h"

namespace tessera::log {

// What a record is. The numbers reach disk.
enum class RecordKind : std::uint8_t {
  kEvent = 1,          // body: event::Event
  kRejected = 2,       // body: event::Rejected
  kTick = 5,           // no body: time went on
  kEpoch = 6,          // body: the build's name; the epoch of the records from here on
  kDefinitions = 7,    // body: catalog::ChangeSet
  kCorrection = 8,     // body: identity::Correction
  kSweep = 9,          // body: engine::SweepStep: more profiles are looked at after segments changed
  kBackfill = 10,      // body: engine::BackfillStep: more profiles get what the history knows
  kList = 11,          // body: engine::ListStep: people are put on a segment's list, or taken off it
  kRanks = 12,         // body: engine::Ranking's: how everyone compares
};

// A record to be appended.
struct Draft {
  RecordKind kind = RecordKind::kTick;
  SourceId source;
  std::string body;  // at most kMaxBody
};

inline constexpr std::size_t kMaxBody = 4u << 20;
inline constexpr std::size_t kGroupBytes = 1u << 20;  // a group is closed when it reaches this

// A record as read back. `body` belongs to its group.
struct Record {
  Offset offset;
  Timestamp time;
  std::uint32_t epoch = 0;
  RecordKind kind = RecordKind::kTick;
  SourceId source;
  std::string_view body;
};

// A run of consecutive records that were synced together. Immutable; shared freely between threads.
class Group {
 public:
  // Checks and indexes one frame. kDataLoss if it is damaged.
  static Result<std::shared_ptr<const Group>> parse(std::string frame);

  Offset first() const { return records_.front().offset; }
  Offset last() const { return records_.back().offset; }
  std::span<const Record> records() const { return records_; }
  std::size_t bytes() const { return frame_.size(); }

 private:
  Group() = default;
  std::string frame_;
  std::vector<Record> records_;  // never empty; bodies point into frame_
};

struct LogOptions {
  std::uint64_t segment_bytes = 256u << 20;  // a new file is begun past this
  std::uint32_t key_id = 0;                  // 0: bodies in clear
};

// Reads groups in order. Not thread-safe; any number of readers beside one writer.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next group, or nullopt at the end of what is synced. The first group holds the offset asked for but may begin
  // before it. kDataLoss names the file and place of damage.
  virtual Result<std::optional<std::shared_ptr<const Group>>> next() = 0;
};

class Log {
 public:
  virtual ~Log() = default;

  // Writes `drafts` as one group with the time and epoch given, syncs, and returns it. One thread at a time. `drafts`
  // is not empty. After an error nothing more can be appended until the log is opened again.
  virtual Result<std::shared_ptr<const Group>> append(std::span<const Draft> drafts, Timestamp time,
                                                      std::uint32_t epoch) = 0;

  // Any thread. kNotFound if `from` was dropped already.
  virtual Result<std::unique_ptr<Reader>> read(Offset from) = 0;

  // Unlinks sealed segments whose records are all below `offset` and older than `older_than`. The writer's thread.
  virtual Status drop(Offset offset, Timestamp older_than) = 0;

  virtual Offset first() const = 0;              // oldest record still held; next() if there is none. Any thread.
  virtual Offset next() const = 0;               // what the next record's offset will be. Any thread.
  virtual Timestamp last_time() const = 0;       // of the newest record; 0 if there is none. Any thread.
  virtual std::uint32_t last_epoch() const = 0;  // of the newest record; 0 if there is none. Any thread.
  virtual std::uint64_t bytes() const = 0;       // on disk. Any thread.
};

// Opens the log in `files`, which must outlive it. A frame that was being written at a crash (the tail of the last
// segment that fails its check, with nothing valid after it) is cut off; any other damage is kDataLoss and names the
// file, the place and what to do.
Result<std::unique_ptr<Log>> open_log(Files& files, const LogOptions& options);

}  // namespace tessera::log
