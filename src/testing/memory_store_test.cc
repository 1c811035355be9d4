#include "testing/memory_store.h"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

using storage::CutBatch;
using storage::Family;

CutBatch one(std::string_view key, std::string_view value) {
  CutBatch batch;
  batch.put(Family::kMeta, key, value);
  return batch;
}

TEST(MemoryStore, ACommitIsSeenWholeAndASnapshotKeepsWhatWas) {
  MemoryStore store;
  ASSERT_TRUE(store.commit(one("a", "1")));
  const auto before = store.snapshot();
  CutBatch batch;
  batch.erase(Family::kMeta, "a");
  batch.put(Family::kMeta, "b", "2");
  ASSERT_TRUE(store.commit(batch));

  std::string value;
  EXPECT_FALSE(*store.get(Family::kMeta, "a", value));
  EXPECT_TRUE(*store.get(Family::kMeta, "b", value));
  EXPECT_EQ(value, "2");
  std::string seen;
  ASSERT_TRUE(before->scan(Family::kMeta, "", [&](std::string_view key, std::string_view) {
    seen.append(key);
    return true;
  }));
  EXPECT_EQ(seen, "a");
}

TEST(MemoryStore, ACrashBeforeACommitLosesItAndAllThatFollow) {
  MemoryStore store;
  store.crash_before_commit(1);
  EXPECT_TRUE(store.commit(one("a", "1")));
  EXPECT_FALSE(store.commit(one("b", "1")));
  EXPECT_FALSE(store.commit(one("c", "1")));
  EXPECT_TRUE(store.crashed());
  store.restart();
  EXPECT_TRUE(store.commit(one("d", "1")));
  EXPECT_EQ(store.rows(Family::kMeta), (MemoryStore::Rows{{"a", "1"}, {"d", "1"}}));
}

TEST(MemoryStore, ACrashWithinACommitKeepsItAlthoughItsCallerIsToldOtherwise) {
  MemoryStore store;
  store.crash_within_commit();
  EXPECT_FALSE(store.commit(one("a", "1")));
  EXPECT_FALSE(store.commit(one("b", "1")));
  EXPECT_EQ(store.rows(Family::kMeta), (MemoryStore::Rows{{"a", "1"}}));
}

TEST(MemoryStore, FailedCommitsChangeNothing) {
  MemoryStore store;
  store.fail_commits(0, 1);
  EXPECT_FALSE(store.commit(one("a", "1")));
  EXPECT_TRUE(store.commit(one("b", "1")));
  EXPECT_EQ(store.rows(Family::kMeta), (MemoryStore::Rows{{"b", "1"}}));
}

}  // namespace
}  // namespace tessera::testing
