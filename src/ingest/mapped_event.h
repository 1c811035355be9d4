// From what a mapping's expression gave to items of a batch. For mapping.cc.
#pragma once

#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "cel/value.h"
#include "ingest/mapping.h"

namespace tessera::ingest {

class EventWriter {
 public:
  // `mapping` is its name, `document` the hash of what it was given; `arena` has the values.
  EventWriter(std::string_view mapping, Hash128 document, cel::Arena& arena)
      : mapping_(mapping), document_(document), arena_(arena) {}

  // `value` is null, a map, or a list of maps and nulls; else kInvalidArgument.
  Result<std::vector<MappedEvent>> write_all(const cel::Value& value);

 private:
  Status add(const cel::Value& value, std::vector<MappedEvent>& events);
  Status write_value(const cel::Value& value, std::size_t index, JsonWriter& json) const;
  Status check_names(const cel::Map& map, std::string_view place) const;
  std::string made_id(std::string_view type, std::string_view name, std::size_t index) const;

  std::string_view mapping_;
  Hash128 document_;
  cel::Arena& arena_;
  std::size_t bytes_ = 0;
};

}  // namespace tessera::ingest
