// Sinks: where the engine's effects go (analytics, live streams). A durable sink gates cuts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "log/log.h"

namespace tessera::engine {

enum class EffectKind : std::uint8_t {
  kEvent = 1,       // an event took effect; `body` is event::Event
  kRejected = 2,    // an item was quarantined; `body` is event::Rejected
  kSystem = 3,      // Tessera's own event about a person; `name` and `body` (JSON properties) say what
  kMoved = 4,       // a part now belongs to another profile: `part` → `profile`
  kMembership = 5,  // a person entered or left a segment: `name` and `body` (JSON properties) say which
};

// One effect. Its id is (offset, index): a replay makes the same effect again under the same id.
struct Effect {
  EffectKind kind = EffectKind::kEvent;
  Offset offset;
  std::uint32_t index = 0;
  Timestamp time;  // of the record; kMembership: when it changed, which may have been a little before
  SourceId source;
  ProfileId profile;  // at that moment
  PartId part;
  std::string_view
      name;  // kSystem: "Profile Merged", "Identifier Refused", …; kMembership: "Segment Entered", "Segment Exited"
  std::string_view body;
};

// The effects of a run of records, in order. Views point into `group` and `texts`. Immutable.
struct EffectBatch {
  Offset last;  // every effect of records up to here is in this batch or an earlier one
  std::vector<Effect> effects;
  std::shared_ptr<const log::Group> group;
  std::vector<std::unique_ptr<std::string>> texts;
};

class Sink {
 public:
  virtual ~Sink() = default;

  // The engine's thread, in order. May keep the batch. Must not block.
  virtual void accept(std::shared_ptr<const EffectBatch> batch) = 0;

  // How many bytes wait in the sink. The engine pauses while it is over Options::sink_bytes. Any thread.
  virtual std::size_t waiting_bytes() const = 0;

  // Everything up to here survives a crash. Any thread. A sink that keeps nothing returns what it has accepted.
  virtual Offset durable() const = 0;

  // Asks the sink to become durable to `offset` soon. Any thread.
  virtual void make_durable(Offset offset) = 0;
};

}  // namespace tessera::engine
