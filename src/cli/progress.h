// Says how far a long command is: a bar that is redrawn on a terminal, a line now and then elsewhere. One thread.
#pragma once

#include <chrono>
#include <ostream>
#include <string_view>

namespace tessera::cli {

class Progress {
 public:
  Progress(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  // Leaves the bar's line.
  ~Progress() { end_line(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` from 0 to 1. Cheap: draws at most ten times a second (every ten seconds without a terminal).
  void update(std::string_view what, double done, std::string_view detail);
  // Draws a step of which nobody knows how long it takes.
  void say(std::string_view what);
  // Draws in any case, and ends the line.
  void finish(std::string_view what, std::string_view detail);

 private:
  void draw(std::string_view what, double done, std::string_view detail);
  void end_line();

  std::ostream& out_;
  bool terminal_;
  bool open_line_ = false;
  std::chrono::steady_clock::time_point drawn_ = std::chrono::steady_clock::now();
};

}  // namespace tessera::cli
