// The model's values and those of the language, one as the other; for tests.
#pragma once

#include "cel/value.h"
#include "segment/aggregate.h"
#include "segment/test_model.h"

namespace tessera::segment {

// Texts point into `value`.
inline cel::Value to_cel(const model::Value& value) {
  if (const double* number = std::get_if<double>(&value)) return cel::Value::real(*number);
  if (const std::string* text = std::get_if<std::string>(&value)) return cel::Value::string(*text);
  if (const bool* truth = std::get_if<bool>(&value)) return cel::Value::boolean(*truth);
  if (const model::Time* time = std::get_if<model::Time>(&value)) return as_value(Timestamp{time->ms});
  if (std::holds_alternative<model::Wrong>(value)) return cel::Value::error("wrong");
  return cel::Value::null();
}

inline model::Value from_cel(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kBool:
      return value.as_bool();
    case cel::Kind::kInt:
      return static_cast<double>(value.as_int());
    case cel::Kind::kDouble:
      return value.as_double();
    case cel::Kind::kString:
      return std::string(value.text());
    case cel::Kind::kTimestamp:
      return model::Time{value.as_instant().seconds * 1000 + value.as_instant().nanos / 1'000'000};
    case cel::Kind::kError:
      return model::Wrong{};
    default:
      return model::Null{};
  }
}

}  // namespace tessera::segment
