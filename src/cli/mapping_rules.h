// The `events` of a mapping file: the part of parse_mapping that reads rules, values and conditions.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/document.h"
#include "cli/mapping.h"

namespace tessera::cli {

// `group_by` is the mapping's own, for events that name none; nullptr if absent.
Result<std::vector<EventRule>> parse_event_rules(const DocumentNode& events, const DocumentNode* group_by,
                                                 const std::vector<Column>& columns, const DocumentReader& read);

}  // namespace tessera::cli
