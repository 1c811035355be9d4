#include "cli/import_command.h"

#include <gtest/gtest.h>

#include "base/result.h"
#include "cli/import_fixture.h"
#include "table/database.h"

namespace tessera::cli {
namespace {

constexpr std::string_view kMapping = R"(name: shop
columns:
  No: {type: string, required: true}
  At: {type: timestamp, required: true}
  Qty: {type: integer, required: true}
  Price: decimal
  Who: {type: string, strip_suffix: ".0"}
group_by: No
events:
  - kind: order
    type: track
    name: {choose: [{when: {column: No, starts_with: C}, value: Order Refunded}, {value: Order Completed}]}
    timestamp: At
    user_id: Who
    anonymous_id: {text: "no-{No}", when: {column: Who, empty: true}}
    properties:
      order_id: No
      revenue: {sum_product: [Qty, Price]}
      products: {each: {quantity: Qty, price: Price}}
)";

class ImportTest : public ImportFixture {
 protected:
  ImportOptions options(const std::string& file, std::string_view mapping = kMapping) {
    return ImportFixture::options(file, mapping);
  }
};

TEST_F(ImportTest, GroupsRowsThatAreNotConsecutiveAndKeepsTheirOrder) {
  const std::string file = write("a.csv",
                                 "No,At,Qty,Price,Who\n"
                                 "1,2024-01-01,2,0.10,7.0\n"
                                 "C2,2024-01-02,-1,1.00,\n"
                                 "1,2024-01-01,3,0.20,7.0\n");
  const ImportSummary summary = import(options(file));
  EXPECT_EQ(summary.rows_read, 3U);
  EXPECT_EQ(summary.events_accepted, 2U);
  const std::string got = receiver_.text();
  EXPECT_TRUE(got.contains(
      R"({"type":"track","event":"Order Completed","messageId":"-","timestamp":"2024-01-01T00:00:00.000Z",)"
      R"("userId":"7","properties":{"order_id":"1","revenue":0.80,)"
      R"("products":[{"quantity":2,"price":0.10},{"quantity":3,"price":0.20}]}})"))
      << got;
  EXPECT_TRUE(got.contains(R"("event":"Order Refunded")")) << got;
  EXPECT_TRUE(got.contains(R"("anonymousId":"no-C2")")) << got;
}

TEST_F(ImportTest, TheSameFileGivesTheSameIds) {
  const std::string file = write("a.csv", "No,At,Qty,Price,Who\n1,2024-01-01,2,0.10,7.0\n2,2024-01-01,2,0.10,8.0\n");
  import(options(file));
  const auto first = receiver_.items();
  import(options(file));
  EXPECT_EQ(receiver_.items(), first);
  EXPECT_EQ(first.size(), 2U);
  for (const auto& [id, item] : first) EXPECT_LT(id.size(), 100U);
}

TEST_F(ImportTest, ABadRowIsToldAndHoldsItsEventBackButNoOther) {
  const std::string file = write("a.csv",
                                 "No,At,Qty,Price,Who\n"
                                 "1,2024-01-01,2,0.10,7.0\n"
                                 "1,2024-01-01,two,0.20,7.0\n"
                                 "2,\"2024-01-\n01\",1,1,8\n"
                                 "3,2024-01-01,1,1\n"
                                 "4,2024-01-01,1,1,9\n");
  const ImportSummary summary = import(options(file));
  EXPECT_EQ(summary.rows_read, 5U);
  EXPECT_EQ(summary.rows_rejected, 4U);
  EXPECT_EQ(summary.events_accepted, 1U);
  EXPECT_EQ(read("a.csv.rejects.csv"),
            "No,At,Qty,Price,Who,rejected_line,rejected_reason\n"
            "1,2024-01-01,two,0.20,7.0,3,\"Qty: \"\"two\"\" is no whole number\"\n"
            "2,\"2024-01-\n01\",1,1,8,4,\"At: \"\"2024-01-\n01\"\" is no time of the format iso\"\n"
            "3,2024-01-01,1,1,,6,4 fields where there should be 5\n"
            "1,2024-01-01,2,0.10,7.0,2,held back: line 3 belongs to the same event and was refused\n");
  EXPECT_TRUE(out_.str().contains("line 3: Qty: \"two\" is no whole number"));
}

TEST_F(ImportTest, TheRepairedRejectsFileImports) {
  const std::string file = write("a.csv", "No,At,Qty,Price,Who\n1,2024-01-01,2,0.10,7.0\n1,2024-01-01,two,0.20,7.0\n");
  import(options(file));
  EXPECT_TRUE(receiver_.items().empty());
  std::string repaired = read("a.csv.rejects.csv");
  repaired.replace(repaired.find("two"), 3, "2");
  const ImportSummary summary = import(options(write("repaired.csv", repaired)));
  EXPECT_EQ(summary.rows_rejected, 0U);
  EXPECT_TRUE(receiver_.text().contains("\"revenue\":0.60"));
}

TEST_F(ImportTest, ADryRunSendsNothingAndShowsTheFirstEvents) {
  ImportOptions dry = options(write("a.csv", "No,At,Qty,Price,Who\n1,2024-01-01,2,0.10,7.0\n"));
  dry.dry_run = true;
  dry.server.url = "http://127.0.0.1:1";
  EXPECT_EQ(import(dry).events_made, 1U);
  EXPECT_TRUE(receiver_.items().empty());
  EXPECT_TRUE(out_.str().contains("The first \"order\" (line 2):\n{\"type\":\"track\"")) << out_.str();
}

TEST_F(ImportTest, LimitStopsAfterWholeEvents) {
  ImportOptions limited =
      options(write("a.csv", "No,At,Qty,Price,Who\n1,2024-01-01,2,1,7\n2,2024-01-01,2,1,7\n1,2024-01-01,5,1,7\n"));
  limited.limit = 1;
  EXPECT_EQ(import(limited).events_accepted, 1U);
  EXPECT_TRUE(receiver_.text().contains("\"revenue\":7"));
}

TEST_F(ImportTest, ReadsNdjsonWithNumbersDigitForDigit) {
  constexpr std::string_view kNested = R"(name: shop
columns:
  id: string
  at: {type: timestamp, format: epoch_ms}
  total: {type: decimal, from: order.total}
  tags: {type: json, from: order.tags}
  who: {type: string, from: customer.id}
events:
  - {kind: order, type: track, name: Order, timestamp: at, user_id: who, properties: {id: id, total: total, tags: tags}}
)";
  const std::string file = write("a.ndjson",
                                 "{\"id\":1,\"at\":0,\"order\":{\"total\":12345678901234567890.10, \"tags\":[\"a\", "
                                 "1]},\"customer\":{\"id\":\"u\"}}\n"
                                 "\n"
                                 "{\"id\":2,\n"
                                 "{\"id\":\"x\",\"at\":1000,\"order\":{},\"customer\":{\"id\":\"v\"}}\n");
  const ImportSummary summary = import(options(file, kNested));
  EXPECT_EQ(summary.rows_rejected, 1U);
  EXPECT_EQ(summary.events_accepted, 2U);
  EXPECT_TRUE(receiver_.text().contains(R"("properties":{"id":"1","total":12345678901234567890.10,"tags":["a", 1]})"))
      << receiver_.text();
  EXPECT_TRUE(receiver_.text().contains(R"("userId":"v","properties":{"id":"x"})")) << receiver_.text();
  EXPECT_TRUE(out_.str().contains("line 3: no valid JSON")) << out_.str();
}

TEST_F(ImportTest, ReadsParquet) {
  {
    auto database = table::Database::open({.path = "", .external_access = true, .temp_directory = "", .settings = {}});
    ASSERT_TRUE(database) << database.error().message;
    auto connection = (*database)->connect();
    const Status written =
        (*connection)
            ->execute(
                "COPY (SELECT 'C' || i AS \"No\", TIMESTAMP '2024-01-01 10:00:00' AS \"At\", i AS \"Qty\", "
                "CAST(1.25 AS DECIMAL(9,2)) AS \"Price\", NULL AS \"Who\" FROM range(1, 4) t(i)) TO " +
                table::quoted(folder_ + "/a.parquet") + " (FORMAT parquet)");
    ASSERT_TRUE(written) << written.error().message;
  }
  EXPECT_EQ(import(options(folder_ + "/a.parquet")).events_accepted, 3U);
  EXPECT_TRUE(receiver_.text().contains(R"("timestamp":"2024-01-01T10:00:00.000Z","anonymousId":"no-C3")"))
      << receiver_.text();
  EXPECT_TRUE(receiver_.text().contains("\"revenue\":3.75"));
}

TEST_F(ImportTest, ReadsLatin1) {
  constexpr std::string_view kLatin = R"(name: shop
format: {encoding: latin-1, delimiter: ";"}
columns: {who: string, at: timestamp, what: string}
events:
  - {kind: k, type: identify, timestamp: at, user_id: who, traits: {what: what}}
)";
  import(options(write("a.csv", "who;at;what\nu;2024-01-01;caf\xE9\nv;;caf\xE9\n"), kLatin));
  EXPECT_TRUE(receiver_.text().contains("\"what\":\"café\""));
  EXPECT_TRUE(read("a.csv.rejects.csv").starts_with("who;at;what;rejected_line;rejected_reason\nv;;caf\xE9;3;"));
}

TEST_F(ImportTest, OneEventPerPersonFromTheLastRow) {
  constexpr std::string_view kPeople = R"(name: shop
columns: {who: string, at: timestamp, city: string}
events:
  - {kind: k, type: identify, group_by: who, row: last, timestamp: at, user_id: who, traits: {city: city}}
)";
  const ImportSummary summary =
      import(options(write("a.csv", "who,at,city\nu,2024-01-01,Rome\n,2024-01-01,Oslo\nu,2024-01-02,Bath\n"), kPeople));
  EXPECT_EQ(summary.events_made, 1U);
  EXPECT_EQ(summary.rows_unused, 1U);
  EXPECT_TRUE(
      receiver_.text().contains(R"("timestamp":"2024-01-02T00:00:00.000Z","userId":"u","traits":{"city":"Bath"})"));
}

TEST_F(ImportTest, SaysWhatIsWrongBeforeReading) {
  const auto message = [this](const ImportOptions& wrong) { return run_import(wrong, out_).error().message; };
  EXPECT_TRUE(message(options(folder_ + "/none.csv")).contains("there is no such file"));
  EXPECT_TRUE(message(options(write("a.dat", "x"))).contains("its name does not tell its type"));
  EXPECT_TRUE(
      message(options(write("a.csv", "No;At\n"))).contains("the header line has no column \"No\"; it has: No;At"));
  ImportOptions nowhere = options(write("b.csv", "No,At,Qty,Price,Who\n"));
  nowhere.server.url = "http://127.0.0.1:1";
  EXPECT_TRUE(message(nowhere).starts_with("no Tessera answers at http://127.0.0.1:1"));
}

TEST_F(ImportTest, LooksUpTheKeyOfAPublicSource) {
  ImportOptions keyless = options(write("a.csv", "No,At,Qty,Price,Who\n1,2024-01-01,2,0.10,7.0\n"));
  keyless.write_key.clear();
  keyless.server.token = "tsr_x";
  EXPECT_EQ(import(keyless).events_accepted, 1U);
}

}  // namespace
}  // namespace tessera::cli
