#include "engine/effects.h"

namespace tessera::engine {

void Effects::begin(Offset offset, Timestamp time) {
  offset_ = offset;
  time_ = time;
  index_ = 0;
}

std::uint32_t Effects::add(Effect effect) {
  effect.offset = offset_;
  if (effect.time.ms == 0) effect.time = time_;
  effect.index = index_++;
  batch_.effects.push_back(effect);
  return effect.index;
}

std::uint32_t Effects::add_with_text(Effect effect, std::string body) {
  batch_.texts.push_back(std::make_unique<std::string>(std::move(body)));
  effect.body = *batch_.texts.back();
  return add(effect);
}

}  // namespace tessera::engine
