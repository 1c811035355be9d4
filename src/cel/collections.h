// Lists and maps in an arena.
#pragma once

#include <cstdint>
#include <span>

#include "cel/arena.h"
#include "cel/value.h"

namespace tessera::cel {

class ArenaList final : public List {
 public:
  explicit ArenaList(std::span<const Value> items) : items_(items) {}
  std::size_t size() const override { return items_.size(); }
  Value at(std::size_t index, Arena&) const override { return items_[index]; }

 private:
  std::span<const Value> items_;
};

struct Entry {
  Value key;
  Value value;
};

// Keys in the order they were added. Few keys are searched one after another, many through a table of their hashes.
class ArenaMap final : public Map {
 public:
  ArenaMap(std::span<const Entry> entries, std::span<const std::uint32_t> table) : entries_(entries), table_(table) {}
  std::size_t size() const override { return entries_.size(); }
  bool find(const Value& key, Arena& arena, Value* value) const override;
  Value key_at(std::size_t index, Arena&) const override { return entries_[index].key; }

 private:
  std::span<const Entry> entries_;
  std::span<const std::uint32_t> table_;  // open addressing: an entry's index + 1, or 0; empty for few keys
};

// Builds a map of at most `capacity` keys.
class MapBuilder {
 public:
  enum class Added { kYes, kDuplicate, kNoKey, kNoMemory };

  MapBuilder(std::size_t capacity, Arena& arena);
  // kNoKey: the value's type cannot be a key. `replace`: a key that is there already gets the new value.
  Added add(const Value& key, const Value& value, bool replace = false);
  // Null past the arena's limit.
  const Map* finish();

 private:
  std::size_t slot_of(const Value& key) const;
  Entry* find(const Value& key);

  Arena& arena_;
  std::span<Entry> entries_;
  std::span<std::uint32_t> table_;
  std::size_t size_ = 0;
  bool failed_ = false;
};

// Null past the arena's limit.
const List* make_list(std::span<const Value> items, Arena& arena);
Value make_optional(const Value& value, Arena& arena);  // an error past the arena's limit
Value absent_optional();

// Room for `count` values in the arena; empty with `ok` false past its limit.
std::span<Value> take_values(std::size_t count, Arena& arena, bool* ok);

// Whether two values are the same key of a map: kinds that cannot be keys never are.
bool same_key(const Value& a, const Value& b);
std::uint64_t hash_key(const Value& key);

}  // namespace tessera::cel
