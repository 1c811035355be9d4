// Replays requests that Segment's own SDKs sent to a capture server. They are not part of the repository: the
// environment's TESSERA_OUTSIDE names the folder that has them, under cases/segment-requests.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "event/event.h"
#include "ingest/parser.h"

namespace tessera::ingest {
namespace {

namespace json = boost::json;

struct Request {
  std::string file;
  std::string path;
  std::string body;
  std::size_t items = 1;
};

// Empty if the requests are not here.
std::filesystem::path folder() {
  const char* const outside = std::getenv("TESSERA_OUTSIDE");
  if (outside == nullptr) return {};
  const auto path = std::filesystem::path(outside) / "cases" / "segment-requests";
  return std::filesystem::exists(path) ? path : std::filesystem::path();
}

std::vector<Request> posted_requests() {
  std::vector<Request> requests;
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const json::value capture = json::parse(text.str());
    for (const json::value& request : capture.at("requests").as_array()) {
      if (request.at("method").as_string() != "POST") continue;
      const json::value& body = request.at("body");
      const json::value* batch = body.as_object().if_contains("batch");
      requests.push_back({file.path().filename().string(), json::value_to<std::string>(request.at("path")),
                          json::serialize(body), batch != nullptr ? batch->as_array().size() : 1});
    }
  }
  return requests;
}

TEST(SegmentRequests, EveryItemThatTheirSdksSentIsTaken) {
  if (folder().empty()) GTEST_SKIP() << "TESSERA_OUTSIDE names no folder with cases/segment-requests";
  const auto received = parse_timestamp("2026-11-22T03:00:00Z");
  catalog::Source source;
  source.identifier_traits = catalog::default_identifier_traits();
  Parser parser;
  std::size_t items = 0;
  for (const Request& request : posted_requests()) {
    SCOPED_TRACE(request.file + " " + request.path);
    const auto call = call_of(request.path);
    ASSERT_TRUE(call);
    const auto parsed = parser.parse(source, catalog::default_identity_rules(), *call, request.body, *received);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->accepted, request.items);
    EXPECT_TRUE(parsed->rejected.empty());
    for (const auto& draft : parsed->drafts) {
      const auto event = event::decode(draft.body);
      ASSERT_TRUE(event);
      EXPECT_FALSE(event->identifiers.empty());
      EXPECT_FALSE(event->context.empty());
      EXPECT_EQ(event->historic, to_text(event->occurred_at).starts_with("2024"));
      ++items;
    }
    if (request.body.find("writeKey") != std::string::npos) {
      EXPECT_EQ(parser.write_key_in(request.body), "test_write_key");
    }
  }
  EXPECT_GT(items, 0U);
}

}  // namespace
}  // namespace tessera::ingest
