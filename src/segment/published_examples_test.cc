// What the documents show as conditions is what the parser and the compiler take.
#include <gtest/gtest.h>
#include <fstream>

#include "segment/language.h"

namespace tessera::segment {
namespace {

struct Example {
  std::string kind;  // what stands behind the fence: "cel", "cel today"
  std::string text;
};

// The fenced blocks of a document that begin with "cel"; tests run in the repository's root.
std::vector<Example> examples_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<Example> all;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (!inside && line.starts_with("```cel")) {
      all.push_back({line.substr(3), ""});
      inside = true;
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      all.back().text += line + "\n";
    }
  }
  return all;
}

std::string problems_of(const std::string& text, bool compile) {
  std::vector<cel::Issue> issues;
  Vocabulary vocabulary;
  vocabulary.segments = {"lapsed"};
  const bool good = compile ? compile_condition(text, vocabulary, cel::TypeKind::kBool, issues) != nullptr
                            : cel::parse(text, issues) != nullptr;
  std::string out = good || !issues.empty() ? "" : "refused without a reason";
  for (const auto& issue : issues) out += cel::describe(issue, text);
  return out;
}

TEST(PublishedExamples, TheTwentySegmentsParseAndThoseOfTodayCompile) {
  const auto examples = examples_of("docs/adr/0004-questions-about-history.md");
  EXPECT_EQ(examples.size(), 20U);
  std::size_t today = 0;
  for (const Example& example : examples) {
    EXPECT_EQ(problems_of(example.text, false), "") << example.text;
    const std::string problems = problems_of(example.text, true);
    if (example.kind == "cel today") {
      ++today;
      EXPECT_EQ(problems, "") << example.text;
    } else {
      EXPECT_NE(problems.find("not available"), std::string::npos) << example.text << problems;
    }
  }
  EXPECT_EQ(today, 18U);
}

TEST(PublishedExamples, WhatMarketersReadCompiles) {
  const auto examples = examples_of("docs/segments-language.md");
  EXPECT_GE(examples.size(), 6U);
  for (const Example& example : examples) EXPECT_EQ(problems_of(example.text, true), "") << example.text;
}

}  // namespace
}  // namespace tessera::segment
