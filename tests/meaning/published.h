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
  std::map<std::string, Expression> segments;  // "s0", each of which may name those before it
  std::vector<std::string> precedence;         // sources, of traits.plan; empty: none is published

  std::set<std::string> asks() const;  // all questions in it
  // Segments that ask what `asked` has not, or name such a segment or trait.
  std::set<std::string> that_ask_more_than(const std::set<std::string>& asked) const;
};

// Some of what was published before stays as it is. `names`: what conditions may do.
Published any_published(Questions& questions, const Published& before, Names names);

// The changes that lead from one to the other; none if they are the same.
catalog::ChangeSet changes_between(const Published& before, const Published& after);

}  // namespace tessera::meaning
