#include "segment/event_value.h"

#include <algorithm>
#include <array>

#include "segment/aggregate.h"

namespace tessera::segment {

namespace {

constexpr std::array<std::string_view, 6> kFields{"name", "type", "properties", "context", "occurred_at", "source"};
constexpr std::string_view kUnreadable = "the event's properties or context cannot be read";

}  // namespace

void EventValue::show(const event::Event& event, std::string_view source) {
  event_ = &event;
  source_ = source;
  properties_ = {};
  context_ = {};
}

std::size_t EventValue::size() const {
  return kFields.size();
}

bool EventValue::find(const cel::Value& key, cel::Arena&, cel::Value* value) const {
  if (!key.is(cel::Kind::kString)) return false;
  const auto field = std::ranges::find(kFields, key.text());
  switch (field - kFields.begin()) {
    case 0:
      *value = cel::Value::string(event_->name);
      return true;
    case 1:
      *value = cel::Value::string(event::type_name(event_->type));
      return true;
    case 2:
      *value = read(properties_, event_->properties);
      return true;
    case 3:
      *value = read(context_, event_->context);
      return true;
    case 4:
      *value = as_value(event_->occurred_at);
      return true;
    case 5:
      *value = cel::Value::string(source_);
      return true;
    default:
      return false;
  }
}

cel::Value EventValue::key_at(std::size_t index, cel::Arena&) const {
  return cel::Value::string(kFields[index]);
}

// Without properties there is null, so that `e.properties.total` is null too.
cel::Value EventValue::read(Document& document, std::string_view text) const {
  if (document.is_read) return document.value;
  document.is_read = true;
  if (!text.empty()) {
    const auto value = json_.read(text, arena_);
    document.value = value ? *value : cel::Value::error(kUnreadable);
  }
  return document.value;
}

}  // namespace tessera::segment
