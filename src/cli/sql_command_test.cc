#include "cli/sql_command.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "base/result.h"
#include "cli/admin_commands.h"
#include "cli/server.h"
#include "http_client/scripted_server.h"

namespace tessera::cli {
namespace {

using http_client::ScriptedServer;

ScriptedServer::Answer answer(const ScriptedServer::Request& request) {
  const auto token = request.headers.find("authorization");
  if (token == request.headers.end() || token->second != "Bearer tsr_x") {
    return {.status = 401, .body = R"({"title":"Unauthorized","detail":"unknown token","code":"unauthenticated"})"};
  }
  if (request.target == "/v1/admin/digest") return {.body = R"({"digest":"c0ffee","position":17})"};
  if (request.target == "/v1/status") return {.body = R"({"records":5,"state":"ready"})"};
  if (request.body.contains("wrong"))
    return {.status = 400, .body = R"({"detail":"Parser Error: syntax error at \"wrong\""})"};
  if (request.body.contains(R"("format":"csv")")) return {.headers = {"Tessera-Truncated: true"}, .body = "n\n1\n"};
  return {.body =
              R"json({"columns":[{"name":"country","type":"VARCHAR"},{"name":"revenue","type":"DECIMAL(18,2)"},)json"
              R"json({"name":"share","type":"DOUBLE"}],"rows":[["EIRE","12.50",0.1],[null,"-3.00",null]],)json"
              R"json("truncated":false})json"};
}

SqlOptions options_for(const ScriptedServer& server) {
  SqlOptions options;
  options.server.url = server.url();
  options.server.token = "tsr_x";
  options.query = "SELECT 1";
  return options;
}

TEST(SqlCommand, ShowsATable) {
  const ScriptedServer server(answer);
  std::ostringstream out;
  std::ostringstream notes;
  const Status ran = run_sql(options_for(server), out, notes);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(out.str(),
            " country | revenue | share\n"
            "---------+---------+-------\n"
            " EIRE    |   12.50 |   0.1\n"
            " NULL    |   -3.00 |  NULL\n"
            "(2 rows)\n");
  EXPECT_EQ(notes.str(), "");
}

TEST(SqlCommand, PassesCsvOnAndSaysWhenThereIsMore) {
  const ScriptedServer server(answer);
  SqlOptions options = options_for(server);
  options.format = *parse_sql_format("csv");
  std::ostringstream out;
  std::ostringstream notes;
  ASSERT_TRUE(run_sql(options, out, notes));
  EXPECT_EQ(out.str(), "n\n1\n");
  EXPECT_TRUE(notes.str().starts_with("There are more rows"));
}

TEST(SqlCommand, TellsTheServersReason) {
  const ScriptedServer server(answer);
  SqlOptions options = options_for(server);
  options.query = "wrong";
  std::ostringstream out;
  EXPECT_EQ(run_sql(options, out, out).error().message,
            "the query was refused: Parser Error: syntax error at \"wrong\"");
}

TEST(SqlCommand, KnowsItsFormats) {
  EXPECT_TRUE(parse_sql_format("table"));
  EXPECT_TRUE(parse_sql_format("xml").error().message.contains("allowed: table, csv, json"));
}

TEST(Token, ComesFromOptionEnvironmentOrFile) {
  unsetenv("TESSERA_TOKEN");
  EXPECT_TRUE(find_token({}).error().message.contains("--token"));
  setenv("TESSERA_TOKEN", "tsr_env", 1);
  EXPECT_EQ(*find_token({}), "tsr_env");
  ServerOptions options;
  options.token = "tsr_option";
  EXPECT_EQ(*find_token(options), "tsr_option");
  unsetenv("TESSERA_TOKEN");
}

TEST(AdminCommands, ShowDigestAndStatus) {
  const ScriptedServer server(answer);
  std::ostringstream out;
  ASSERT_TRUE(run_digest(options_for(server).server, out));
  ASSERT_TRUE(run_status(options_for(server).server, out));
  EXPECT_EQ(out.str(),
            "c0ffee at 17\n"
            " counter | value\n"
            "---------+-------\n"
            " records |     5\n"
            " state   | ready\n");
}

TEST(AdminCommands, AWrongTokenIsTold) {
  const ScriptedServer server(answer);
  ServerOptions options = options_for(server).server;
  options.token = "tsr_other";
  std::ostringstream out;
  EXPECT_TRUE(run_digest(options, out).error().message.contains("unknown token (is the token or write key right?)"));
}

}  // namespace
}  // namespace tessera::cli
