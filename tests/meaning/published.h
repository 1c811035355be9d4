// What people set up in a script: segments, computed traits, and whose word on traits.plan counts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "grammar.h"

namespace tessera::meaning {

struct Published {
  std::map<std::string, Expression> computed;  // "c0": conditions may name it
  std::map<std::string, Expression> shown;     // "d0": nothing names it, so it may name all
  std::map<std::string, Expression> segments;  // "s0", each of which may name those before it; "l0" are lists
  std::vector<std::string> precedence;         // sources, of traits.plan; empty: none is published

  // What everybody's was when a table of it was made, as a list of numbers in SQL; by meaning.
  std::map<std::string, std::string> tables;

  std::set<std::string> asks() const;   // all questions in it
  std::set<std::string> ranks() const;  // all that is compared with everybody's
  // Equal where the same is compared, whatever it is called.
  std::string meaning_of(const Compared& compared) const;
  void forget_unused_tables(const Questions& questions);
  // What asks for more than `asked`, or for tables that were not made, or names such a segment or trait: that waits.
  std::set<std::string> that_wait(const Questions& questions, const std::set<std::string>& asked) const;
};

inline bool is_list(const std::string& segment) {
  return segment.starts_with('l');
}

// Some of what was published before stays as it is. `names`: what conditions may do.
Published any_published(Questions& questions, const Published& before, Names names);

// The changes that lead from one to the other; none if they are the same.
catalog::ChangeSet changes_between(const Published& before, const Published& after);

}  // namespace tessera::meaning
