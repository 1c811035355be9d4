#include "table/rows.h"

#include <gtest/gtest.h>

#include "table/database.h"

namespace tessera::table {
namespace {

class RowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = std::move(*Database::open({}));
    connection_ = std::move(*database_->connect());
  }

  // The rows, at their first chunk.
  Rows first_chunk(std::string_view sql) {
    auto rows = connection_->query(sql);
    EXPECT_TRUE(rows) << rows.error().message;
    EXPECT_TRUE(rows->next_chunk().value_or(false));
    return std::move(*rows);
  }

  std::string json(const std::string& expression) {
    const Rows rows = first_chunk("SELECT " + expression);
    std::string out;
    rows.append_json(0, 0, out);
    return out;
  }

  std::string text(const std::string& expression) {
    const Rows rows = first_chunk("SELECT " + expression);
    std::string out;
    rows.append_text(0, 0, out);
    return out;
  }

  std::string sql_type(const std::string& expression) {
    return first_chunk("SELECT " + expression).columns()[0].sql_type;
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(RowsTest, TypedValuesAreReadAsTheirType) {
  const Rows rows = first_chunk(
      "SELECT true, -5::TINYINT, 18446744073709551615::UBIGINT, 1.5::FLOAT, TIMESTAMP '1969-12-31 23:59:59.9995',"
      " 'a longer text than twelve', NULL::INT, DATE '1970-01-02'");
  EXPECT_TRUE(rows.boolean(0, 0));
  EXPECT_EQ(rows.integer(1, 0), -5);
  EXPECT_EQ(rows.unsigned_integer(2, 0), 18446744073709551615U);
  EXPECT_EQ(rows.real(3, 0), 1.5);
  EXPECT_EQ(rows.timestamp(4, 0).ms, -1);
  EXPECT_EQ(rows.text(5, 0), "a longer text than twelve");
  EXPECT_TRUE(rows.is_null(6, 0));
  EXPECT_FALSE(rows.is_null(5, 0));
  EXPECT_EQ(rows.timestamp(7, 0).ms, kDayMs);
}

TEST_F(RowsTest, ScalarsAsJson) {
  EXPECT_EQ(json("NULL"), "null");
  EXPECT_EQ(json("1::BIGINT"), "1");
  EXPECT_EQ(json("true"), "true");
  EXPECT_EQ(json("0.1::DOUBLE"), "0.1");
  EXPECT_EQ(json("'nan'::DOUBLE"), "null");
  EXPECT_EQ(json("'say \"hi\"'"), R"("say \"hi\"")");
  EXPECT_EQ(json("'{\"a\":1}'::JSON"), R"({"a":1})");
  EXPECT_EQ(json("-12.340::DECIMAL(9,3)"), R"("-12.340")");
  EXPECT_EQ(json("0.05::DECIMAL(38,2)"), R"("0.05")");
  EXPECT_EQ(json("(-170141183460469231731687303715884105728)::HUGEINT"),
            R"("-170141183460469231731687303715884105728")");
  EXPECT_EQ(json("TIMESTAMP '2024-03-01 10:11:12.345'"), R"("2024-03-01T10:11:12.345Z")");
  EXPECT_EQ(json("TIMESTAMP '2024-03-01 10:11:12.345678'"), R"("2024-03-01T10:11:12.345678Z")");
  EXPECT_EQ(json("DATE '0044-03-15'"), R"("0044-03-15")");
  EXPECT_EQ(json("'infinity'::TIMESTAMP"), R"("infinity")");
  EXPECT_EQ(json("TIME '23:59:59.5'"), R"("23:59:59.500")");
  EXPECT_EQ(json("INTERVAL '14 months 3 days 4 hours'"), R"("1 year 2 months 3 days 04:00:00")");
  EXPECT_EQ(json("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID"), R"("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")");
  EXPECT_EQ(json("'b'::ENUM('a', 'b')"), R"("b")");
  EXPECT_EQ(json("'\\xAAz'::BLOB"), R"("\\xAAz")");
}

TEST_F(RowsTest, NestedValuesAreJsonInBothForms) {
  const std::string nested = "{'a': [1, NULL, 3], 'b': {'c': 'x'}, 'd': MAP {'k': 1.5::DOUBLE}, 'e': [1, 2]::INT[2]}";
  const std::string expected = R"({"a":[1,null,3],"b":{"c":"x"},"d":{"k":1.5},"e":[1,2]})";
  EXPECT_EQ(json(nested), expected);
  EXPECT_EQ(text(nested), expected);
  EXPECT_EQ(json("[]::INT[]"), "[]");
}

TEST_F(RowsTest, TextOfNullIsEmpty) {
  EXPECT_EQ(text("NULL::VARCHAR"), "");
  EXPECT_EQ(text("'plain'"), "plain");
  EXPECT_EQ(text("1e300"), "1e+300");
}

TEST_F(RowsTest, TypesAreNamedAsSqlDoes) {
  EXPECT_EQ(sql_type("1.5::DECIMAL(9,3)"), "DECIMAL(9,3)");
  EXPECT_EQ(sql_type("'{}'::JSON"), "JSON");
  EXPECT_EQ(sql_type("[1]"), "INTEGER[]");
  EXPECT_EQ(sql_type("{'a': 1}"), "STRUCT(\"a\" INTEGER)");
  EXPECT_EQ(sql_type("now()"), "TIMESTAMP WITH TIME ZONE");
}

TEST_F(RowsTest, TypesThatCannotBeShownAreToldWithTheirColumn) {
  const auto rows = connection_->query("SELECT [bitstring('101', 3)] AS bits");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message, "column bits holds BIT, which cannot be shown: cast it to VARCHAR");
}

TEST_F(RowsTest, ErrorsWhileReadingAreReported) {
  auto rows = connection_->query(
      "SELECT CASE WHEN range = 90000 THEN error('stop') ELSE range::VARCHAR END FROM range(100000)");
  ASSERT_TRUE(rows) << rows.error().message;
  const auto all = read_all(std::move(*rows), 200'000);
  ASSERT_FALSE(all);
  EXPECT_TRUE(all.error().message.contains("stop"));
}

TEST_F(RowsTest, ResultsLargerThanMemoryAreStreamed) {
  auto small = std::move(*Database::open({.memory_limit_bytes = 64u << 20}));
  auto connection = std::move(*small->connect());
  auto rows = connection->query("SELECT repeat('x', 1000) FROM range(1000000)");
  ASSERT_TRUE(rows) << rows.error().message;
  std::size_t count = 0;
  while (rows->next_chunk().value_or(false)) count += rows->chunk_rows();
  EXPECT_EQ(count, 1'000'000U);
}

TEST_F(RowsTest, ReadAllRefusesMoreThanItsBound) {
  auto rows = connection_->query("SELECT * FROM range(11)");
  EXPECT_EQ(read_all(std::move(*rows), 10).error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace tessera::table
