#include "cli/mapping_try.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tessera::cli {
namespace {

namespace files = std::filesystem;

constexpr std::string_view kOrders = R"(kind: mapping
name: orders
source: shop
let:
  order: body.order
events: |-
  order == null ? null : {
    "event": headers["x-topic"],
    "userId": order.user,
    "messageId": query.id
  }
)";

class MappingTryTest : public testing::Test {
 protected:
  MappingTryTest() {
    std::string pattern = testing::TempDir() + "mappingXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~MappingTryTest() override { files::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // "good", "bad" or what could not be done.
  std::string run(MappingTryOptions options, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream problems;
    options.received_at = {1'709'294'400'000};
    const auto good = run_mapping_try(options, in, out, problems);
    out_ = out.str();
    problems_ = problems.str();
    for (std::size_t at; (at = problems_.find(folder_.string() + "/")) != std::string::npos;) {
      problems_.erase(at, folder_.string().size() + 1);
    }
    if (!good) return good.error().message;
    return *good ? "good" : "bad";
  }

  files::path folder_;
  std::string out_;
  std::string problems_;
};

TEST_F(MappingTryTest, ShowsTheEventsOfADocument) {
  const std::string file = write("m.yaml", kOrders);
  const std::string body = R"({"order":{"user":"u1"}})";
  const std::string shown = R"([
  {
    "type": "track",
    "messageId": "7",
    "event": "Paid",
    "userId": "u1"
  }
]
)";
  EXPECT_EQ(run({.file = file, .input = "-", .headers = {"X-Topic=Paid"}, .query = {"id=7"}}, body), "good");
  EXPECT_EQ(out_, shown);
  EXPECT_EQ(problems_, "");
  EXPECT_EQ(run({.file = file, .input = write("b.json", body), .headers = {"x-topic=Paid"}, .query = {"id=7"}}),
            "good");
  EXPECT_EQ(out_, shown);
  EXPECT_EQ(run({.file = file, .input = "-"}, "{}"), "good");
  EXPECT_EQ(out_, "[]\n");
}

TEST_F(MappingTryTest, TellsWhatAServerWouldRefuse) {
  const std::string file = write("m.yaml", kOrders);
  EXPECT_EQ(run({.file = file, .input = "-", .headers = {"x-topic=Paid"}}, R"({"order":{"user":"null"}})"), "bad");
  EXPECT_TRUE(problems_.starts_with("m.yaml:6: /events: event 0: blocked_identity: ")) << problems_;
  EXPECT_NE(out_.find("\"userId\": \"null\""), std::string::npos);
  EXPECT_EQ(run({.file = file, .input = "-"}, R"({"order":[])"), "bad");
  EXPECT_TRUE(problems_.starts_with("-: no valid JSON")) << problems_;
  EXPECT_EQ(run({.file = file, .input = "-"}, R"({"order":"7"})"), "bad");
  EXPECT_TRUE(problems_.starts_with("m.yaml:6: /events: mapping_failed: events: ")) << problems_;
}

TEST_F(MappingTryTest, ChecksMappingsWithoutADocument) {
  EXPECT_EQ(run({.file = write("m.yaml", kOrders)}), "good");
  EXPECT_EQ(run({.file = write("w.yaml", "kind: mapping\nname: a\nsource: s\nlet:\n  x: bodi.a\nevents: x\n")}), "bad");
  EXPECT_TRUE(problems_.starts_with("w.yaml:5: /let/x: 1:1: there is no variable \"bodi\"; did you mean \"body\"?"))
      << problems_;
  EXPECT_EQ(run({.file = write("v.yaml", "kind: mapping\nname: a\nsource: s\nevent: body\n")}), "bad");
  EXPECT_NE(problems_.find("v.yaml:4: /event: "), std::string::npos) << problems_;
  EXPECT_EQ(run({.file = write("u.yaml", "kind: [\n")}), "bad");
}

TEST_F(MappingTryTest, TriesTheMappingsOfAFileOrOneOfThem) {
  const std::string file = write(
      "m.yaml",
      "kind: mapping\nname: a\nsource: shop\nevents: \"{'event': 'A', 'traits': {}, 'context': {'traits': body}}\"\n"
      "---\nkind: mapping\nname: b\nsource: shop\nevents: \"{'event': 'B', 'userId': 'u'}\"\n"
      "---\nkind: source\nname: shop\nidentifier_traits: [{trait: mail, type: email}]\n");
  EXPECT_EQ(run({.file = file, .input = "-"}, R"({"mail":"jane@example.com"})"), "bad");  // a has no id of its own
  EXPECT_NE(problems_.find("m.yaml:4: /events: event 0: missing_identity"), std::string::npos) << problems_;
  EXPECT_EQ(problems_.find("m.yaml:9"), std::string::npos) << problems_;
  EXPECT_EQ(run({.file = file, .name = "b", .input = "-"}, "{}"), "good");
  EXPECT_NE(out_.find("\"B\""), std::string::npos);
  EXPECT_EQ(out_.find("\"A\""), std::string::npos);
}

TEST_F(MappingTryTest, SaysWhatCannotBeDone) {
  const std::string file = write("m.yaml", kOrders);
  EXPECT_EQ(run({.file = "/none.yaml"}), "/none.yaml: cannot be read");
  EXPECT_EQ(run({.file = file, .name = "other"}), "the file has no mapping \"other\"");
  EXPECT_EQ(run({.file = write("s.yaml", "kind: source\nname: s\n")}), "the file has no mapping");
  EXPECT_EQ(run({.file = file, .input = "/none.json"}), "/none.json: cannot be read");
  EXPECT_EQ(run({.file = file, .input = "-", .headers = {"x-topic"}}, "{}"),
            "--header takes name=value, not \"x-topic\"");
}

}  // namespace
}  // namespace tessera::cli
