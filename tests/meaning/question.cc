#include "question.h"

#include "dice.h"

namespace tessera::meaning {

namespace {

std::string ending(const Question& question, const std::string& variable) {
  std::string arguments;
  if (question.first_n > 0) arguments = std::to_string(question.first_n) + ", ";
  if (question.value) arguments += variable + ", " + replaced(question.value->cel, "$", variable);
  return "." + question.reading + "(" + arguments + ")";
}

}  // namespace

Shape Question::shape() const {
  if (reading == "count" || reading == "sum" || reading == "count_distinct") return Shape::kNumber;
  if (first_n > 0) return Shape::kList;
  return value ? Shape::kValue : Shape::kTime;
}

std::string Question::feature() const {
  std::string text = history.plain() + (reading == "avg" ? " sum" : " " + reading);
  if (first_n > 0) text += " " + std::to_string(first_n);
  return text + (value ? " " + value->cel : "");
}

bool Question::is_known_anyway() const {
  return history.names.size() < 2 && history.filter.empty() && !history.each && !history.depends_on_time() && !value;
}

std::string Question::plain() const {
  return history.plain() + ending(*this, "e");
}

std::string Question::any_spelling() const {
  return history.any_spelling() + ending(*this, one_of<std::string>({"e", "event", "x"}));
}

std::string Question::any_spelling_of_existence() const {
  History before = history;
  auto& demands = before.each ? before.element_filter : before.filter;
  if (demands.empty() || chance(40)) return history.any_spelling() + ".exists()";
  const std::string variable = one_of<std::string>({"e", "event", "x"});
  const std::string last = replaced(demands.back().cel, "$", variable);
  demands.pop_back();
  return before.any_spelling() + ".exists(" + variable + ", " + last + ")";
}

std::string Question::sql(const std::string& list) const {
  if (!value) {
    if (reading == "count") return "len(" + list + ")";
    return list + (reading == "first" ? "[1]" : "[-1]") + ".place.at";
  }
  const std::string one = replaced(value->sql, "$", history.each ? "h.l" : "h");
  const std::string values = "flatten(list_transform(" + list + ", lambda h: coalesce(" + one + ", [])))";
  const std::string n = std::to_string(first_n);
  if (first_n > 0) return values + (reading == "first" ? "[1:" + n + "]" : "[-" + n + ":]");
  return "of_" + reading + "(" + values + ")";
}

std::string Questions::name_of(const Question& question) {
  const auto [at, is_new] = names_.emplace(question.key(), "q" + std::to_string(names_.size()));
  if (is_new) all_.emplace(at->second, question);
  return at->second;
}

std::string Questions::name_of(const Compared& compared) {
  const auto [at, is_new] = names_of_compared_.emplace(compared, "r" + std::to_string(names_of_compared_.size()));
  if (is_new) compared_by_name_.emplace(at->second, compared);
  return at->second;
}

Question any_question(const Names& names) {
  Question question;
  if (names.may_watch && !names.segments.empty() && chance(12)) {
    question.history = any_comings_or_goings(names);
    question.reading = one_of<std::string>({"count", "count", "first", "last"});
    return question;
  }
  if (names.windows && chance(10)) {  // what is asked most, and what much happens to
    question.history.names = {one_of<std::string>({"A", "B"})};
    question.history.window = any_window();
    question.reading = one_of<std::string>({"sum", "sum", "count", "count_distinct"});
    if (question.reading != "count") question.value = {"$.properties.n", "[$.n]"};
    return question;
  }
  question.history = any_history(names, 2);
  const bool of_event = !question.history.each;
  if (names.windows && chance(15)) {
    question.reading = one_of<std::string>({"first", "last"});
    question.first_n = chance(10) ? 20 : 1 + any(4);
    question.is_of_times = of_event && chance(50);
    question.value =
        question.is_of_times ? Both{"$.occurred_at", "[moment($.place.at)]"} : any_value_of(question.history, false);
    return question;
  }
  question.reading = one_of<std::string>({"count", "count", "count", "first", "last", "sum", "sum", "avg", "min", "max",
                                          "first", "last", "count_distinct", "most_frequent"});
  const bool may_be_timed = question.reading == "first" || question.reading == "last";
  if (question.reading == "count" || (may_be_timed && !chance(names.windows ? 30 : 60))) return question;
  if (names.windows && of_event && question.reading == "count_distinct" && chance(50)) {
    question.value = any_period_of_event();
    return question;
  }
  question.value = any_value_of(question.history, question.reading == "sum" || question.reading == "avg");
  return question;
}

}  // namespace tessera::meaning
