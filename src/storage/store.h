// Durable state: ordered keys and values in families, changed only by whole cuts.
//
// A cut is atomic and durable: after a crash the store is exactly as some committed cut left it. There is no other way
// to write. Thread rule: one thread commits; any thread may read meanwhile, and sees the last committed cut.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::storage {

// What is kept apart. The names and numbers reach disk.
enum class Family : std::uint8_t {
  kMeta = 0,        // the cut itself, machines, counters, definitions
  kIdentifier = 1,  // Core: identifier → part
  kNode = 2,        // Core: part → profile, and the graph
  kPart = 3,        // Shards: what a part knows
  kProfile = 4,     // Shards: profile → its parts
  kSeen = 5,        // Core: message ids, for de-duplication
  kTimer = 6,       // timers by due time
  kGroup = 7,       // Core: group → the parts that joined it
};
inline constexpr std::size_t kFamilyCount = 8;
std::string_view family_name(Family family);

// The changes of one cut, gathered in one arena. Not thread-safe. A key may be changed once per cut.
class CutBatch {
 public:
  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  std::size_t bytes() const { return arena_bytes_; }
  std::size_t changes() const { return changes_; }
  std::size_t changes(Family family) const { return entries_[static_cast<std::size_t>(family)].size(); }

  struct Change {
    std::string_view key;
    std::string_view value;
    bool erased;
  };
  // Calls `visit` for the family's changes in key order, until it returns false. Views live as long as the batch.
  void visit_sorted(Family family, const std::function<bool(const Change&)>& visit) const;

 private:
  struct Entry {
    std::uint64_t
        prefix[2];  // the key's first sixteen bytes as numbers that compare as they do: sorting rarely needs more
    const char* data;
    std::uint32_t key_size;
    std::uint32_t value_size;  // kErased for an erasure
  };
  static constexpr std::uint32_t kErased = ~0U;
  char* allocate(std::size_t size);
  void add(Family family, std::string_view key, std::string_view value, bool erased);

  std::array<std::vector<Entry>, kFamilyCount> entries_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_next_ = nullptr;
  std::size_t arena_bytes_ = 0;
  std::size_t changes_ = 0;
};

// A consistent view of one cut, for workers and scans. Thread-safe.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // Calls `visit` for each key that starts with `prefix`, in order, until it returns false.
  virtual Status scan(Family family, std::string_view prefix,
                      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  // Into `value`; false if there is no such key.
  virtual Result<bool> get(Family family, std::string_view key, std::string& value) const = 0;
  virtual std::unique_ptr<Snapshot> snapshot() const = 0;
  virtual Status commit(const CutBatch& batch) = 0;
  // From now on, entries of `family` whose value begins with a big-endian number below `floor` may vanish by
  // themselves. Readers must take them for gone already. Any thread.
  virtual void expire(Family /*family*/, std::uint64_t /*floor*/) {}
};

struct StoreOptions {
  std::size_t block_cache_bytes = 128u << 20;
  int background_threads = 2;
};

// RocksDB in folder `path`, made if it is not there.
Result<std::unique_ptr<Store>> open_store(const std::string& path, const StoreOptions& options);

}  // namespace tessera::storage
