// The tables of analytics (docs/formats/analytics.md).
#pragma once

#include <memory>
#include <string>

#include "analytics/analytics.h"
#include "base/result.h"
#include "table/database.h"

namespace tessera::analytics {

// Columns of events_stored, in order. The numbers are places for table::Appender.
enum EventColumn : std::size_t {
  kEventOffset,
  kEventIndex,
  kEventMessageId,
  kEventPartId,
  kEventSourceId,
  kEventType,
  kEventName,
  kEventOccurredAt,
  kEventReceivedAt,
  kEventUserId,
  kEventAnonymousId,
  kEventGroupId,
  kEventPreviousId,
  kEventProperties,
  kEventTraits,
  kEventContext,
  kEventIntegrations,
  kEventHistoric,
};

// Columns of quarantine_stored, in order.
enum QuarantineColumn : std::size_t {
  kQuarantineOffset,
  kQuarantineIndex,
  kQuarantineReceivedAt,
  kQuarantineSourceId,
  kQuarantineCode,
  kQuarantineReason,
  kQuarantinePath,
  kQuarantineItem,
  kQuarantineMessageId,
  kQuarantinePayload,
};

// Opens the database in the options' folder, with its tables and views; makes what is missing.
Result<std::unique_ptr<table::Database>> open_database(const Options& options);

// The position committed with the rows.
Result<Offset> read_position(table::Connection& connection);

}  // namespace tessera::analytics
