// bench_log FOLDER [SECONDS]: how fast the log alone takes 300-byte records, synced, in groups as a busy server makes
// them and one by one. Prints one line of JSON. FOLDER must be empty.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "log/files.h"
#include "log/log.h"

namespace tessera::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Records a second in groups of `size`.
Result<double> measure(log::Log& log, std::size_t size, double seconds) {
  std::vector<log::Draft> drafts(size);
  for (log::Draft& draft : drafts) {
    draft.kind = log::RecordKind::kEvent;
    draft.body = std::string(300, 'x');
  }
  const auto start = SteadyClock::now();
  std::uint64_t records = 0;
  double passed = 0;
  while (passed < seconds) {
    TRY_ASSIGN(const auto group, log.append(drafts, log.last_time() + 1, 1));
    records += size;
    passed = std::chrono::duration<double>(SteadyClock::now() - start).count();
  }
  return static_cast<double>(records) / passed;
}

Status run(const std::string& folder, double seconds) {
  TRY_ASSIGN(const auto files, log::open_folder(folder));
  TRY_ASSIGN(const auto log, log::open_log(*files, {}));
  TRY_ASSIGN(const double by_one, measure(*log, 1, seconds));
  TRY_ASSIGN(const double by_100, measure(*log, 100, seconds));
  TRY_ASSIGN(const double by_2000, measure(*log, 2000, seconds));
  std::printf("{\"log_synced_by_1_per_s\":%.0f,\"log_synced_by_100_per_s\":%.0f,\"log_synced_by_2000_per_s\":%.0f}\n",
              by_one, by_100, by_2000);
  return {};
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("bench_log FOLDER [SECONDS]\n", stderr);
    return 2;
  }
  const tessera::Status status = tessera::bench::run(argv[1], argc > 2 ? std::stod(argv[2]) : 3.0);
  if (status) return 0;
  std::fprintf(stderr, "bench_log: %s\n", status.error().message.c_str());
  return 1;
}
