#include "engine/seen.h"

#include <gtest/gtest.h>

#include "testing/memory_store.h"

namespace tessera::engine {
namespace {

constexpr std::uint64_t kBlock = 65536;

Hash128 message(std::uint64_t n) {
  return hash128(std::to_string(n));
}

void cut(Seen& seen, testing::MemoryStore& store) {
  storage::CutBatch batch;
  seen.begin_cut(batch);
  while (!seen.encode_some(1000)) {
  }
  ASSERT_TRUE(store.commit(batch));
  seen.end_cut();
}

TEST(Seen, RemembersAcrossACut) {
  testing::MemoryStore store;
  Seen seen(store, 1'000'000, kDayMs);
  EXPECT_FALSE(seen.check(message(1), {1}, {1}));
  EXPECT_TRUE(seen.check(message(1), {2}, {1}));
  cut(seen, store);
  EXPECT_TRUE(seen.check(message(1), {3}, {1}));
  EXPECT_FALSE(seen.check(message(2), {4}, {1}));
  EXPECT_EQ(seen.remembered(), 2U);
}

TEST(Seen, ForgetsWholeBlocksWhenTheyAreTooOld) {
  testing::MemoryStore store;
  Seen seen(store, 1'000'000, kDayMs);
  std::uint64_t offset = 0;
  for (std::uint64_t i = 0; i < 2 * kBlock; ++i) {
    seen.check(message(i), {++offset}, {static_cast<std::int64_t>(i < kBlock ? 0 : kHourMs)});
  }
  EXPECT_EQ(seen.forget({kDayMs}), (Timestamp{kHourMs + kDayMs}));  // the first block's end is younger than a day
  EXPECT_EQ(seen.remembered(), 2 * kBlock);
  seen.forget({kHourMs + kDayMs});
  EXPECT_EQ(seen.remembered(), kBlock);
  EXPECT_FALSE(seen.shrunk());
  EXPECT_FALSE(seen.check(message(5), {++offset}, {kHourMs + kDayMs}));          // forgotten
  EXPECT_TRUE(seen.check(message(kBlock + 5), {++offset}, {kHourMs + kDayMs}));  // still known
}

TEST(Seen, PastTheLimitTheOldestGoEarlyAndItSaysSo) {
  testing::MemoryStore store;
  Seen seen(store, 2 * kBlock, kDayMs);
  std::uint64_t offset = 0;
  for (std::uint64_t i = 0; i < 4 * kBlock; ++i) seen.check(message(i), {++offset}, {1});
  EXPECT_LE(seen.remembered(), 3 * kBlock);
  EXPECT_TRUE(seen.shrunk());
  EXPECT_TRUE(seen.check(message(4 * kBlock - 1), {++offset}, {1}));
}

}  // namespace
}  // namespace tessera::engine
