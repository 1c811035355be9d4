#include "table/database.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace tessera::table {
namespace {

using Lines = std::vector<std::vector<std::optional<std::string>>>;

std::unique_ptr<Database> memory(OpenOptions options = {}) {
  auto database = Database::open(options);
  EXPECT_TRUE(database) << database.error().message;
  return std::move(*database);
}

std::unique_ptr<Connection> connect(Database& database) {
  auto connection = database.connect();
  EXPECT_TRUE(connection);
  return std::move(*connection);
}

Lines ask(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  EXPECT_TRUE(rows) << rows.error().message;
  auto all = read_all(std::move(*rows));
  EXPECT_TRUE(all) << all.error().message;
  return *all;
}

Code refusal(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows) return rows.error().code;
  auto all = read_all(std::move(*rows));
  EXPECT_FALSE(all) << sql << " was not refused";
  return all ? Code::kInternal : all.error().code;
}

TEST(Database, ParametersAreBoundByType) {
  auto database = memory();
  auto connection = connect(*database);
  auto rows =
      connection->query("SELECT $1::INT + 1, $2, $3, $4 IS NULL, $5::TIMESTAMP",
                        {std::int64_t{41}, std::string_view("o'clock"), true, std::monostate{}, Timestamp{1000}});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(read_all(std::move(*rows)), (Lines{{"42", "o'clock", "true", "true", "1970-01-01T00:00:01.000Z"}}));
}

TEST(Database, StatementsAreTakenOneAtATime) {
  auto database = memory();
  auto connection = connect(*database);
  EXPECT_EQ(connection->prepare("SELECT 1; SELECT 2").error().code, Code::kInvalidArgument);
  EXPECT_EQ(connection->prepare(" ").error().code, Code::kInvalidArgument);
  EXPECT_EQ(connection->prepare("SELEC 1").error().code, Code::kInvalidArgument);
  EXPECT_EQ(connection->prepare(std::string_view("SELECT 1\0; DROP", 15)).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(connection->prepare("SELECT 1;"));
}

TEST(Database, KindTellsReadingFromWriting) {
  auto database = memory();
  auto connection = connect(*database);
  ASSERT_TRUE(connection->execute("CREATE TABLE t (a INT)"));
  for (const char* sql : {"SELECT 1", "WITH x AS (SELECT 1) FROM x", "FROM t", "VALUES (1)", "DESCRIBE t",
                          "SHOW TABLES", "SUMMARIZE t"}) {
    EXPECT_EQ(connection->prepare(sql)->kind(), StatementKind::kRead) << sql;
  }
  EXPECT_EQ(connection->prepare("EXPLAIN SELECT 1")->kind(), StatementKind::kExplain);
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "DELETE FROM t", "BEGIN", "CREATE TABLE u (a INT)", "CHECKPOINT"}) {
    EXPECT_EQ(connection->prepare(sql)->kind(), StatementKind::kOther) << sql;
  }
}

TEST(Database, NothingOutsideCanBeReachedUnlessAllowed) {
  auto database = memory();
  auto connection = connect(*database);
  EXPECT_EQ(refusal(*connection, "SELECT * FROM read_csv('/etc/passwd')"), Code::kPermissionDenied);
  EXPECT_FALSE(connection->execute("ATTACH '/tmp/other.duckdb'"));
  EXPECT_FALSE(connection->execute("COPY (SELECT 1) TO '/tmp/out.csv'"));
  EXPECT_FALSE(connection->execute("INSTALL httpfs"));
  EXPECT_FALSE(connection->execute("SET threads = 4"));
  auto open_database = memory({.external_access = true});
  auto open_connection = connect(*open_database);
  EXPECT_FALSE(ask(*open_connection, "SELECT * FROM read_csv('/etc/passwd', sep=':', header=false) LIMIT 1").empty());
}

TEST(Database, ReadOnlyTransactionsRefuseWrites) {
  auto database = memory();
  auto connection = connect(*database);
  ASSERT_TRUE(connection->execute("CREATE TABLE t (a INT)"));
  ASSERT_TRUE(connection->begin_read_only());
  EXPECT_FALSE(connection->execute("INSERT INTO t VALUES (1)"));
  connection->rollback();
  EXPECT_EQ(ask(*connection, "SELECT count(*) FROM t"), (Lines{{"0"}}));
}

TEST(Database, RollbackWithoutTransactionIsHarmless) {
  auto database = memory();
  auto connection = connect(*database);
  connection->rollback();
  EXPECT_EQ(ask(*connection, "SELECT 1"), (Lines{{"1"}}));
}

TEST(Database, InterruptEndsAQuery) {
  auto database = memory();
  auto connection = connect(*database);
  std::atomic<bool> done = false;
  std::thread watchdog([&] {
    while (!done) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      connection->interrupt();
    }
  });
  EXPECT_EQ(
      refusal(*connection, "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5"),
      Code::kDeadlineExceeded);
  done = true;
  watchdog.join();
}

TEST(Database, MemoryIsBounded) {
  auto database = memory({.memory_limit_bytes = 32u << 20});
  auto connection = connect(*database);
  EXPECT_EQ(refusal(*connection, "SELECT list(a.range::VARCHAR || repeat('x', 100)) FROM range(10000000) a"),
            Code::kResourceExhausted);
}

TEST(Database, DamagedFileIsDataLoss) {
  const auto path = std::filesystem::temp_directory_path() / ("table_damaged_" + std::to_string(getpid()));
  {
    std::ofstream(path) << std::string(100'000, 'x');
  }
  const auto database = Database::open({.path = path});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Code::kDataLoss) << database.error().message;
  std::filesystem::remove(path);
}

TEST(Database, UnknownSettingIsRefused) {
  EXPECT_EQ(Database::open({.settings = {{"no_such_setting", "1"}}}).error().code, Code::kInvalidArgument);
}

std::string doubled(std::uint64_t value) {
  return value == 3 ? std::string("three times two") : std::to_string(value * 2);
}

TEST(Database, DefinedFunctionsAreCalledFromSql) {
  auto database = memory();
  ASSERT_TRUE(database->define("doubled", doubled));
  EXPECT_FALSE(database->define("sum", doubled));
  auto connection = connect(*database);
  EXPECT_EQ(ask(*connection, "SELECT doubled(v::UBIGINT) FROM (VALUES (1), (NULL), (3)) t(v)"),
            (Lines{{"2"}, {std::nullopt}, {"three times two"}}));
  EXPECT_EQ(ask(*connection, "SELECT count(DISTINCT doubled(range::UBIGINT)) FROM range(10000)"), (Lines{{"10000"}}));
  EXPECT_EQ(ask(*connection, "SELECT doubled(21)"), (Lines{{"42"}}));
}

class DatabaseFile : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("table_file_" + std::to_string(getpid()));
    TearDown();
  }
  void TearDown() override {
    std::filesystem::remove(path_);
    std::filesystem::remove(path_.string() + ".wal");
  }
  std::filesystem::path path_;
};

TEST_F(DatabaseFile, KeepsItsRowsAndIsReachedByEveryConnection) {
  const OpenOptions options{.path = path_, .row_group_rows = 2048 * 30};
  {
    auto database = memory(options);
    ASSERT_TRUE(connect(*database)->execute("CREATE TABLE t AS SELECT range AS n FROM range(100000)"));
    EXPECT_EQ(ask(*connect(*database), "SELECT count(*) FROM t"), (Lines{{"100000"}}));
  }
  auto database = memory({.path = path_, .read_only = true});
  auto connection = connect(*database);
  EXPECT_EQ(ask(*connection, "SELECT sum(n) FROM t"), (Lines{{"4999950000"}}));
  EXPECT_FALSE(connection->execute("DELETE FROM t"));
}

TEST(Database, QuotesAreDoubled) {
  EXPECT_EQ(quoted("it's"), "'it''s'");
  EXPECT_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace tessera::table
