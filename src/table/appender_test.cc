#include "table/appender.h"

#include <gtest/gtest.h>

#include "table/utf8.h"

namespace tessera::table {
namespace {

class AppenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = std::move(*Database::open({}));
    connection_ = std::move(*database_->connect());
  }

  std::string ask(std::string_view sql) {
    auto rows = connection_->query(sql);
    if (!rows) return rows.error().message;
    const auto all = read_all(std::move(*rows));
    if (!all || all->size() != 1) return "no single row";
    std::string line;
    for (const auto& value : all->at(0)) line += value.value_or("null") + "|";
    return line;
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(AppenderTest, EveryTypeArrivesAndUnsetColumnsAreNull) {
  ASSERT_TRUE(
      connection_->execute("CREATE TABLE t (a BOOLEAN, b BIGINT, c UINTEGER, d UBIGINT, e DOUBLE, f TIMESTAMP, g "
                           "VARCHAR, h JSON, i VARCHAR)"));
  auto appender = std::move(*Appender::open(*connection_, "t"));
  appender->set(0, true);
  appender->set(1, std::int64_t{-1});
  appender->set(2, std::uint32_t{2});
  appender->set(3, ~std::uint64_t{0});
  appender->set(4, 0.5);
  appender->set(5, Timestamp{1});
  appender->set(6, "short");
  appender->set(7, "{\"long\":\"enough not to be inlined\"}");
  ASSERT_TRUE(appender->end_row());
  ASSERT_TRUE(appender->flush());
  EXPECT_EQ(ask("FROM t"),
            "true|-1|2|18446744073709551615|0.5|1970-01-01T00:00:00.001Z|short|"
            "{\"long\":\"enough not to be inlined\"}|null|");
  EXPECT_EQ(ask("SELECT h->>'long' FROM t"), "enough not to be inlined|");
}

TEST_F(AppenderTest, ManyRowsKeepTheirOrderAndTexts) {
  ASSERT_TRUE(connection_->execute("CREATE TABLE t (n UBIGINT, s VARCHAR)"));
  auto appender = std::move(*Appender::open(*connection_, "t"));
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    appender->set(0, i);
    if (i % 3 != 0) appender->set(1, std::to_string(i) + std::string(i % 300, 'x'));
    ASSERT_TRUE(appender->end_row());
  }
  appender->set(0, std::uint64_t{10'000});
  appender->set(1, std::string(1'000'000, 'y'));
  ASSERT_TRUE(appender->end_row());
  ASSERT_TRUE(appender->flush());
  EXPECT_EQ(ask("SELECT count(*), sum(n), count(s) FROM t WHERE n < 10000"), "10000|49995000|6666|");
  EXPECT_EQ(ask("SELECT count(*) FROM t WHERE s = n::VARCHAR || repeat('x', (n % 300)::INT)"), "6666|");
  EXPECT_EQ(ask("SELECT length(s) FROM t WHERE n = 10000"), "1000000|");
}

TEST_F(AppenderTest, RowsTakePartInTheTransaction) {
  ASSERT_TRUE(connection_->execute("CREATE TABLE t (n UBIGINT)"));
  auto appender = std::move(*Appender::open(*connection_, "t"));
  for (const bool keep : {false, true}) {
    ASSERT_TRUE(connection_->begin());
    appender->set(0, std::uint64_t{7});
    ASSERT_TRUE(appender->end_row());
    ASSERT_TRUE(appender->flush());
    if (keep) {
      ASSERT_TRUE(connection_->commit());
    } else {
      connection_->rollback();
    }
    EXPECT_EQ(ask("SELECT count(*) FROM t"), keep ? "1|" : "0|");
  }
}

TEST_F(AppenderTest, StatementAppenderUpserts) {
  ASSERT_TRUE(
      connection_->execute("CREATE TABLE t (k UBIGINT PRIMARY KEY, v VARCHAR); INSERT INTO t VALUES (1, 'old')"));
  auto appender = Appender::open(*connection_, "INSERT OR REPLACE INTO t SELECT k, v FROM appended",
                                 {{"k", "UBIGINT"}, {"v", "VARCHAR"}});
  ASSERT_TRUE(appender) << appender.error().message;
  for (std::uint64_t k = 1; k <= 2; ++k) {
    (*appender)->set(0, k);
    (*appender)->set(1, "put");
    ASSERT_TRUE((*appender)->end_row());
  }
  ASSERT_TRUE((*appender)->flush());
  EXPECT_EQ(ask("SELECT list(v ORDER BY k) FROM t"), "[\"put\",\"put\"]|");
}

TEST_F(AppenderTest, ConstraintFailureIsReported) {
  ASSERT_TRUE(connection_->execute("CREATE TABLE t (n UBIGINT NOT NULL)"));
  auto appender = std::move(*Appender::open(*connection_, "t"));
  const Status ended = appender->end_row();
  EXPECT_FALSE(ended && appender->flush());
}

TEST_F(AppenderTest, UnknownTableIsReported) {
  EXPECT_FALSE(Appender::open(*connection_, "nowhere"));
}

TEST_F(AppenderTest, BytesThatAreNotUtf8AreReplaced) {
  ASSERT_TRUE(connection_->execute("CREATE TABLE t (s VARCHAR)"));
  auto appender = std::move(*Appender::open(*connection_, "t"));
  appender->set(0, "a\xFFz");
  ASSERT_TRUE(appender->end_row());
  ASSERT_TRUE(appender->flush());
  EXPECT_EQ(ask("FROM t"), "a\xEF\xBF\xBDz|");
}

TEST(Utf8, ValidAndInvalidSequences) {
  EXPECT_TRUE(is_utf8("plain ascii that is long"));
  EXPECT_TRUE(is_utf8("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("\xC0\x80"));          // overlong
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_utf8("cut \xE2\x82"));
  EXPECT_EQ(to_utf8("\xC3\xBC\xE2\x82!"), "\xC3\xBC\xEF\xBF\xBD\xEF\xBF\xBD!");
}

}  // namespace
}  // namespace tessera::table
