// `tessera segment overlap` and `history`: figures as tables.
#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/segment_api.h"
#include "cli/segment_commands.h"
#include "cli/text_table.h"

namespace tessera::cli {

namespace {

using TextRow = std::vector<std::optional<std::string>>;

constexpr std::uint64_t kBarWidth = 40;

double number_of(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "12.3 %" of a share from 0 to 1.
std::string percent(const std::string& share) {
  const auto tenths = static_cast<std::uint64_t>(number_of(share) * 1000 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string bar(std::uint64_t size, std::uint64_t largest) {
  if (size == 0) return {};
  const std::uint64_t width = std::max<std::uint64_t>(size * kBarWidth / largest, 1);
  std::string text;
  for (std::uint64_t i = 0; i < width; ++i) text += "▇";
  return text;
}

// As much of "2026-11-01T13:00:00.000+01:00" as the steps differ in.
std::string step_text(const std::string& at, const std::string& every) {
  if (every == "month") return at.substr(0, 7);
  if (every != "hour") return at.substr(0, 10);
  return at.substr(0, 10) + " " + at.substr(std::min<std::size_t>(11, at.size()), 5);
}

// Fills the cells of two segments: how many are in both, and how much of the row's segment that is.
void fill_pair(const DocumentNode& pair, const std::vector<std::string>& names, std::vector<TextRow>& rows) {
  const auto& both = list_of(pair, "segments");
  const auto& shares = list_of(pair, "shares");
  if (both.size() != 2 || shares.size() != 2) return;
  const auto place = [&](std::size_t i) {
    return static_cast<std::size_t>(std::ranges::find(names, both[i].scalar) - names.begin());
  };
  if (place(0) == names.size() || place(1) == names.size()) return;
  const std::string count = grouped(text_of(pair, "intersection"));
  rows[place(0)][2 + place(1)] = count + " (" + percent(shares[0].scalar) + ")";
  rows[place(1)][2 + place(0)] = count + " (" + percent(shares[1].scalar) + ")";
}

}  // namespace

Status run_segment_overlap(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  std::string asked;
  for (const std::string& name : options.names) {
    asked += (asked.empty() ? "" : ",") + http_client::url_encode(name);
  }
  TRY_ASSIGN(const DocumentNode answer, api.get("/v1/segments/overlap?segments=" + asked));
  std::vector<TextColumn> columns{{.name = "segment"}, {.name = "members", .right = true}};
  std::vector<std::string> names;
  std::vector<TextRow> rows;
  for (const DocumentNode& segment : list_of(answer, "segments")) {
    names.push_back(text_of(segment, "name"));
    columns.push_back({.name = "of them in " + names.back(), .right = true});
    rows.push_back({names.back(), grouped(text_of(segment, "members"))});
  }
  for (TextRow& row : rows) row.resize(columns.size(), "");
  for (const DocumentNode& pair : list_of(answer, "pairs")) fill_pair(pair, names, rows);
  write_text_table(columns, rows, out);
  out << grouped(text_of(answer, "union")) << " people are in any of them, " << grouped(text_of(answer, "intersection"))
      << " in all (" << percent(text_of(answer, "share")) << ").\n";
  tell_filling(answer, out);
  return {};
}

Status run_segment_history(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  std::string path = SegmentApi::path_of(options.name) + "/history?every=" + http_client::url_encode(options.every) +
                     "&zone=" + http_client::url_encode(options.zone);
  if (!options.from.empty()) path += "&from=" + http_client::url_encode(options.from);
  if (!options.to.empty()) path += "&to=" + http_client::url_encode(options.to);
  TRY_ASSIGN(const DocumentNode answer, api.get(path));
  const auto& steps = list_of(answer, "steps");
  const auto size_of = [](const DocumentNode& step) {
    return static_cast<std::uint64_t>(number_of(text_of(step, "size")));
  };
  std::uint64_t largest = 1;
  for (const DocumentNode& step : steps) largest = std::max(largest, size_of(step));
  std::vector<TextRow> rows;
  for (const DocumentNode& step : steps) {
    rows.push_back({step_text(text_of(step, "at"), options.every), grouped(text_of(step, "entered")),
                    grouped(text_of(step, "exited")), grouped(text_of(step, "size")), bar(size_of(step), largest)});
  }
  write_text_table({{.name = options.every},
                    {.name = "entered", .right = true},
                    {.name = "exited", .right = true},
                    {.name = "members", .right = true},
                    {.name = ""}},
                   rows, out);
  out << "Times are of " << text_of(answer, "zone") << "; as of position " << text_of(answer, "position") << ".\n";
  return {};
}

}  // namespace tessera::cli
