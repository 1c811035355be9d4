// What is tried: people's events, and what happens while they are handled. RapidCheck makes scripts, and makes a
// failing one as short as it can; `make_script` makes them from a seed, for the tests that expect a failure.
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "records.h"

namespace tessera::model {

// One thing that the world says. Times and message ids are given when the script is run.
struct Said {
  enum class Kind : std::uint8_t { kEvent, kUnmerge, kTick } kind = Kind::kEvent;
  std::vector<int> identifiers = {0};
  int amount = 0;
  int pause = 0;  // since what was said before
};

// One thing that happens. `a` and `b` choose where, modulo what there is.
struct Step {
  unsigned kind = 0;
  unsigned a = 0;
  unsigned b = 0;
};

struct Script {
  int shards = 3;
  int step_limit = 1000;  // embedded: lane steps per input
  std::vector<Said> said;
  std::vector<Step> steps;
};

// The inputs of a script, each event with a message id of its own (two sources use the same numbers).
inline std::vector<Input> inputs_of(const Script& script) {
  std::vector<Input> inputs;
  std::int64_t now = 100;
  int number = 0;
  for (const Said& said : script.said) {
    now += said.pause;
    switch (said.kind) {
      case Said::Kind::kEvent:
        inputs.push_back({now, Event{number % 2, number / 2, said.identifiers, said.amount}});
        ++number;
        break;
      case Said::Kind::kUnmerge:
        inputs.push_back({now, Unmerge{said.identifiers.front()}});
        break;
      case Said::Kind::kTick:
        inputs.push_back({now, Tick{}});
    }
  }
  return inputs;
}

// `choose(n)` gives a number below n.
template <class Choose>
Said make_said(Choose&& choose) {
  Said said;
  const auto kind = choose(10);
  said.kind = kind == 0 ? Said::Kind::kTick : kind <= 2 ? Said::Kind::kUnmerge : Said::Kind::kEvent;
  said.identifiers.clear();
  for (auto left = 1 + choose(3); left > 0; --left) said.identifiers.push_back(static_cast<int>(choose(8)));
  said.amount = static_cast<int>(choose(100));
  constexpr int kPauses[] = {0, 0, 1, 5, 30};
  said.pause = kPauses[choose(5)];
  return said;
}

template <class Choose>
Script make_script(Choose&& choose, std::size_t said, std::size_t steps) {
  Script script;
  constexpr int kShards[] = {1, 2, 3, 7, 256};
  constexpr int kLimits[] = {1, 2, 5, 1000};
  script.shards = kShards[choose(5)];
  script.step_limit = kLimits[choose(4)];
  for (std::size_t i = 0; i < said; ++i) script.said.push_back(make_said(choose));
  for (std::size_t i = 0; i < steps; ++i) {
    script.steps.push_back({static_cast<unsigned>(choose(1000)), static_cast<unsigned>(choose(1000)),
                            static_cast<unsigned>(choose(1000))});
  }
  return script;
}

std::ostream& operator<<(std::ostream& out, const Script& script);

}  // namespace tessera::model
