#include "testing/memory_files.h"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

using Operation = MemoryFiles::Operation;

std::unique_ptr<log::File> must_create(MemoryFiles& files, const std::string& name) {
  auto file = files.create(name);
  EXPECT_TRUE(file.has_value());
  return std::move(*file);
}

TEST(MemoryFiles, SyncedBytesSurviveEveryCrash) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    MemoryFiles files;
    const auto file = must_create(files, "a");
    const std::string kept = random.bytes(random.below(2000));
    ASSERT_TRUE(file->append(kept));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->append(random.bytes(random.below(2000))));
    files.crash(random);
    ASSERT_TRUE(files.contents("a").starts_with(kept));
  }
}

TEST(MemoryFiles, ACrashDropsKeepsTearsAndSpoilsUnsyncedBytes) {
  Random random(2);
  const std::string written(3000, 'x');
  int dropped = 0;
  int kept = 0;
  int torn = 0;
  int spoilt = 0;
  for (int round = 0; round < 200; ++round) {
    MemoryFiles files;
    ASSERT_TRUE(must_create(files, "a")->append(written));
    files.crash(random);
    const std::string found = files.contents("a");
    if (found.empty()) {
      ++dropped;
    } else if (found == written) {
      ++kept;
    } else if (written.starts_with(found)) {
      ++torn;
    } else {
      ++spoilt;
    }
  }
  EXPECT_GT(dropped, 10);
  EXPECT_GT(kept, 10);
  EXPECT_GT(torn, 10);
  EXPECT_GT(spoilt, 10);
}

TEST(MemoryFiles, HandlesFromBeforeACrashAreDead) {
  Random random(3);
  MemoryFiles files;
  const auto file = must_create(files, "a");
  files.crash(random);
  EXPECT_EQ(file->append("late").error().code, Code::kUnavailable);
  EXPECT_EQ(files.contents("a"), "");
}

TEST(MemoryFiles, FailsExactlyTheOperationsAskedFor) {
  MemoryFiles files;
  const auto file = must_create(files, "a");
  files.fail(Operation::kSync, 1, 2);
  EXPECT_TRUE(file->sync());
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
}

TEST(MemoryFiles, AFailedCreateMayBeGoneAfterACrash) {
  Random random(4);
  int there = 0;
  for (int round = 0; round < 50; ++round) {
    MemoryFiles files;
    files.fail(Operation::kCreate, 0);
    ASSERT_FALSE(files.create("a"));
    files.crash(random);
    there += static_cast<int>(files.list()->size());
  }
  EXPECT_GT(there, 5);
  EXPECT_LT(there, 45);
}

TEST(MemoryFiles, NothingWorksAfterTheHaltUntilTheCrash) {
  Random random(5);
  MemoryFiles files;
  const auto file = must_create(files, "a");
  files.halt_after(2);
  EXPECT_TRUE(file->append("one"));
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(file->append("two").error().code, Code::kUnavailable);
  EXPECT_FALSE(files.open("a"));
  files.crash(random);
  EXPECT_TRUE(files.open("a"));
  EXPECT_TRUE(files.contents("a").starts_with("one"));
}

TEST(MemoryFiles, ARemovedFileMayReturnOnlyIfAllowed) {
  Random random(6);
  int returned = 0;
  for (int round = 0; round < 50; ++round) {
    MemoryFiles files;
    files.set_contents("a", "old");
    files.set_contents("b", "old");
    ASSERT_TRUE(files.remove("a"));
    files.let_removals_return(true);
    ASSERT_TRUE(files.remove("b"));
    EXPECT_TRUE(files.list()->empty());
    files.crash(random);
    const auto names = files.list();
    for (const std::string& name : *names) {
      EXPECT_EQ(name, "b");
      ++returned;
    }
  }
  EXPECT_GT(returned, 5);
}

}  // namespace
}  // namespace tessera::testing
