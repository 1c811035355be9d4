#include "analytics/analytics_fixture.h"
#include "analytics/effects.h"

namespace tessera::analytics {
namespace {

class SqlTest : public AnalyticsTest {
 protected:
  void SetUp() override {
    AnalyticsTest::SetUp();
    open().accept(BatchBuilder().track(1, PartId{1}, "A").track(2, PartId{2}, "B").done());
    ASSERT_TRUE(analytics_->fresh(Offset{2}, 10'000));
  }

  Code refusal(std::string_view query) {
    const auto answer = analytics_->sql(query, Format::kJson);
    EXPECT_FALSE(answer) << query << " was answered: " << answer->text;
    return answer ? Code::kInternal : answer.error().code;
  }
};

TEST_F(SqlTest, ReadingStatementsAreAnswered) {
  for (const char* query :
       {"SELECT 1", "WITH x AS (SELECT 1) FROM x", "FROM events", "VALUES (1)", "DESCRIBE events", "SHOW TABLES",
        "SUMMARIZE events", "EXPLAIN SELECT * FROM events", "EXPLAIN ANALYZE SELECT * FROM events", "SELECT 1;"}) {
    const auto answer = analytics_->sql(query, Format::kJson);
    EXPECT_TRUE(answer) << query << ": " << answer.error().message;
  }
}

TEST_F(SqlTest, StatementsThatDoMoreThanReadAreRefused) {
  for (const char* query : {"INSERT INTO events_stored (\"offset\") VALUES (3)",
                            "UPDATE sink_position SET \"offset\" = 0",
                            "DELETE FROM events_stored",
                            "DROP TABLE events_stored",
                            "CREATE TABLE t (a INT)",
                            "CREATE TEMP TABLE t (a INT)",
                            "COPY events TO '/tmp/stolen.csv'",
                            "COPY events_stored FROM '/etc/passwd'",
                            "EXPORT DATABASE '/tmp/stolen'",
                            "INSTALL httpfs",
                            "LOAD httpfs",
                            "SET memory_limit = '100GB'",
                            "RESET memory_limit",
                            "USE memory",
                            "CHECKPOINT",
                            "FORCE CHECKPOINT",
                            "BEGIN",
                            "COMMIT",
                            "ROLLBACK",
                            "VACUUM",
                            "PREPARE p AS SELECT 1",
                            "CALL pragma_version()",
                            "DETACH tessera",
                            "CREATE MACRO m() AS 1"}) {
    const Code code = refusal(query);
    EXPECT_TRUE(code == Code::kPermissionDenied || code == Code::kInvalidArgument) << query;
  }
  EXPECT_EQ(refusal("ATTACH '/tmp/other.duckdb' AS other"), Code::kPermissionDenied);
  EXPECT_EQ(rows("SELECT count(*), (SELECT \"offset\" FROM sink_position) FROM events"), "[[2,2]]");
}

TEST_F(SqlTest, WritingInsideAReadingStatementIsRefused) {
  for (const char* query :
       {"EXPLAIN ANALYZE DELETE FROM events_stored", "EXPLAIN ANALYZE INSERT INTO sink_position VALUES (1)",
        "FROM query('DELETE FROM events_stored')", "FROM force_checkpoint()", "FROM checkpoint()",
        "WITH x AS (DELETE FROM events_stored RETURNING *) FROM x"}) {
    refusal(query);
  }
  EXPECT_EQ(rows("SELECT count(*) FROM events"), "[[2]]");
}

TEST_F(SqlTest, FunctionsThatDoMoreThanReadAreRefusedHoweverSpelt) {
  for (const char* query :
       {"FROM checkpoint()", "FROM \"checkpoint\" ('tessera')", "FROM ForCe_CheckPoint/**/()",
        "FROM system.main.checkpoint()", "FROM checkpoint--x\n()", "FROM query('FROM check' || 'point()')",
        "FROM enable_logging('QueryLog')", "FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)",
        "SELECT write_log('x')", "FROM truncate_duckdb_logs()"}) {
    EXPECT_EQ(refusal(query), Code::kPermissionDenied) << query;
  }
  refusal("FROM U&\"\\0063heckpoint\"()");
  EXPECT_EQ(rows("SELECT 'checkpoint' AS query, 1 AS checkpoint_1"), R"([["checkpoint",1]])");
}

TEST_F(SqlTest, FilesAndNetworkCannotBeReached) {
  for (const char* query : {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
                            "SELECT * FROM read_blob('/proc/self/environ')", "FROM '/etc/passwd.csv'",
                            "FROM glob('/etc/*')", "FROM read_json('https://example.org/x.json')",
                            "FROM sniff_csv('/etc/passwd')", "FROM parquet_metadata('/tmp/x.parquet')"}) {
    const Code code = refusal(query);
    EXPECT_TRUE(code == Code::kPermissionDenied || code == Code::kInvalidArgument) << query;
  }
}

TEST_F(SqlTest, SeveralStatementsAreRefused) {
  EXPECT_EQ(refusal("SELECT 1; DELETE FROM events_stored"), Code::kInvalidArgument);
  EXPECT_EQ(refusal("SELECT 1; SELECT 2"), Code::kInvalidArgument);
  EXPECT_EQ(refusal(""), Code::kInvalidArgument);
  EXPECT_EQ(refusal(std::string_view("SELECT 1\0DELETE", 15)), Code::kInvalidArgument);
}

TEST_F(SqlTest, ParametersAreRefused) {
  EXPECT_EQ(refusal("SELECT $1"), Code::kInvalidArgument);
}

TEST_F(SqlTest, MistakesAreExplained) {
  EXPECT_TRUE(rows("SELECT no_such_column FROM events").contains("no_such_column"));
  EXPECT_TRUE(rows("SELEC 1").contains("syntax error"));
}

TEST_F(SqlTest, QueriesEndAtTheirDeadline) {
  const auto answer =
      analytics_->sql("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5",
                      Format::kJson, {.deadline_ms = 100});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kDeadlineExceeded) << answer.error().message;
  EXPECT_EQ(rows("SELECT 1"), "[[1]]");
}

TEST_F(SqlTest, NoMoreThanTwoRunAtOnce) {
  const char* slow = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5";
  std::atomic<int> exhausted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kMaxQueries + 1; ++i) {
    threads.emplace_back([&] {
      const auto answer = analytics_->sql(slow, Format::kJson, {.deadline_ms = 1000});
      if (!answer && answer.error().code == Code::kResourceExhausted) ++exhausted;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(exhausted, 1);
}

TEST_F(SqlTest, AnswersAreCutAtTheirLimits) {
  auto answer = analytics_->sql("FROM range(10)", Format::kJson, {.max_rows = 3});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, R"({"columns":[{"name":"range","type":"BIGINT"}],"rows":[[0],[1],[2]],"truncated":true})");
  EXPECT_EQ(answer->rows, 3U);
  answer = analytics_->sql("FROM range(3)", Format::kJson, {.max_rows = 3});
  EXPECT_FALSE(answer->truncated);
  answer = analytics_->sql("SELECT repeat('x', 1000) FROM range(1000000)", Format::kCsv, {.max_bytes = 10'000});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->truncated);
  EXPECT_LE(answer->text.size(), 10'000U);
}

TEST_F(SqlTest, AnswersCountEverythingAcceptedBefore) {
  analytics_->accept(BatchBuilder().track(3, PartId{1}, "C").done());
  const auto answer = analytics_->sql("SELECT count(*) FROM events", Format::kCsv);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "count_star()\r\n3\r\n");
  EXPECT_GE(answer->position, Offset{3});
}

}  // namespace
}  // namespace tessera::analytics
