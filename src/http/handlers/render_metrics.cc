#include <fmt/format.h>

#include <iterator>

#include "http/handlers/operation.h"

namespace tessera::http {

namespace {

enum class Kind : std::uint8_t { kCounter, kGauge };

// One figure with its help.
void append_figure(std::string& out, std::string_view name, Kind kind, std::string_view help, std::uint64_t value) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help,
                 kind == Kind::kCounter ? "counter" : "gauge", value);
}

void append_engine(std::string& out, const engine::Stats& stats) {
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    append_figure(out, name, Kind::kCounter, help, value);
  };
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    append_figure(out, name, Kind::kGauge, help, value);
  };
  counter("tessera_events_total", "Events that took effect", stats.events);
  counter("tessera_duplicates_total", "Events dropped by message id", stats.duplicates);
  counter("tessera_rejected_total", "Items quarantined", stats.rejected);
  counter("tessera_merges_total", "Profiles merged", stats.merges);
  counter("tessera_unmerges_total", "Profiles that came out of another", stats.unmerges);
  gauge("tessera_profiles", "People known", stats.profiles);
  gauge("tessera_groups", "Households and companies known", stats.groups);
  gauge("tessera_synced_position", "Newest record that is durable", stats.synced.value);
  gauge("tessera_applied_position", "Newest record that took effect", stats.applied.value);
  gauge("tessera_cut_position", "Newest durable cut", stats.cut.value);
  counter("tessera_cuts_total", "Cuts since the start", stats.cuts);
  gauge("tessera_last_cut_ms", "How long the last cut took", stats.last_cut_ms);
  gauge("tessera_cache_bytes", "State kept in memory", stats.cache_bytes);
  gauge("tessera_log_bytes", "The log on disk", stats.log_bytes);
  gauge("tessera_log_queue_bytes", "Records waiting to be written", stats.log_queue_bytes);
  gauge("tessera_apply_queue_bytes", "Synced records waiting to take effect", stats.apply_queue_bytes);
  gauge("tessera_seen_ids", "Message ids remembered", stats.seen);
  gauge("tessera_seen_shrunk", "1 if ids are remembered for less than their window", stats.seen_shrunk ? 1 : 0);
  gauge("tessera_clock_held", "1 while the wall clock's jump waits for consent", stats.clock_held ? 1 : 0);
  gauge("tessera_failed", "1 if the engine stopped by a failure", stats.failure.empty() ? 0 : 1);
}

void append_analytics(std::string& out, const analytics::Stats& stats) {
  append_figure(out, "tessera_history_position", Kind::kGauge, "Newest position committed to the history",
                stats.durable.value);
  append_figure(out, "tessera_history_rows_total", Kind::kCounter, "Rows written since the start", stats.rows);
  append_figure(out, "tessera_history_waiting_bytes", Kind::kGauge, "Effects waiting to be written",
                stats.waiting_bytes);
  append_figure(out, "tessera_history_file_bytes", Kind::kGauge, "The history on disk", stats.file_bytes);
  append_figure(out, "tessera_history_failed", Kind::kGauge, "1 if the last commit failed",
                stats.failure.empty() ? 0 : 1);
}

}  // namespace

std::string render_metrics(const engine::Stats& engine, const analytics::Stats& analytics, const Router& router) {
  std::string out;
  append_engine(out, engine);
  append_analytics(out, analytics);
  const auto labels = [](const Route& route) {
    return fmt::format("method=\"{}\",route=\"{}\"", method_name(route.method), route.pattern);
  };
  out += "# HELP tessera_http_requests_total Requests answered\n# TYPE tessera_http_requests_total counter\n";
  for (const auto& route : router.routes()) route->metrics.append_counts(out, labels(*route));
  out += "# HELP tessera_http_seconds From a request's head to its answer\n# TYPE tessera_http_seconds histogram\n";
  for (const auto& route : router.routes()) route->metrics.append_latencies(out, labels(*route));
  return out;
}

}  // namespace tessera::http
