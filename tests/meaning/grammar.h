// Conditions made at random, each in two languages at once: as people publish it, and as SQL over the history. Neither
// text is made from the other, and nothing of the product takes part.
//
// SQL sees one row for each person, with a column for every question ("q12"), stated trait ("plan"), group
// ("group_size"), place in a sample ("place_a"), list ("listed_l0"), list of what everybody had ("r3") and, made from
// these, every computed trait ("c0") and segment ("in_s3"), and with "now"; oracle.h says what is in them.
#pragma once

#include <set>
#include <string>

#include "question.h"

namespace tessera::meaning {

// An expression over a person, and what is in it.
struct Expression {
  Both text;
  std::set<std::string> asks;     // questions
  std::set<std::string> names;    // segments and computed traits
  std::set<std::string> ranks{};  // what is compared with everybody's
  bool is_number = false;         // always, and never null
};

// True or false; in SQL null where the other ends with an error.
Expression any_condition(Questions& questions, const Names& names, int depth);
// What a computed trait may be: in SQL an element, null for null. `may_be_anything`: errors, which are null, and what
// depends on now.
Expression any_computed(Questions& questions, const Names& names, bool may_be_anything);

}  // namespace tessera::meaning
