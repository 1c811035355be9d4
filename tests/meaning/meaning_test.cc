// Whatever happens, people are what their history says they are. See README.md.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dice.h"
#include "script.h"

namespace tessera::meaning {
namespace {

// Beginning anywhere, or just before clocks are put forward or back.
Names any_names() {
  Names names{.may_watch = chance(50), .windows = chance(85)};
  if (!names.windows || chance(50)) return names;
  const std::string_view turn = one_of<std::string_view>(
      {"2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z", "2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"});
  names.near = *parse_timestamp(turn) + -any_duration_ms();
  return names;
}

RC_GTEST_PROP(Meaning, PeopleAreWhatTheirHistorySaysWhateverHappens, ()) {
  Script script(the_oracle(), any_names());
  for (int before = any(15); before > 0; --before) script.send_anything();
  script.publish();
  for (int round = 1 + any(2); round > 0; --round) {
    for (int steps = any(60); steps > 0; --steps) script.happen();
    script.check_amid_change();
    script.settle();
    script.check();
  }
  RC_ASSERT(script.life().digest() == script.life().digest_of_another_run());
}

}  // namespace
}  // namespace tessera::meaning
