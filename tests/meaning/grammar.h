// Conditions made at random, each in two languages at once: as people publish it, and as SQL over the history. Neither
// text is made from the other, and nothing of the product takes part.
//
// SQL sees one row for each person, with a column for every question ("q12"), stated trait ("plan"), group
// ("group_size") and, made from these, every computed trait ("c0") and segment ("in_s3"); oracle.h says what is in
// them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tessera::meaning {

struct Both {
  std::string cel;
  std::string sql;
};

// What a question gives, which says how it may be used.
enum class Shape { kNumber, kTime, kValue };

// Something that is asked of history. "$" stands for the event, or behind `each` for an element. SQL sees a row of the
// history, or an element as "l".
struct Question {
  std::string function = "events";
  std::optional<std::string> name;
  std::vector<Both> filter;  // all of which must hold
  std::optional<Both> each;  // a list whose elements are asked, not the event; null in SQL: there is none
  std::vector<Both> element_filter;
  std::string reading = "count";
  std::optional<Both> value;           // null in SQL: it is an error, or nothing that can be kept
  std::optional<std::string> watched;  // the segment whose comings or goings it counts

  Shape shape() const;
  // Equal for questions that the same thing must be kept for.
  std::string feature() const;
  // Equal for questions that give the same answer.
  std::string key() const { return feature() + " " + reading; }
  // Whether a part's own counts of events tell the answer, so that it reaches back before it was published.
  bool reaches_back() const;
  // One of its spellings, and the plainest.
  std::string any_spelling() const;
  std::string plain() const;
};

// Every question that was ever asked, under the name that its answer has in SQL.
class Questions {
 public:
  std::string name_of(const Question& question);
  const Question& at(const std::string& name) const { return all_.at(name); }

 private:
  std::map<std::string, std::string> names_;  // by key
  std::map<std::string, Question> all_;       // by name
};

// An expression over a person, and the questions in it.
struct Expression {
  Both text;
  std::set<std::string> asks;
  bool is_number = false;  // always, and never null
};

// What an expression may name besides events and stated traits.
struct Names {
  struct Computed {
    std::string name;
    bool is_number = false;
  };
  std::vector<std::string> segments;
  std::vector<Computed> computed;
  bool may_watch = true;  // who enters and leaves segments
};

Question any_question(const Names& names);
// True or false; in SQL null where the other ends with an error.
Expression any_condition(Questions& questions, const Names& names, int depth);
// What a computed trait may be: in SQL an element, null for null and, where it `may_fail`, for errors.
Expression any_computed(Questions& questions, const Names& names, bool may_fail);

// The values that events have, and that conditions compare with.
std::string any_number();  // decimal text, often the same
std::string any_time();    // ISO 8601

}  // namespace tessera::meaning
