// Whatever happens, people are what their history says they are. See README.md.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dice.h"
#include "script.h"

namespace tessera::meaning {
namespace {

RC_GTEST_PROP(Meaning, PeopleAreWhatTheirHistorySaysWhateverHappens, ()) {
  Script script(the_oracle(), chance(50));
  for (int before = any(15); before > 0; --before) script.send_anything();
  script.publish();
  for (int round = 1 + any(2); round > 0; --round) {
    for (int steps = any(60); steps > 0; --steps) script.happen();
    script.check_amid_sweep();
    script.settle();
    script.check();
  }
  RC_ASSERT(script.life().digest() == script.life().digest_of_another_run());
}

}  // namespace
}  // namespace tessera::meaning
