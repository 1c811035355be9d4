// An event as filters and values see it: `e.name`, `e.type`, `e.properties`, `e.context`, `e.occurred_at`, `e.source`.
#pragma once

#include <string_view>

#include "cel/json.h"
#include "cel/value.h"
#include "event/event.h"

namespace tessera::segment {

// Its JSON is read when it is first asked for, and once. One thread.
class EventValue final : public cel::Map {
 public:
  EventValue(cel::JsonReader& json, cel::Arena& arena) : json_(json), arena_(arena) {}

  // What it shows from here on; both must outlive its use. The arena is the caller's to reset before.
  void show(const event::Event& event, std::string_view source);

  std::size_t size() const override;
  bool find(const cel::Value& key, cel::Arena& arena, cel::Value* value) const override;
  cel::Value key_at(std::size_t index, cel::Arena& arena) const override;

 private:
  struct Document {
    bool is_read = false;
    cel::Value value;
  };
  cel::Value read(Document& document, std::string_view text) const;

  cel::JsonReader& json_;
  cel::Arena& arena_;
  const event::Event* event_ = nullptr;
  std::string_view source_;
  mutable Document properties_;
  mutable Document context_;
};

}  // namespace tessera::segment
