// Why somebody was in a segment, or not, at a moment of the past: folded anew out of the history.
//
// Approximate in this: the definitions, the sources and the person's parts are those of now. For a thread that may
// block.
#pragma once

#include <optional>
#include <string>

#include "analytics/analytics.h"
#include "engine/engine.h"
#include "segment/explain.h"

namespace tessera::analytics {

struct PastQuestion {
  ProfileId profile;
  std::string segment;             // in force
  std::optional<Timestamp> at;     // one of these two
  std::optional<Offset> position;  // after this record
};

struct PastAnswer {
  Timestamp at;
  Offset position;  // the newest record that had been taken in
  bool member = false;
  segment::Explanation explanation;
};

// kNotFound if there is no such person or segment; kInvalidArgument if the moment is not in the past; kDeadlineExceeded
// if the history is too far behind the engine.
Result<PastAnswer> explain_past(engine::Engine& engine, Analytics& analytics, const PastQuestion& question);

}  // namespace tessera::analytics
