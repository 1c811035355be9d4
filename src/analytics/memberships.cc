#include "analytics/memberships.h"

#include <algorithm>

#include "analytics/query.h"
#include "analytics/schema.h"

namespace tessera::analytics {

namespace {

// Source 0 is Tessera itself: an event of the same name that somebody sent is none of these.
constexpr std::string_view kChanges =
    "SELECT epoch_ms(occurred_at) AS at, event = 'Segment Entered' AS entered FROM events_stored WHERE source_id = 0 "
    "AND event IN ('Segment Entered', 'Segment Exited') AND (properties->>'segment') = $1 AND occurred_at < $2";

// The changes of each step that has any; those before the first step come first, under null.
std::string statement(std::span<const Timestamp> begins) {
  std::string list;
  for (const Timestamp begin : begins) list += (list.empty() ? "" : ", ") + std::to_string(begin.ms);
  return "SELECT s.begins, count(*) FILTER (c.entered), count(*) FILTER (NOT c.entered) FROM (" +
         std::string(kChanges) + ") c ASOF LEFT JOIN (SELECT unnest([" + list +
         "]::BIGINT[]) AS begins) s ON c.at >= s.begins GROUP BY 1 ORDER BY 1 NULLS FIRST";
}

Status take_steps(table::Rows& rows, std::span<const Timestamp> begins, std::uint64_t& members_before,
                  std::vector<MembershipStep>& steps) {
  while (true) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) return {};
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      const auto entered = static_cast<std::uint64_t>(rows.integer(1, row));
      const auto exited = static_cast<std::uint64_t>(rows.integer(2, row));
      if (rows.is_null(0, row)) {
        members_before = entered - exited;
        continue;
      }
      const auto at = std::ranges::lower_bound(begins, Timestamp{rows.integer(0, row)});
      MembershipStep& step = steps[static_cast<std::size_t>(at - begins.begin())];
      step.entered = entered;
      step.exited = exited;
    }
  }
}

}  // namespace

Result<MembershipHistory> read_memberships(table::Connection& connection, std::string_view segment,
                                           std::span<const Timestamp> begins, Timestamp end) {
  MembershipHistory history;
  history.steps.resize(begins.size());
  TRY(connection.begin_read_only());
  const ReadTransaction transaction(connection);
  TRY_ASSIGN(history.position, read_position(connection));
  TRY_ASSIGN(table::Rows rows, connection.query(statement(begins), {segment, end}));
  std::uint64_t members = 0;
  TRY(take_steps(rows, begins, members, history.steps));
  for (MembershipStep& step : history.steps) {
    members += step.entered;
    members -= step.exited;
    step.members = members;
  }
  return history;
}

}  // namespace tessera::analytics
