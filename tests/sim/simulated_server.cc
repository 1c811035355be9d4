#include "simulated_server.h"

namespace tessera::sim {

namespace {
constexpr std::uint64_t kSegmentBytes = 20'000;  // small, so that a run has many
}

void SimulatedSink::accept(const engine::EffectBatch& batch) {
  for (const engine::Effect& effect : batch.effects) {
    if (effect.offset <= durable_) continue;  // offered again after a crash
    repeated_ |= !rows_.emplace(effect.offset.value, effect.index).second;
  }
  accepted_ = std::max(accepted_, batch.last);
}

SimulatedServer::SimulatedServer(testing::Random& random) : random_(random), drops_segments_(random.one_in(3)) {
  start();
}

void SimulatedServer::start() {
  auto log = log::open_log(files_, {.segment_bytes = kSegmentBytes});
  if (!log) return fail(log.error());
  log_ = std::move(*log);
  if (log_->next().value > 1 && log_->last_epoch() != 1) return fail({Code::kDataLoss, "the log forgot its epoch"});
  record_clock_ = std::make_unique<engine::RecordClock>(clock_, log_->last_time(), 1);
  machines_ = std::make_unique<engine::Machines>(store_, engine::MachineOptions{});
  if (auto loaded = machines_->load(); !loaded) return fail(loaded.error());
  auto reader = log_->read({machines_->position().value + 1});
  if (!reader) return fail(reader.error());
  reader_ = std::move(*reader);
  cut_ = Cut::kNone;
  batch_.reset();
}

void SimulatedServer::crash() {
  ++crashes_;
  reader_.reset();
  machines_.reset();
  log_.reset();
  files_.crash(random_);
  sink_.crash();
  start();
}

bool SimulatedServer::append(const std::vector<log::Draft>& drafts) {
  if (!failure_.empty()) return false;
  return log_->append(drafts, *record_clock_->next_time(), 1).has_value();
}

bool SimulatedServer::apply_next() {
  auto group = reader_->next();
  if (!group) {
    // The files are dead until the crash; damage would be told at the next start as well.
    if (group.error().code == Code::kDataLoss) fail(group.error());
    return false;
  }
  if (!*group) return false;
  engine::EffectBatch effects;
  effects.group = **group;
  for (const log::Record& record : (**group)->records()) {
    if (record.offset <= machines_->position()) continue;
    if (auto applied = machines_->apply(record, effects); !applied) {
      fail(applied.error());
      return false;
    }
    if (cut_ == Cut::kEncoding && random_.one_in(3)) step_cut();
  }
  sink_.accept(effects);
  return true;
}

void SimulatedServer::step_cut() {
  switch (cut_) {
    case Cut::kNone:
      batch_ = std::make_unique<storage::CutBatch>();
      cut_at_ = machines_->position();
      machines_->begin_cut(*batch_);
      cut_ = Cut::kEncoding;
      return;
    case Cut::kEncoding:
      if (machines_->encode_some(1 + random_.below(20))) cut_ = Cut::kEncoded;
      return;
    case Cut::kEncoded:
      if (sink_.durable() < cut_at_) return;
      if (auto committed = store_.commit(*batch_); !committed) return fail(committed.error());
      machines_->end_cut();
      batch_.reset();
      cut_ = Cut::kNone;
      if (drops_segments_) {
        if (auto dropped = log_->drop(cut_at_, clock_.wall() + 365 * kDayMs);
            !dropped && dropped.error().code == Code::kDataLoss) {
          fail(dropped.error());
        }
      }
      return;
  }
}

void SimulatedServer::work() {
  if (!failure_.empty()) return;
  switch (random_.below(5)) {
    case 0:
    case 1:
      apply_next();
      break;
    case 2:
      step_cut();
      break;
    case 3:
      sink_.commit();
      break;
    default:
      machines_->shrink_to(random_.below(20'000));
      break;
  }
}

void SimulatedServer::settle() {
  while (failure_.empty() && apply_next()) {
  }
  sink_.commit();
  while (failure_.empty() && cut_ != Cut::kNone) step_cut();
  step_cut();
  while (failure_.empty() && cut_ != Cut::kNone) step_cut();
}

}  // namespace tessera::sim
