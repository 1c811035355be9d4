// Conditions compiled and refused, for this module's tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "segment/language.h"

namespace tessera::segment {

inline Vocabulary test_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.segments = {"loyal", "lapsed"};
  std::vector<cel::Issue> issues;
  vocabulary.computed.emplace("basket", cel::parse("events('Order Completed').avg(e, e.properties.total)", issues));
  vocabulary.computed.emplace("big", cel::parse("traits.basket > 100.0", issues));
  vocabulary.computed.emplace("circle", cel::parse("traits.round + 1", issues));
  vocabulary.computed.emplace("round", cel::parse("traits.circle + 1", issues));
  return vocabulary;
}

inline std::unique_ptr<Condition> compiled(std::string_view text) {
  std::vector<cel::Issue> issues;
  auto condition = compile_condition(text, test_vocabulary(), cel::TypeKind::kBool, issues);
  EXPECT_NE(condition, nullptr) << text << ": " << (issues.empty() ? "" : cel::describe(issues[0], text));
  return condition;
}

// "line:column: message" of the first problem.
inline std::string refusal(std::string_view text) {
  std::vector<cel::Issue> issues;
  const auto condition = compile_condition(text, test_vocabulary(), cel::TypeKind::kBool, issues);
  EXPECT_EQ(condition, nullptr) << text;
  if (issues.empty()) return "";
  const cel::Issue& issue = issues.front();
  return std::to_string(issue.place.line) + ":" + std::to_string(issue.place.column) + ": " + issue.message;
}

inline std::vector<std::string> questions(std::string_view text) {
  std::vector<std::string> all;
  const auto condition = compiled(text);
  if (condition == nullptr) return all;
  for (const Need& need : condition->needs) all.push_back(need.text);
  return all;
}

using Texts = std::vector<std::string>;

using Texts = std::vector<std::string>;

struct Refusal {
  std::string_view text;
  std::string_view says;  // how it begins
};

}  // namespace tessera::segment
