// A Tessera without threads and files: the machines over a store in memory, and the log that they are fed from.
// Whatever happens is a record; cuts may be under way meanwhile, and a reload forgets all but the last cut and applies
// the log again from there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/list.h"
#include "engine/machines.h"
#include "identity/correction.h"
#include "testing/memory_store.h"

namespace tessera::meaning {

// An event as the history has it: what sources sent and took effect, and who entered and left which segment.
struct Row {
  std::uint64_t offset = 0;
  std::uint32_t index = 0;  // among the effects of one record
  std::uint64_t part = 0;
  std::string source;
  bool trusted = false;
  std::string type;
  std::string event;
  Timestamp occurred_at;
  std::string properties;
  std::string traits;
  std::string group_id;  // of a group call that was not refused
};

// Into a segment, or out of it.
struct Passage {
  std::uint64_t profile = 0;
  std::string segment;
  bool entered = false;
  Timestamp at;
};

const std::vector<std::string>& source_names();  // by id, from 1; the first is public, the others are trusted

class Life {
 public:
  explicit Life(Timestamp begin);

  // Each is a record.
  void send(SourceId source, const std::string& event);  // event::Event, stored form
  void publish(const catalog::ChangeSet& set);
  void correct(const identity::Correction& correction);
  void tick(std::int64_t ms);
  void sweep_some(std::uint64_t people);    // nothing if no sweep is under way
  void backfill_some(std::uint64_t parts);  // nothing if none is under way
  void settle();                            // until nothing is under way any more
  void make_ranks();
  void list(const engine::ListStep& step);
  void forget_list(const std::string& segment) { listed_.erase(segment); }

  void go_on_with_cut(std::size_t count);  // begins one if none is under way
  void cut();
  void reload();

  // How fresh machines end that apply the same log, with a cut or a reload after records of their own choice.
  std::string digest();
  std::string digest_of_another_run();

  engine::Machines& machines() { return *machines_; }
  Offset position() const { return machines_->position(); }
  const std::vector<Row>& rows() const { return rows_; }
  // As effects told: segment → ids of profiles.
  const std::map<std::string, std::set<std::uint64_t>>& members() const { return members_; }
  std::size_t accepted() const { return accepted_; }  // events that took effect
  std::vector<ProfileId> people();                    // all there are now
  bool is_listed(const std::string& segment, PartId part) const;
  Timestamp time() const { return time_; }  // of the next record
  // Who entered or left segments with the last record, and when.
  const std::vector<Passage>& last_passages() const { return last_passages_; }
  bool is_sweeping() const { return machines_->core().sweep().is_under_way(); }
  bool is_backfilling() const { return machines_->core().backfill().is_under_way(); }
  // The effects of the last record: "kind name profile part".
  const std::vector<std::string>& last_effects() const { return effects_.back(); }
  // The parts that the last record moved, with where to.
  const std::vector<std::pair<PartId, ProfileId>>& last_moves() const { return last_moves_; }

 private:
  struct Stored {
    Timestamp time;
    log::RecordKind kind;
    SourceId source;
    std::string body;
  };
  void append(log::RecordKind kind, SourceId source, std::string body);
  log::Record record(std::size_t index) const;  // from 0
  void tell(const engine::EffectBatch& batch);
  void tell_event(const engine::Effect& effect);
  void tell_membership(const engine::Effect& effect);
  std::uint64_t profile_of(std::uint64_t part) const;

  testing::MemoryStore store_;
  std::unique_ptr<engine::Machines> machines_;
  std::unique_ptr<storage::CutBatch> cut_;  // null: none is under way
  std::vector<Stored> log_;
  std::vector<std::vector<std::string>> effects_;  // by record
  Timestamp time_;
  std::vector<Row> rows_;
  std::map<std::uint64_t, std::uint64_t> moved_;  // part → profile
  std::map<std::string, std::set<std::uint64_t>> members_;
  std::map<std::string, std::set<std::uint64_t>> listed_;  // parts, by segment
  std::vector<std::pair<PartId, ProfileId>> last_moves_;
  std::size_t accepted_ = 0;
  std::vector<Passage> last_passages_;
};

}  // namespace tessera::meaning
