// Random choices, evenly spread whatever size RapidCheck is at; a failing script shrinks to fewer and lower ones.
#pragma once

#include <rapidcheck.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace tessera::meaning {

// 0 … below - 1.
inline int any(int below) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, below));
}

inline bool chance(int percent) {
  return any(100) >= 100 - percent;
}

template <class T>
T one_of(std::initializer_list<T> all) {
  return *(all.begin() + any(static_cast<int>(all.size())));
}

template <class T>
const T& one_of(const std::vector<T>& all) {
  return all[static_cast<std::size_t>(any(static_cast<int>(all.size())))];
}

}  // namespace tessera::meaning
