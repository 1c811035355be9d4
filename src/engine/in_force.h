// What people have set up, as Core keeps it: the definitions with their versions, and what those in force come to.
//
// A set of changes takes effect whole or not at all: it is checked again when its record is applied, because another
// may have come first. One thread; the results are immutable and shared.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "catalog/identity_rules.h"
#include "catalog/in_force.h"
#include "catalog/kind.h"
#include "catalog/source.h"
#include "log/log.h"
#include "segment/plan.h"
#include "storage/store.h"

namespace tessera::engine {

class InForce {
 public:
  explicit InForce(std::shared_ptr<const catalog::Kinds> kinds);

  Status load(const storage::Snapshot& state);
  // Applies a kDefinitions record. Empty if it took effect, else why not. kDataLoss if it cannot be read.
  // `has_history`: something has happened before it.
  Result<std::string> apply(const log::Record& record, bool has_history);
  // Tables of ranks, made at `offset`; those that nobody asks for any more are let go.
  void rank(std::map<std::string, segment::RankTable> tables, Offset offset);
  // Features (by id) have what the history knows, so far back.
  void fill(std::span<const std::pair<std::uint32_t, std::int64_t>> features);
  void write_changes(storage::CutBatch& batch);

  const catalog::Kinds& kinds() const { return *kinds_; }
  const std::shared_ptr<const catalog::Definitions>& definitions() const { return definitions_; }
  const std::shared_ptr<const catalog::Sources>& sources() const { return sources_; }
  const std::shared_ptr<const catalog::IdentityRules>& rules() const { return rules_; }
  // Segments and traits, compiled.
  const std::shared_ptr<const segment::Plan>& plan() const { return plan_; }
  const segment::Registry& registry() const { return registry_; }

 private:
  std::shared_ptr<const catalog::Kinds> kinds_;
  std::shared_ptr<const catalog::Definitions> definitions_;
  std::shared_ptr<const catalog::Sources> sources_;
  std::shared_ptr<const catalog::IdentityRules> rules_;
  std::shared_ptr<const segment::Plan> plan_;
  segment::Registry registry_;
  bool registry_changed_ = false;  // since the last cut
  std::uint32_t next_source_ = 1;
  std::vector<catalog::StoredVersion> changed_;  // since the last cut
  std::vector<SourceId> changed_sources_;
};

// Why records of the newest thousand that were refused had no effect: for whoever sent them. No part of state.
class Refusals {
 public:
  void add(Offset offset, std::string why);
  std::optional<std::string> find(Offset offset) const;

 private:
  static constexpr std::size_t kKept = 1000;
  std::deque<std::pair<Offset, std::string>> kept_;
};

}  // namespace tessera::engine
