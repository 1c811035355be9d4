#include "cli/progress.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <string_view>

namespace tessera::cli {

namespace {
constexpr std::size_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLines{10};
}  // namespace

void Progress::update(std::string_view what, double done, std::string_view detail) {
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < (terminal_ ? std::chrono::milliseconds(kRedraw) : std::chrono::milliseconds(kLines))) return;
  drawn_ = now;
  draw(what, done, detail);
}

void Progress::say(std::string_view what) {
  out_ << (terminal_ ? "\r" : "") << what << " …" << (terminal_ ? "\033[K" : "\n") << std::flush;
  open_line_ = terminal_;
  drawn_ = std::chrono::steady_clock::now();
}

void Progress::finish(std::string_view what, std::string_view detail) {
  draw(what, 1.0, detail);
  end_line();
}

void Progress::draw(std::string_view what, double done, std::string_view detail) {
  done = std::clamp(done, 0.0, 1.0);
  const std::string percent = std::to_string(static_cast<int>(done * 100)) + " %";
  if (!terminal_) {
    out_ << what << ' ' << percent << "  " << detail << '\n' << std::flush;
    return;
  }
  const auto filled = static_cast<std::size_t>(done * kBarWidth);
  out_ << '\r' << what << " [" << std::string(filled, '#') << std::string(kBarWidth - filled, '.') << "] " << percent
       << "  " << detail << "\033[K" << std::flush;
  open_line_ = true;
}

void Progress::end_line() {
  if (open_line_) out_ << '\n' << std::flush;
  open_line_ = false;
}

}  // namespace tessera::cli
