// The command line: what there is to say to `tessera`, and who does it.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "access/tokens.h"
#include "app/serve.h"
#include "app/version.h"
#include "cli/admin_commands.h"
#include "cli/correction_commands.h"
#include "cli/definition_commands.h"
#include "cli/import_command.h"
#include "cli/mapping_try.h"
#include "cli/segment_commands.h"
#include "cli/segment_lists.h"
#include "cli/sql_command.h"
#include "simulator/simulate.h"

namespace tessera::app {
namespace {

std::atomic<bool> interrupted = false;

int finish(const Status& status) {
  if (status) return 0;
  std::fflush(stdout);
  std::fprintf(stderr, "tessera: %s\n", status.error().message.c_str());
  return 1;
}

void add_server_options(CLI::App& command, cli::ServerOptions& server) {
  command.add_option("--url", server.url, "the server")->capture_default_str();
  command.add_option("--token", server.token, "its bearer token; else $TESSERA_TOKEN, else --token-file");
  command.add_option("--token-file", server.token_file, "a file that holds the token");
  command.add_option("--ca-file", server.ca_file, "PEM file of a private certificate authority");
  command.add_flag("--insecure", server.insecure, "do not check the server's certificate");
}

void add_serve(CLI::App& app, ServeOptions& o) {
  auto& serve = *app.add_subcommand("serve", "Run the server");
  serve.add_option("--data", o.data, "folder for everything it keeps")->capture_default_str();
  serve.add_option("--listen", o.listen, "address:port")->capture_default_str();
  serve.add_option("--tls-cert", o.tls_certificate, "PEM file with the certificate chain");
  serve.add_option("--tls-key", o.tls_key, "PEM file with its key");
  serve.add_option("--public-url", o.public_url, "what browsers reach the server under");
  serve.add_option("--token-file", o.token_file, "write the first token there too");
  serve.add_option("--io-threads", o.io_threads, "threads that read and write sockets")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  serve.add_option("--cache-mb", o.cache_mb, "decoded state kept in memory")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str();
  serve.add_option("--analytics-mb", o.analytics_mb, "DuckDB's memory")
      ->check(CLI::Range(64, 1 << 20))
      ->capture_default_str();
  serve.add_option("--log-segment-mb", o.segment_mb, "size of the log's files")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  serve.add_option("--log-days", o.log_days, "how long the log is kept")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  serve.add_option("--cut-seconds", o.cut_seconds, "time between durable cuts of the state")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  serve.add_option("--rank-at", o.rank_at, "HH:MM, UTC, when everyone is compared anew each day")
      ->capture_default_str();
  serve.add_option("--seen-limit", o.seen_limit, "message ids remembered for de-duplication")->capture_default_str();
  serve.add_option("--disk-reserve", o.disk_reserve, "free share of the disk below which nothing is taken in")
      ->check(CLI::Range(0.0, 0.9))
      ->capture_default_str();
  serve.add_flag("--accept-clock", o.accept_clock, "the clock is right although it is over 30 days past the log");
  serve.final_callback([&o] { throw CLI::RuntimeError(finish(app::serve(o))); });
}

void add_sql(CLI::App& app, cli::SqlOptions& o, std::string& format) {
  auto& sql = *app.add_subcommand(
      "sql", "Ask the history in SQL, e.g. tessera sql \"SELECT event, count(*) FROM events GROUP BY 1\"");
  sql.add_option("query", o.query, "one statement that reads; - reads it from standard input")->required();
  sql.add_option("--format", format, "table, csv or json")->capture_default_str();
  add_server_options(sql, o.server);
  sql.final_callback([&o, &format] {
    if (o.query == "-") o.query.assign(std::istreambuf_iterator<char>(std::cin), {});
    const auto parsed = cli::parse_sql_format(format);
    if (!parsed) throw CLI::RuntimeError(finish(std::unexpected(parsed.error())));
    o.format = *parsed;
    throw CLI::RuntimeError(finish(cli::run_sql(o, std::cout, std::cerr)));
  });
}

void add_import(CLI::App& app, cli::ImportOptions& o) {
  auto& import = *app.add_subcommand("import", "Send the rows of a CSV, NDJSON or Parquet file as events");
  import.add_option("file", o.file, "CSV or NDJSON, each also gzipped, or Parquet")->required();
  import.add_option("--source", o.source, "the source they come from; else the one that the mapping names");
  import.add_option("--mapping", o.mapping, "how rows become events (docs/import.md)")->required();
  import.add_option("--write-key", o.write_key, "the source's; else $TESSERA_WRITE_KEY, else asked of the server");
  import.add_option("--header", o.headers, "name=value, for mappings in CEL that look at headers; may be repeated");
  import.add_option("--rejects", o.rejects, "where refused rows go; else FILE.rejects.csv");
  import.add_option("--temp-dir", o.temp_dir, "for rows while they are grouped");
  import.add_flag("--dry-run", o.dry_run, "everything but sending; shows the first event of each kind");
  import.add_option("--limit", o.limit, "at most so many events; 0: all")->capture_default_str();
  import.add_option("--requests", o.requests_at_once, "requests under way at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  add_server_options(import, o.server);
  import.final_callback([&o] {
    o.terminal = ::isatty(STDOUT_FILENO) != 0;
    const auto summary = cli::run_import(o, std::cout);
    throw CLI::RuntimeError(finish(summary ? Status() : Status(std::unexpected(summary.error()))));
  });
}

// 0: as it should be; 1: it is not, and was told; 2: it could not be found out.
int finish_comparing(const Result<bool>& good) {
  if (good) return *good ? 0 : 1;
  finish(std::unexpected(good.error()));
  return 2;
}

void add_folder_commands(CLI::App& app, cli::FolderOptions& o) {
  auto& apply = *app.add_subcommand("apply", "Publish what a folder of definitions has and the server has not");
  apply.add_option("folder", o.folder, "YAML and JSON files (docs/definitions.md)")->required();
  apply.add_flag("--dry-run", o.dry_run, "check and show, change nothing");
  apply.add_flag("--prune", o.prune, "archive what is not in the folder");
  add_server_options(apply, o.server);
  apply.final_callback([&o] { throw CLI::RuntimeError(finish_comparing(cli::run_apply(o, std::cout, std::cerr))); });

  auto& diff = *app.add_subcommand("diff", "Show how a folder of definitions and the server differ");
  diff.add_option("folder", o.folder, "YAML and JSON files")->required();
  add_server_options(diff, o.server);
  diff.final_callback([&o] { throw CLI::RuntimeError(finish_comparing(cli::run_diff(o, std::cout, std::cerr))); });

  auto& exporting = *app.add_subcommand("export", "Write the definitions in force to a folder");
  exporting.add_option("folder", o.folder, "gets <kind>/<name>.yaml")->required();
  add_server_options(exporting, o.server);
  exporting.final_callback([&o] {
    const Status done = cli::run_export(o, std::cout);
    throw CLI::RuntimeError(finish(done) == 0 ? 0 : 2);
  });
}

void add_uses(CLI::App& app, cli::UsesOptions& o) {
  auto& uses = *app.add_subcommand("uses", "Show which definitions in force name one of them");
  uses.add_option("kind", o.kind, "segment, trait, purpose, source, …")->required();
  uses.add_option("name", o.name, "the definition's")->required();
  add_server_options(uses, o.server);
  uses.final_callback([&o] { throw CLI::RuntimeError(finish(cli::run_uses(o, std::cout))); });
}

void add_mapping(CLI::App& app, cli::MappingTryOptions& o) {
  auto& mapping = *app.add_subcommand("mapping", "Mappings: other systems' documents as events")->require_subcommand(1);
  auto& trial = *mapping.add_subcommand("try", "Check mappings, and show what events they make of a document");
  trial.add_option("file", o.file, "definitions, YAML or JSON (docs/mapping.md)")->required();
  trial.add_option("--name", o.name, "the mapping to try; else all in the file");
  trial.add_option("--input", o.input, "the document, a JSON file; - is standard input; else they are only checked");
  trial.add_option("--header", o.headers, "name=value, a header that comes with it; may be repeated");
  trial.add_option("--query", o.query, "name=value, a parameter of its URL; may be repeated");
  trial.final_callback([&o] {
    o.received_at = SystemClock().wall();
    throw CLI::RuntimeError(finish_comparing(cli::run_mapping_try(o, std::cin, std::cout, std::cerr)));
  });
}

// The file, or standard output where none is named.
Status export_segment(const cli::SegmentOptions& o) {
  if (o.file.empty() || o.format == cli::ExportFormat::kParquet) return cli::run_segment_export(o, std::cout);
  std::ofstream file(o.file, std::ios::binary | std::ios::trunc);
  if (!file) return error(Code::kInvalidArgument, "cannot write to " + o.file);
  return cli::run_segment_export(o, file);
}

void add_segment(CLI::App& app, cli::SegmentOptions& o, std::string& format) {
  auto& segment = *app.add_subcommand("segment", "Who is in which segment, and why")->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Status (*run)(const cli::SegmentOptions&, std::ostream&)) {
    auto& command = *segment.add_subcommand(name, help);
    const bool is_of_one =
        run != cli::run_segment_list && run != cli::run_segment_overlap && run != cli::run_segment_preview;
    if (is_of_one) command.add_option("name", o.name, "the segment's")->required();
    add_server_options(command, o.server);
    command.final_callback([&o, run] { throw CLI::RuntimeError(finish(run(o, std::cout))); });
    return &command;
  };
  add("list", "All segments in force, and how many are in each", cli::run_segment_list);
  add("show", "One segment and its condition", cli::run_segment_show);
  add("members", "The first of its members", cli::run_segment_members)
      ->add_option("--limit", o.limit, "how many are shown")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  auto& why = *add("why", "Why somebody is in it, or not", cli::run_segment_why);
  why.add_option("profile", o.profile, "an id, or an identifier such as email:jane@example.com")->required();
  why.add_option("--at", o.at, "a time of the past, such as 2026-11-01T00:00:00Z; else now");
  auto& preview = *add("preview", "What it would be, before it is published", cli::run_segment_preview);
  preview.add_option("file", o.file, "a segment, as YAML or JSON");
  preview.add_option("--condition", o.condition, "the text of one instead");
  preview.add_option("--profile", o.profile, "whom to explain: an id, or an identifier as type:value");
  preview.add_flag("--exact", o.exact, "look at everybody, up to 100,000 people");
  add("overlap", "How many members segments have together", cli::run_segment_overlap)
      ->add_option("names", o.names, "two segments to five")
      ->required();
  auto& history = *add("history", "How many members it had over time", cli::run_segment_history);
  history.add_option("--every", o.every, "hour, day, week or month")->capture_default_str();
  history.add_option("--from", o.from, "a date or a time; else 30 days before --to");
  history.add_option("--to", o.to, "a date or a time, not included; else now");
  history.add_option("--zone", o.zone, "whose days these are, such as Europe/Berlin")->capture_default_str();
  auto& exporting = *add("export", "All its members with identifiers and traits", cli::run_segment_export);
  exporting.add_option("--format", format, "csv, ndjson or parquet")->capture_default_str();
  exporting.add_option("--traits", o.traits, "csv, parquet: a column for each of these; else one with all")
      ->delimiter(',');
  exporting.add_option("--file", o.file, "where it goes; else to standard output, but not parquet");
  exporting.final_callback([&o, &format] {
    const auto parsed = cli::parse_export_format(format);
    if (!parsed) throw CLI::RuntimeError(finish(std::unexpected(parsed.error())));
    o.format = *parsed;
    throw CLI::RuntimeError(finish(export_segment(o)));
  });
}

// Of the command `segment`.
void add_segment_lists(CLI::App& app, cli::SegmentListOptions& o) {
  auto& segment = *app.get_subcommand("segment");
  const auto add = [&](const char* name, const char* help,
                       Status (*run)(const cli::SegmentListOptions&, std::ostream&)) {
    auto& command = *segment.add_subcommand(name, help);
    if (run != cli::run_segment_ranks) command.add_option("name", o.name, "the segment's")->required();
    add_server_options(command, o.server);
    command.final_callback([&o, run] { throw CLI::RuntimeError(finish(run(o, std::cout))); });
    return &command;
  };
  auto& upload = *add("upload", "Put the people of a file on its list", cli::run_segment_upload);
  upload.add_option("file", o.file, "CSV with a column named as a type of identifier or profile, or a value a line")
      ->required();
  upload.add_option("--identifier", o.identifier, "which column, or what the values are: email, user_id, profile, …");
  upload.add_flag("--replace", o.replace, "whoever is not in the file is taken off");
  upload.add_flag("--create", o.create, "publish the list first, if there is no such segment");
  upload.add_option("--owner", o.owner, "of a list that is created");
  upload.add_option("--description", o.description, "of a list that is created");
  upload.add_option("--rejects", o.rejects, "a file for those whom nobody knows");
  auto& freeze = *add("freeze", "Make a list of those who are members now", cli::run_segment_freeze);
  freeze.add_option("--as", o.as, "what the list is called")->required();
  freeze.add_option("--description", o.description, "whom it means");
  add("ranks", "What everyone is compared by", cli::run_segment_ranks)
      ->add_flag("--now", o.now, "compare everyone anew, before the next night");
}

void add_corrections(CLI::App& app, cli::CorrectionOptions& o) {
  auto& unmerge = *app.add_subcommand("unmerge", "Take parts out of a person: they are somebody else");
  unmerge.add_option("profile", o.profile, "an id, or an identifier such as email:jane@example.com")->required();
  unmerge.add_option("parts", o.parts, "those that are somebody else")->required();
  unmerge.add_flag("--keep-apart", o.keep_apart, "no event may join the two again");
  add_server_options(unmerge, o.server);
  unmerge.final_callback([&o] { throw CLI::RuntimeError(finish(cli::run_unmerge(o, std::cout))); });

  auto& detach = *app.add_subcommand("detach", "Say that an identifier was wrong: take it off, and apart what it held");
  detach.add_option("profile", o.profile, "whose it is not")->required();
  detach.add_option("identifier", o.identifier, "as type:value")->required();
  add_server_options(detach, o.server);
  detach.final_callback([&o] { throw CLI::RuntimeError(finish(cli::run_detach(o, std::cout))); });
}

// A folder of definitions as the simulator wants it: in force, or an error that says what is wrong.
Status publish_folder(const cli::ServerOptions& server, const std::string& folder) {
  std::ostringstream shown;
  std::ostringstream problems;
  TRY_ASSIGN(const bool good, cli::run_apply({.server = server, .folder = folder}, shown, problems));
  return good ? Status() : error(Code::kInvalidArgument, problems.str());
}

void add_simulate(CLI::App& app, simulator::SimulateOptions& o, cli::FolderOptions& setup) {
  cli::ServerOptions& server = setup.server;
  setup.folder = "examples/grocer";
  auto& simulate = *app.add_subcommand("simulate", "Play a simulated grocer into a server");
  simulate.add_option("--setup", setup.folder, "folder of its definitions, which are published first")
      ->capture_default_str();
  simulate.add_option("--seed", o.seed, "the same seed makes the same town")->capture_default_str();
  simulate.add_option("--households", o.households, "how many")->capture_default_str();
  simulate.add_option("--days", o.days, "of history, up to now")->capture_default_str();
  simulate.add_option("--live", o.live_rate, "events a second after the history; 0: none")->capture_default_str();
  simulate.add_option("--live-seconds", o.live_seconds, "for how long; 0: until interrupted")->capture_default_str();
  simulate.add_flag("--only-if-empty", o.only_if_empty, "play no history into a server that knows people already");
  simulate.add_flag("--tour", o.tour, "print where to look");
  simulate.add_option("--truth", o.truth_path, "write who is who, as JSON lines");
  simulate.add_option("--command", o.command, "how the tour's command lines are to begin")->capture_default_str();
  add_server_options(simulate, server);
  simulate.final_callback([&o, &setup, &server] {
    const auto token = cli::find_token(server);
    if (!token) throw CLI::RuntimeError(finish(std::unexpected(token.error())));
    o.url = server.url;
    o.token = *token;
    o.token_file = server.token_file;
    o.terminal = ::isatty(STDOUT_FILENO) != 0;
    o.publish = [&setup] { return publish_folder(setup.server, setup.folder); };
    o.interrupted = [] { return interrupted.load(); };
    ::signal(SIGINT, [](int) { interrupted = true; });
    ::signal(SIGTERM, [](int) { interrupted = true; });
    throw CLI::RuntimeError(finish(simulator::run_simulate(o, std::cout)));
  });
}

Status make_token(const std::string& data) {
  SystemClock clock;
  TRY_ASSIGN(auto tokens, access::Tokens::open(data + "/access", clock));
  TRY_ASSIGN(const std::string token, tokens->make());
  std::printf("%s\n", token.c_str());
  return {};
}

// Everything a command line can set.
struct Settings {
  ServeOptions serve;
  cli::SqlOptions sql;
  std::string sql_format = "table";
  cli::ImportOptions import;
  cli::FolderOptions folder;
  cli::FolderOptions setup;
  cli::UsesOptions uses;
  cli::SegmentOptions segment;
  std::string segment_format = "csv";
  cli::SegmentListOptions segment_list;
  cli::CorrectionOptions correction;
  cli::MappingTryOptions mapping_try;
  simulator::SimulateOptions simulate;
  cli::ServerOptions server;
  std::string data = "data";
};

int run(int argc, char** argv) {
  CLI::App app{"Tessera: customer data, loyalty and campaigns in one server", "tessera"};
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(1);
  Settings settings;
  add_serve(app, settings.serve);
  add_sql(app, settings.sql, settings.sql_format);
  add_import(app, settings.import);
  add_folder_commands(app, settings.folder);
  add_uses(app, settings.uses);
  add_segment(app, settings.segment, settings.segment_format);
  add_segment_lists(app, settings.segment_list);
  add_corrections(app, settings.correction);
  add_mapping(app, settings.mapping_try);
  add_simulate(app, settings.simulate, settings.setup);

  auto& status = *app.add_subcommand("status", "What a running server says of itself");
  add_server_options(status, settings.server);
  status.final_callback([&] { throw CLI::RuntimeError(finish(cli::run_status(settings.server, std::cout))); });

  auto& digest = *app.add_subcommand("digest", "A hash over all of a running server's state");
  add_server_options(digest, settings.server);
  digest.final_callback([&] { throw CLI::RuntimeError(finish(cli::run_digest(settings.server, std::cout))); });

  auto& token = *app.add_subcommand("token", "Bearer tokens of a data folder")->require_subcommand(1);
  auto& make = *token.add_subcommand("new", "Make another one and show it, this once");
  make.add_option("--data", settings.data, "the server's data folder")->capture_default_str();
  make.final_callback([&] { throw CLI::RuntimeError(finish(make_token(settings.data))); });

  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace tessera::app

int main(int argc, char** argv) {
  return tessera::app::run(argc, argv);
}
