// Anything that may happen to a few people, at random: events that merge them, corrections that part them again,
// definitions that change, and cuts and reloads in the midst of it.
#pragma once

#include <map>
#include <string>

#include "life.h"
#include "oracle.h"
#include "published.h"
#include "told.h"

namespace tessera::meaning {

class Script {
 public:
  // `may_watch`: conditions may count who entered or left a segment.
  Script(Oracle& oracle, bool may_watch) : oracle_(oracle), may_watch_(may_watch), product_(questions_) {}

  void publish();
  void happen();         // one thing, whatever it is
  void send_anything();  // an event
  // An event that tells nothing but that two identifiers are one person's.
  void introduce(const event::Identifier& one, const event::Identifier& other);
  void correct_something();

  // That Tessera and SQL agree on everybody; after `settle` on all there is, before on who is in which segment: those
  // whom a sweep has not reached yet are still in what they were in.
  void check_amid_sweep();
  void settle() { life_.sweep_to_the_end(); }
  void check();

  Life& life() { return life_; }
  const Published& published() const { return published_; }
  ToldOfAll told_by_product() { return product_.people(life_, published_); }

 private:
  ToldOfAll told_by_sql();
  std::string everything_published() const;
  std::string history();
  void check_members();
  void check_features();

  Oracle& oracle_;
  const bool may_watch_;
  Questions questions_;
  Product product_;
  Life life_;
  Published published_;
  std::map<std::string, std::uint64_t> since_;  // by feature
  ToldOfAll before_sweep_;                      // memberships when the sweep began
  std::vector<std::pair<SourceId, std::string>> sent_;
  int messages_ = 0;
};

}  // namespace tessera::meaning
