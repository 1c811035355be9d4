#include "engine/effects.h"

namespace tessera::engine {

void Effects::begin(Offset offset, Timestamp time) {
  offset_ = offset;
  time_ = time;
  index_ = 0;
}

void Effects::add(Effect effect) {
  effect.offset = offset_;
  effect.time = time_;
  effect.index = index_++;
  batch_.effects.push_back(effect);
}

void Effects::add_with_text(Effect effect, std::string body) {
  batch_.texts.push_back(std::make_unique<std::string>(std::move(body)));
  effect.body = *batch_.texts.back();
  add(effect);
}

}  // namespace tessera::engine
