// What to call a person where little of them should be shown.
#pragma once

#include <string>

#include "profile/snapshot.h"

namespace tessera::http {

struct DisplayName {
  std::string text;    // empty only if nothing at all is known
  bool named = false;  // it is a name they gave, not a masked identifier
};

// A name from their traits, or else a masked identifier: "a•••@example.com", "Card •••2216", "Visitor •••67a5".
DisplayName display_name(const profile::ProfileSnapshot& person);

}  // namespace tessera::http
