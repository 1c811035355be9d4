// A folder of files in memory that can lose power.
//
// Each file knows which of its bytes were synced. `crash` plays what a disk may do with the rest: drop it, keep it,
// keep a part, leave garbage or a hole where a sector was being written. Synced bytes always survive. Handles opened
// before a crash answer kUnavailable from then on, as a dead process would.
//
// Thread-safe, except that one handle is used by one thread at a time (as log::File says).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/files.h"
#include "testing/random.h"

namespace tessera::testing {

class MemoryFiles : public log::Files {
 public:
  enum class Operation : std::uint8_t { kCreate, kOpen, kList, kRemove, kAppend, kSync, kRead, kTruncate };
  static constexpr std::size_t kOperationCount = 8;
  static constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

  MemoryFiles();
  ~MemoryFiles() override;

  Result<std::unique_ptr<log::File>> create(const std::string& name) override;
  Result<std::unique_ptr<log::File>> open(const std::string& name) override;
  Result<std::vector<std::string>> list() override;
  Status remove(const std::string& name) override;
  Result<double> free_share() override;

  // The power goes and comes back.
  void crash(Random& random);

  // From now on `after` operations of that kind succeed, then `times` fail with kInternal. A failed append leaves half
  // of its bytes in the file, unsynced; a failed create leaves a file that a crash may take away.
  void fail(Operation operation, std::uint64_t after, std::uint64_t times = 1);

  // After this many further operations that change something (create, remove, append, sync, truncate) every operation
  // fails with kUnavailable, until `crash`: stops the code under test at an exact place.
  void halt_after(std::uint64_t changes);

  // Whether a removed file may be back after a crash (as without a sync of the folder). Off at first.
  void let_removals_return(bool allowed);

  void set_free_share(double share);

  // Damage and inspection of what is stored. The file must exist.
  void flip_bit(const std::string& name, std::uint64_t position, int bit = 0);
  std::string contents(const std::string& name) const;
  void set_contents(const std::string& name, std::string bytes);  // synced; makes the file if it is not there
  std::uint64_t synced_bytes(const std::string& name) const;
  std::uint64_t calls(Operation operation) const;  // so far, failed ones too

 private:
  class Handle;
  struct Data {
    std::string bytes;
    std::size_t synced = 0;
    bool durable_name = true;
    bool removed = false;  // unlinked, but the folder is not known to be synced
  };
  using Folder = std::map<std::string, std::shared_ptr<Data>>;

  Status enter(Operation operation);  // the mutex is held
  Data& existing(const std::string& name) const;
  static void lose_power(Data& data, Random& random);

  mutable std::mutex mutex_;
  Folder folder_;                 // everything below is guarded by mutex_
  std::uint64_t generation_ = 0;  // crashes so far
  std::uint64_t changes_left_ = kForever;
  bool removals_return_ = false;
  double free_share_ = 0.5;
  struct Plan {
    std::uint64_t calls = 0;
    std::uint64_t succeed = kForever;
    std::uint64_t fail = 0;
  };
  std::array<Plan, kOperationCount> plans_;
};

}  // namespace tessera::testing
