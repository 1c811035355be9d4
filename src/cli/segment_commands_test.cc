#include "cli/segment_commands.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "cli/correction_commands.h"
#include "http_client/scripted_server.h"

namespace tessera::cli {
namespace {

using http_client::ScriptedServer;

// A server that knows one segment with three members, and answers what the API would.
ScriptedServer::Answer answer(const ScriptedServer::Request& request) {
  static const std::map<std::string, std::string> answers = {
      {"GET /v1/segments",
       R"({"segments":[{"name":"vip","version":2,"members":1234,"condition":"x","description":"Very."}],)"
       R"("filling":{"done":500,"of":12000}})"},
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
      {"GET /v1/identity/rules", R"({"types":[{"name":"user_id","limit":1},{"name":"email","limit":5}]})"},
      {"GET /v1/profiles/email%3Aa%40x/segments/vip",
       R"({"id":"p1","segment":"vip","version":2,"member":false,"explanation":{"text":"a > 1 && traits.b == \"c\"",)"
       R"("value":false,"holds":false,"operation":"&&","operands":[{"text":"a > 1","value":{"error":"no such a"},)"
       R"("holds":false,"reads":[{"text":"a","value":3,"parts":[{"part":"p1","value":2},{"part":"p9","value":1}]}]},)"
       R"({"text":"traits.b == \"c\"","value":true,"holds":true,"reads":[{"text":"traits.b","value":"c","parts":)"
       R"([{"part":"p1","value":"c","source":"crm","stated_at":"2026-01-02T03:04:05.678Z","counts":true},)"
       R"({"part":"p9","value":"d","source":"web","stated_at":"2025-01-02T03:04:05.678Z","counts":false}]}]}]}})"},
      {"POST /v1/profiles/user_id%3Aa/unmerge",
       R"({"profiles":[{"id":"p1","parts":["p1"]},{"id":"p2","parts":["p2","p3"]}]})"},
      {"POST /v1/profiles/p1/detach", R"({"profiles":[{"id":"p1","parts":["p1"]}]})"},
  };
  const auto found = answers.find(request.method + " " + request.target);
  if (found == answers.end()) return {.status = 404, .body = R"({"detail":"there is no such thing"})"};
  if (request.target.ends_with("unmerge") && request.body != R"({"parts":["p2","p3"],"keep_apart":true})") {
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
  EXPECT_TRUE(shown.contains("500 of 12,000 profiles")) << shown;
}

TEST_F(SegmentCommands, ShowHasTheConditionAsWritten) {
  EXPECT_EQ(run(run_segment_show), "vip, version 2, published 2026-01-02\ncrm\n\na &&\nb\n\n3 members\n");
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
