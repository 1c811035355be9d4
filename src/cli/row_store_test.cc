#include "cli/row_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/row_reader.h"

namespace tessera::cli {
namespace {

using Key = std::optional<std::string>;

std::unique_ptr<RowStore> store_with(const std::vector<Key>& keys, const std::vector<bool>& refused = {}) {
  auto store = RowStore::open({.folder = ::testing::TempDir(), .columns = 1, .groupings = 1});
  EXPECT_TRUE(store) << store.error().message;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const RawRow row{.line = i + 2, .values = {std::to_string(i)}, .problem = ""};
    EXPECT_TRUE((*store)->add(row, i < refused.size() && refused[i], std::vector<Key>{keys[i]}));
  }
  EXPECT_TRUE((*store)->finish());
  return std::move(*store);
}

// "a:2,4 b:3": keys and lines.
std::string groups_of(RowStore& store, RowStore::Extent extent = RowStore::Extent::kAllRows) {
  const auto reader = store.groups(0, extent);
  EXPECT_TRUE(reader) << reader.error().message;
  RowGroup group;
  std::string out;
  while (*(*reader)->next(group)) {
    out += (out.empty() ? "" : " ") + group.key + ":";
    for (const StoredRow& row : group.rows) out += (out.ends_with(':') ? "" : ",") + std::to_string(row.line);
  }
  return out;
}

TEST(RowStore, GroupsComeInTheOrderOfTheirFirstRows) {
  const auto store = store_with({"b", "a", std::nullopt, "b", "c", "a"});
  EXPECT_EQ(groups_of(*store), "b:2,5 a:3,7 c:6");
}

TEST(RowStore, FirstAndLastSkipRefusedRows) {
  const auto store = store_with({"a", "a", "a", "a", "b", "c"}, {true, false, false, false, true, false});
  EXPECT_EQ(groups_of(*store, RowStore::Extent::kFirstAndLast), "a:3,5 c:7");
}

TEST(RowStore, SingleRowsKeepTheFilesOrder) {
  const auto store = store_with({"b", std::nullopt, "a"});
  const auto reader = store->single_rows();
  RowGroup group;
  std::string lines;
  while (*(*reader)->next(group)) lines += std::to_string(group.rows.at(0).line);
  EXPECT_EQ(lines, "234");
}

TEST(RowStore, AGroupThatIsTooLargeComesInPiecesThatSaySo) {
  std::vector<Key> keys(2 * kMaxGroupRows + 5, "a");
  keys.emplace_back("b");
  const auto store = store_with(keys);
  const auto reader = store->groups(0, RowStore::Extent::kAllRows);
  RowGroup group;
  std::string sizes;
  while (*(*reader)->next(group))
    sizes += group.key + std::to_string(group.rows.size()) + (group.too_large ? "! " : " ");
  EXPECT_EQ(sizes, "a100000! a100000! a5! b1 ");
}

TEST(RowStore, LeavesNoFilesBehind) {
  const std::string folder = ::testing::TempDir() + "row_store_test";
  std::filesystem::create_directories(folder);
  {
    const auto store = RowStore::open({.folder = folder, .columns = 1, .groupings = 0});
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST(RowStore, SaysWhichFolderItCannotWrite) {
  const auto store = RowStore::open({.folder = "/no/such/folder", .columns = 1, .groupings = 0});
  EXPECT_EQ(store.error().message, "/no/such/folder: cannot be written; name another folder with --temp-dir");
}

TEST(RowStore, GroupsAsAMapDoes) {
  std::mt19937 random(17);
  for (int round = 0; round < 5; ++round) {
    std::vector<Key> keys;
    std::map<std::string, std::string> lines;
    std::vector<std::string> order;
    for (std::size_t i = 0; i < 500; ++i) {
      const std::string key = std::to_string(random() % 90);
      keys.emplace_back(key);
      std::string& seen = lines[key];
      if (seen.empty()) order.push_back(key);
      seen += (seen.empty() ? "" : ",") + std::to_string(i + 2);
    }
    std::string expected;
    for (const std::string& key : order) expected += (expected.empty() ? "" : " ") + key + ":" + lines[key];
    EXPECT_EQ(groups_of(*store_with(keys)), expected);
  }
}

}  // namespace
}  // namespace tessera::cli
