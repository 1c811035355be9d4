// A sweep: after segments were published, every profile there was is looked at anew, some at a time, so that people go
// on being served. Each step is a record, so that a replay takes the same steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::engine {

// Profiles by number, in the order in which they were made.
struct Sweep {
  std::uint64_t next = 0;
  std::uint64_t end = 0;                // the first that is not looked at
  std::vector<std::uint32_t> segments;  // ids, ascending: those to look at
  bool is_under_way() const { return next < end; }
};
void encode(const Sweep& sweep, std::string& out);
Result<Sweep> decode_sweep(std::string_view bytes);

inline constexpr std::uint64_t kSweepProfiles = 250;  // in one step: what a record can drain, with room for merges

// A kSweep record's body.
struct SweepStep {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
void encode(const SweepStep& step, std::string& out);
Result<SweepStep> decode_sweep_step(std::string_view bytes);

}  // namespace tessera::engine
