#include "cli/definition_commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "http_client/scripted_server.h"

namespace tessera::cli {
namespace {

namespace files = std::filesystem;
using http_client::ScriptedServer;

// A server with the segments "vip" (version 3 in force, 4 a draft), "old" (version 1) and a draft "new".
class Definitions {
 public:
  ScriptedServer::Answer answer(const ScriptedServer::Request& request) {
    const std::lock_guard lock(mutex_);
    if (request.target == "/v1/definitions?limit=1000") {
      return {.body = R"({"definitions":[{"kind":"segment","name":"new","version":1,"state":"draft"},)"
                      R"({"kind":"segment","name":"old","version":1,"published":1}],"next":"segment/old"})"};
    }
    if (request.target == "/v1/definitions?limit=1000&after=segment%2Fold") {
      return {.body = R"({"definitions":[{"kind":"segment","name":"vip","version":4,"published":3}]})"};
    }
    if (request.target == "/v1/definitions/segment/vip?version=3") {
      return {.body = R"({"document":{"kind":"segment","name":"vip","condition":"a\n&& b"}})"};
    }
    if (request.target == "/v1/definitions/segment/old?version=1") {
      return {.body = R"({"document":{"kind":"segment","name":"old","condition":"limit > 1.50"}})"};
    }
    if (request.target == "/v1/definitions/segment/vip/uses") {
      return {.body = R"({"uses":[{"kind":"segment","name":"old","how":"in_segment"},)"
                      R"({"kind":"trait","name":"t","how":"counts"}]})"};
    }
    if (request.target == "/v1/definitions/segment/old/uses") return {.body = R"({"uses":[]})"};
    if (request.target == "/v1/definitions/apply") {
      applied_ = request.body;
      return {.status = status_, .body = answer_};
    }
    return {.status = 404, .body = R"({"detail":"no"})"};
  }

  std::string applied() {
    const std::lock_guard lock(mutex_);
    return applied_;
  }
  void answer_with(int status, std::string body) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    answer_ = std::move(body);
  }

 private:
  std::mutex mutex_;
  std::string applied_;
  int status_ = 200;
  std::string answer_ = R"({"changes":[]})";
};

class DefinitionCommands : public testing::Test {
 protected:
  DefinitionCommands() : server_([this](const auto& request) { return there_.answer(request); }) {
    std::string pattern = testing::TempDir() + "commandsXXXXXX";
    options_.folder = ::mkdtemp(pattern.data());
    options_.server.url = server_.url();
    options_.server.token = "tsr_x";
  }
  ~DefinitionCommands() override { files::remove_all(options_.folder); }

  void write(const std::string& name, std::string_view text) { std::ofstream(at(name)) << text; }
  std::string at(const std::string& name) const { return (files::path(options_.folder) / name).string(); }
  std::string read(const std::string& name) const {
    std::ifstream in(at(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Definitions there_;
  ScriptedServer server_;
  FolderOptions options_;
  std::ostringstream out_;
  std::ostringstream problems_;
};

constexpr std::string_view kVip = "kind: segment\nname: vip\ncondition: |-\n  a\n  && b\n";

TEST_F(DefinitionCommands, ApplyPublishesWhatDiffersInOneSet) {
  write("vip.yaml", "kind: segment\nname: vip\ncondition: |-\n  a\n  && c\n");
  write("new.json", R"({"kind":"segment","name":"new","condition":"d"})");
  write("made.yaml", "kind: source\nname: till\ntrust: server\n");
  there_.answer_with(200, R"({"changes":[{"kind":"source","name":"till","write_key":"wk_1"}]})");
  const auto done = run_apply(options_, out_, problems_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(*done);
  EXPECT_EQ(there_.applied(), R"({"dry_run":false,"changes":[)"
                              R"({"action":"publish","kind":"source","name":"till",)"
                              R"("document":{"kind":"source","name":"till","trust":"server"},"replaces":0},)"
                              R"({"action":"publish","kind":"segment","name":"new",)"
                              R"("document":{"kind":"segment","name":"new","condition":"d"},"replaces":1},)"
                              R"({"action":"publish","kind":"segment","name":"vip",)"
                              R"("document":{"kind":"segment","name":"vip","condition":"a\n&& c"},"replaces":4}]})");
  EXPECT_EQ(out_.str(), "+ source till (" + at("made.yaml") + ":1)\n+ segment new (" + at("new.json") +
                            ":1)\n~ segment vip (" + at("vip.yaml") +
                            ":1)\n    …\n      name: vip\n      condition: |-\n        a\n"
                            "    -   && b\n    +   && c\n"
                            "2 to create, 1 to change, 0 as they are\n"
                            "source till has the write key wk_1 (keep it: a server source's is not shown again)\n"
                            "done: all of it is in force\n");
}

TEST_F(DefinitionCommands, ApplyArchivesTheRestOnlyWhenToldTo) {
  write("vip.yaml", kVip);
  ASSERT_TRUE(*run_apply(options_, out_, problems_));
  EXPECT_EQ(there_.applied(), "") << "nothing differs";
  options_.prune = true;
  options_.dry_run = true;
  ASSERT_TRUE(*run_apply(options_, out_, problems_));
  EXPECT_EQ(there_.applied(),
            R"({"dry_run":true,"changes":[{"action":"archive","kind":"segment","name":"old","replaces":1}]})");
  EXPECT_TRUE(out_.str().contains("0 to create, 0 to change, 1 to archive, 1 as they are\nnothing was changed"));
}

TEST_F(DefinitionCommands, ProblemsAreToldWhereTheyAre) {
  write("vip.yaml", "kind: segment\nname: vip\n\ncondition: a &&\n");
  there_.answer_with(422, R"({"detail":"2 problems","problems":[)"
                          R"({"kind":"segment","name":"vip","pointer":"/condition","message":"1:5: ends too early"},)"
                          R"({"kind":"segment","name":"old","pointer":"","message":"needs vip"}]})");
  const auto done = run_apply(options_, out_, problems_);
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  EXPECT_EQ(problems_.str(), at("vip.yaml") +
                                 ":4: /condition: 1:5: ends too early\nsegment old: needs vip\n"
                                 "refused: 2 problems; nothing was changed\n");
}

TEST_F(DefinitionCommands, AnotherRefusalIsAnError) {
  write("new.yaml", "kind: segment\nname: new\n");
  there_.answer_with(409, R"({"detail":"was changed meanwhile"})");
  EXPECT_EQ(run_apply(options_, out_, problems_).error().message, "refused: was changed meanwhile");
}

TEST_F(DefinitionCommands, BadFilesAreToldBeforeAnythingIsAsked) {
  write("bad.yaml", "name: x\n");
  options_.server.url = "http://127.0.0.1:1";
  EXPECT_FALSE(*run_apply(options_, out_, problems_));
  EXPECT_FALSE(*run_diff(options_, out_, problems_));
  EXPECT_TRUE(problems_.str().starts_with(at("bad.yaml") + ":1: is missing \"kind\"\n"));
}

TEST_F(DefinitionCommands, DiffIsSilentWhereNothingDiffers) {
  ASSERT_TRUE(run_export(options_, out_));
  EXPECT_EQ(out_.str(), "2 definitions written to " + options_.folder + "\n");
  EXPECT_EQ(read("segment/vip.yaml"), kVip);
  EXPECT_EQ(read("segment/old.yaml"), "kind: segment\nname: old\ncondition: limit > 1.50\n");
  out_.str("");
  EXPECT_TRUE(*run_diff(options_, out_, problems_));
  EXPECT_EQ(out_.str(), "");
  files::remove(at("segment/old.yaml"));
  EXPECT_FALSE(*run_diff(options_, out_, problems_));
  EXPECT_EQ(out_.str(), "- segment old (not in the folder)\n");
}

TEST_F(DefinitionCommands, UsesShowsWhatNamesADefinition) {
  const auto shown = [&](const std::string& kind, const std::string& name) {
    std::ostringstream out;
    const Status done = run_uses({options_.server, kind, name}, out);
    return done ? out.str() : done.error().message;
  };
  EXPECT_EQ(shown("segment", "vip"),
            " kind    | name | how\n---------+------+------------\n segment | old  | in_segment\n trait   | t    | counts\n");
  EXPECT_EQ(shown("segment", "old"), "Nothing in force names segment old.\n");
  EXPECT_NE(shown("segment", "none").find("no"), std::string::npos);
}

}  // namespace
}  // namespace tessera::cli
