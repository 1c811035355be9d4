// A storage::Store in memory, with commits that can fail or be the last thing before a crash.
//
// Thread-safe: one thread commits, any thread reads. A snapshot keeps the state it was taken of.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/store.h"

namespace tessera::testing {

class MemoryStore : public storage::Store {
 public:
  using Rows = std::map<std::string, std::string, std::less<>>;

  MemoryStore();
  ~MemoryStore() override;

  Result<bool> get(storage::Family family, std::string_view key, std::string& value) const override;
  std::unique_ptr<storage::Snapshot> snapshot() const override;
  Status commit(const storage::CutBatch& batch) override;

  // After `after` more commits, `times` fail with kInternal and change nothing.
  void fail_commits(std::uint64_t after, std::uint64_t times = 1);

  // After `after` more commits the next one, and every one from then on, fails with kUnavailable and changes nothing:
  // the process died before it. `restart` ends that.
  void crash_before_commit(std::uint64_t after = 0);

  // The same, but the first of them takes effect although its caller is told that it failed.
  void crash_within_commit(std::uint64_t after = 0);

  bool crashed() const;
  void restart();

  // What is stored, for comparison.
  Rows rows(storage::Family family) const;
  bool same_as(const MemoryStore& other) const;
  std::uint64_t commits() const;  // that took effect

 private:
  using State = std::array<Rows, storage::kFamilyCount>;
  class StateSnapshot;
  enum class Death : std::uint8_t { kNone, kBefore, kWithin };

  Status refuse();  // the mutex is held
  void apply(const storage::CutBatch& batch);

  mutable std::mutex mutex_;
  std::shared_ptr<State> state_;  // everything below is guarded by mutex_; copied at a commit if a snapshot shares it
  std::uint64_t commits_ = 0;
  std::uint64_t fail_after_ = 0;
  std::uint64_t fail_times_ = 0;
  Death death_ = Death::kNone;
  std::uint64_t death_after_ = 0;
  bool crashed_ = false;
};

}  // namespace tessera::testing
