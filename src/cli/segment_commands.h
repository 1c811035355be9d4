// `tessera segment list | show | members | export | why | preview | overlap | history`: who is in which segment or
// would be, and why, and how many are and were (docs/segments.md).
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

enum class ExportFormat : std::uint8_t { kCsv, kNdjson, kParquet };

// "csv", "ndjson" or "parquet".
Result<ExportFormat> parse_export_format(std::string_view name);

struct SegmentOptions {
  ServerOptions server;
  std::string name;          // of the segment
  std::string profile;       // why, preview: an id, or an identifier as type:value
  std::uint32_t limit = 20;  // members: how many are shown
  ExportFormat format = ExportFormat::kCsv;
  std::string file;  // export as Parquet: where it goes; the other formats go to a stream. preview: a segment
  std::vector<std::string> traits;  // export, not NDJSON: a column for each; none: one column with all of them as JSON
  std::vector<std::string> names;   // overlap: two segments to five
  std::string every = "day";        // history: hour, day, week or month
  std::string from;                 // history: dates or times; empty: the last thirty days
  std::string to;
  std::string zone = "UTC";  // history: whose days and weeks
  std::string at;            // why: a time of the past; empty: now
  std::string condition;     // preview: or `file`
  bool exact = false;        // preview
};

// All segments in force and how many are in each.
Status run_segment_list(const SegmentOptions& options, std::ostream& out);
// One segment: what it says, and how many are in it.
Status run_segment_show(const SegmentOptions& options, std::ostream& out);
// Its first members, as a table.
Status run_segment_members(const SegmentOptions& options, std::ostream& out);
// All its members with identifiers and traits, page by page. CSV (RFC 4180) has a column for each type of identifier,
// several values of one person separated by spaces; NDJSON has an object a line, as the API gives it; Parquet goes to
// the file that `options` names, with types (cli/member_writer.h).
Status run_segment_export(const SegmentOptions& options, std::ostream& out);
// Whether a person is in it, and what each part of the condition comes to.
Status run_segment_why(const SegmentOptions& options, std::ostream& out);
// What a segment would be, were it published: how many, who for example, what it costs, and why somebody is in it.
Status run_segment_preview(const SegmentOptions& options, std::ostream& out);
// How many members segments have together, as a table.
Status run_segment_overlap(const SegmentOptions& options, std::ostream& out);
// How many members a segment had at each step of time, with a bar for each.
Status run_segment_history(const SegmentOptions& options, std::ostream& out);

}  // namespace tessera::cli
