#include <sys/wait.h>

#include <csignal>
#include <random>

#include "analytics/analytics_fixture.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

using CrashTest = AnalyticsTest;

// Offers records after `from` without end, each with one event, one system row and now and then a moved part.
[[noreturn]] void offer_for_ever(const Options& options, std::uint64_t from) {
  auto analytics = Analytics::open(options);
  if (!analytics) _exit(1);
  BatchBuilder batch;
  for (std::uint64_t offset = from + 1;; ++offset) {
    batch.track(offset, PartId{offset % 97 + 1}, "E", R"({"n":)" + std::to_string(offset) + "}");
    batch.system(offset, 1, PartId{offset % 97 + 1}, "S", "{}");
    if (offset % 10 == 0) batch.moved(offset, 2, PartId{offset % 97 + 1}, ProfileId{offset});
    if (offset % 100 != 0) continue;
    while ((*analytics)->waiting_bytes() > 4u << 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    (*analytics)->accept(batch.done());
    if (offset % 700 == 0) (*analytics)->make_durable(Offset{offset});
  }
}

TEST_F(CrashTest, AfterKillsEveryRowIsThereExactlyOnce) {
  options_.commit_rows = 3000;
  options_.checkpoint_bytes = 1u << 20;
  std::mt19937 random(42);
  std::uint64_t position = 0;
  for (int round = 0; round < 6; ++round) {
    // As after a cut: what is offered begins somewhat before the position.
    const std::uint64_t from = position / 2;
    const pid_t child = fork();
    if (child == 0) offer_for_ever(options_, from / 100 * 100);
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + random() % 350));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    Analytics& analytics = open();
    const std::uint64_t now = analytics.durable().value;
    EXPECT_GE(now, position);
    position = now;
    const std::string n = std::to_string(position);
    EXPECT_EQ(rows("SELECT count(*), count(DISTINCT \"offset\"), coalesce(max(\"offset\"), 0) FROM events WHERE type = "
                   "'track'"),
              "[[" + n + "," + n + "," + n + "]]");
    EXPECT_EQ(rows("SELECT count(*), count(DISTINCT \"offset\"), coalesce(max(\"offset\"), 0) FROM events WHERE type = "
                   "'system'"),
              "[[" + n + "," + n + "," + n + "]]");
    EXPECT_EQ(rows("SELECT coalesce(max(profile_id), 0) FROM parts_stored"),
              "[[" + std::to_string(position / 10 * 10) + "]]");
    EXPECT_EQ(rows("SELECT count(*) FROM events WHERE type = 'track' AND (properties->>'n')::UBIGINT <> \"offset\""),
              "[[0]]");
    analytics_.reset();
  }
  EXPECT_GT(position, 0U);
}

}  // namespace
}  // namespace tessera::analytics
