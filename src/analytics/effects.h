// Hand-made effects for this module's tests and benchmark.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/sink.h"
#include "event/event.h"

namespace tessera::analytics {

// Fills one batch. Records are given in order.
class BatchBuilder {
 public:
  BatchBuilder& event(std::uint64_t offset, PartId part, const event::Event& event, SourceId source = SourceId{1}) {
    std::string body;
    event::encode(event, body);
    return add({.kind = engine::EffectKind::kEvent,
                .offset = Offset{offset},
                .index = 0,
                .time = event.received_at,
                .source = source,
                .profile = ProfileId{part.value},
                .part = part,
                .name = {},
                .body = keep(std::move(body))});
  }

  BatchBuilder& track(std::uint64_t offset, PartId part, std::string_view name, std::string_view properties = "{}") {
    event::Event event;
    const std::string message_id = "message-" + std::to_string(offset);
    event.name = name;
    event.message_id = message_id;
    event.user_id = "someone";
    event.occurred_at = Timestamp{1'700'000'000'000 + static_cast<std::int64_t>(offset)};
    event.received_at = event.occurred_at + 5;
    event.properties = properties;
    event.identifiers = {{"user_id", "someone"}};
    return this->event(offset, part, event);
  }

  BatchBuilder& rejected(std::uint64_t offset, const event::Rejected& rejected) {
    std::string body;
    event::encode(rejected, body);
    return add({.kind = engine::EffectKind::kRejected,
                .offset = Offset{offset},
                .index = 0,
                .time = rejected.received_at,
                .source = SourceId{1},
                .profile = {},
                .part = {},
                .name = {},
                .body = keep(std::move(body))});
  }

  BatchBuilder& system(std::uint64_t offset, std::uint32_t index, PartId part, std::string name,
                       std::string properties) {
    return add({.kind = engine::EffectKind::kSystem,
                .offset = Offset{offset},
                .index = index,
                .time = Timestamp{1'700'000'000'000},
                .source = SourceId{0},
                .profile = ProfileId{part.value},
                .part = part,
                .name = keep(std::move(name)),
                .body = keep(std::move(properties))});
  }

  BatchBuilder& membership(std::uint64_t offset, std::uint32_t index, PartId part, std::string_view segment,
                           bool entered, Timestamp at) {
    return add({.kind = engine::EffectKind::kMembership,
                .offset = Offset{offset},
                .index = index,
                .time = at,
                .source = SourceId{0},
                .profile = ProfileId{part.value},
                .part = part,
                .name = entered ? "Segment Entered" : "Segment Exited",
                .body = keep(R"({"segment":")" + std::string(segment) + R"(","version":1,"reason":"event"})")});
  }

  BatchBuilder& moved(std::uint64_t offset, std::uint32_t index, PartId part, ProfileId profile) {
    return add({.kind = engine::EffectKind::kMoved,
                .offset = Offset{offset},
                .index = index,
                .time = Timestamp{1'700'000'000'000},
                .source = SourceId{0},
                .profile = profile,
                .part = part,
                .name = {},
                .body = {}});
  }

  // The batch of everything added, which reaches to `last` (by default the newest record added).
  std::shared_ptr<const engine::EffectBatch> done(std::uint64_t last = 0) {
    batch_->last = Offset{std::max(last, batch_->last.value)};
    return std::exchange(batch_, std::make_shared<engine::EffectBatch>());
  }

 private:
  std::string_view keep(std::string text) {
    return *batch_->texts.emplace_back(std::make_unique<std::string>(std::move(text)));
  }
  BatchBuilder& add(const engine::Effect& effect) {
    batch_->effects.push_back(effect);
    batch_->last = std::max(batch_->last, effect.offset);
    return *this;
  }

  std::shared_ptr<engine::EffectBatch> batch_ = std::make_shared<engine::EffectBatch>();
};

}  // namespace tessera::analytics
