#include "engine/machines.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace tessera::engine {

namespace {

constexpr std::string_view kCutKey = "cut";
constexpr std::string_view kLanesKey = "lanes";
constexpr std::size_t kEvictionLooks = 400;  // per cache and batch: outruns what a batch can load
constexpr std::string_view kMarksPrefix = "machine/";

std::string marks_key(std::size_t machine) {
  const std::string digits = std::to_string(machine);
  return std::string(kMarksPrefix) + std::string(3 - digits.size(), '0') + digits;
}

std::shared_ptr<const catalog::Kinds> basic_kinds() {
  return std::make_shared<const catalog::Kinds>(
      std::vector<catalog::Kind>{catalog::source_kind(), catalog::identity_rules_kind()});
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

}  // namespace

Machines::Machines(storage::Store& store, const MachineOptions& options)
    : store_(store),
      core_(store, options.seen_limit, options.seen_ms, options.kinds ? options.kinds : basic_kinds()),
      shards_(store) {}

Status Machines::load() try {
  std::string text;
  TRY_ASSIGN(const bool has_cut, store_.get(storage::Family::kMeta, kCutKey, text));
  if (!has_cut) return {};
  protozero::pbf_reader cut(text);
  while (cut.next()) {
    if (cut.tag() == 1) {
      position_.value = cut.get_uint64();
    } else if (cut.tag() == 2) {
      time_.ms = cut.get_int64();
    } else {
      cut.skip();
    }
  }
  const auto state = store_.snapshot();
  TRY(core_.load(store_, *state));
  TRY(shards_.load(*state));
  follow();
  TRY(timers_.load(*state));
  TRY_ASSIGN(stored_lanes_, store_.get(storage::Family::kMeta, kLanesKey, text));
  if (stored_lanes_) TRY(lanes_.decode(text));
  for (std::size_t i = 0; i < kMachineCount; ++i) {
    TRY_ASSIGN(const bool has_marks, store_.get(storage::Family::kMeta, marks_key(i), text));
    if (!has_marks) continue;
    TRY_ASSIGN(marks_[i], decode_mailmarks(text));
  }
  return {};
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored cut is damaged: ") + e.what());
}

Status Machines::preload(std::size_t bytes) {
  const auto state = store_.snapshot();
  TRY(core_.directory().pointers().preload(*state, bytes / 4));
  TRY(core_.directory().nodes().preload(*state, bytes / 4));
  return shards_.parts().preload(*state, bytes / 2);
}

Status Machines::apply(const log::Record& record, EffectBatch& effects) {
  TESSERA_ASSERT(record.offset.value == position_.value + 1);
  position_ = record.offset;
  time_ = record.time;
  marks_[kCoreMachine].inputs = record.offset.value;
  marks_[kCoreMachine].changed = true;
  Effects out(effects);
  out.begin(record.offset, record.time);
  Timer timer;
  for (int fired = 0; fired < kMaxFired && timers_.take_due(time_, timer); ++fired) {
    core_.fire(timer, time_, timers_);
  }
  TRY(shards_.pass_time(time_, kMaxFired, out));
  Outbox outbox(lanes_, kCoreMachine, record.offset.value);
  if (auto applied = core_.apply(record, lanes_.empty(), outbox, timers_, out); !applied) {
    return annotate(applied.error(), "record " + std::to_string(record.offset.value));
  }
  if (core_.in_force().plan() != followed_ || record.kind == log::RecordKind::kDefinitions) follow();
  if (record.kind == log::RecordKind::kSweep) shards_.sweep(core_.sweep());
  TRY(drain(outbox, out));
  effects.last = record.offset;
  return failure();
}

std::optional<SweepStep> Machines::next_sweep_step() const {
  const Sweep& sweep = core_.sweep();
  if (!sweep.is_under_way() || !lanes_.empty()) return std::nullopt;
  return SweepStep{sweep.next, std::min(sweep.next + kSweepProfiles, sweep.end)};
}

// Shards learn from Core what is in force.
void Machines::follow() {
  const InForce& in_force = core_.in_force();
  followed_ = in_force.plan();
  shards_.follow(in_force.plan(), in_force.registry(), in_force.sources());
  shards_.sweep(core_.sweep());
}

Status Machines::drain(Outbox& from_core, Effects& effects) {
  for (int step = 0; step < kMaxSteps && !lanes_.empty(); ++step) {
    const Message message = lanes_.pop();
    Mailmarks& marks = marks_[message.to];
    if (!marks.take(message)) continue;
    if (message.to == kCoreMachine) {
      TRY(core_.take(message, from_core));
      continue;
    }
    Outbox outbox(lanes_, message.to, marks.inputs);
    TRY(shards_.take(message, outbox, effects));
  }
  if (!lanes_.empty()) lanes_.own_bodies();
  return {};
}

Status Machines::failure() const {
  TRY(Status(core_.directory().pointers().failure()));
  TRY(Status(core_.directory().nodes().failure()));
  TRY(Status(core_.directory().groups().failure()));
  TRY(Status(core_.seen().failure()));
  TRY(Status(shards_.parts().failure()));
  return shards_.people().failure();
}

void Machines::begin_cut(storage::CutBatch& batch) {
  std::string text;
  protozero::pbf_writer cut(text);
  cut.add_uint64(1, position_.value);
  cut.add_int64(2, time_.ms);
  batch.put(storage::Family::kMeta, kCutKey, text);
  if (!lanes_.empty()) {
    text.clear();
    lanes_.encode(text);
    batch.put(storage::Family::kMeta, kLanesKey, text);
  } else if (stored_lanes_) {
    batch.erase(storage::Family::kMeta, kLanesKey);
  }
  stored_lanes_ = !lanes_.empty();
  for (std::size_t i = 0; i < kMachineCount; ++i) {
    if (!marks_[i].changed) continue;
    text.clear();
    encode(marks_[i], text);
    batch.put(storage::Family::kMeta, marks_key(i), text);
    marks_[i].changed = false;
  }
  core_.write_changes(batch);
  timers_.write_changes(batch);
  core_.seen().begin_cut(batch);
  core_.directory().pointers().begin_cut(batch);
  core_.directory().nodes().begin_cut(batch);
  core_.directory().groups().begin_cut(batch);
  shards_.parts().begin_cut(batch);
  shards_.people().begin_cut(batch);
}

bool Machines::encode_some(std::size_t count) {
  return shards_.parts().encode_some(count) && core_.directory().pointers().encode_some(count) &&
         core_.directory().nodes().encode_some(count) && core_.directory().groups().encode_some(count) &&
         shards_.people().encode_some(count) && core_.seen().encode_some(4 * count);
}

void Machines::end_cut() {
  core_.seen().end_cut();
  core_.directory().pointers().end_cut();
  core_.directory().nodes().end_cut();
  core_.directory().groups().end_cut();
  shards_.parts().end_cut();
  shards_.people().end_cut();
}

std::size_t Machines::changed_bytes() const {
  return core_.seen().changed_bytes() + core_.directory().pointers().changed_bytes() +
         core_.directory().nodes().changed_bytes() + core_.directory().groups().changed_bytes() +
         shards_.parts().changed_bytes() + shards_.people().changed_bytes();
}

std::size_t Machines::cache_bytes() const {
  return core_.seen().bytes() + core_.directory().pointers().bytes() + core_.directory().nodes().bytes() +
         core_.directory().groups().bytes() + shards_.parts().bytes() + shards_.people().bytes();
}

void Machines::shrink_to(std::size_t bytes) {
  const std::size_t held = cache_bytes();
  if (held <= bytes) return;
  const double share = static_cast<double>(bytes) / static_cast<double>(held);
  const auto shrink = [share](auto& cache) {
    cache.evict_to(static_cast<std::size_t>(static_cast<double>(cache.bytes()) * share), kEvictionLooks);
  };
  shrink(core_.directory().pointers());
  shrink(core_.directory().nodes());
  shrink(core_.directory().groups());
  shrink(shards_.parts());
  shrink(shards_.people());
}

Result<std::string> digest_of(const storage::Store& store) {
  const auto state = store.snapshot();
  std::string text;
  std::uint64_t floor = 0;
  TRY_ASSIGN(const bool has_seen, store.get(storage::Family::kMeta, "core/seen", text));
  if (has_seen) {
    TRY_ASSIGN(const Offset first, seen_floor(text));
    floor = first.value;
  }
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < storage::kFamilyCount; ++i) {
    const auto family = static_cast<storage::Family>(i);
    TRY(state->scan(family, "", [&](std::string_view key, std::string_view value) {
      if (family == storage::Family::kSeen && seen_offset(value).value < floor) return true;
      digest = hash64(value, hash64(key, digest ^ i));
      return true;
    }));
  }
  return hex(digest);
}

}  // namespace tessera::engine
