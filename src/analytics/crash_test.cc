#include <sys/wait.h>

#include <csignal>
#include <random>

#include "analytics/analytics_fixture.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

// Offers records after `from` without end, each with one event, one system row and now and then a moved part. Asks for
// durability every `ask_every` records, if that is not 0.
[[noreturn]] void offer_for_ever(const Options& options, std::uint64_t from, std::uint64_t ask_every) {
  auto analytics = Analytics::open(options);
  if (!analytics) _exit(1);
  BatchBuilder batch;
  for (std::uint64_t offset = from + 1;; ++offset) {
    batch.track(offset, PartId{offset % 97 + 1}, "E", R"({"n":)" + std::to_string(offset) + "}");
    batch.system(offset, 1, PartId{offset % 97 + 1}, "S", "{}");
    if (offset % 10 == 0) batch.moved(offset, 2, PartId{offset % 97 + 1}, ProfileId{offset});
    if (offset % 100 != 0) continue;
    while ((*analytics)->waiting_bytes() > 64u << 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    (*analytics)->accept(batch.done());
    if (ask_every > 0 && offset % ask_every == 0) (*analytics)->make_durable(Offset{offset});
  }
}

class CrashTest : public AnalyticsTest {
 protected:
  // Kills a process that offers for about `run_ms`, and looks at what it left. As after a cut, what the next one offers
  // begins somewhat before the position.
  void kill_and_look(std::uint64_t ask_every, std::uint64_t run_ms) {
    const pid_t child = fork();
    if (child == 0) offer_for_ever(options_, position_ / 200 * 100, ask_every);
    std::this_thread::sleep_for(std::chrono::milliseconds(run_ms));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    Analytics& analytics = open();
    const std::uint64_t before = std::exchange(position_, analytics.durable().value);
    EXPECT_GE(position_, before);
    const std::string n = std::to_string(position_);
    for (const char* type : {"track", "system"}) {
      EXPECT_EQ(
          rows("SELECT count(*), count(DISTINCT \"offset\"), coalesce(max(\"offset\"), 0) FROM events WHERE type = '" +
               std::string(type) + "'"),
          "[[" + n + "," + n + "," + n + "]]");
    }
    EXPECT_EQ(rows("SELECT count(*) FROM events WHERE type = 'track' AND (properties->>'n')::UBIGINT <> \"offset\""),
              "[[0]]");
    EXPECT_EQ(rows("SELECT coalesce(max(profile_id), 0) FROM parts_stored"),
              "[[" + std::to_string(position_ / 10 * 10) + "]]");
    analytics_.reset();
  }

  // So many rounds, and on a busy machine as many more, each longer, as it takes for something to have been committed.
  void kill_again(int rounds, std::uint64_t ask_every, std::uint64_t least_ms, std::uint64_t more_ms) {
    for (int round = 0; round < rounds || (position_ == 0 && round < 10 * rounds); ++round) {
      kill_and_look(ask_every, (least_ms + random_() % more_ms) * (1 + static_cast<std::uint64_t>(round / rounds)));
    }
    EXPECT_GT(position_, 0U);
  }

  std::uint64_t position_ = 0;
  std::mt19937 random_{42};
};

TEST_F(CrashTest, EveryRowIsThereOnceAfterKillsDuringSmallCommitsAndCheckpoints) {
  options_.commit_rows = 3000;
  options_.checkpoint_bytes = 1u << 20;
  kill_again(6, 700, 150, 350);
}

TEST_F(CrashTest, EveryRowIsThereOnceAfterKillsDuringCommitsPastARowGroup) {
  options_.commit_rows = 70'000;
  kill_again(3, 0, 1200, 1000);
}

}  // namespace
}  // namespace tessera::analytics
