#include "app/serve.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>

#include "access/tokens.h"
#include "analytics/analytics.h"
#include "analytics/backfiller.h"
#include "app/version.h"
#include "catalog/purpose.h"
#include "engine/engine.h"
#include "http/api.h"
#include "http/handlers/live.h"
#include "http/live_sink.h"
#include "http/membership_sink.h"
#include "http/server.h"
#include "ingest/mappings.h"
#include "log/log.h"
#include "segment/documents.h"
#include "storage/store.h"

namespace tessera::app {

namespace {

using SharedSources = std::atomic<std::shared_ptr<const catalog::Sources>>;

// One server per data folder: an exclusive lock on a file in it, held while the process lives.
Result<int> lock_folder(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return error(Code::kInvalidArgument, "cannot make the data folder " + folder + ": " + failed.message());
  const std::string path = folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return error(Code::kInvalidArgument, "cannot write to the data folder " + folder);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return error(Code::kFailedPrecondition, "another Tessera serves the data folder " + folder + ": stop it first");
  }
  return descriptor;
}

struct Address {
  std::string host;
  std::uint16_t port;
};

Result<Address> parse_address(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  unsigned port = 0;
  const char* const end = listen.data() + listen.size();
  const bool good = colon != std::string::npos && colon + 1 < listen.size() &&
                    std::from_chars(listen.data() + colon + 1, end, port).ptr == end && port <= 65535;
  if (!good) {
    return error(Code::kInvalidArgument,
                 "--listen takes address:port, like 127.0.0.1:8080 or [::1]:8080, not \"" + listen + "\"");
  }
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return Address{std::move(host), static_cast<std::uint16_t>(port)};
}

// "HH:MM" as milliseconds of the day.
Result<std::int64_t> parse_time_of_day(const std::string& text) {
  int hour = 24;
  int minute = 60;
  const char* const begin = text.data();
  const bool good = text.size() == 5 && text[2] == ':' && std::from_chars(begin, begin + 2, hour).ptr == begin + 2 &&
                    std::from_chars(begin + 3, begin + 5, minute).ptr == begin + 5 && hour >= 0 && hour < 24 &&
                    minute >= 0 && minute < 60;
  if (good) return hour * kHourMs + minute * kMinuteMs;
  return error(Code::kInvalidArgument, "--rank-at takes a time of day as HH:MM, like 03:00, not \"" + text + "\"");
}

Status write_token(const std::string& path, const std::string& token) {
  ::unlink(path.c_str());
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string line = token + "\n";
  const bool written =
      descriptor >= 0 && ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written) return error(Code::kInvalidArgument, "cannot write the token to " + path);
  return {};
}

// At the first start there is no token: one is made, and shown this once.
Status show_first_token(access::Tokens& tokens, const std::string& token_file) {
  if (!tokens.empty()) return {};
  TRY_ASSIGN(const std::string token, tokens.make());
  if (!token_file.empty()) TRY(write_token(token_file, token));
  std::printf("The administrator's token, shown this once:\n\n  %s\n\n", token.c_str());
  return {};
}

// What people can set up.
std::shared_ptr<const catalog::Kinds> all_kinds() {
  return std::make_shared<const catalog::Kinds>(
      std::vector<catalog::Kind>{catalog::source_kind(), catalog::identity_rules_kind(), catalog::purpose_kind(),
                                 segment::trait_kind(), segment::segment_kind(), ingest::mapping_kind()});
}

engine::Options engine_options(const ServeOptions& options, std::int64_t rank_at_ms, SharedSources& sources) {
  engine::Options engine;
  engine.rank_at_ms = rank_at_ms;
  engine.build = std::string(kVersion);
  engine.cut_every_ms = static_cast<std::int64_t>(options.cut_seconds) * kSecondMs;
  engine.cache_bytes = options.cache_mb << 20;
  engine.log_keep_ms = static_cast<std::int64_t>(options.log_days) * kDayMs;
  engine.seen_limit = options.seen_limit;
  engine.disk_reserve = options.disk_reserve;
  engine.accept_clock = options.accept_clock;
  engine.kinds = all_kinds();
  engine.on_sources = [&sources](std::shared_ptr<const catalog::Sources> all) { sources = std::move(all); };
  return engine;
}

analytics::Options analytics_options(const ServeOptions& options, const SharedSources& sources) {
  analytics::Options analytics;
  analytics.folder = options.data + "/analytics";
  analytics.memory_limit_bytes = options.analytics_mb << 20;
  analytics.source_name = [&sources](SourceId id) -> std::optional<std::string> {
    const auto all = sources.load();
    const catalog::Source* source = all ? all->by_id(id) : nullptr;
    return source == nullptr ? std::nullopt : std::optional(source->name);
  };
  return analytics;
}

void tell_replay(const engine::Stats& stats) {
  if (stats.replayed == 0) return;
  const double seconds = static_cast<double>(std::max<std::uint64_t>(stats.replay_ms, 1)) / 1000;
  std::printf("Replayed %llu records since the last cut in %.1f s (%.0f a second)\n",
              static_cast<unsigned long long>(stats.replayed), seconds, static_cast<double>(stats.replayed) / seconds);
}

// Blocks the signals that end us, in this thread and all made after it.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

}  // namespace

Status serve(const ServeOptions& options) {
  const sigset_t signals = block_signals();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  TRY_ASSIGN(const Address address, parse_address(options.listen));
  TRY_ASSIGN(const std::int64_t rank_at_ms, parse_time_of_day(options.rank_at));
  TRY_ASSIGN([[maybe_unused]] const int lock, lock_folder(options.data));
  SystemClock clock;
  SharedSources sources;
  TRY_ASSIGN(auto tokens, access::Tokens::open(options.data + "/access", clock));
  TRY_ASSIGN(auto log_files, log::open_folder(options.data + "/log"));
  TRY_ASSIGN(auto log, log::open_log(*log_files, {.segment_bytes = options.segment_mb << 20}));
  TRY_ASSIGN(auto store, storage::open_store(options.data + "/state", {}));
  TRY_ASSIGN(auto analytics, analytics::Analytics::open(analytics_options(options, sources)));
  http::LiveSink live_sink(clock);
  http::MembershipSink membership_sink(clock);
  TRY_ASSIGN(auto engine, engine::Engine::start(engine_options(options, rank_at_ms, sources), *store, *log, *log_files,
                                                clock, {analytics.get(), &live_sink, &membership_sink}));
  tell_replay(engine->stats());
  analytics::Backfiller backfiller(*engine, *analytics);
  backfiller.start();

  http::Api api({*engine, *analytics, *tokens, clock, options.public_url});
  http::Router router;
  api.add_routes(router);
  http::LiveFeed live_feed(*engine, live_sink, membership_sink, clock);
  http::add_live_routes(router, {*engine, live_feed, membership_sink},
                        [&api](http::Handler handler) { return api.guard(std::move(handler)); });
  http::ServerOptions server_options;
  server_options.address = address.host;
  server_options.port = address.port;
  server_options.certificate_file = options.tls_certificate;
  server_options.key_file = options.tls_key;
  server_options.threads = options.io_threads;
  TRY(show_first_token(*tokens, options.token_file));  // before /ready answers: scripts wait for that
  TRY_ASSIGN(auto server, http::Server::start(server_options, router));
  const bool bare_ipv6 = address.host.find(':') != std::string::npos;
  std::printf("Tessera %s serves %s on %s://%s:%u\n", std::string(kVersion).c_str(), options.data.c_str(),
              options.tls_certificate.empty() ? "http" : "https",
              (bare_ipv6 ? "[" + address.host + "]" : address.host).c_str(), server->port());

  int signal = 0;
  ::sigwait(&signals, &signal);
  std::printf("Stopping: finishing what was begun\n");
  live_feed.stop();
  membership_sink.stop();
  server->stop();
  api.stop();
  backfiller.stop();
  engine->stop();
  std::printf("Stopped; everything is cut at offset %llu\n",
              static_cast<unsigned long long>(engine->stats().cut.value));
  return {};
}

}  // namespace tessera::app
