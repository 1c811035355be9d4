#include "simulator/simulate.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "base/time.h"
#include "http_client/client.h"
#include "simulator/player.h"
#include "simulator/progress.h"
#include "simulator/retailer.h"
#include "simulator/setup.h"
#include "simulator/tour.h"

namespace tessera::simulator {

namespace {

constexpr std::int32_t kMaxDays = 3'660;
constexpr std::uint32_t kMaxRate = 100'000;

Status check(const SimulateOptions& options) {
  const auto wrong = [](std::string_view what) { return error(Code::kInvalidArgument, std::string(what)); };
  if (options.households < 1 || options.households > kMaxHouseholds) return wrong("households: 1 to 500,000");
  if (options.days < 0 || options.days > kMaxDays) return wrong("days: 0 to 3,660");
  if (options.live_rate > kMaxRate) return wrong("live rate: at most 100,000 events a second");
  if (options.token.empty()) return wrong("token: give the server's token, or the file that holds it");
  return {};
}

// Waits until the server takes events, for a minute at most.
Status await_server(http_client::Client& server, const std::function<bool()>& interrupted) {
  Error last{Code::kUnavailable, "no answer"};
  for (int attempt = 0; attempt < 240 && !interrupted(); ++attempt) {
    auto response = server.request("GET", "/ready");
    if (response && response->ok()) return {};
    last = response ? Error{Code::kUnavailable, refusal(*response)} : std::move(response).error();
    if (last.code != Code::kUnavailable && last.code != Code::kDeadlineExceeded) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
  return annotate(std::move(last), server.options().base_url);
}

// One run: the server, the town and the player.
class Run {
 public:
  Run(const SimulateOptions& options, std::ostream& out) : options_(options), out_(out), server_(client_options()) {}

  Status operator()() {
    TRY(await_server(server_, [this] { return interrupted(); }));
    if (options_.publish) TRY(options_.publish());
    TRY_ASSIGN(const WriteKeys keys, find_keys(server_));
    TRY_ASSIGN(const std::uint64_t people, read_status(server_, "profiles"));
    const bool skip_history = options_.only_if_empty && people > 0;
    Retailer retailer(retailer_options(skip_history));
    Player player(options_.url, keys);
    if (skip_history) {
      out_ << "The server knows " << with_commas(people) << " people already: the grocer's past is not played again.\n";
      while (retailer.next().send_at < now_ && !interrupted()) {
      }
    } else {
      TRY(play_history(retailer, player));
    }
    TRY(compare_people());
    TRY(write_truth(retailer));
    if (options_.tour && !interrupted()) print_tour(options_, find_well_known(server_, retailer), out_);
    return play_live(retailer, player);
  }

 private:
  http_client::Options client_options() const {
    http_client::Options options;
    options.base_url = options_.url;
    options.bearer_token = options_.token;
    return options;
  }

  RetailerOptions retailer_options(bool again) const {
    RetailerOptions options;
    options.seed = options_.seed;
    options.salt = again ? static_cast<std::uint64_t>(now_.ms) : 0;
    options.first_day = Timestamp{now_.ms / kDayMs * kDayMs} + -options_.days * kDayMs;
    options.households = options_.households;
    options.days = options_.days;
    return options;
  }

  bool interrupted() const { return options_.interrupted && options_.interrupted(); }

  Status play_history(Retailer& retailer, Player& player) {
    if (options_.days == 0) return {};
    out_ << "A grocer with " << with_commas(options_.households) << " households: playing in " << options_.days
         << " days of their past.\n"
         << std::flush;
    Progress progress(out_, options_.terminal, clock_);
    const Timestamp from = retailer_options(false).first_day;
    const Status played = player.play_history(retailer, from, now_, [&](std::int64_t per_mille) {
      progress.show(per_mille, player.tally().sent);
      return !interrupted();
    });
    progress.end();
    TRY(played);
    const Tally tally = player.tally();
    out_ << "  " << with_commas(tally.sent) << " events in "
         << static_cast<std::int64_t>(progress.seconds() * 10) / 10.0 << " s; " << with_commas(tally.rejected)
         << " broken ones were refused, as they should be";
    if (tally.busy > 0) out_ << "; busy answers waited out: " << with_commas(tally.busy);
    out_ << ".\n" << std::flush;
    return {};
  }

  // Everyone is compared when the server sees fit, at night: what has just been played should count now.
  Status compare_people() {
    TRY_ASSIGN(const http_client::Response response, server_.request("POST", "/v1/segments/ranks"));
    return response.ok() ? Status() : error(Code::kUnavailable, refusal(response));
  }

  Status write_truth(const Retailer& retailer) {
    if (options_.truth_path.empty()) return {};
    std::ofstream file(options_.truth_path);
    retailer.write_truth(file);
    file.flush();
    if (!file) return error(Code::kInternal, options_.truth_path + " cannot be written");
    return {};
  }

  Status play_live(Retailer& retailer, Player& player) {
    if (options_.live_rate == 0 || interrupted()) return {};
    out_ << "Now live, " << with_commas(options_.live_rate) << " events a second";
    out_ << (options_.live_seconds == 0 ? ". Ctrl-C ends it.\n" : ".\n") << std::flush;
    const std::int64_t start_ms = clock_.monotonic_ms();
    return player.play_live(retailer, options_.live_rate, clock_, [&] {
      const std::int64_t took_ms = clock_.monotonic_ms() - start_ms;
      return !interrupted() && (options_.live_seconds == 0 || took_ms < std::int64_t{options_.live_seconds} * 1000);
    });
  }

  const SimulateOptions& options_;
  std::ostream& out_;
  SystemClock clock_;
  const Timestamp now_ = clock_.wall();
  http_client::Client server_;
};

}  // namespace

Status run_simulate(const SimulateOptions& options, std::ostream& out) {
  TRY(check(options));
  return Run(options, out)();
}

}  // namespace tessera::simulator
