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
#include "json_schema/schema.h"

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
  // Once for a whole set, over everything in force of any kind: references between definitions, cycles. Documents in
  // `after` may be invalid: that is told already, and what is reported of those is left out. May be null.
  std::function<void(const Definitions& after, const std::function<void(Problem)>& report)> check_all;
};

// The kinds this build knows, with their schemas compiled. Immutable; any thread.
class Kinds {
 public:
  explicit Kinds(std::vector<Kind> kinds);
  const Kind* find(std::string_view name) const;
  std::span<const Kind> all() const { return kinds_; }
  // Of one of `all()`.
  const json_schema::Schema& schema(const Kind& kind) const {
    return schemas_[static_cast<std::size_t>(&kind - kinds_.data())];
  }

 private:
  std::vector<Kind> kinds_;
  std::vector<json_schema::Schema> schemas_;  // one for each of kinds_
};

// Every document begins with these members, whatever its kind: "kind" and "name" (as its key), "owner" (a person or
// team, at most 200 characters), "description" (at most 2,000). Kinds' schemas name them, and require the first two.

inline constexpr std::size_t kMaxProblems = 200;

// What is wrong with `set` on top of `now`: at most kMaxProblems; none means `now.with(set)` may take
// effect. If `now.with(set)` is refused, that is the one problem. Drafts are checked for being JSON objects of a known
// kind only, so that half-finished work can be kept.
std::vector<Problem> check_changes(const Kinds& kinds, const Definitions& now, const ChangeSet& set);

}  // namespace tessera::catalog
