// Writes effects as rows, and commits them with the position they reach. Belongs to the writing thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "analytics/analytics.h"
#include "base/result.h"
#include "engine/sink.h"
#include "table/appender.h"
#include "table/database.h"

namespace tessera::analytics {

class Writer {
 public:
  using SourceName = std::function<std::optional<std::string>(SourceId)>;

  static Result<std::unique_ptr<Writer>> open(table::Database& database, SourceName source_name);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Adds a batch's rows to the transaction, but for those at or below the position. After an error: `start_over`.
  Status append(const engine::EffectBatch& batch);
  // Commits what was appended, and the position. After an error: `start_over`.
  Status commit();
  // Drops everything since the last commit; it must be appended again.
  Status start_over();

  Offset position() const { return position_; }     // committed
  std::size_t rows() const { return rows_; }        // since the last commit, moves of parts included
  std::size_t dropped() const { return dropped_; }  // were offered though below the position; since the last commit

 private:
  Writer(std::unique_ptr<table::Connection> connection, SourceName source_name)
      : connection_(std::move(connection)), source_name_(std::move(source_name)) {}

  Status begin();
  Status append(const engine::Effect& effect);
  Status append_event(const engine::Effect& effect);
  Status append_rejected(const engine::Effect& effect);
  Status append_own(const engine::Effect& effect, std::string_view type);
  void set_common(const engine::Effect& effect);
  void saw(SourceId source);
  Status write_moves();
  Status load_names();
  Status write_names();
  Status write_name(SourceId source);

  std::unique_ptr<table::Connection> connection_;
  SourceName source_name_;
  std::unique_ptr<table::Appender> events_;
  std::unique_ptr<table::Appender> quarantine_;
  std::map<PartId, ProfileId> moves_;  // the last one of each part counts
  std::set<SourceId> named_;           // in `sources`
  std::set<SourceId> nameless_;        // in `sources`, the name still to come
  std::set<SourceId> unlisted_;        // seen since the last commit, not in `sources`
  SourceId last_source_;               // seen last: most events come in runs of one source
  bool any_source_ = false;
  std::string traits_;  // kept for its memory
  Offset position_;
  Offset appended_;
  std::size_t rows_ = 0;
  std::size_t dropped_ = 0;
  bool in_transaction_ = false;
};

}  // namespace tessera::analytics
