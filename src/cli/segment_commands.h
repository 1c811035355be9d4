// `tessera segment list | show | members | export | why`: who is in which segment, and why (docs/segments.md).
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

enum class ExportFormat : std::uint8_t { kCsv, kNdjson };

// "csv" or "ndjson".
Result<ExportFormat> parse_export_format(std::string_view name);

struct SegmentOptions {
  ServerOptions server;
  std::string name;          // of the segment
  std::string profile;       // why: an id, or an identifier as type:value
  std::uint32_t limit = 20;  // members: how many are shown
  ExportFormat format = ExportFormat::kCsv;
  std::vector<std::string> traits;  // export as CSV: a column for each; none: one column with all of them as JSON
};

// All segments in force and how many are in each.
Status run_segment_list(const SegmentOptions& options, std::ostream& out);
// One segment: what it says, and how many are in it.
Status run_segment_show(const SegmentOptions& options, std::ostream& out);
// Its first members, as a table.
Status run_segment_members(const SegmentOptions& options, std::ostream& out);
// All its members with identifiers and traits, page by page. CSV (RFC 4180) has a column for each type of identifier,
// several values of one person separated by spaces; NDJSON has an object a line, as the API gives it.
Status run_segment_export(const SegmentOptions& options, std::ostream& out);
// Whether a person is in it, and what each part of the condition comes to.
Status run_segment_why(const SegmentOptions& options, std::ostream& out);

}  // namespace tessera::cli
