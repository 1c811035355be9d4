// State objects of one family, decoded, in a bounded cache over the store; changed ones are owed to the next cut.
//
// The Codec names the types and their stored form:
//   struct Codec {
//     using Key = …; using Value = …;                       // Key hashable by hash_key, below
//     static constexpr Family kFamily;
//     static std::string key(const Key&);                   // as stored
//     static void encode(const Value&, std::string& out);
//     static Result<Value> decode(std::string_view);
//     static std::size_t size(const Value&);                // rough bytes in memory, for the cache's bound
//   };
//
// One thread. Pointers and references hold until the next call that is not `find` or `edit` of another key; entries do
// not move. When the store cannot be read, or holds damaged bytes, `failure` says so from then on.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "storage/store.h"

namespace tessera::storage {

template <class Tag>
std::uint64_t hash_key(StrongId<Tag, std::uint64_t> id) {
  return mix64(id.value);
}
inline std::uint64_t hash_key(std::uint64_t number) {
  return mix64(number);
}
inline std::uint64_t hash_key(const std::string& text) {
  return hash64(text);
}

template <class Codec>
class ObjectCache {
 public:
  using Key = typename Codec::Key;
  using Value = typename Codec::Value;

  explicit ObjectCache(const Store& store) : store_(store) {}
  ObjectCache(const ObjectCache&) = delete;
  ObjectCache& operator=(const ObjectCache&) = delete;

  // The object, or nullptr if there is none.
  const Value* find(const Key& key) {
    Entry& entry = load(key);
    entry.used = true;
    return entry.value ? &*entry.value : nullptr;
  }

  // The object, made empty if there is none, to be changed; it belongs to the next cut.
  Value& edit(const Key& key) {
    Entry& entry = load(key);
    touch(entry);
    if (!entry.value) entry.value.emplace();
    return *entry.value;
  }

  // The same where the caller knows that the store has none: it is not asked.
  Value& create(const Key& key) {
    Entry& entry = load(key, false);
    touch(entry);
    if (!entry.value) entry.value.emplace();
    return *entry.value;
  }

  void erase(const Key& key) {
    Entry& entry = load(key);
    if (!entry.value) return;
    touch(entry);
    entry.value.reset();
  }

  // Cuts: `begin_cut` (what is changed now is owed to `batch`), `encode_some` until it returns true (everything owed
  // is in the batch), commit the batch, `end_cut` (from now on it may be evicted).
  void begin_cut(CutBatch& batch) {
    TESSERA_ASSERT(owed_.empty() && batch_ == nullptr);
    batch_ = &batch;
    std::swap(owed_, changed_);
    ++generation_;
  }

  bool encode_some(std::size_t count) {
    for (; next_owed_ < owed_.size() && count > 0; ++next_owed_, --count) {
      if (is_owed(*owed_[next_owed_])) encode(*owed_[next_owed_]);
    }
    return next_owed_ == owed_.size();
  }

  void end_cut() {
    TESSERA_ASSERT(next_owed_ == owed_.size());
    owed_.clear();
    next_owed_ = 0;
    batch_ = nullptr;
  }

  // Drops objects that are durable and not lately used, until about `bytes` are held or `looks` were looked at. The
  // next call goes on where this one ended.
  void evict_to(std::size_t bytes, std::size_t looks) {
    for (std::size_t looked = 0; bytes_ > bytes && looked < looks && slot_count_ > 0; ++looked) {
      if (hand_ >= slot_count_) hand_ = 0;
      Entry& entry = at(hand_++);
      if (!entry.live || !is_durable(entry)) continue;
      if (entry.used) {
        entry.used = false;
      } else {
        drop(entry);
      }
    }
  }

  // Before the first use: takes in objects in the order of their keys until about `bytes` are held. One scan costs a
  // fraction of as many reads. The Codec names the key of a stored one: `static Key parse_key(std::string_view)`.
  Status preload(const Snapshot& state, std::size_t bytes) {
    TESSERA_ASSERT(live_ == 0);
    TRY(state.scan(Codec::kFamily, "", [&](std::string_view key, std::string_view value) {
      Entry& entry = take_slot();
      entry.key = Codec::parse_key(key);
      entry.live = true;
      const auto [first, is_new] = index_.emplace(hash_key(entry.key), entry.slot);
      if (!is_new) entry.next = std::exchange(first->second, entry.slot);
      ++live_;
      take(entry, value);
      measure(entry);
      return bytes_ < bytes && failure_.has_value();
    }));
    return failure_;
  }

  std::size_t size() const { return live_; }
  std::size_t bytes() const { return bytes_; }  // as last measured
  // About how much the next cut will write.
  std::size_t changed_bytes() const { return live_ == 0 ? 0 : bytes_ / live_ * changed_.size(); }
  const Status& failure() const { return failure_; }

 private:
  static constexpr std::uint32_t kNone = ~0U;
  struct Entry {
    Key key{};
    std::optional<Value> value;
    std::uint32_t slot = 0;
    std::uint32_t next = kNone;  // the next slot of the same hash
    std::uint32_t measured = 0;  // bytes counted for it
    // Generations are counted by cuts, so that to begin or end one touches no entry.
    std::uint32_t changed = 0;  // the last generation in which it changed; 0: none
    std::uint32_t unsaved = 0;  // the generation whose changes are not encoded; 0: none
    bool live = false;
    bool used = false;
  };
  struct Identity {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  static constexpr std::size_t kOverhead = sizeof(Entry) + 24;

  static constexpr std::uint32_t kChunk = 4096;
  Entry& at(std::uint32_t slot) { return slots_[slot / kChunk][slot % kChunk]; }

  Entry& load(const Key& key, bool may_be_stored = true) {
    const std::uint64_t hash = hash_key(key);
    const auto first = index_.find(hash);
    for (std::uint32_t slot = first == index_.end() ? kNone : first->second; slot != kNone; slot = at(slot).next) {
      if (at(slot).key == key) return at(slot);
    }
    Entry& entry = take_slot();
    entry.key = key;
    entry.live = true;
    entry.next = first == index_.end() ? kNone : first->second;
    index_.insert_or_assign(hash, entry.slot);
    ++live_;
    if (may_be_stored) read(entry);
    measure(entry);
    return entry;
  }

  void read(Entry& entry) {
    text_.clear();
    const auto found = store_.get(Codec::kFamily, Codec::key(entry.key), text_);
    if (!found) {
      failure_ = std::unexpected(found.error());
    } else if (*found) {
      take(entry, text_);
    }
  }

  void take(Entry& entry, std::string_view bytes) {
    auto value = Codec::decode(bytes);
    if (value) {
      entry.value = std::move(*value);
    } else {
      failure_ = std::unexpected(value.error());
    }
  }

  Entry& take_slot() {
    if (!free_.empty()) {
      Entry& entry = at(free_.back());
      free_.pop_back();
      return entry;
    }
    if (slot_count_ % kChunk == 0) slots_.push_back(std::make_unique<Entry[]>(kChunk));
    Entry& entry = at(slot_count_);
    entry.slot = slot_count_++;
    return entry;
  }

  void touch(Entry& entry) {
    entry.used = true;
    if (is_owed(entry)) encode(entry);
    if (entry.changed == generation_) return;
    entry.changed = generation_;
    entry.unsaved = generation_;
    changed_.push_back(&entry);
  }

  void encode(Entry& entry) {
    entry.unsaved = 0;
    measure(entry);
    const std::string key = Codec::key(entry.key);
    if (!entry.value) {
      batch_->erase(Codec::kFamily, key);
      return;
    }
    text_.clear();
    Codec::encode(*entry.value, text_);
    batch_->put(Codec::kFamily, key, text_);
  }

  // Changed before the running cut began, and not yet in it.
  bool is_owed(const Entry& entry) const {
    return batch_ != nullptr && entry.unsaved != 0 && entry.unsaved < generation_;
  }
  // The store has it as it is.
  bool is_durable(const Entry& entry) const {
    return entry.changed < generation_ && (batch_ == nullptr || entry.changed + 1 < generation_);
  }

  void measure(Entry& entry) {
    bytes_ -= entry.measured;
    entry.measured = static_cast<std::uint32_t>(kOverhead + (entry.value ? Codec::size(*entry.value) : 0));
    bytes_ += entry.measured;
  }

  void drop(Entry& entry) {
    bytes_ -= entry.measured;
    unlink(entry);
    --live_;
    const std::uint32_t slot = entry.slot;
    entry = Entry{};
    entry.slot = slot;
    free_.push_back(slot);
  }

  void unlink(const Entry& entry) {
    const auto first = index_.find(hash_key(entry.key));
    if (first->second != entry.slot) {
      std::uint32_t before = first->second;
      while (at(before).next != entry.slot) before = at(before).next;
      at(before).next = entry.next;
    } else if (entry.next != kNone) {
      first->second = entry.next;
    } else {
      index_.erase(first);
    }
  }

  const Store& store_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t, Identity> index_;  // key's hash → slot; never iterated
  std::size_t live_ = 0;
  std::vector<std::unique_ptr<Entry[]>> slots_;  // in chunks, so that entries do not move
  std::uint32_t slot_count_ = 0;
  std::vector<std::uint32_t> free_;
  std::vector<Entry*> changed_;  // since the last cut began
  std::vector<Entry*> owed_;     // of the running cut
  std::size_t next_owed_ = 0;
  std::uint32_t generation_ = 1;
  CutBatch* batch_ = nullptr;
  std::uint32_t hand_ = 0;
  std::size_t bytes_ = 0;
  std::string text_;
  Status failure_;
};

}  // namespace tessera::storage
