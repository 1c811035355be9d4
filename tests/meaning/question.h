// Questions about history: a history, and what is asked of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "history.h"

namespace tessera::meaning {

// What a question gives, which says how it may be used.
enum class Shape : std::uint8_t { kNumber, kTime, kValue, kList };

struct Question {
  History history;
  std::string reading = "count";
  int first_n = 0;            // of a list: first(n, …), last(n, …)
  std::optional<Both> value;  // a list of one element in SQL; null: it is an error, or nothing that can be kept
  bool is_of_times = false;   // its values are

  Shape shape() const;
  // Equal for questions that the same thing must be kept for, without windows and sequences.
  std::string feature() const;
  // Equal for questions that give the same answer.
  std::string key() const { return plain(); }
  // Whether a part's own counts of events tell the answer, so that it is known as soon as it is asked.
  bool is_known_anyway() const;
  // One of its spellings, and the plainest.
  std::string any_spelling() const;
  std::string any_spelling_of_existence() const;  // of a count: whether there is one
  std::string plain() const;
  // The answer, of a list of its history's elements.
  std::string sql(const std::string& list) const;
};

// What a person has in comparison with everybody, or with the members of a segment: percentile(x).
struct Compared {
  std::string x;      // an element, in SQL
  std::string among;  // a segment; or empty
  std::set<std::string> asks;
  friend auto operator<=>(const Compared&, const Compared&) = default;
};

// Every question that was ever asked, under the name that its answer has in SQL.
class Questions {
 public:
  std::string name_of(const Question& question);
  const Question& at(const std::string& name) const { return all_.at(name); }
  // The name that the list of everybody's has in SQL.
  std::string name_of(const Compared& compared);
  const Compared& compared(const std::string& name) const { return compared_by_name_.at(name); }

 private:
  std::map<std::string, std::string> names_;  // by key
  std::map<std::string, Question> all_;       // by name
  std::map<Compared, std::string> names_of_compared_;
  std::map<std::string, Compared> compared_by_name_;
};

Question any_question(const Names& names);

}  // namespace tessera::meaning
