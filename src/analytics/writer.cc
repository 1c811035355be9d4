#include "analytics/writer.h"

#include "analytics/schema.h"
#include "base/json.h"
#include "event/event.h"

namespace tessera::analytics {

namespace {

// Absent text is null.
void set_text(table::Appender& appender, std::size_t column, std::string_view text) {
  if (!text.empty()) appender.set(column, text);
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(table::Database& database, SourceName source_name) {
  TRY_ASSIGN(auto connection, database.connect());
  std::unique_ptr<Writer> writer(new Writer(std::move(connection), std::move(source_name)));
  TRY(writer->start_over());
  return writer;
}

Status Writer::start_over() {
  events_.reset();
  quarantine_.reset();
  connection_->rollback();
  in_transaction_ = false;
  moves_.clear();
  rows_ = 0;
  dropped_ = 0;
  // What a commit that failed has really done, the database knows.
  TRY_ASSIGN(position_, read_position(*connection_));
  appended_ = position_;
  TRY(load_names());
  TRY_ASSIGN(events_, table::Appender::open(*connection_, "events_stored"));
  TRY_ASSIGN(quarantine_, table::Appender::open(*connection_, "quarantine_stored"));
  return {};
}

Status Writer::begin() {
  if (in_transaction_) return {};
  TRY(connection_->begin());
  in_transaction_ = true;
  return {};
}

Status Writer::append(const engine::EffectBatch& batch) {
  if (quarantine_ == nullptr) TRY(start_over());  // the last one failed
  TRY(begin());
  for (const engine::Effect& effect : batch.effects) {
    if (effect.offset <= position_) {
      ++dropped_;
      continue;
    }
    if (const Status done = append(effect); !done) {
      return annotate(done.error(), "analytics, effect " + std::to_string(effect.index) + " of record " +
                                        std::to_string(effect.offset.value));
    }
    ++rows_;
  }
  appended_ = std::max(appended_, batch.last);
  return {};
}

Status Writer::append(const engine::Effect& effect) {
  switch (effect.kind) {
    case engine::EffectKind::kEvent:
      return append_event(effect);
    case engine::EffectKind::kRejected:
      return append_rejected(effect);
    case engine::EffectKind::kSystem:
      return append_own(effect, "system");
    case engine::EffectKind::kMembership:
      return append_own(effect, "track");
    case engine::EffectKind::kMoved:
      moves_[effect.part] = effect.profile;
      return {};
  }
  return error(Code::kInternal, "there is no such kind of effect");
}

void Writer::saw(SourceId source) {
  if (any_source_ && source == last_source_) return;
  last_source_ = source;
  any_source_ = true;
  if (!named_.contains(source) && !nameless_.contains(source)) unlisted_.insert(source);
}

void Writer::set_common(const engine::Effect& effect) {
  // A part's id is the id of the profile it was born as, so a profile stands for its first part.
  const std::uint64_t part = effect.part.value != 0 ? effect.part.value : effect.profile.value;
  events_->set(kEventOffset, effect.offset.value);
  events_->set(kEventIndex, effect.index);
  if (part != 0) events_->set(kEventPartId, part);
  events_->set(kEventSourceId, effect.source.value);
  saw(effect.source);
}

Status Writer::append_event(const engine::Effect& effect) {
  TRY_ASSIGN(const event::Event event, event::decode(effect.body));
  set_common(effect);
  set_text(*events_, kEventMessageId, event.message_id);
  events_->set(kEventType, event::type_name(event.type));
  set_text(*events_, kEventName, event.name);
  events_->set(kEventOccurredAt, event.occurred_at);
  events_->set(kEventReceivedAt, event.received_at);
  set_text(*events_, kEventUserId, event.user_id);
  set_text(*events_, kEventAnonymousId, event.anonymous_id);
  set_text(*events_, kEventGroupId, event.group_id);
  set_text(*events_, kEventPreviousId, event.previous_id);
  set_text(*events_, kEventProperties, event.properties);
  if (!event.traits.empty()) {
    traits_.clear();
    JsonWriter json(traits_);
    json.begin_object();
    for (const event::Trait& trait : event.traits) json.key(trait.name).raw(trait.json);
    json.end_object();
    events_->set(kEventTraits, std::string_view(traits_));
  }
  set_text(*events_, kEventContext, event.context);
  set_text(*events_, kEventIntegrations, event.integrations);
  events_->set(kEventHistoric, event.historic);
  return events_->end_row();
}

// Tessera's own word. Who enters or leaves a segment is an event like those of sources: conditions count it too.
Status Writer::append_own(const engine::Effect& effect, std::string_view type) {
  set_common(effect);
  events_->set(kEventType, type);
  set_text(*events_, kEventName, effect.name);
  events_->set(kEventOccurredAt, effect.time);
  events_->set(kEventReceivedAt, effect.time);
  set_text(*events_, kEventProperties, effect.body);
  events_->set(kEventHistoric, false);
  return events_->end_row();
}

Status Writer::append_rejected(const engine::Effect& effect) {
  TRY_ASSIGN(const event::Rejected rejected, event::decode_rejected(effect.body));
  table::Appender& row = *quarantine_;
  row.set(kQuarantineOffset, effect.offset.value);
  row.set(kQuarantineIndex, effect.index);
  row.set(kQuarantineReceivedAt, rejected.received_at);
  row.set(kQuarantineSourceId, effect.source.value);
  saw(effect.source);
  set_text(row, kQuarantineCode, rejected.code);
  set_text(row, kQuarantineReason, rejected.reason);
  set_text(row, kQuarantinePath, rejected.path);
  row.set(kQuarantineItem, rejected.index);
  set_text(row, kQuarantineMessageId, rejected.message_id);
  set_text(row, kQuarantinePayload, rejected.payload);
  return row.end_row();
}

Status Writer::write_moves() {
  if (moves_.empty()) return {};
  TRY_ASSIGN(const auto parts,
             table::Appender::open(*connection_,
                                   "INSERT OR REPLACE INTO parts_stored SELECT part_id, profile_id FROM appended",
                                   {{"part_id", "UBIGINT"}, {"profile_id", "UBIGINT"}}));
  for (const auto& [part, profile] : moves_) {
    parts->set(0, part.value);
    parts->set(1, profile.value);
    TRY(parts->end_row());
  }
  return parts->flush();
}

Status Writer::load_names() {
  named_.clear();
  nameless_.clear();
  unlisted_.clear();
  any_source_ = false;
  TRY_ASSIGN(auto sources, connection_->query("SELECT source_id, name IS NULL FROM sources"));
  while (true) {
    TRY_ASSIGN(const bool more, sources.next_chunk());
    if (!more) return {};
    for (std::size_t row = 0; row < sources.chunk_rows(); ++row) {
      const SourceId source{static_cast<std::uint32_t>(sources.unsigned_integer(0, row))};
      (sources.boolean(1, row) ? nameless_ : named_).insert(source);
    }
  }
}

Status Writer::write_name(SourceId source) {
  std::optional<std::string> name = "tessera";
  if (source.value != 0) name = source_name_ ? source_name_(source) : std::nullopt;
  if (!name && nameless_.contains(source)) return {};
  TRY_ASSIGN(auto statement, connection_->prepare("INSERT OR REPLACE INTO sources VALUES ($1, $2)"));
  TRY(statement.bind(1, std::uint64_t{source.value}));
  TRY(statement.bind(2, name ? table::Value(std::string_view(*name)) : table::Value()));
  TRY(statement.execute());
  (name ? named_ : nameless_).insert(source);
  return {};
}

Status Writer::write_names() {
  for (const SourceId source : std::set<SourceId>(nameless_)) TRY(write_name(source));
  for (const SourceId source : unlisted_) TRY(write_name(source));
  for (const SourceId source : named_) nameless_.erase(source);
  unlisted_.clear();
  return {};
}

Status Writer::commit() {
  TRY(begin());
  TRY(events_->flush());
  TRY(quarantine_->flush());
  TRY(write_moves());
  TRY(write_names());
  TRY(connection_->execute("UPDATE sink_position SET \"offset\" = " + std::to_string(appended_.value)));
  TRY(connection_->commit());
  in_transaction_ = false;
  position_ = appended_;
  moves_.clear();
  rows_ = 0;
  dropped_ = 0;
  return {};
}

}  // namespace tessera::analytics
