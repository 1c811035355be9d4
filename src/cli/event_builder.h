// Makes events, as Segment's tracking API takes them, of groups of rows. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/cell.h"
#include "cli/mapping.h"
#include "cli/row_store.h"

namespace tessera::cli {

using CellRow = std::vector<Cell>;  // one for each column

// The texts of the columns `group_by` as one key; nullopt if one is empty. Different texts give different keys.
std::optional<std::string> group_key(const std::vector<std::size_t>& group_by, const CellRow& row);

// Names the event for all time: the same rows in the same mapping give the same id, so that importing them again
// changes nothing. "online-retail.1.order." and 32 hexadecimal digits: under 100 characters.
std::string message_id(const Mapping& mapping, const EventRule& rule, const RowGroup& group);

// The event's JSON, or nullopt if its conditions do not hold. `rows` are the group's rows that are in order, at least
// one. The error says what is missing.
Result<std::optional<std::string>> build_event(const Mapping& mapping, const EventRule& rule, const RowGroup& group,
                                               const std::vector<CellRow>& rows);

inline constexpr std::size_t kMaxEventBytes = 1'000'000;  // what /v1/import takes

}  // namespace tessera::cli
