#include "cli/import_report.h"

#include <algorithm>

#include "cli/text.h"

namespace tessera::cli {

namespace {

void tell_refused(const Refused& refused, std::uint64_t count, std::ostream& out) {
  if (count == 0) return;
  for (const std::string& example : refused.examples) out << "  " << example << '\n';
  if (count > refused.examples.size()) {
    out << "  … and " << with_separators(count - refused.examples.size()) << " more\n";
  }
  out << "All of them are in " << refused.path << ": repair them there and import that file.\n";
}

}  // namespace

void tell_import(const ImportSummary& summary, bool dry_run, const std::string& first_events, const Refused& rows,
                 const Refused& events, std::ostream& out) {
  out << "rows read          " << with_separators(summary.rows_read) << '\n';
  out << "rows rejected      " << with_separators(summary.rows_rejected) << '\n';
  if (summary.rows_unused > 0) out << "rows in no event   " << with_separators(summary.rows_unused) << '\n';
  out << "events made        " << with_separators(summary.events_made);
  for (const auto& [kind, count] : summary.events_by_kind) out << "  " << kind << ' ' << with_separators(count);
  out << '\n';
  if (dry_run) {
    out << "Nothing was sent: this was a dry run.\n" << first_events;
  } else {
    out << "events accepted    " << with_separators(summary.events_accepted)
        << " (what the server had already counts once)\n";
    out << "events rejected    " << with_separators(summary.events_rejected) << '\n';
  }
  tell_refused(rows, summary.rows_rejected, out);
  tell_refused(events, summary.events_rejected, out);
}

std::string first_event(const std::string& kind, std::uint64_t line, const std::string& event_json) {
  return "\nThe first \"" + kind + "\" (line " + std::to_string(line) + "):\n" + event_json.substr(0, 2'000) +
         (event_json.size() > 2'000 ? "…" : "") + "\n";
}

std::unexpected<Error> import_stopped(Error why, std::uint64_t accepted) {
  return annotate(std::move(why),
                  "the import stopped after " + with_separators(accepted) +
                      " accepted events (run it again when the cause is gone: none of them counts twice)");
}

SenderOptions sender_options(const ImportOptions& options, const std::string& write_key) {
  SenderOptions sender;
  sender.client = {.base_url = options.server.url,
                   .basic_user = write_key,
                   .timeout_ms = 60'000,
                   .verify_tls = !options.server.insecure,
                   .ca_file = options.server.ca_file};
  sender.requests_at_once = std::clamp(options.requests_at_once, 1, 64);
  return sender;
}

}  // namespace tessera::cli
