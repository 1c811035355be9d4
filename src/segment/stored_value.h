// Values as states and series keep them: numbers that are equal are one value, texts are cut. Pure functions.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cel/value.h"
#include "segment/aggregate.h"

namespace tessera::segment {

// Numbers within bytes: little-endian, as the machines that there are have them.
template <class T>
T get(std::string_view bytes, std::size_t at) {
  TESSERA_ASSERT(at + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  TESSERA_ASSERT(at + sizeof(T) <= bytes.size());
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// What is kept of a value: null, a bool, a timestamp, a text of at most kMaxValueBytes, a number as a double, or as an
// int where it is one beyond 2^53. nullopt of anything else, and of what is no number.
std::optional<cel::Value> kept(const cel::Value& value);

// A kept value in bytes: a letter for its kind, then its content (docs/formats/features.md). Equal values have equal
// bytes. `encode_value` keeps it first; false if there is nothing to keep.
bool encode_value(const cel::Value& value, std::string& out);
cel::Value decode_value(std::string_view bytes);

// The order of kept values, -1, 0 or 1: numbers before texts before times before false before true. Among them, numbers
// by value, texts by bytes, times by time. Null is last.
int order(const cel::Value& a, const cel::Value& b);

// What a value adds to a sum; nullopt where it is left out.
std::optional<Exact> millionths_of(const cel::Value& value);

}  // namespace tessera::segment
