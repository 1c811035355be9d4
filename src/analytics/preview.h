// What a segment would be, before it is published: how many people, who for example, what it costs, and why.
//
// What state keeps is asked of the engine, a few people at a time; what new questions ask about is folded out of the
// history. Past kPreviewPeople people a random sample of them is looked at, and the count is an estimate. Takes from
// milliseconds to seconds: for a thread that may block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analytics/analytics.h"
#include "catalog/definition.h"
#include "engine/engine.h"
#include "segment/explain.h"

namespace tessera::analytics {

inline constexpr std::uint64_t kPreviewPeople = 20'000;
inline constexpr std::uint64_t kExactPreviewPeople = 100'000;  // looked at where the count is to be exact

struct PreviewQuestion {
  std::shared_ptr<const catalog::Definitions> definitions;  // with the segment in force
  std::string segment;                                      // its name there
  std::size_t examples = 20;                                // of members
  std::optional<ProfileId> profile;                         // to be explained
  bool exact = false;
  std::uint64_t people = kPreviewPeople;  // looked at
};

// A number, and between which two the true one lies with 95 % of certainty.
struct Estimate {
  std::uint64_t estimate = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool exact = false;
};
// Of `people`, where so many of those looked at are members (Wilson's interval, for a sample without replacement).
Estimate estimate_of(std::uint64_t members, std::uint64_t looked_at, std::uint64_t people);

struct Preview {
  Offset position;           // of the engine when it began
  std::uint64_t people = 0;  // that there are
  Estimate count;
  std::vector<ProfileId> examples;
  std::uint64_t questions = 0;      // about history, in the condition
  std::uint64_t new_questions = 0;  // that nobody has asked yet
  std::uint64_t events_a_day = 0;   // that its questions would be asked of, by the last week
  std::uint64_t entries = 0;        // that new questions would keep of all people together, about
  std::optional<segment::Explanation> why;
};

// kNotFound if there is no such profile; kDeadlineExceeded if the history is too far behind the engine.
Result<Preview> preview(engine::Engine& engine, Analytics& analytics, const PreviewQuestion& question);

}  // namespace tessera::analytics
