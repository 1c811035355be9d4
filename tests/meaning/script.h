// Anything that may happen to a few people, at random: events that merge them, corrections that part them again,
// definitions that change, and cuts and reloads in the midst of it.
#pragma once

#include <set>
#include <string>

#include "life.h"
#include "oracle.h"
#include "published.h"
#include "told.h"

namespace tessera::meaning {

class Script {
 public:
  // `names`: what conditions may do; it begins at `names.near`.
  Script(Oracle& oracle, const Names& names)
      : oracle_(oracle), names_(names), product_(questions_), life_(names.near) {}

  void publish();
  void happen();         // one thing, whatever it is
  void send_anything();  // an event
  // An event that tells nothing but that two identifiers are one person's.
  void introduce(const event::Identifier& one, const event::Identifier& other);
  void correct_something();
  void list_somebody();
  // Tables of what everybody has, made by both, of all that does not wait for the history.
  void make_ranks();

  // While a sweep or a backfill is under way, that Tessera and SQL agree on who is in which segment: those whom a sweep
  // has not reached yet are still in what they were in, and segments that wait for the history have no new members.
  void check_amid_change();
  void settle();
  // When all is settled: lets time pass, and nothing else. That meanwhile everybody entered and left at the very
  // instant that SQL says, and that it agrees on all there is when the time has passed.
  void check();

  Life& life() { return life_; }
  const Published& published() const { return published_; }
  ToldOfAll told_by_product() { return product_.people(life_, published_); }

 private:
  // What somebody did, and when.
  struct Deed {
    std::string identifier_type;
    std::string identifier;
    Timestamp at;
  };

  Timestamp any_moment();
  Timestamp any_moment_beside(const Deed& deed);
  std::int64_t any_tick();
  std::string everything_published() const;
  std::string history();
  void check_pending();
  std::set<std::string> waiting() const { return published_.that_wait(questions_, filled_); }
  static ToldOfAll without(const std::set<std::string>& names, ToldOfAll all);
  static std::set<Timestamp> any_moments(Timestamp begin, Timestamp end, const std::vector<Passage>& passages);
  void fail_if(const std::string& differences, const std::string& when);
  void check_members();
  void check_features();

  Oracle& oracle_;
  const Names names_;
  Questions questions_;
  Product product_;
  Life life_;
  Published published_;
  std::set<std::string> filled_;  // questions that are answered from all of history
  ToldOfAll before_sweep_;        // memberships when the sweep began
  std::vector<std::pair<SourceId, std::string>> sent_;
  std::vector<Deed> deeds_;
  int messages_ = 0;
};

}  // namespace tessera::meaning
