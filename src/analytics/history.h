// Events of the history as they once were told, so that they can be folded again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "event/event.h"
#include "segment/plan.h"
#include "table/database.h"

namespace tessera::analytics {

struct HistoryQuery {
  Offset until;                   // of records up to here
  std::optional<Timestamp> from;  // that did not occur before
  std::uint64_t first = 0;        // of parts by the number of the profile that they were born as: [first, end)
  std::uint64_t end = ~std::uint64_t{0};
  // Their types, and of each the names; no names: any.
  std::map<event::EventType, std::set<std::string>> events;
  const std::vector<bool>* parts = nullptr;  // which of them, by number; null: all
  bool properties = false;                   // whether these are read
  bool context = false;
};

// An event as conditions see it: type, name, occurred_at, and what was asked for.
struct HistoryEvent {
  PartId part;
  Offset offset;
  std::uint32_t index = 0;  // as live: that of Tessera's own, 0 of all others
  SourceId source;
  event::Event event;  // its texts are good until the next one is read
};

// False: that is enough.
using TakeEvent = std::function<bool(const HistoryEvent&)>;

// In the order of the log. Any thread that owns the connection.
Status read_history(table::Connection& connection, const HistoryQuery& query, const TakeEvent& take);

// How many there are, whatever `query.parts` says.
Result<std::uint64_t> count_history(table::Connection& connection, const HistoryQuery& query);

// What some features of a plan (indices) ask the history, at `now`; parts and `until` are the caller's to set.
HistoryQuery history_query(const segment::Plan& plan, std::span<const std::uint32_t> features, Timestamp now);

}  // namespace tessera::analytics
