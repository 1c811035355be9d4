// Makes tables of ranks: what everyone is compared by, gathered some people at a time. No part of state: what comes of
// it is a record, which a replay takes as it is.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/shard.h"
#include "identity/directory.h"
#include "segment/plan.h"

namespace tessera::engine {

inline constexpr std::uint64_t kRankedAtOnce = 250;  // people looked at between two batches

class Ranking {
 public:
  // Of everything in the plan that is whole. `end`: the number of the first profile that is not looked at.
  Ranking(std::shared_ptr<const segment::Plan> plan, std::uint64_t end, Timestamp at)
      : plan_(std::move(plan)), values_(plan_->ranks().size()), end_(end), at_(at) {}

  const std::shared_ptr<const segment::Plan>& plan() const { return plan_; }
  // Looks at some more people. True when all have been.
  bool step(identity::Directory& directory, Shards& shards, std::uint64_t people = kRankedAtOnce);
  // A kRanks record's body.
  std::string finish();

 private:
  std::shared_ptr<const segment::Plan> plan_;
  std::vector<std::vector<double>> values_;  // by ranks of the plan
  std::uint64_t next_ = 1;
  const std::uint64_t end_;
  const Timestamp at_;
};

// A kRanks record's body: tables by text.
Result<std::map<std::string, segment::RankTable>> decode_ranks(std::string_view bytes);

}  // namespace tessera::engine
