// The functions that mappings have beyond those of every expression: what real documents need to become events.
// docs/mapping.md describes them for those who write mappings.
//
//   text(x)            a number, text or boolean as text: 123 is "123"; null stays null
//   number(x)          a number as it is, a text that is one as a number; else null
//   coalesce(a, b, …)  the first of two to four values that is neither null nor a blank text; else null
//   list_of(x)         a list as it is, [] of null, else [x]
//   sum(list)          of numbers, rounded to 6 decimals; null adds nothing
//   merge(a, b)        the entries of both maps; where both have one, b's. Null counts as an empty map
//   omit_null(x)       without the entries of maps that are null, at every depth
#pragma once

#include "cel/environment.h"

namespace tessera::ingest {

void declare_mapping_functions(cel::Environment& environment);

}  // namespace tessera::ingest
