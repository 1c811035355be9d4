#include "cli/segment_lists.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "cli/listed_people.h"
#include "http_client/scripted_server.h"

namespace tessera::cli {
namespace {

using http_client::ScriptedServer;
using Texts = std::vector<std::string>;

const Texts kTypes{"user_id", "email"};

class SegmentLists : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "lists-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& content) {
    const std::string path = folder_ + "/people.csv";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static std::string content_of(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  // The entries of a file, those that name nobody by "!" and why; or why it cannot be read.
  Texts read(const std::string& content, const std::string& identifier = {}) {
    auto people = ListedPeople::open(file(content), identifier, kTypes);
    if (!people) return {people.error().message.substr(people.error().message.find(' ') + 1)};
    Texts entries;
    ListedPerson person;
    while (*people->next(person)) entries.push_back(person.problem.empty() ? person.entry : "!" + person.problem);
    return entries;
  }

  // Runs against a server that answers what `answers` says, in turn, by method and path.
  Status run(Status (*command)(const SegmentListOptions&, std::ostream&), SegmentListOptions options) {
    ScriptedServer server([this](const ScriptedServer::Request& request) -> ScriptedServer::Answer {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.method + " " + request.target + (request.body.empty() ? "" : " " + request.body));
      const auto at = std::ranges::find(answers_, request.method + " " + request.target,
                                        [](const auto& answer) { return answer.first; });
      if (at == answers_.end()) return {.status = 404, .body = R"({"detail":"there is no such thing"})"};
      const std::string body = at->second;
      answers_.erase(at);
      return {.body = body};
    });
    options.server.url = server.url();
    options.server.token = "t";
    out_.str("");
    return command(options, out_);
  }

  std::string folder_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> answers_;
  Texts asked_;
  std::ostringstream out_;
};

constexpr const char* kRules = R"({"types":[{"name":"user_id","limit":1},{"name":"email","limit":5}]})";

TEST_F(SegmentLists, TheColumnIsTheOneThatIsNamedAsAnIdentifier) {
  EXPECT_EQ(read("name,email\nAnn,a@x\nBob, b@x \nNobody,\n"), (Texts{"email:a@x", "email:b@x"}));
  EXPECT_EQ(read("email,profile\na@x,p0000000000001\nb@x,q\n"), (Texts{"p0000000000001", "!no profile's id"}));
  EXPECT_EQ(read("email,user_id\na@x,u1\n"), (Texts{"email:a@x"}));
  EXPECT_EQ(read("email,user_id\na@x,u1\n", "user_id"), (Texts{"user_id:u1"}));
  EXPECT_EQ(read("name,age\nAnn,7\n")[0],
            "has no column \"profile\", and none of user_id, email: its first line must name the columns");
  EXPECT_EQ(read("name,age\nAnn,7\n", "email")[0], "has no column \"email\": its first line must name the columns");
  EXPECT_NE(read("a\n", "nose")[0], "nose:a");
}

TEST_F(SegmentLists, AFileOfOneColumnNeedNotNameIt) {
  EXPECT_EQ(read("a@x\n\nb@x\n", "email"), (Texts{"email:a@x", "email:b@x"}));
  EXPECT_EQ(read("email\na@x\n"), (Texts{"email:a@x"}));
  EXPECT_EQ(read("p0000000000001\nemail:a@x\nAnn\n"), (Texts{"p0000000000001", "email:a@x", "!no profile's id"}));
  EXPECT_EQ(read(""), Texts{});
}

TEST_F(SegmentLists, AnUploadTellsWhoIsUnknown) {
  const std::string list = "POST /v1/segments/invited/list?full=true";
  const std::string answer =
      R"({"segment":"invited","added":1,"removed":0,"unchanged":1,"unknown":{"count":1,"first":["email:c@x"]},)"
      R"("profiles":["p1","p2"],"members":1234,"position":7})";
  answers_ = {{"GET /v1/identity/rules", kRules}, {list, answer}};
  ASSERT_TRUE(run(run_segment_upload, {.server = {}, .name = "invited", .file = file("email\na@x\nb@x\nc@x\n")}));
  EXPECT_EQ(asked_.back(), list + R"( {"add":["email:a@x","email:b@x","email:c@x"]})");
  EXPECT_EQ(out_.str(),
            "invited: 1 added, 1 on it already; 1,234 members now\n"
            "1 is nobody whom Tessera knows:\n  line 4: c@x: unknown\n");

  answers_ = {{"GET /v1/identity/rules", kRules}, {list, answer}};
  const std::string rejects = folder_ + "/rejects.csv";
  SegmentListOptions options{.server = {}, .name = "invited", .file = file("a@x\nb@x\nc@x\n"), .identifier = "email"};
  options.rejects = rejects;
  ASSERT_TRUE(run(run_segment_upload, options));
  EXPECT_EQ(content_of(rejects), "email,line,reason\r\n\"c@x\",3,\"unknown\"\r\n");
  EXPECT_NE(out_.str().find("see " + rejects), std::string::npos);
}

TEST_F(SegmentLists, ReplacingTakesThoseOffWhomTheFileDoesNotName) {
  const std::string list = "POST /v1/segments/invited/list?full=true";
  answers_ = {{"GET /v1/identity/rules", kRules},
              {"GET /v1/segments/invited/members?limit=1000", R"({"members":[{"id":"p1"},{"id":"p2"}],"next":"p2"})"},
              {"GET /v1/segments/invited/members?limit=1000&after=p2", R"({"members":[{"id":"p3"}]})"},
              {list, R"({"added":0,"removed":0,"unchanged":1,"unknown":{"count":0,"first":[]},"profiles":["p2"],)"
                     R"("members":3,"position":7})"},
              {list, R"({"added":0,"removed":2,"unchanged":0,"unknown":{"count":0,"first":[]},"profiles":["p1","p3"],)"
                     R"("members":1,"position":8})"}};
  ASSERT_TRUE(run(run_segment_upload,
                  {.server = {}, .name = "invited", .file = file("email\nb@x\n"), .identifier = {}, .replace = true}));
  EXPECT_EQ(asked_.back(), list + R"( {"remove":["p1","p3"]})");
  EXPECT_EQ(out_.str(), "invited: 0 added, 1 on it already, 2 taken off; 1 members now\n");
}

TEST_F(SegmentLists, AListIsPublishedFirstWhereThatIsAskedFor) {
  const std::string put = "PUT /v1/definitions/segment/invited?state=published";
  answers_ = {{"GET /v1/identity/rules", kRules},
              {put, "{}"},
              {"POST /v1/segments/invited/list?full=true", R"({"added":1,"unchanged":0,"members":1,"position":7})"}};
  SegmentListOptions options{.server = {}, .name = "invited", .file = file("email\nb@x\n")};
  options.create = true;
  options.owner = "crm";
  ASSERT_TRUE(run(run_segment_upload, options));
  EXPECT_EQ(asked_[1], "GET /v1/segments/invited");
  EXPECT_EQ(asked_[2], put + R"( {"owner":"crm","list":true})");
}

TEST_F(SegmentLists, AnAudienceIsFrozenUnderAName) {
  answers_ = {{"POST /v1/segments/vip/freeze",
               R"({"segment":"xmas","of":"vip","members":1200,"position":77,"filling":{"done":1,"of":2}})"}};
  SegmentListOptions options{.server = {}, .name = "vip"};
  options.as = "xmas";
  options.description = "For the letter.";
  ASSERT_TRUE(run(run_segment_freeze, options));
  EXPECT_EQ(asked_.back(), R"(POST /v1/segments/vip/freeze {"as":"xmas","description":"For the letter."})");
  EXPECT_EQ(out_.str(),
            "xmas has the 1,200 members that vip had at position 77\n"
            "Being filled: 1 of 2 profiles have been looked at.\n");
}

TEST_F(SegmentLists, RanksAreShownWithTheirTenths) {
  answers_ = {
      {"GET /v1/segments/ranks",
       R"json({"ranks":[{"text":"percentile(a)","pending":false,"people":1000,"at":"2026-01-02T03:04:05.678Z",)json"
       R"json("tenths":[1,2,3.5,4,5,6,7,8,9,10]},{"text":"percentile(b, \"c\")","among":"c","pending":true}]})json"}};
  ASSERT_TRUE(run(run_segment_ranks, {}));
  EXPECT_EQ(out_.str(),
            "percentile(a)\n  1,000 people, made 2026-01-02T03:04:05.678Z\n  tenths: 1 2 3.5 4 5 6 7 8 9 10\n"
            "percentile(b, \"c\")\n  no table was made yet\n");
  answers_ = {{"POST /v1/segments/ranks", R"({"status":"asked"})"}};
  SegmentListOptions options;
  options.now = true;
  ASSERT_TRUE(run(run_segment_ranks, options));
}

}  // namespace
}  // namespace tessera::cli
