#include "segment/feature_states.h"

#include <cstring>

#include "base/result.h"

namespace tessera::segment {

namespace {

// How many (4 bytes); for each its id and where its state ends, from the end of the table (4 and 4); the states.
constexpr std::size_t kHead = 4;
constexpr std::size_t kEntry = 8;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number;
  TESSERA_ASSERT(at + sizeof number <= bytes.size());
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void append_number(std::string& out, std::size_t number) {
  const auto narrow = static_cast<std::uint32_t>(number);
  out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
}

std::uint32_t id_at(std::string_view features, std::size_t index) {
  return number_at(features, kHead + index * kEntry);
}

// Walks through two ascending lists as one; of equal ids, the changed one.
template <class Take>
void for_each_state(std::string_view features, std::span<const FeatureState> changed, Take take) {
  const std::size_t count = count_feature_states(features);
  std::size_t mine = 0;
  for (const FeatureState& change : changed) {
    for (; mine < count && id_at(features, mine) < change.id; ++mine) take(feature_state_at(features, mine));
    if (mine < count && id_at(features, mine) == change.id) ++mine;
    if (!change.state.empty()) take(change);
  }
  for (; mine < count; ++mine) take(feature_state_at(features, mine));
}

}  // namespace

std::size_t count_feature_states(std::string_view features) {
  return features.empty() ? 0 : number_at(features, 0);
}

FeatureState feature_state_at(std::string_view features, std::size_t index) {
  const std::size_t table_end = kHead + count_feature_states(features) * kEntry;
  const std::size_t begin = index == 0 ? 0 : number_at(features, kHead + (index - 1) * kEntry + 4);
  const std::size_t end = number_at(features, kHead + index * kEntry + 4);
  TESSERA_ASSERT(begin <= end && table_end + end <= features.size());
  return {id_at(features, index), features.substr(table_end + begin, end - begin)};
}

std::string_view find_feature_state(std::string_view features, std::uint32_t id) {
  std::size_t low = 0;
  std::size_t high = count_feature_states(features);
  const std::size_t count = high;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (id_at(features, middle) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count || id_at(features, low) != id) return {};
  return feature_state_at(features, low).state;
}

void write_feature_states(std::string_view features, std::span<const FeatureState> changed, std::string& out) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for_each_state(features, changed, [&](const FeatureState& state) {
    ++count;
    bytes += state.state.size();
  });
  if (count == 0) return;
  TESSERA_ASSERT(bytes <= UINT32_MAX);
  out.reserve(out.size() + kHead + count * kEntry + bytes);
  append_number(out, count);
  std::size_t end = 0;
  for_each_state(features, changed, [&](const FeatureState& state) {
    append_number(out, state.id);
    append_number(out, end += state.state.size());
  });
  for_each_state(features, changed, [&](const FeatureState& state) { out += state.state; });
}

}  // namespace tessera::segment
