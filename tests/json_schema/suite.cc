// Runs the required cases of the public JSON Schema suite for draft 7: suite FOLDER.
// Prints each case that fails, each group that is left out with the reason, and the sums; exits 1 if any case fails.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "json_schema/schema.h"

namespace {

namespace json = boost::json;
using tessera::json_schema::Schema;

constexpr std::size_t kLeastCases = 400;  // fewer, and the suite is not the one that is meant

struct Sums {
  std::size_t run = 0;
  std::size_t passed = 0;
  std::size_t left_out = 0;
};

std::string text_of(const json::object& object, std::string_view name) {
  const auto& text = object.at(name).as_string();
  return {text.data(), text.size()};
}

// Why a group is left out; empty if it is not: its schema is, or points at, a document that would have to be fetched.
std::string reason_to_leave_out(const tessera::Error& error) {
  const bool remote = error.message.find("which is not in this document; nothing is fetched") != std::string::npos;
  return remote ? "remote reference: " + error.message : std::string{};
}

void run_group(const std::string& file, const json::object& group, Sums& sums) {
  const json::array& cases = group.at("tests").as_array();
  const std::string name = file + ": " + text_of(group, "description");
  const auto schema = Schema::compile(group.at("schema"));
  if (!schema) {
    const std::string reason = reason_to_leave_out(schema.error());
    if (!reason.empty()) {
      sums.left_out += cases.size();
      std::cout << "left out (" << cases.size() << "): " << name << ": " << reason << "\n";
      return;
    }
    std::cout << "refused: " << name << ": " << schema.error().message << "\n";
  }
  for (const json::value& one : cases) {
    ++sums.run;
    const bool expected = one.at("valid").as_bool();
    if (schema && schema->validate(one.at("data")).empty() == expected) {
      ++sums.passed;
    } else {
      std::cout << "failed: " << name << ": " << text_of(one.as_object(), "description") << "\n";
    }
  }
}

Sums run_folder(const std::filesystem::path& folder) {
  Sums sums;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    const json::value groups = json::parse(text.str());
    for (const json::value& group : groups.as_array()) {
      run_group(file.filename().string(), group.as_object(), sums);
    }
  }
  return sums;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    std::cerr << "usage: json_schema_suite FOLDER (of Debian's package json-schema-test-suite: tests/draft7)\n";
    return 2;
  }
  const Sums sums = run_folder(argv[1]);
  std::cout << sums.run << " run, " << sums.passed << " passed, " << sums.left_out << " left out\n";
  return sums.run == sums.passed && sums.run + sums.left_out >= kLeastCases ? 0 : 1;
}
