// A backfill: what new questions ask about is taken from the history, some profiles at a time, while what happens now
// is taken in as it comes. The seam is the offset: a feature has what came after `Registry::Feature::since` anyway. Who
// reads the history is not the engine's business; it sends steps, each a record, so that a replay takes the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tessera::engine {

// Parts by the number of the profile that they were born as, in the order in which they were made.
struct Backfill {
  Offset began;            // the record that began it
  std::uint64_t next = 0;  // parts before this one have what the history knows
  std::uint64_t end = 0;   // the first that has no history
  // Features by id, ascending, with how far back they are asked for: what they are when it is done.
  std::vector<std::pair<std::uint32_t, std::int64_t>> features;
  bool is_under_way() const { return !features.empty(); }
};
void encode(const Backfill& backfill, std::string& out);
Result<Backfill> decode_backfill(std::string_view bytes);

inline constexpr std::size_t kBackfillParts = 250;  // in one step: what a record can drain, with room for merges

// A kBackfill record's body: the history of the parts [from, to). The last step is an empty one, from the end to the
// end: it has no effect before all others have had theirs.
struct BackfillStep {
  struct Part {
    PartId id;
    std::string_view kept;  // profile::StoredPart, stored form, with features and series alone
  };
  Offset began;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<Part> parts;  // those that have any
};
void encode(const BackfillStep& step, std::string& out);
Result<BackfillStep> decode_backfill_step(std::string_view bytes);  // points into `bytes`

}  // namespace tessera::engine
