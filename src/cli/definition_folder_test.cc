#include "cli/definition_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/json_document.h"

namespace tessera::cli {
namespace {

namespace files = std::filesystem;

class DefinitionFolderTest : public testing::Test {
 protected:
  DefinitionFolderTest() {
    std::string pattern = testing::TempDir() + "definitionsXXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~DefinitionFolderTest() override { files::remove_all(path_); }

  void write(const std::string& name, std::string_view text) {
    files::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  std::string at(const std::string& name) const { return (path_ / name).string(); }

  files::path path_;
};

TEST_F(DefinitionFolderTest, ReadsYamlAndJsonOneOrSeveralAFile) {
  write("b/all.yaml", "# two\nkind: segment\nname: a\n---\nkind: segment\nname: b\ncondition: |\n  x\n---\n");
  write("a.json", R"([{"kind":"source","name":"web"},{"kind":"source","name":"crm"}])");
  write("c.yml", "kind: trait\nname: t\n");
  write(".git/config.yaml", "not: ours\n");
  write("README.md", "not ours\n");
  const auto folder = read_definition_folder(path_.string());
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_TRUE(folder->problems.empty());
  std::string read;
  for (const auto& one : folder->definitions) read += one.kind + " " + one.name + ", ";
  EXPECT_EQ(read, "source web, source crm, segment a, segment b, trait t, ");
  const LocalDefinition& b = folder->definitions[3];
  EXPECT_EQ(json_of(b.document), R"({"kind":"segment","name":"b","condition":"x\n"})");
  EXPECT_EQ(b.place("/condition"), at("b/all.yaml") + ":7");
  EXPECT_EQ(b.place(""), at("b/all.yaml") + ":5");
}

TEST_F(DefinitionFolderTest, TellsAllFilesThatCannotBeTaken) {
  write("a.yaml", "kind: segment\nname: a\n");
  write("b.yaml", "kind: segment\nname: a\n");
  write("c.yaml", "kind: segment\n");
  write("d.yaml", "kind: [\n");
  write("e.json", "{\"kind\": 1");
  write("f.yaml", "just text\n");
  const auto folder = read_definition_folder(path_.string());
  ASSERT_TRUE(folder);
  EXPECT_EQ(folder->definitions.size(), 1U);
  ASSERT_EQ(folder->problems.size(), 5U);
  EXPECT_EQ(folder->problems[0], at("b.yaml") + ":1: segment a is defined in " + at("a.yaml") + ":1 already");
  EXPECT_EQ(folder->problems[1], at("c.yaml") + ":1: is missing \"name\"");
  EXPECT_TRUE(folder->problems[2].starts_with(at("d.yaml") + ":2: no valid YAML: ")) << folder->problems[2];
  EXPECT_TRUE(folder->problems[3].starts_with(at("e.json") + ": no valid JSON: ")) << folder->problems[3];
  EXPECT_EQ(folder->problems[4], at("f.yaml") + ":1: must be a map with kind and name");
}

TEST_F(DefinitionFolderTest, AMissingFolderIsAnError) {
  EXPECT_EQ(read_definition_folder(at("none")).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tessera::cli
