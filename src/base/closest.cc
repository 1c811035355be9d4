#include "base/closest.h"

#include <algorithm>
#include <array>

namespace tessera {

namespace {

constexpr std::size_t kMaxWords = 500;
constexpr std::size_t kMaxLetters = 64;

using Row = std::array<std::size_t, kMaxLetters + 1>;

// How many letters are to be added, left out, changed or swapped with the next to make `b` of `a` (Damerau's distance,
// optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  Row before_last{}, last{}, now{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = now;
  }
  return last[b.size()];
}

}  // namespace

std::string_view closest(std::string_view given, std::span<const std::string_view> known) {
  if (given.empty() || given.size() > kMaxLetters) return {};
  std::string_view best;
  std::size_t best_distance = 3;
  for (const std::string_view word : known.first(std::min(known.size(), kMaxWords))) {
    if (word.empty() || word.size() > kMaxLetters) continue;
    const std::size_t away = distance(given, word);
    if (away < best_distance && away <= std::max<std::size_t>(1, word.size() / 3)) {
      best = word;
      best_distance = away;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view given, std::span<const std::string_view> known) {
  const std::string_view word = closest(given, known);
  if (word.empty()) return {};
  return "; did you mean \"" + std::string(word) + "\"?";
}

}  // namespace tessera
