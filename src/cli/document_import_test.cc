#include "cli/document_import.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/import_fixture.h"
#include "table/database.h"

namespace tessera::cli {
namespace {

using DocumentImportTest = ImportFixture;

constexpr std::string_view kOrders = R"(kind: mapping
name: orders
source: till
events: |-
  body.who == null ? null : {
    "event": "Order Completed",
    "userId": body.who,
    "timestamp": body.at,
    "properties": {"order_id": body.no, "total": number(body.total)}
  }
)";
constexpr std::string_view kFile =
    "no,at,total,who\n"
    "1,2024-01-01,12.50,u1\n"
    "2,2024-01-02,7,\n"
    "3,2024-01-03,abc,u3\n";

TEST_F(DocumentImportTest, EveryRowOfACsvFileIsAMapOfTexts) {
  const ImportSummary summary = import(options(write("a.csv", kFile), kOrders));
  EXPECT_EQ(summary.rows_read, 3U);
  EXPECT_EQ(summary.rows_unused, 1U);
  EXPECT_EQ(summary.events_accepted, 2U);
  EXPECT_EQ(summary.events_by_kind.at("Order Completed"), 2U);
  const std::string got = receiver_.text();
  EXPECT_TRUE(got.contains(R"({"type":"track","messageId":"-","event":"Order Completed","userId":"u1",)"
                           R"("timestamp":"2024-01-01","properties":{"order_id":"1","total":12.5}})"))
      << got;
  EXPECT_TRUE(got.contains(R"("properties":{"order_id":"3","total":null})")) << got;
}

TEST_F(DocumentImportTest, TheSameFileGivesTheSameIdsAndEqualRowsGiveTwo) {
  const std::string file = write("a.csv", "no,at,total,who\n1,2024-01-01,5,u1\n1,2024-01-01,5,u1\n");
  import(options(file, kOrders));
  const auto first = receiver_.items();
  EXPECT_EQ(first.size(), 2U);
  import(options(file, kOrders));
  EXPECT_EQ(receiver_.items(), first);
}

TEST_F(DocumentImportTest, LinesOfNdjsonAreTheDocumentsThatAWebhookWouldBring) {
  constexpr std::string_view kNested = R"(kind: mapping
name: orders
source: till
let:
  order: body.order
events: |-
  list_of(order.lines).map(l, {"event": "Line", "userId": order.user, "messageId": text(order.id) + l.sku})
)";
  const std::string file =
      write("a.ndjson",
            "{\"order\":{\"id\":1,\"user\":\"u1\",\"lines\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]}}\n\n"
            "{\"order\":\n"
            "{\"order\":{\"id\":2,\"user\":\"u2\",\"lines\":[{}]}}\n"
            "[]\n");
  const ImportSummary summary = import(options(file, kNested));
  EXPECT_EQ(summary.events_accepted, 2U);
  EXPECT_EQ(summary.rows_rejected, 3U);
  EXPECT_TRUE(receiver_.items().contains("1b"));
  EXPECT_TRUE(out_.str().contains("line 3: no valid JSON")) << out_.str();
  EXPECT_TRUE(out_.str().contains("line 4: events: no such overload")) << out_.str();
}

TEST_F(DocumentImportTest, TheRepairedRejectsFilesImport) {
  constexpr std::string_view kStrict = R"(kind: mapping
name: orders
source: till
events: |-
  {"event": "Order", "userId": body.who, "properties": {"total": double(body.total)}}
)";
  EXPECT_EQ(import(options(write("a.csv", kFile), kStrict)).rows_rejected, 1U);
  std::string rejects = read("a.csv.rejects.csv");
  EXPECT_TRUE(rejects.starts_with("no,at,total,who,rejected_line,rejected_reason\n3,2024-01-03,abc,u3,4,events: "))
      << rejects;
  rejects.replace(rejects.find("abc"), 3, "9.5");
  EXPECT_EQ(import(options(write("b.csv", rejects), kStrict)).events_accepted, 1U);
  EXPECT_TRUE(receiver_.text().contains("9.5"));

  const std::string lines = "{\"who\":\"u5\",\"total\":\"x\"}\n{}\n";
  EXPECT_EQ(import(options(write("a.ndjson", lines), kStrict)).rows_rejected, 2U);
  std::string kept = read("a.ndjson.rejects.ndjson");
  EXPECT_TRUE(kept.starts_with(R"({"who":"u5","total":"x","rejected_line":1,"rejected_reason":"events: )")) << kept;
  EXPECT_TRUE(kept.contains("\n{\"rejected_line\":2,")) << kept;
  kept.replace(kept.find("\"x\""), 3, "8.25");
  EXPECT_EQ(import(options(write("b.ndjson", kept), kStrict)).events_accepted, 1U);
  EXPECT_TRUE(receiver_.text().contains("8.25"));
}

TEST_F(DocumentImportTest, TheFormatIsTheMappings) {
  const std::string mapping = R"(kind: mapping
name: people
source: till
format: {delimiter: ";", encoding: latin-1, header: false, nulls: ["", "-"]}
events: |-
  {"type": "identify", "userId": body["1"], "traits": {"name": body["2"], "city": body["3"]}}
)";
  import(options(write("a.csv", "u1;Jos\xE9;-\n"), mapping));
  EXPECT_TRUE(receiver_.text().contains("\"traits\":{\"name\":\"José\",\"city\":null}")) << receiver_.text();
  EXPECT_EQ(import(options(write("b.csv", "no,at,total,who\n1,,Jos\xE9,u\n"), kOrders)).rows_rejected, 1U);
  EXPECT_TRUE(out_.str().contains("total: not UTF-8")) << out_.str();
}

TEST_F(DocumentImportTest, ReadsParquetAsTexts) {
  {
    auto database = table::Database::open({.path = "", .external_access = true, .temp_directory = "", .settings = {}});
    ASSERT_TRUE(database) << database.error().message;
    const Status written = (*(*database)->connect())
                               ->execute(
                                   "COPY (SELECT i AS no, DATE '2024-01-01' AS at, 1.25 AS total, 'u' || i AS who "
                                   "FROM range(1, 4) t(i)) TO " +
                                   table::quoted(folder_ + "/a.parquet") + " (FORMAT parquet)");
    ASSERT_TRUE(written) << written.error().message;
  }
  EXPECT_EQ(import(options(folder_ + "/a.parquet", kOrders)).events_accepted, 3U);
  EXPECT_TRUE(receiver_.text().contains(R"("userId":"u3","timestamp":"2024-01-01","properties":{"order_id":"3")"))
      << receiver_.text();
}

TEST_F(DocumentImportTest, ADryRunSendsNothingAndLimitStopsTheRest) {
  ImportOptions dry = options(write("a.csv", kFile), kOrders);
  dry.dry_run = true;
  dry.server.url = "http://127.0.0.1:1";
  dry.write_key.clear();
  EXPECT_EQ(import(dry).events_made, 2U);
  EXPECT_TRUE(out_.str().contains("The first \"Order Completed\" (line 2):\n{\"type\":\"track\"")) << out_.str();
  EXPECT_TRUE(receiver_.items().empty());
  dry.limit = 1;
  EXPECT_EQ(import(dry).events_made, 1U);
}

TEST_F(DocumentImportTest, HeadersMayBeGivenToAMappingThatLooksAtThem) {
  ImportOptions given = options(write("a.ndjson", "{\"id\":7}\n"),
                                "kind: mapping\nname: a\nsource: till\n"
                                "events: '{\"event\": headers[\"x-topic\"], \"userId\": body.id}'\n");
  given.headers = {"X-Topic=orders/create"};
  EXPECT_EQ(import(given).events_by_kind.at("orders/create"), 1U);
}

TEST_F(DocumentImportTest, TheMappingNamesTheSource) {
  ImportOptions unnamed = options(write("a.csv", kFile), kOrders);
  unnamed.source.clear();
  unnamed.write_key.clear();
  unnamed.server.token = "tsr_test";  // of which the source "till" is asked
  EXPECT_EQ(import(unnamed).events_accepted, 2U);
}

TEST_F(DocumentImportTest, SaysWhatIsWrongBeforeReading) {
  const auto message = [&](std::string_view mapping) {
    const auto summary = run_import(options(write("a.csv", kFile), mapping), out_);
    if (summary) return std::string();
    std::string text = summary.error().message;
    return text.starts_with(folder_) ? text.substr(folder_.size() + 1) : text;
  };
  const std::string head = "kind: mapping\nname: a\nsource: till\n";
  EXPECT_TRUE(message(head + "events: bodi.x\n").starts_with("mapping.yaml:4: /events: 1:1: there is no variable"));
  EXPECT_TRUE(message(head + "event: body\n").starts_with("mapping.yaml:"));
  EXPECT_TRUE(message(head + "events: body\nformat: {delimiter: ab}\n").contains("must be one character"));
  EXPECT_TRUE(message(head + "events: body\n---\n" + head.substr(0, 20) + "b\nsource: s\nevents: body\n")
                  .contains("has several mappings"));
  EXPECT_TRUE(message("kind: source\nname: till\n").contains("has no definition of kind \"mapping\""));
  EXPECT_TRUE(message("kind: mapping\n").contains("is missing \"name\""));
  EXPECT_TRUE(receiver_.items().empty());
}

TEST_F(DocumentImportTest, CountsManyNamesTogether) {
  std::string lines;
  for (int i = 0; i < 80; ++i) lines += R"({"name":"e)" + std::to_string(i) + "\"}\n";
  const ImportSummary summary =
      import(options(write("a.ndjson", lines),
                     "kind: mapping\nname: a\nsource: till\nevents: '{\"event\": body.name, \"userId\": \"u\"}'\n"));
  EXPECT_EQ(summary.events_accepted, 80U);
  EXPECT_EQ(summary.events_by_kind.at("others"), 30U);
}

}  // namespace
}  // namespace tessera::cli
