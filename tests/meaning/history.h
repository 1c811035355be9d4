// Histories made at random: what happened, through a window, with what came before or behind it. Each writes itself
// down in CEL and in SQL.
//
// In SQL a history is a list, oldest first. Its elements have a place, {'at', 'offset', 'idx'}; an event's element has
// what conditions may ask of it beside that (oracle.cc), and an element of a list in an event is "l".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "text.h"

namespace tessera::meaning {

// What conditions may name and do.
struct Names {
  struct Computed {
    std::string name;
    bool is_number = false;
  };
  std::vector<std::string> segments;
  std::vector<Computed> computed;
  bool may_watch = true;  // who enters and leaves segments
  bool windows = true;    // and all else that depends on time: sequences, lists of values, now
  bool compares = true;   // people with everybody
  Timestamp near{1'700'000'000'000};
};

struct Window {
  enum class Kind : std::uint8_t { kAll, kLast, kBetween, kCalendar };
  Kind kind = Kind::kAll;
  std::int64_t from_ms = 0;  // kLast, kBetween
  std::int64_t to_ms = 0;    // kBetween
  std::string period;        // kCalendar
  std::string zone;
  int back = 0;

  std::string plain() const;  // empty: none
  std::string any_spelling() const;
  std::string sql() const;  // of "$"; empty: all
};

struct Link;

struct History {
  std::string function = "events";
  std::vector<std::string> names;  // ascending; none: any name
  Window window;
  std::vector<Both> filter;  // all of which must hold
  std::optional<Both> each;  // a list whose elements are asked, not the event; null in SQL: there is none
  std::vector<Both> element_filter;
  std::vector<Link> links;             // all of which must hold
  std::optional<std::string> watched;  // the segment whose comings or goings it is about

  std::string plain() const;
  // Spellings differ in quotes, spaces, parentheses, the event's name, and in which filters stand where.
  std::string any_spelling() const;
  bool depends_on_time() const;
};

struct Link {
  std::string order;  // "followed_by", …
  std::int64_t within_ms = 0;
  History other;
  // What the two must have to do with each other; none: nothing. In SQL a list of one element; null for an error.
  struct Match {
    Both mine;
    std::string comparison;
    Both theirs;
  };
  std::vector<Match> matches;

  bool is_denied() const { return order.starts_with("not_"); }
};

// The lists that questions are answered from, in SQL, each under a name and kept once. Lists of a level name those of
// lower levels.
class Lists {
 public:
  std::string name_of(const History& history);
  const std::vector<std::map<std::string, std::string>>& levels() const { return levels_; }  // name by SQL

 private:
  struct Named {
    std::string name;
    std::size_t level = 0;
  };
  Named add(std::size_t level, const std::string& sql);
  Named named(const History& history);

  std::vector<std::map<std::string, std::string>> levels_;
  int count_ = 0;
};

// `depth`: how many sequences may lie within one another.
History any_history(const Names& names, int depth);
History any_comings_or_goings(const Names& names);  // of a segment

// What an element has that may be summed, or counted in another way. In SQL a list of one element; null for an error or
// what cannot be kept.
Both any_value_of(const History& history, bool is_summed);
Window any_window();
Both any_period_of_event();  // the calendar period it lies in

}  // namespace tessera::meaning
