#include "testing/memory_store.h"

namespace tessera::testing {

using storage::CutBatch;
using storage::Family;

class MemoryStore::StateSnapshot : public storage::Snapshot {
 public:
  explicit StateSnapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  Status scan(Family family, std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    const Rows& rows = (*state_)[static_cast<std::size_t>(family)];
    for (auto row = rows.lower_bound(prefix); row != rows.end() && row->first.starts_with(prefix); ++row) {
      if (!visit(row->first, row->second)) break;
    }
    return {};
  }

 private:
  const std::shared_ptr<const State> state_;
};

MemoryStore::MemoryStore() : state_(std::make_shared<State>()) {}
MemoryStore::~MemoryStore() = default;

Result<bool> MemoryStore::get(Family family, std::string_view key, std::string& value) const {
  const std::lock_guard lock(mutex_);
  const Rows& rows = (*state_)[static_cast<std::size_t>(family)];
  const auto found = rows.find(key);
  if (found == rows.end()) return false;
  value = found->second;
  return true;
}

std::unique_ptr<storage::Snapshot> MemoryStore::snapshot() const {
  const std::lock_guard lock(mutex_);
  return std::make_unique<StateSnapshot>(state_);
}

Status MemoryStore::commit(const CutBatch& batch) {
  const std::lock_guard lock(mutex_);
  const bool within = death_ == Death::kWithin && !crashed_ && death_after_ == 0;
  Status refused = refuse();
  if (refused || within) apply(batch);
  return refused;
}

Status MemoryStore::refuse() {
  if (crashed_) return error(Code::kUnavailable, "the store's process died");
  if (death_ != Death::kNone && death_after_-- == 0) {
    crashed_ = true;
    return error(Code::kUnavailable, "the store's process died");
  }
  if (fail_times_ > 0) {
    if (fail_after_ > 0) {
      --fail_after_;
    } else {
      --fail_times_;
      return error(Code::kInternal, "injected failure of commit");
    }
  }
  return {};
}

void MemoryStore::apply(const CutBatch& batch) {
  if (state_.use_count() > 1) state_ = std::make_shared<State>(*state_);
  for (std::size_t i = 0; i < storage::kFamilyCount; ++i) {
    Rows& rows = (*state_)[i];
    batch.visit_sorted(static_cast<Family>(i), [&](const CutBatch::Change& change) {
      if (change.erased) {
        if (const auto found = rows.find(change.key); found != rows.end()) rows.erase(found);
      } else {
        rows.insert_or_assign(std::string(change.key), std::string(change.value));
      }
      return true;
    });
  }
  ++commits_;
}

void MemoryStore::fail_commits(std::uint64_t after, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  fail_after_ = after;
  fail_times_ = times;
}

void MemoryStore::crash_before_commit(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  death_ = Death::kBefore;
  death_after_ = after;
}

void MemoryStore::crash_within_commit(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  death_ = Death::kWithin;
  death_after_ = after;
}

bool MemoryStore::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

void MemoryStore::restart() {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
  death_ = Death::kNone;
}

MemoryStore::Rows MemoryStore::rows(Family family) const {
  const std::lock_guard lock(mutex_);
  return (*state_)[static_cast<std::size_t>(family)];
}

bool MemoryStore::same_as(const MemoryStore& other) const {
  for (std::size_t i = 0; i < storage::kFamilyCount; ++i) {
    if (rows(static_cast<Family>(i)) != other.rows(static_cast<Family>(i))) return false;
  }
  return true;
}

std::uint64_t MemoryStore::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

}  // namespace tessera::testing
