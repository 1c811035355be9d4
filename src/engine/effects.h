// Collects the effects of a run of records.
#pragma once

#include <string>

#include "engine/sink.h"

namespace tessera::engine {

class Effects {
 public:
  explicit Effects(EffectBatch& batch) : batch_(batch) {}
  void begin(Offset offset, Timestamp time);
  // Offset, index and, where it has none, time are filled in. The index is returned.
  std::uint32_t add(Effect effect);
  // The same, with a body that the batch keeps.
  std::uint32_t add_with_text(Effect effect, std::string body);

  // Of the record at hand.
  Offset offset() const { return offset_; }
  Timestamp time() const { return time_; }

 private:
  EffectBatch& batch_;
  Offset offset_;
  Timestamp time_;
  std::uint32_t index_ = 0;
};

}  // namespace tessera::engine
