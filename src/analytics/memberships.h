// How many members a segment had over time, counted from who entered and who left.
#pragma once

#include <span>
#include <string_view>

#include "analytics/analytics.h"
#include "base/result.h"
#include "table/database.h"

namespace tessera::analytics {

// Any thread that owns the connection. See Analytics::membership_history.
Result<MembershipHistory> read_memberships(table::Connection& connection, std::string_view segment,
                                           std::span<const Timestamp> begins, Timestamp end);

}  // namespace tessera::analytics
