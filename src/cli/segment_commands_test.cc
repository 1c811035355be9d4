#include "cli/segment_commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "cli/correction_commands.h"
#include "cli/json_document.h"
#include "cli/member_writer.h"
#include "http_client/scripted_server.h"
#include "table/database.h"

namespace tessera::cli {
namespace {

using http_client::ScriptedServer;

// A server that knows one segment with three members, and answers what the API would.
ScriptedServer::Answer answer(const ScriptedServer::Request& request) {
  static const std::map<std::string, std::string> answers = {
      {"GET /v1/segments",
       R"({"segments":[{"name":"vip","version":2,"members":1234,"condition":"x","description":"Very."},)"
       R"({"name":"new","version":1,"members":0,"condition":"y","pending":true}],)"
       R"("filling":{"stage":"history","done":500,"of":12000}})"},
      {"GET /v1/segments/vip",
       R"({"name":"vip","version":2,"published_at":"2026-01-02T03:04:05.678Z","members":3,"condition":"a &&\nb",)"
       R"("owner":"crm"})"},
      {"GET /v1/segments/vip/members?profiles=true&limit=50",
       R"({"segment":"vip","members":[{"id":"p1","identifiers":[{"type":"email","value":"a@x"},)"
       R"({"type":"email","value":"b@x"}],"traits":{"name":"A, \"B\"","spend":12.50}},)"
       R"({"id":"p2","identifiers":[{"type":"user_id","value":"u2"}],"traits":{}}],"next":"p2"})"},
      {"GET /v1/segments/vip/members?profiles=true&limit=50&after=p2",
       R"({"segment":"vip","members":[{"id":"p3","identifiers":[],"traits":{"spend":1}}]})"},
      {"GET /v1/segments/vip/members?profiles=true&limit=2",
       R"({"segment":"vip","members":[{"id":"p1","identifiers":[{"type":"email","value":"a@x"}],)"
       R"("traits":{"firstName":"Ann","lastName":"B"}},{"id":"p2","identifiers":[],"traits":{}}],"next":"p2"})"},
      {"GET /v1/segments/overlap?segments=vip,new",
       R"({"segments":[{"name":"vip","members":1200},{"name":"new","members":30}],"intersection":3,"union":1227,)"
       R"("share":0.002444987775061125,"pairs":[{"segments":["vip","new"],"intersection":3,"union":1227,)"
       R"("share":0.002444987775061125,"shares":[0.0025,0.1]}],"filling":{"stage":"people","done":1,"of":2}})"},
      {"GET /v1/segments/vip/history?every=hour&zone=Europe%2FBerlin&from=2026-11-01&to=2026-11-02",
       R"({"segment":"vip","every":"hour","zone":"Europe/Berlin","position":77,"steps":[)"
       R"({"at":"2026-11-01T00:00:00.000+01:00","size":2000,"entered":1500,"exited":0},)"
       R"({"at":"2026-11-01T01:00:00.000+01:00","size":1000,"entered":0,"exited":1000},)"
       R"({"at":"2026-11-01T02:00:00.000+01:00","size":0,"entered":0,"exited":1000}]})"},
      {"GET /v1/identity/rules", R"({"types":[{"name":"user_id","limit":1},{"name":"email","limit":5}]})"},
      {"GET /v1/profiles/email%3Aa%40x/segments/vip",
       R"({"id":"p1","segment":"vip","version":2,"member":false,"explanation":{"text":"a > 1 && traits.b == \"c\"",)"
       R"("value":false,"holds":false,"operation":"&&","operands":[{"text":"a > 1","value":{"error":"no such a"},)"
       R"("holds":false,"reads":[{"text":"a","value":3,"parts":[{"part":"p1","value":2},{"part":"p9","value":1}]}]},)"
       R"({"text":"traits.b == \"c\"","value":true,"holds":true,"reads":[{"text":"traits.b","value":"c","parts":)"
       R"([{"part":"p1","value":"c","source":"crm","stated_at":"2026-01-02T03:04:05.678Z","counts":true},)"
       R"({"part":"p9","value":"d","source":"web","stated_at":"2025-01-02T03:04:05.678Z","counts":false}]}]}]}})"},
      {"GET /v1/profiles/p1/segments/vip?at=2026-11-01",
       R"({"id":"p1","segment":"vip","version":2,"member":true,"at":"2026-11-01T00:00:00.000Z","position":7,)"
       R"("explanation":{"text":"a","value":true,"holds":true,"reads":[]}})"},
      {"POST /v1/profiles/user_id%3Aa/unmerge",
       R"({"profiles":[{"id":"p1","parts":["p1"]},{"id":"p2","parts":["p2","p3"]}]})"},
      {"POST /v1/segments/preview",
       R"({"position":9,"people":60000,"count":{"estimate":1234,"low":1100,"high":1400,"exact":false},"sample":["p1","p2"],)"
       R"("cost":{"questions":2,"new_questions":1,"events_a_day":3000,"entries":12000},)"
       R"("why":{"text":"a > 1","value":true,"holds":true,"reads":[]}})"},
      {"POST /v1/profiles/p1/detach", R"({"profiles":[{"id":"p1","parts":["p1"]}]})"},
  };
  const auto found = answers.find(request.method + " " + request.target);
  if (found == answers.end()) return {.status = 404, .body = R"({"detail":"there is no such thing"})"};
  if (request.target.ends_with("unmerge") && request.body != R"({"parts":["p2","p3"],"keep_apart":true})") {
    return {.status = 400, .body = R"({"detail":"another body was expected"})"};
  }
  if (request.target.ends_with("preview") &&
      request.body != R"({"condition":"a > 1","purposes":["mail"],"profile":"email:a@x"})") {
    return {.status = 400, .body = R"({"detail":"another body was expected"})"};
  }
  if (request.target.ends_with("detach") && request.body != R"({"type":"phone","value":"+44:1"})") {
    return {.status = 400, .body = R"({"detail":"another body was expected"})"};
  }
  return {.body = found->second};
}

class SegmentCommands : public testing::Test {
 protected:
  SegmentCommands() : server_(answer) {
    options_.server.url = server_.url();
    options_.server.token = "tsr_x";
    options_.name = "vip";
  }
  std::string run(Status (*command)(const SegmentOptions&, std::ostream&)) {
    std::ostringstream out;
    const Status done = command(options_, out);
    return done ? out.str() : "failed: " + done.error().message;
  }

  ScriptedServer server_;
  SegmentOptions options_;
};

TEST_F(SegmentCommands, ListTellsSizesAndHowFarTheFillingIs) {
  const std::string shown = run(run_segment_list);
  EXPECT_TRUE(shown.contains("1,234")) << shown;
  EXPECT_TRUE(shown.contains("Very.")) << shown;
  EXPECT_TRUE(shown.contains("from the history: 500 of 12,000 profiles")) << shown;
  EXPECT_TRUE(shown.contains("(waits for the history)")) << shown;
}

TEST_F(SegmentCommands, ShowHasTheConditionAsWritten) {
  EXPECT_EQ(run(run_segment_show), "vip, version 2, published 2026-01-02\ncrm\n\na &&\nb\n\n3 members\n");
}

TEST_F(SegmentCommands, WhyTellsOfThePast) {
  options_.profile = "p1";
  options_.at = "2026-11-01";
  EXPECT_EQ(run(run_segment_why), "p1 was in vip at 2026-11-01T00:00:00.000Z (version 2, as it says now)\n\n✓ a\n");
}

TEST_F(SegmentCommands, PreviewReadsASegmentsFile) {
  EXPECT_TRUE(run(run_segment_preview).contains("--condition"));
  options_.file = ::testing::TempDir() + "segment-" + std::to_string(::getpid()) + ".yaml";
  std::ofstream(options_.file) << "kind: segment\nname: x\ncondition: a > 1\npurposes: [mail]\n";
  options_.profile = "email:a@x";
  EXPECT_EQ(
      run(run_segment_preview),
      "About 1,234 of 60,000 people, between 1,100 and 1,400 with 95 % certainty.\n"
      "It asks 2 questions about history, 1 of them new, of 3,000 events a day; 12,000 entries more would be kept.\n"
      "\nSome of them:\np1\np2\n\nemail:a@x would be in it\n\n✓ a > 1\n");
  std::filesystem::remove(options_.file);
}

TEST_F(SegmentCommands, MembersAreATableThatSaysWhetherThereAreMore) {
  options_.limit = 2;
  const std::string shown = run(run_segment_members);
  EXPECT_TRUE(shown.contains("Ann B")) << shown;
  EXPECT_TRUE(shown.contains("There are more")) << shown;
}

TEST_F(SegmentCommands, AnExportAsCsvHasAColumnForEachIdentifierTypeAndQuotesWhatNeedsIt) {
  EXPECT_EQ(run(run_segment_export),
            "profile,user_id,email,traits\r\n"
            "p1,,a@x b@x,\"{\"\"name\"\":\"\"A, \\\"\"B\\\"\"\"\",\"\"spend\"\":12.50}\"\r\n"
            "p2,u2,,{}\r\n"
            "p3,,,\"{\"\"spend\"\":1}\"\r\n");
  options_.traits = {"spend", "name"};
  EXPECT_EQ(run(run_segment_export),
            "profile,user_id,email,spend,name\r\n"
            "p1,,a@x b@x,12.50,\"A, \"\"B\"\"\"\r\n"
            "p2,u2,,,\r\n"
            "p3,,,1,\r\n");
}

TEST_F(SegmentCommands, AnExportAsNdjsonHasAnObjectALineWithItsNumbersAsTheyWere) {
  options_.format = ExportFormat::kNdjson;
  const std::string shown = run(run_segment_export);
  EXPECT_TRUE(shown.starts_with(R"({"id":"p1","identifiers":[{"type":"email","value":"a@x"},)")) << shown;
  EXPECT_TRUE(shown.contains("\"spend\":12.50}}\n{\"id\":\"p2\"")) << shown;
  EXPECT_TRUE(shown.ends_with("{\"id\":\"p3\",\"identifiers\":[],\"traits\":{\"spend\":1}}\n")) << shown;
}

// What is in a Parquet file, as DuckDB reads it.
std::string parquet(const std::string& path, const std::string& query) {
  auto database = table::Database::open({.external_access = true});
  auto connection = (*database)->connect();
  auto rows = (*connection)->query("WITH export AS (FROM read_parquet(" + table::quoted(path) + ")) " + query);
  if (!rows) return rows.error().message;
  std::string text;
  const auto all = table::read_all(*std::move(rows));
  for (const auto& row : *all) {
    for (const auto& value : row) text += (text.empty() || text.ends_with('\n') ? "" : "|") + value.value_or("NULL");
    text += '\n';
  }
  return text;
}

class SegmentParquet : public SegmentCommands {
 protected:
  SegmentParquet() : file_(::testing::TempDir() + "members-" + std::to_string(::getpid()) + ".parquet") {
    options_.format = ExportFormat::kParquet;
    options_.file = file_;
  }
  ~SegmentParquet() override { std::filesystem::remove(file_); }

  const std::string file_;
};

TEST_F(SegmentParquet, HasListsOfIdentifiersAndAllTraitsAsJson) {
  EXPECT_EQ(run(run_segment_export), "");
  EXPECT_EQ(parquet(file_, "SELECT column_name, column_type FROM (DESCRIBE export)"),
            "profile_id|VARCHAR\nuser_id|VARCHAR[]\nemail|VARCHAR[]\ntraits|JSON\n");
  EXPECT_EQ(parquet(file_, "SELECT profile_id, user_id, email, traits->>'spend' FROM export"),
            "p1|[]|[\"a@x\",\"b@x\"]|12.5\np2|[\"u2\"]|[]|NULL\np3|[]|[]|1\n");
}

TEST_F(SegmentParquet, HasATypedColumnForEachTraitThatIsNamed) {
  options_.traits = {"spend", "Email", "name", "nothing"};
  EXPECT_EQ(run(run_segment_export), "");
  EXPECT_EQ(parquet(file_, "SELECT column_name, column_type FROM (DESCRIBE export)"),
            "profile_id|VARCHAR\nuser_id|VARCHAR[]\nemail|VARCHAR[]\nspend|DOUBLE\ntraits.Email|VARCHAR\nname|VARCHAR\n"
            "nothing|VARCHAR\n");
  EXPECT_EQ(parquet(file_, "SELECT profile_id, spend, name, nothing FROM export"),
            "p1|12.5|A, \"B\"|NULL\np2|NULL|NULL|NULL\np3|1|NULL|NULL\n");
}

TEST_F(SegmentParquet, NeedsAFileThatCanBeWritten) {
  options_.file = "/nowhere/x.parquet";
  EXPECT_TRUE(run(run_segment_export).contains("/nowhere: cannot be written"));
  options_.file = "";
  EXPECT_TRUE(run(run_segment_export).contains("--file"));
  options_.file = file_;
  options_.name = "none";
  EXPECT_TRUE(run(run_segment_export).starts_with("failed"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST(ParquetWriter, AColumnHasTheNarrowestTypeThatHoldsAllValues) {
  const std::string file = ::testing::TempDir() + "types-" + std::to_string(::getpid()) + ".parquet";
  const std::vector<std::string> traits{"yes", "whole", "real", "large", "mixed", "list"};
  const auto writer = open_parquet_writer({.identifiers = {}, .traits = traits}, file);
  ASSERT_TRUE(writer) << writer.error().message;
  for (
      const auto* document :
      {R"({"id":"p1","traits":{"yes":true,"whole":-7,"real":1,"large":12345678901234567890,"mixed":1,"list":[1,"a"]}})",
       R"({"id":"p2","traits":{"yes":false,"whole":8,"real":1e2,"large":1,"mixed":"1","list":null}})"}) {
    ASSERT_TRUE((*writer)->add(*parse_json_document(document, "test")));
  }
  ASSERT_TRUE((*writer)->finish());
  EXPECT_EQ(parquet(file, "SELECT column_type FROM (DESCRIBE export)"),
            "VARCHAR\nBOOLEAN\nBIGINT\nDOUBLE\nVARCHAR\nVARCHAR\nVARCHAR\n");
  EXPECT_EQ(parquet(file, "SELECT * FROM export"),
            "p1|true|-7|1|12345678901234567890|1|[1,\"a\"]\np2|false|8|100|1|1|NULL\n");
  std::filesystem::remove(file);
}

TEST_F(SegmentCommands, AnOverlapIsATableOfEachWithEach) {
  options_.names = {"vip", "new"};
  EXPECT_EQ(run(run_segment_overlap),
            " segment | members | of them in vip | of them in new\n"
            "---------+---------+----------------+----------------\n"
            " vip     |   1,200 |                |      3 (0.3 %)\n"
            " new     |      30 |     3 (10.0 %) |               \n"
            "1,227 people are in any of them, 3 in all (0.2 %).\n"
            "Being filled: 1 of 2 profiles have been looked at.\n");
}

TEST_F(SegmentCommands, AHistoryIsATableWithBars) {
  options_.every = "hour";
  options_.zone = "Europe/Berlin";
  options_.from = "2026-11-01";
  options_.to = "2026-11-02";
  std::string half;
  for (int i = 0; i < 20; ++i) half += "▇";
  EXPECT_EQ(run(run_segment_history),
            " hour             | entered | exited | members | \n"
            "------------------+---------+--------+---------+------------------------------------------\n"
            " 2026-11-01 00:00 |   1,500 |      0 |   2,000 | " +
                half + half +
                "\n"
                " 2026-11-01 01:00 |       0 |  1,000 |   1,000 | " +
                half +
                "\n"
                " 2026-11-01 02:00 |       0 |  1,000 |       0 | \n"
                "Times are of Europe/Berlin; as of position 77.\n");
}

TEST_F(SegmentCommands, WhyShowsTheConditionAsATree) {
  options_.profile = "email:a@x";
  EXPECT_EQ(run(run_segment_why),
            "p1 is not in vip (version 2)\n\n"
            "✗ a > 1 && traits.b == \"c\"\n"
            "  ✗ a > 1\n"
            "    ended with an error: no such a\n"
            "      a is 3\n"
            "        p1: 2\n"
            "        p9: 1\n"
            "  ✓ traits.b == \"c\"\n"
            "      traits.b is \"c\"\n"
            "        p1: \"c\", said by crm on 2026-01-02\n"
            "        p9: \"d\", said by web on 2025-01-02; another word counts\n");
}

TEST_F(SegmentCommands, WhatIsNotThereIsTold) {
  options_.name = "none";
  for (const auto command : {run_segment_show, run_segment_members, run_segment_export}) {
    EXPECT_TRUE(run(command).contains("there is no such thing"));
  }
}

TEST_F(SegmentCommands, AnUnknownFormatIsRefused) {
  EXPECT_EQ(*parse_export_format("ndjson"), ExportFormat::kNdjson);
  EXPECT_EQ(*parse_export_format("parquet"), ExportFormat::kParquet);
  EXPECT_EQ(parse_export_format("xml").error().code, Code::kInvalidArgument);
}

TEST_F(SegmentCommands, CorrectionsTellWhoCameOfThem) {
  CorrectionOptions options{
      .server = options_.server, .profile = "user_id:a", .parts = {"p2", "p3"}, .keep_apart = true};
  std::ostringstream out;
  ASSERT_TRUE(run_unmerge(options, out));
  EXPECT_EQ(out.str(), "p1 has the parts p1\np2 has the parts p2 p3\n");
  options = {.server = options_.server, .profile = "p1", .identifier = "phone:+44:1"};
  EXPECT_TRUE(run_detach(options, out));
  options.identifier = "phone";
  EXPECT_EQ(run_detach(options, out).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tessera::cli
