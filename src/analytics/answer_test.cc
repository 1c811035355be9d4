#include "analytics/answer.h"

#include <gtest/gtest.h>

#include "table/database.h"

namespace tessera::analytics {
namespace {

std::string answer(std::string_view query, Format format) {
  const auto database = std::move(*table::Database::open({}));
  const auto connection = std::move(*database->connect());
  auto rows = connection->query(query);
  if (!rows) return rows.error().message;
  return write_answer(std::move(*rows), format, {})->text;
}

TEST(Answer, JsonKeepsTypes) {
  EXPECT_EQ(answer("SELECT 1 AS a, 'x' AS b, NULL AS c, [1, 2] AS d, 1.50::DECIMAL(5,2) AS e", Format::kJson),
            R"({"columns":[{"name":"a","type":"INTEGER"},{"name":"b","type":"VARCHAR"},{"name":"c","type":"INTEGER"},)"
            R"json({"name":"d","type":"INTEGER[]"},{"name":"e","type":"DECIMAL(5,2)"}],)json"
            R"("rows":[[1,"x",null,[1,2],"1.50"]],"truncated":false})");
}

TEST(Answer, CsvQuotesWhatNeedsIt) {
  const std::string text =
      answer("SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS q, E'two\\nlines' AS l, '' AS e, NULL AS n, 'plain' AS p",
             Format::kCsv);
  EXPECT_EQ(text, "\"x,y\",q,l,e,n,p\r\n\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\",,plain\r\n");
}

TEST(Answer, NoRowsAreAnAnswer) {
  EXPECT_EQ(answer("SELECT 1 AS a WHERE false", Format::kJson),
            R"({"columns":[{"name":"a","type":"INTEGER"}],"rows":[],"truncated":false})");
  EXPECT_EQ(answer("SELECT 1 AS a WHERE false", Format::kCsv), "a\r\n");
}

}  // namespace
}  // namespace tessera::analytics
