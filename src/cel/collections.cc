#include "cel/collections.h"

#include <bit>
#include <cstring>
#include <new>

#include "base/hash.h"
#include "cel/numeric.h"
#include "cel/program.h"

namespace tessera::cel {

namespace {
constexpr std::size_t kFewKeys = 12;
}  // namespace

bool same_key(const Value& a, const Value& b) {
  if (a.is(Kind::kString)) return b.is(Kind::kString) && a.text() == b.text();
  if (a.is(Kind::kBool)) return b.is(Kind::kBool) && a.as_bool() == b.as_bool();
  if (a.kind() == b.kind()) return is_number(a.kind()) && compare_numbers(a, b) == 0;
  std::int64_t i = 0;
  std::int64_t j = 0;
  if (to_exact_int(a, &i) && to_exact_int(b, &j)) return i == j;
  std::uint64_t u = 0;
  std::uint64_t v = 0;
  return to_exact_uint(a, &u) && to_exact_uint(b, &v) && u == v;
}

std::uint64_t hash_key(const Value& key) {
  if (key.is(Kind::kString)) return hash64(key.text());
  std::int64_t i = 0;
  if (to_exact_int(key, &i)) return mix64(static_cast<std::uint64_t>(i));
  std::uint64_t u = 0;
  if (to_exact_uint(key, &u)) return mix64(u);
  return mix64(key.as_bool() ? 11 : 7);
}

bool ArenaMap::find(const Value& key, Arena&, Value* value) const {
  if (table_.empty()) {
    for (const Entry& entry : entries_) {
      if (same_key(entry.key, key)) {
        *value = entry.value;
        return true;
      }
    }
    return false;
  }
  if (!key.is(Kind::kString) && !key.is(Kind::kBool) && !is_number(key.kind())) return false;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t slot = hash_key(key) & mask; table_[slot] != 0; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[table_[slot] - 1];
    if (same_key(entry.key, key)) {
      *value = entry.value;
      return true;
    }
  }
  return false;
}

MapBuilder::MapBuilder(std::size_t capacity, Arena& arena) : arena_(arena) {
  if (capacity == 0) return;
  void* const memory = capacity < (1U << 28) ? arena.take(capacity * sizeof(Entry)) : nullptr;
  if (memory == nullptr) {
    failed_ = true;
    return;
  }
  entries_ = {static_cast<Entry*>(memory), capacity};
  if (capacity <= kFewKeys) return;
  const std::size_t slots = std::bit_ceil(capacity * 2);
  void* const table = arena.take(slots * sizeof(std::uint32_t));
  if (table == nullptr) {
    failed_ = true;
    return;
  }
  std::memset(table, 0, slots * sizeof(std::uint32_t));
  table_ = {static_cast<std::uint32_t*>(table), slots};
}

std::size_t MapBuilder::slot_of(const Value& key) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash_key(key) & mask;
  while (table_[slot] != 0 && !same_key(entries_[table_[slot] - 1].key, key)) slot = (slot + 1) & mask;
  return slot;
}

Entry* MapBuilder::find(const Value& key) {
  if (!table_.empty()) {
    const std::uint32_t index = table_[slot_of(key)];
    return index == 0 ? nullptr : &entries_[index - 1];
  }
  for (std::size_t i = 0; i < size_; ++i) {
    if (same_key(entries_[i].key, key)) return &entries_[i];
  }
  return nullptr;
}

MapBuilder::Added MapBuilder::add(const Value& key, const Value& value, bool replace) {
  if (failed_ || size_ >= entries_.size()) return Added::kNoMemory;
  if (!key.is(Kind::kString) && !key.is(Kind::kBool) && !key.is(Kind::kInt) && !key.is(Kind::kUint)) {
    return Added::kNoKey;
  }
  if (Entry* const entry = find(key)) {
    if (!replace) return Added::kDuplicate;
    entry->value = value;
    return Added::kYes;
  }
  new (&entries_[size_]) Entry{key, value};
  ++size_;
  if (!table_.empty()) table_[slot_of(key)] = static_cast<std::uint32_t>(size_);
  return Added::kYes;
}

const Map* MapBuilder::finish() {
  void* const memory = failed_ ? nullptr : arena_.take(sizeof(ArenaMap));
  if (memory == nullptr) return nullptr;
  return new (memory) ArenaMap(entries_.first(size_), table_);
}

const List* make_list(std::span<const Value> items, Arena& arena) {
  void* const memory = arena.take(sizeof(ArenaList));
  return memory == nullptr ? nullptr : new (memory) ArenaList(items);
}

Value make_optional(const Value& value, Arena& arena) {
  void* const memory = arena.take(sizeof(OptionalBox));
  if (memory == nullptr) return Value::error(kMemoryExceeded);
  return Value::optional(new (memory) OptionalBox{true, value});
}

Value absent_optional() {
  static constexpr OptionalBox kAbsent;
  return Value::optional(&kAbsent);
}

std::span<Value> take_values(std::size_t count, Arena& arena, bool* ok) {
  void* const memory = count < (1U << 28) ? arena.take(count * sizeof(Value)) : nullptr;
  *ok = memory != nullptr;
  if (memory == nullptr) return {};
  Value* const values = static_cast<Value*>(memory);
  std::uninitialized_default_construct_n(values, count);
  return {values, count};
}

}  // namespace tessera::cel
