#include "engine/cutter.h"

namespace tessera::engine {

namespace {
constexpr std::size_t kEncodedPerStep = 500;  // objects, between two batches: well under a millisecond
}

Cutter::Cutter(const Options& options, Machines& machines, storage::Store& store, std::vector<Sink*> sinks,
               std::function<void()> wake)
    : options_(options), machines_(machines), sinks_(std::move(sinks)), writer_(store, std::move(wake)) {}

void Cutter::start_from(Offset offset, std::int64_t now_ms) {
  durable_ = offset;
  began_ms_ = now_ms;
}

bool Cutter::due(std::int64_t now_ms) const {
  const Offset position = machines_.position();
  if (position == durable_) return false;
  return wanted_ > durable_ || now_ms - began_ms_ >= options_.cut_every_ms ||
         position.value - durable_.value >= options_.cut_every_records ||
         machines_.changed_bytes() >= options_.cut_every_bytes;
}

bool Cutter::overdue(std::int64_t now_ms) const {
  return stage_ == Stage::kSinks && now_ms - began_ms_ > 2 * options_.cut_every_ms;
}

void Cutter::begin(std::int64_t now_ms) {
  began_ms_ = now_ms;
  at_ = machines_.position();
  batch_ = std::make_unique<storage::CutBatch>();
  machines_.begin_cut(*batch_);
  for (Sink* sink : sinks_) sink->make_durable(at_);
  stage_ = Stage::kEncoding;
}

Result<bool> Cutter::step(std::int64_t now_ms) {
  switch (stage_) {
    case Stage::kIdle:
      if (!due(now_ms)) return false;
      begin(now_ms);
      return true;
    case Stage::kEncoding:
      if (machines_.encode_some(kEncodedPerStep)) stage_ = Stage::kSinks;
      return true;
    case Stage::kSinks:
      for (const Sink* sink : sinks_) {
        if (sink->durable() < at_) return false;
      }
      writer_.write(std::move(batch_));
      stage_ = Stage::kWriting;
      return true;
    case Stage::kWriting: {
      auto result = writer_.take_result();
      if (!result) return false;
      TRY(std::move(*result));
      machines_.end_cut();
      durable_ = at_;
      ++count_;
      last_ms_ = now_ms - began_ms_;
      stage_ = Stage::kIdle;
      return true;
    }
  }
  return false;
}

}  // namespace tessera::engine
