// Kinds of definitions, and what a set of changes is checked for before it takes effect: the schema of its kind, its
// expressions, its references. The edge checks to tell its caller all that is wrong at once; Core checks the same again
// when the record is applied, because another change may have come first.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/definition.h"

namespace boost::json {
class value;
}

namespace tessera::catalog {

// Something wrong with a definition.
struct Problem {
  DefinitionKey key;
  std::string pointer;  // JSON pointer into the document, e.g. "/condition"; empty: the whole
  std::string message;  // what is wrong and what to do; an expression's with "line:column: " in front
};

using Report = std::function<void(std::string pointer, std::string message)>;

struct Kind {
  std::string_view name;    // "segment"
  std::string_view title;   // for people: "A segment: a named condition over a person"
  std::string_view schema;  // JSON Schema, draft 7, of the document
  bool single = false;      // there is one only, named as its kind ("identity_rules")
  // Beyond the schema: `document` is valid against it; `after` are all definitions as they would be. May be null.
  std::function<void(const DefinitionKey& key, const boost::json::value& document, const Definitions& after,
                     const Report& report)>
      check;
  // Once for a whole set, over everything in force of any kind: references between definitions, cycles. May be null.
  std::function<void(const Definitions& after, const std::function<void(Problem)>& report)> check_all;
};

// The kinds this build knows. Immutable.
class Kinds {
 public:
  explicit Kinds(std::vector<Kind> kinds);
  const Kind* find(std::string_view name) const;
  std::span<const Kind> all() const { return kinds_; }

 private:
  std::vector<Kind> kinds_;
};

// Every document begins with these members, whatever its kind: "kind" and "name" (as its key), "owner" (a person or
// team, at most 200 characters), "description" (at most 2,000). Kinds' schemas may name them.

// What is wrong with `set` on top of `now`: at most 200 problems; none means `now.with(set)` may take effect. Drafts
// are checked for being JSON objects of a known kind only, so that half-finished work can be kept.
std::vector<Problem> check_changes(const Kinds& kinds, const Definitions& now, const ChangeSet& set);

}  // namespace tessera::catalog
