// What the history knows of a range of parts, folded and ready to be sent as the steps of a backfill. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analytics/history.h"
#include "engine/engine.h"
#include "profile/part.h"
#include "segment/folding.h"

namespace tessera::analytics {

// Of one part's history; a series that would grow past it is frozen. A step with such a part must fit into a record.
inline constexpr std::size_t kMaxHistoryBytes = 3u << 20;
inline constexpr std::size_t kStepBytes = 1u << 20;  // a step is closed when it reaches this

class FoldedHistory {
 public:
  // Of the parts from `what.state.next` on, at most `parts` of them, and fewer where their history takes more than
  // about `bytes`. `now`: the time of the engine's newest record.
  FoldedHistory(const engine::BackfillSnapshot& what, Timestamp now, std::uint64_t parts, std::size_t bytes);
  FoldedHistory(const FoldedHistory&) = delete;
  FoldedHistory& operator=(const FoldedHistory&) = delete;

  // What has to be taken.
  HistoryQuery query() const;
  void take(const HistoryEvent& told);

  // The first part that is left to another time. May become less while events are taken.
  std::uint64_t end() const { return end_; }
  // The body of the step that begins with part `from`; `from` becomes what it reaches to.
  std::string next_step(std::uint64_t& from) const;

 private:
  // Features that count what came up to `since`.
  struct Tier {
    Offset since;
    std::vector<std::uint32_t> features;  // indices in the plan, ascending
  };
  void shrink();

  engine::BackfillSnapshot what_;
  Timestamp now_;
  std::size_t limit_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::vector<Tier> tiers_;  // ascending; each has all features of those after it, too
  segment::Folder folder_;
  std::vector<std::uint32_t> places_;  // by part's number from `begin_` on: 1 + where it is in `parts_`; or 0
  std::vector<profile::StoredPart> parts_;
  profile::StoredPart fresh_;  // of a part that nothing is known of yet
  std::size_t bytes_ = 0;
};

}  // namespace tessera::analytics
