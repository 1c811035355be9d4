#include "simulator/progress.h"

#include <algorithm>
#include <string>

namespace tessera::simulator {

std::string with_commas(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, 1, ',');
  }
  return out;
}

Progress::Progress(std::ostream& out, bool terminal, Clock& clock)
    : out_(out), terminal_(terminal), clock_(clock), start_ms_(clock.monotonic_ms()) {}

double Progress::seconds() const {
  return static_cast<double>(clock_.monotonic_ms() - start_ms_) / 1000.0;
}

void Progress::show(std::int64_t per_mille, std::uint64_t events) {
  const std::int64_t now_ms = clock_.monotonic_ms();
  const std::int64_t tenth = per_mille / 100;
  const bool due = terminal_ ? now_ms - shown_ms_ >= 100 || per_mille == 1000 : tenth > shown_tenth_;
  if (!due) return;
  shown_ms_ = now_ms;
  shown_tenth_ = tenth;
  const auto took_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms - start_ms_, 1));
  constexpr std::int64_t kWidth = 24;
  std::string bar;
  for (std::int64_t i = 0; i < kWidth; ++i) bar += i < per_mille * kWidth / 1000 ? "█" : "░";
  out_ << (terminal_ ? "\r  " : "  ") << bar << " " << per_mille / 10 << " %   " << with_commas(events) << " events   "
       << with_commas(events * 1000 / took_ms) << "/s" << (terminal_ ? "    " : "\n") << std::flush;
  open_ = terminal_;
}

void Progress::end() {
  if (open_) out_ << "\n";
  open_ = false;
}

}  // namespace tessera::simulator
