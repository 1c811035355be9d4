#include <gtest/gtest.h>

#include <filesystem>

#include "storage/object_cache.h"
#include "storage/store.h"

namespace tessera::storage {
namespace {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(path_); }
  void TearDown() override { std::filesystem::remove_all(path_); }
  std::unique_ptr<Store> open() { return std::move(*open_store(path_, {.block_cache_bytes = 1 << 20})); }
  static std::string get(const Store& store, Family family, std::string_view key) {
    std::string value;
    return *store.get(family, key, value) ? value : "(none)";
  }
  const std::string path_ = testing::TempDir() + "tessera_store_test";
};

TEST_F(StoreTest, ACommittedCutIsReadBackAfterReopening) {
  {
    auto store = open();
    CutBatch batch;
    batch.put(Family::kPart, "b", "2");
    batch.put(Family::kPart, "a", "1");
    batch.put(Family::kMeta, "a", "meta");
    ASSERT_TRUE(store->commit(batch));
  }
  auto store = open();
  EXPECT_EQ(get(*store, Family::kPart, "a"), "1");
  EXPECT_EQ(get(*store, Family::kPart, "b"), "2");
  EXPECT_EQ(get(*store, Family::kMeta, "a"), "meta");
  EXPECT_EQ(get(*store, Family::kMeta, "b"), "(none)");
}

TEST_F(StoreTest, LaterCutsReplaceAndErase) {
  auto store = open();
  CutBatch first;
  first.put(Family::kPart, "a", "1");
  first.put(Family::kPart, "b", "1");
  ASSERT_TRUE(store->commit(first));
  const auto before = store->snapshot();
  CutBatch second;
  second.put(Family::kPart, "a", "2");
  second.erase(Family::kPart, "b");
  ASSERT_TRUE(store->commit(second));
  EXPECT_EQ(get(*store, Family::kPart, "a"), "2");
  EXPECT_EQ(get(*store, Family::kPart, "b"), "(none)");
  std::string seen;
  ASSERT_TRUE(before->scan(Family::kPart, "", [&](auto key, auto value) {
    seen.append(key).append(value);
    return true;
  }));
  EXPECT_EQ(seen, "a1b1");
}

TEST_F(StoreTest, ScanStopsAtThePrefixAndWhenTold) {
  auto store = open();
  CutBatch batch;
  for (const auto* key : {"a1", "a2", "a3", "b1"}) batch.put(Family::kSeen, key, "");
  ASSERT_TRUE(store->commit(batch));
  std::string seen;
  ASSERT_TRUE(store->snapshot()->scan(Family::kSeen, "a", [&](auto key, auto) {
    seen.append(key);
    return key != "a2";
  }));
  EXPECT_EQ(seen, "a1a2");
}

struct NumberCodec {
  using Key = std::uint64_t;
  using Value = std::uint64_t;
  static constexpr Family kFamily = Family::kPart;
  static std::string key(Key key) { return std::to_string(key); }
  static Key parse_key(std::string_view key) { return std::stoull(std::string(key)); }
  static void encode(const Value& value, std::string& out) { out += std::to_string(value); }
  static Result<Value> decode(std::string_view bytes) { return std::stoull(std::string(bytes)); }
  static std::size_t size(const Value&) { return sizeof(Value); }
};

TEST_F(StoreTest, AnObjectOwedToACutIsEncodedAsItWasWhenTheCutBegan) {
  auto store = open();
  ObjectCache<NumberCodec> cache(*store);
  cache.edit(7) = 1;
  cache.edit(8) = 5;
  CutBatch batch;
  cache.begin_cut(batch);
  cache.edit(7) = 2;  // after the cut began
  while (!cache.encode_some(1)) {
  }
  ASSERT_TRUE(store->commit(batch));
  cache.end_cut();
  EXPECT_EQ(get(*store, Family::kPart, "7"), "1");
  EXPECT_EQ(get(*store, Family::kPart, "8"), "5");
  EXPECT_EQ(*cache.find(7), 2U);

  CutBatch next;
  cache.begin_cut(next);
  while (!cache.encode_some(100)) {
  }
  EXPECT_EQ(next.changes(), 1U);  // 8 did not change again
  ASSERT_TRUE(store->commit(next));
  cache.end_cut();
  EXPECT_EQ(get(*store, Family::kPart, "7"), "2");
}

TEST_F(StoreTest, EvictionKeepsWhatIsNotYetDurable) {
  auto store = open();
  ObjectCache<NumberCodec> cache(*store);
  for (std::uint64_t i = 0; i < 100; ++i) cache.edit(i) = i;
  cache.evict_to(0, 1000);
  EXPECT_EQ(cache.size(), 100U);
  CutBatch batch;
  cache.begin_cut(batch);
  while (!cache.encode_some(100)) {
  }
  cache.evict_to(0, 1000);
  EXPECT_EQ(cache.size(), 100U);
  ASSERT_TRUE(store->commit(batch));
  cache.end_cut();
  cache.edit(3) = 33;
  cache.evict_to(0, 1000);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(*cache.find(3), 33U);
  EXPECT_EQ(*cache.find(4), 4U);  // read again from the store
  EXPECT_EQ(cache.find(1000), nullptr);
}

TEST_F(StoreTest, PreloadingTakesInStoredObjectsUpToTheBound) {
  auto store = open();
  CutBatch batch;
  for (int i = 0; i < 1000; ++i) batch.put(Family::kPart, std::to_string(i), std::to_string(2 * i));
  ASSERT_TRUE(store->commit(batch));
  ObjectCache<NumberCodec> all(*store);
  ASSERT_TRUE(all.preload(*store->snapshot(), 1 << 20));
  EXPECT_EQ(all.size(), 1000U);
  EXPECT_EQ(*all.find(77), 154U);
  EXPECT_EQ(all.size(), 1000U);
  ObjectCache<NumberCodec> some(*store);
  ASSERT_TRUE(some.preload(*store->snapshot(), all.bytes() / 2));
  EXPECT_NEAR(static_cast<double>(some.size()), 500, 10);
  EXPECT_EQ(*some.find(999), 1998U);
}

TEST_F(StoreTest, AnErasedObjectStaysErasedAfterACut) {
  auto store = open();
  ObjectCache<NumberCodec> cache(*store);
  cache.edit(1) = 1;
  CutBatch batch;
  cache.begin_cut(batch);
  while (!cache.encode_some(100)) {
  }
  ASSERT_TRUE(store->commit(batch));
  cache.end_cut();
  cache.erase(1);
  EXPECT_EQ(cache.find(1), nullptr);
  CutBatch second;
  cache.begin_cut(second);
  while (!cache.encode_some(100)) {
  }
  ASSERT_TRUE(store->commit(second));
  cache.end_cut();
  EXPECT_EQ(get(*store, Family::kPart, "1"), "(none)");
  EXPECT_EQ(cache.find(1), nullptr);
}

}  // namespace
}  // namespace tessera::storage
