// A server that takes imports, and files to import, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>

#include "cli/import_command.h"
#include "http_client/scripted_server.h"

namespace tessera::cli {

using http_client::ScriptedServer;

// Keeps the items it is sent, by message id.
class Receiver {
 public:
  ScriptedServer::Answer answer(const ScriptedServer::Request& request) {
    if (request.target == "/health") return {.body = R"({"status":"ok"})"};
    if (request.target == "/v1/sources/till") return {.body = R"({"name":"till","write_key":"wk_looked_up"})"};
    const std::lock_guard lock(mutex_);
    constexpr std::string_view kId = "\"messageId\":\"";
    for (std::size_t at = 0; (at = request.body.find("{\"type\":", at)) != std::string::npos; ++at) {
      const std::size_t id = request.body.find(kId, at) + kId.size();
      const std::size_t next = request.body.find(",{\"type\":", at);
      const std::size_t end = next == std::string::npos ? request.body.size() - 2 : next;
      items_[request.body.substr(id, request.body.find('"', id) - id)] = request.body.substr(at, end - at);
    }
    return {.body = R"({"success":true})"};
  }
  const std::map<std::string, std::string>& items() const { return items_; }
  // All items, without their ids.
  std::string text() const {
    std::string out;
    for (const auto& [id, item] : items_) {
      std::string line = item;
      line.replace(line.find(id), id.size(), "-");
      out += line + "\n";
    }
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> items_;
};

class ImportFixture : public ::testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  ImportOptions options(const std::string& file, std::string_view mapping) {
    ImportOptions out;
    out.file = file;
    out.mapping = write("mapping.yaml", mapping);
    out.source = "till";
    out.server.url = server_.url();
    out.write_key = "wk_test";
    return out;
  }
  ImportSummary import(const ImportOptions& options) {
    out_.str("");
    auto summary = run_import(options, out_);
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? *summary : ImportSummary();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Receiver receiver_;
  ScriptedServer server_{[this](const ScriptedServer::Request& request) { return receiver_.answer(request); }};
  std::ostringstream out_;
  std::string folder_ = [] {
    std::string path = ::testing::TempDir() + "import_test_XXXXXX";
    return std::string(mkdtemp(path.data()));
  }();
};

}  // namespace tessera::cli
