#include "log/log.h"

#include <gtest/gtest.h>

#include "log/appender.h"
#include "log/group.h"
#include "testing/memory_files.h"
#include "testing/random.h"

namespace tessera::log {
namespace {

std::vector<Draft> drafts(std::initializer_list<std::string> bodies) {
  std::vector<Draft> all;
  for (const auto& body : bodies) all.push_back({RecordKind::kEvent, {7}, body});
  return all;
}

// Every body from offset 1 on, joined; or the error's message.
std::string all_bodies(Log& log) {
  auto reader = log.read(log.first());
  if (!reader) return reader.error().message;
  std::string joined;
  for (;;) {
    auto group = (*reader)->next();
    if (!group) return group.error().message;
    if (!*group) return joined;
    for (const Record& record : (**group)->records()) joined += std::string(record.body) + ";";
  }
}

std::unique_ptr<Log> reopen(Files& files, std::uint64_t segment_bytes = 256u << 20) {
  auto log = open_log(files, {.segment_bytes = segment_bytes});
  EXPECT_TRUE(log) << log.error().message;
  return log ? std::move(*log) : nullptr;
}

TEST(Log, WhatWasAppendedIsReadBackWithItsFields) {
  testing::MemoryFiles files;
  {
    auto log = reopen(files);
    ASSERT_TRUE(log->append(drafts({"a", "bb"}), {1000}, 3));
    ASSERT_TRUE(log->append(drafts({"", "c"}), {2000}, 4));
  }
  auto log = reopen(files);
  EXPECT_EQ(log->first(), Offset{1});
  EXPECT_EQ(log->next(), Offset{5});
  EXPECT_EQ(log->last_time(), Timestamp{2000});
  EXPECT_EQ(log->last_epoch(), 4U);
  EXPECT_EQ(all_bodies(*log), "a;bb;;c;");
  auto group = (*log->read({2}).value()->next()).value();
  const Record& second = group->records()[1];
  EXPECT_EQ(second.offset, Offset{2});
  EXPECT_EQ(second.time, Timestamp{1000});
  EXPECT_EQ(second.epoch, 3U);
  EXPECT_EQ(second.source, SourceId{7});
  EXPECT_EQ(second.kind, RecordKind::kEvent);
}

TEST(Log, ReadingGoesOnAcrossSegmentsAndFromTheMiddle) {
  testing::MemoryFiles files;
  auto log = reopen(files, 100);
  for (const auto* body : {"a", "b", "c", "d"}) ASSERT_TRUE(log->append(drafts({body}), {1}, 1));
  EXPECT_GT(files.list()->size(), 1U);
  EXPECT_EQ(all_bodies(*log), "a;b;c;d;");
  auto reader = std::move(*log->read({3}));
  EXPECT_EQ((**reader->next())->first(), Offset{3});
  EXPECT_EQ((**reader->next())->first(), Offset{4});
  EXPECT_FALSE(reader->next()->has_value());
  ASSERT_TRUE(log->append(drafts({"e"}), {1}, 1));
  EXPECT_EQ((**reader->next())->first(), Offset{5});  // a reader at the end sees what comes
}

TEST(Log, DropUnlinksOnlyWholeOldSegmentsBelowTheOffset) {
  testing::MemoryFiles files;
  auto log = reopen(files, 100);
  for (std::int64_t i = 1; i <= 6; ++i) ASSERT_TRUE(log->append(drafts({"x"}), {i * 1000}, 1));
  ASSERT_TRUE(log->drop({100}, {0}));
  EXPECT_EQ(log->first(), Offset{1});
  ASSERT_TRUE(log->drop({4}, {10'000}));
  EXPECT_LE(log->first(), Offset{4});
  EXPECT_GT(log->first(), Offset{1});
  EXPECT_EQ(log->read({1}).error().code, Code::kNotFound);
  const Offset first = log->first();
  EXPECT_EQ(reopen(files, 100)->first(), first);
}

// Appends groups, loses power in the middle, and looks at what is left.
TEST(Log, ACrashKeepsEverySyncedGroupAndNoPartOfAnother) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    testing::Random random(seed);
    testing::MemoryFiles files;
    std::uint64_t synced = 0;
    auto log = reopen(files, 2000);
    files.halt_after(random.below(40));
    for (int i = 0; i < 30; ++i) {
      std::vector<Draft> group(1 + random.below(5), Draft{RecordKind::kEvent, {1}, {}});
      for (auto& draft : group) draft.body = random.bytes(random.below(300));
      auto appended = log->append(group, {i}, 1);
      if (!appended) break;
      synced = (*appended)->last().value;
    }
    log.reset();
    files.crash(random);
    log = reopen(files, 2000);
    ASSERT_NE(log, nullptr) << "seed " << seed;
    ASSERT_GE(log->next().value, synced + 1) << "seed " << seed;
    auto reader = std::move(*log->read(log->first()));
    std::uint64_t read = 0;
    for (auto group = reader->next(); group && *group; group = reader->next()) read = (**group)->last().value;
    EXPECT_EQ(read + 1, log->next().value) << "seed " << seed;
    EXPECT_TRUE(log->append(drafts({"on"}), {99}, 1)) << "seed " << seed;
  }
}

TEST(Log, ACrashBetweenANewSegmentAndItsFirstFrameForgetsNothing) {
  for (const auto* last : {"TESSLOG1", "TESS", ""}) {
    testing::MemoryFiles files;
    auto log = reopen(files, 100);
    for (const auto* body : {"a", "b"}) ASSERT_TRUE(log->append(drafts({body}), {7000}, 3));
    log.reset();
    files.set_contents("00000000000000000003.log", last);
    log = reopen(files, 100);
    EXPECT_EQ(log->next(), Offset{3});
    EXPECT_EQ(log->last_time(), Timestamp{7000});
    EXPECT_EQ(log->last_epoch(), 3U);
    ASSERT_TRUE(log->append(drafts({"c"}), {8000}, 3));
    EXPECT_EQ(all_bodies(*log), "a;b;c;");
    log.reset();
    EXPECT_EQ(all_bodies(*reopen(files, 100)), "a;b;c;");
  }
}

TEST(Log, AFlippedBitInASealedSegmentIsToldWithFileAndPlace) {
  testing::MemoryFiles files;
  auto log = reopen(files, 100);
  for (const auto* body : {"aaaa", "bbbb", "cccc"}) ASSERT_TRUE(log->append(drafts({body}), {1}, 1));
  log.reset();
  files.flip_bit("00000000000000000001.log", 62);
  log = reopen(files, 100);
  const std::string told = all_bodies(*log);
  EXPECT_NE(told.find("00000000000000000001.log is damaged at byte 8"), std::string::npos) << told;
}

TEST(Log, AFlippedBitBeforeWholeFramesInTheLastSegmentIsNoTornTail) {
  testing::MemoryFiles files;
  auto log = reopen(files);
  for (const auto* body : {"aaaa", "bbbb", "cccc"}) ASSERT_TRUE(log->append(drafts({body}), {1}, 1));
  log.reset();
  files.flip_bit("00000000000000000001.log", 70);
  const auto opened = open_log(files, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kDataLoss);
}

TEST(Log, AfterAFailedWriteNothingMoreIsAppended) {
  testing::MemoryFiles files;
  auto log = reopen(files);
  ASSERT_TRUE(log->append(drafts({"a"}), {1}, 1));
  files.fail(testing::MemoryFiles::Operation::kSync, 0);
  EXPECT_FALSE(log->append(drafts({"b"}), {1}, 1));
  EXPECT_EQ(log->append(drafts({"c"}), {1}, 1).error().code, Code::kUnavailable);
}

TEST(Group, AnyDamagedFrameIsRefused) {
  const auto frame = build_frame(drafts({"hello", "world"}), {5}, {1}, 1, 0);
  ASSERT_TRUE(Group::parse(frame));
  for (std::size_t i = 0; i < frame.size(); ++i) {
    std::string damaged = frame;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    EXPECT_FALSE(Group::parse(damaged)) << "byte " << i;
  }
  for (std::size_t size = 0; size < frame.size(); ++size) EXPECT_FALSE(Group::parse(frame.substr(0, size)));
}

class FixedTime : public Stamper {
 public:
  Result<Timestamp> next_time() override { return Timestamp{++now_ms}; }
  std::uint32_t epoch() const override { return 1; }
  std::int64_t now_ms = 0;
};

TEST(Appender, EverySubmissionIsToldItsLastOffsetInOrder) {
  testing::MemoryFiles files;
  auto log = reopen(files);
  FixedTime time;
  std::vector<std::uint64_t> told;
  std::uint64_t passed_on = 0;
  {
    Appender appender(*log, time, [&](auto group) { passed_on = group->last().value; }, {});
    for (std::size_t i = 1; i <= 100; ++i) {
      std::vector<Draft> some(i % 3 + 1, Draft{RecordKind::kTick, {}, {}});
      ASSERT_TRUE(appender.submit(std::move(some), [&](Result<Offset> last) { told.push_back(last->value); }));
    }
    appender.stop();
    EXPECT_EQ(appender.submit({{}}, [](auto) {}).error().code, Code::kUnavailable);
  }
  ASSERT_EQ(told.size(), 100U);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), 34 * 2 + 33 * 3 + 33);
  EXPECT_EQ(passed_on, told.back());
}

TEST(Appender, AFullQueueRefusesAndLosesNothingOfWhatItTook) {
  testing::MemoryFiles files;
  auto log = reopen(files);
  FixedTime time;
  std::atomic<int> acknowledged = 0;
  int taken = 0;
  int refused = 0;
  Appender appender(*log, time, [](auto) {}, {.queue_bytes = 3000});
  for (int i = 0; i < 2000; ++i) {
    const auto submitted =
        appender.submit({{RecordKind::kTick, {}, std::string(1000, 'x')}}, [&](auto) { ++acknowledged; });
    submitted ? ++taken : ++refused;
    EXPECT_TRUE(submitted || submitted.error().code == Code::kResourceExhausted);
  }
  appender.stop();
  EXPECT_EQ(acknowledged, taken);
  EXPECT_EQ(log->next().value, static_cast<std::uint64_t>(taken) + 1);
  EXPECT_EQ(taken + refused, 2000);
}

TEST(Appender, AWriteErrorIsToldToItsSubmitterAndToTheNext) {
  testing::MemoryFiles files;
  auto log = reopen(files);
  FixedTime time;
  files.fail(testing::MemoryFiles::Operation::kSync, 0);
  Appender appender(*log, time, [](auto) { FAIL() << "nothing was synced"; }, {});
  std::string told;
  ASSERT_TRUE(appender.submit({{}}, [&](Result<Offset> last) { told = last.error().message; }));
  appender.stop();
  EXPECT_NE(told, "");
  EXPECT_EQ(appender.submit({{}}, [](auto) {}).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace tessera::log
