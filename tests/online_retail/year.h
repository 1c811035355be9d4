// A server's log, played again as if each event had come at the moment at which it happened: the machines over a store
// in memory, with record times of then. An import tells of a year in some seconds, and what slides with time has
// nothing to slide over; here the year passes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "engine/machines.h"
#include "engine/view.h"
#include "segment/folding.h"
#include "testing/memory_store.h"

namespace tessera::online_retail {

struct Happened {
  Timestamp at;
  SourceId source;
  std::string event;  // event::Event, stored form
};

struct Log {
  std::vector<catalog::ChangeSet> sources;
  std::vector<catalog::ChangeSet> conditions;  // segments and computed traits
  std::vector<Happened> events;                // in the order of their time, then of the log
};
// Of the folder that a stopped server kept its log in.
Result<Log> read_log(const std::string& folder);

struct Counters {
  std::uint64_t records = 0;
  std::uint64_t ticks = 0;
  std::uint64_t moves = 0;          // who entered or left
  std::uint64_t moves_by_time = 0;  // of them those that no event brought about
};

// Time passes by `pass_to` and by events; everything is a record. What goes wrong ends the program, with a word why.
class Year {
 public:
  Year();

  void publish(const catalog::ChangeSet& set, Timestamp at);
  void send(const Happened& happened);
  // Time comes to `at`, and everybody who is due by then is looked at.
  void pass_to(Timestamp at);
  // A step of the backfill and one of the sweep that are under way, if they are.
  void go_on();
  void end_sweep();
  // Everyone is compared anew, for percentile(…), and looked at.
  void rank();

  engine::MachinesView view() { return engine::MachinesView(machines_); }
  std::vector<ProfileId> people();
  const Counters& counters() const { return counters_; }

 private:
  struct Row {
    segment::Moment moment;
    SourceId source;
    std::string event;
  };
  void append(log::RecordKind kind, SourceId source, std::string_view body);
  void tell(const engine::EffectBatch& effects);
  void fill_on();
  bool sweep_on();
  std::string known_of(PartId part, const engine::BackfillSnapshot& fill);

  testing::MemoryStore store_;
  engine::Machines machines_;
  segment::Folder folder_;                             // the history's reader
  std::map<std::uint64_t, std::vector<Row>> history_;  // by part
  Timestamp time_;
  Counters counters_;
};

}  // namespace tessera::online_retail
