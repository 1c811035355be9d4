// Histories as they stand in a condition's tree: `events("…", duration("90d")).filter(e, …).followed_by(events("…"),
// …)`. For this module's own sources.
#pragma once

#include <string>
#include <vector>

#include "cel/ast.h"
#include "event/event.h"
#include "segment/history.h"

namespace tessera::segment {

// A history as it was written. Expressions are over `e`: the event, behind `each` an element.
struct ParsedHistory {
  struct Link;

  event::EventType type = event::EventType::kTrack;
  std::vector<std::string> names;  // ascending; none: any
  Window window;
  cel::NodePtr filter;          // null: every one
  cel::NodePtr each;            // null: events themselves
  cel::NodePtr element_filter;  // null: every one
  std::vector<Link> links;
  bool of_elements() const { return each != nullptr; }
};
struct ParsedHistory::Link {
  struct Match {
    cel::NodePtr mine;
    History::Comparison comparison = History::Comparison::kEqual;
    cel::NodePtr theirs;
  };
  History::Order order = History::Order::kFollowedBy;
  std::int64_t within_ms = 0;
  ParsedHistory other;
  std::vector<Match> matches;  // those for kEqual first
};

bool is_origin(std::string_view function);  // "events", "pages" or "screens"
// Whether `node` is events(…), pages(…) or screens(…), or steps on one.
bool is_history(const cel::Node& node);
// Whether it is such a history, or asks something of one.
bool asks_history(const cel::Node& node);

// Reads such a node. False, and issues, if it is wrong.
bool parse_history(const cel::Node& node, ParsedHistory& out, std::vector<cel::Issue>& issues);

// The second argument of node(variable, expression), over `e`; null, and issues, if it is wrong. `at`: which argument
// the variable is.
cel::NodePtr parse_over_event(const cel::Node& node, std::size_t at, bool of_elements, std::vector<cel::Issue>& issues);

// `both` && `also`, as one conjunction.
cel::NodePtr conjunction(cel::NodePtr both, cel::NodePtr also);

// As it is written in one spelling, and the part of it before sequences out of its texts.
std::string text_of(const ParsedHistory& history);
std::string source_text(event::EventType type, const std::vector<std::string>& names, std::string_view window,
                        std::string_view filter, std::string_view each, std::string_view element_filter);

}  // namespace tessera::segment
