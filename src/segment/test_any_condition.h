// Conditions made at random, for property tests: as the model (test_model.h) has them.
#pragma once

#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

#include "segment/test_model.h"

namespace tessera::segment {

inline constexpr std::int64_t kTick = 250;  // what happens, happens at multiples of it

// Whatever the size of a test: small ones have all kinds of things in them, but fewer.
inline int any(int below) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, below));
}
inline bool chance(int percent) {
  return any(100) < percent;
}

inline model::Filter any_filter() {
  model::Filter filter;
  if (chance(50)) return filter;
  if (chance(60)) filter.kind = "k" + std::to_string(any(4));
  if (chance(30)) filter.over = any(3);
  if (chance(20)) filter.source = chance(50) ? "till" : "web";
  return filter;
}

inline model::Window any_window() {
  model::Window window;
  if (chance(50)) return window;
  window.from = (1 + any(12)) * kTick;
  if (chance(30)) window.to = any(static_cast<int>(window.from / kTick)) * kTick;
  return window;
}

// `depth`: how many sequences may nest.
inline model::History any_history(int depth) {
  model::History history;
  if (chance(20)) history.function = chance(50) ? "pages" : "screens";
  if (!chance(15)) history.name = chance(50) ? "A" : "B";
  history.filter = any_filter();
  history.window = any_window();
  if (chance(25)) {
    history.lines = true;
    history.filter.source.clear();
  }
  const std::array<std::string, 4> orders{"followed_by", "not_followed_by", "preceded_by", "not_preceded_by"};
  for (int links = depth > 0 && chance(40) ? 1 + any(2) : 0; links > 0; --links) {
    model::History::Link link;
    link.order = orders[static_cast<std::size_t>(any(4))];
    link.other = any_history(depth - 1);
    link.within = any(8) * kTick;
    link.same_kind = chance(50);
    link.less_n = link.same_kind && chance(30);
    history.links.push_back(std::move(link));
  }
  return history;
}

inline model::Question any_question() {
  struct Ending {
    const char* name;
    bool has_value;
  };
  constexpr std::array<Ending, 11> kEndings{{{"count", false},
                                             {"exists", false},
                                             {"first", false},
                                             {"last", false},
                                             {"sum", true},
                                             {"avg", true},
                                             {"min", true},
                                             {"max", true},
                                             {"first", true},
                                             {"last", true},
                                             {"count_distinct", true}}};
  model::Question question;
  question.history = any_history(2);
  const Ending ending = chance(40) ? kEndings[0] : kEndings[static_cast<std::size_t>(any(kEndings.size()))];
  question.ending = ending.name;
  if (ending.has_value) question.value = chance(50) ? "n" : "kind";
  if (chance(5)) {
    question.ending = "most_frequent";
    question.value = "kind";
  } else if (chance(8)) {
    question.ending = chance(50) ? "first" : "last";
    question.value = "kind";
    question.first_n = 1 + static_cast<std::size_t>(any(3));
    question.wanted = "k" + std::to_string(any(4));
  }
  return question;
}

inline model::Value any_constant(const model::Question& question) {
  const bool is_number = question.ending == "sum" || question.ending == "count_distinct";
  if (question.value == "kind" && !is_number) return "k" + std::to_string(any(4));
  if (question.value.empty() && question.ending != "count") return model::Time{any(20) * 1000};
  const bool may_be_null = question.value == "n" && !is_number;
  return may_be_null && chance(5) ? model::Value(model::Null{}) : any(16) / 4.0;
}

// `others`: segments that may be named.
inline model::Condition any_condition(int depth, const std::vector<std::string>& others,
                                      const std::vector<model::Question>& computed) {
  const std::array<std::string, 5> comparisons{"==", "!=", "<", ">=", ">"};
  model::Condition condition;
  if (depth > 0 && chance(60)) {
    condition.operation = chance(20) ? "!" : chance(50) ? "&&" : "||";
    for (int i = 0; i < (condition.operation == "!" ? 1 : 2); ++i) {
      condition.operands.push_back(any_condition(depth - 1, others, computed));
    }
    return condition;
  }
  if (!others.empty() && chance(25)) {
    condition.operation = "in";
    condition.segment = others[static_cast<std::size_t>(any(static_cast<int>(others.size())))];
    return condition;
  }
  condition.operation = comparisons[static_cast<std::size_t>(any(5))];
  if (chance(25)) {
    condition.left = chance(70) ? "trait" : "group";
    condition.right = chance(80) || condition.left == "group" ? model::Value(any(3) * 1.0)
                                                              : model::Value("k" + std::to_string(any(2)));
    return condition;
  }
  condition.left = "question";
  if (!computed.empty() && chance(20)) {
    const auto at = static_cast<std::size_t>(any(static_cast<int>(computed.size())));
    condition.question = computed[at];
    condition.computed = "c" + std::to_string(at);
  } else if (!others.empty() && chance(20)) {
    model::History& history = condition.question.history;
    history.name = chance(50) ? "Segment Entered" : "Segment Exited";
    history.filter.segment = others[static_cast<std::size_t>(any(static_cast<int>(others.size())))];
    history.window = any_window();
  } else {
    condition.question = any_question();
  }
  condition.right = any_constant(condition.question);
  if (std::holds_alternative<model::Null>(condition.right)) condition.operation = chance(50) ? "==" : "!=";
  const bool is_truth = condition.question.is_truth();
  if (is_truth) condition.operation = "is";
  if (!is_truth && std::holds_alternative<model::Time>(condition.right) && chance(60)) {
    condition.left = chance(50) ? "since" : "until";
    condition.right = model::Time{any(8) * kTick};
  }
  return condition;
}

}  // namespace tessera::segment
