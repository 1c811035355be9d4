#include "grammar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cel/ast.h"
#include "dice.h"

namespace tessera::meaning {
namespace {

void parse(const std::string& text) {
  std::vector<cel::Issue> issues;
  if (cel::parse(text, issues) == nullptr) RC_FAIL(text + "\n" + issues.front().message);
}

RC_GTEST_PROP(Grammar, WhatItMakesIsWellFormed, ()) {
  const Names names{
      .segments = {"s0", "s1"}, .computed = {{"c0", true}, {"c1", false}}, .may_watch = true, .windows = chance(80)};
  Questions questions;
  for (int more = 10; more > 0; --more) {
    const Expression condition = any_condition(questions, names, 2);
    parse(condition.text.cel);
    parse(any_computed(questions, names, true).text.cel);
    for (const std::string& name : condition.asks) parse(questions.at(name).plain());
  }
}

}  // namespace
}  // namespace tessera::meaning
