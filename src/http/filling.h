// How far what was published last has come: first new questions are answered from the history, then everybody is
// looked at.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "engine/engine.h"

namespace tessera::http {

struct Filling {
  std::string_view stage;  // "history", "people"
  std::uint64_t done = 0;  // profiles
  std::uint64_t of = 0;    // 0: nothing is under way
};

Filling filling_of(engine::View& view);

// "filling" of an object; nothing where nothing is under way.
void write_filling(JsonWriter& json, const Filling& filling);

}  // namespace tessera::http
