// De-duplication: which messages have been taken already, by the 128-bit hash of (source, message id).
//
// Remembers each for `keep_ms`, and at most about `limit` of them; forgets the oldest first, in blocks of 65,536 in the
// order of the log. What is forgotten is forgotten at a record, so a replay forgets at the same place. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"
#include "storage/store.h"

namespace tessera::engine {

class Seen {
 public:
  Seen(storage::Store& store, std::uint64_t limit, std::int64_t keep_ms);

  // True if `message` came before and is still remembered; else remembers it.
  bool check(Hash128 message, Offset offset, Timestamp time);

  // Forgets what is too old at `time`. Returns when to call again, 0 if nothing is remembered.
  Timestamp forget(Timestamp time);

  std::uint64_t remembered() const { return total_ - forgotten_; }
  bool shrunk() const { return shrunk_; }  // the limit made the time shorter than keep_ms
  // Entries from here on are remembered.
  Offset floor() const { return blocks_.empty() ? Offset{} : blocks_.front().first; }
  const Status& failure() const { return failure_; }

  // The blocks, as one stored value.
  void encode(std::string& out) const;
  Status decode(std::string_view bytes);

  // The cut's protocol, as storage::ObjectCache's.
  void begin_cut(storage::CutBatch& batch);
  bool encode_some(std::size_t count);
  void end_cut();
  std::size_t changed_bytes() const { return fresh_.order.size() * 32; }
  std::size_t bytes() const { return (fresh_.order.capacity() + owed_.order.capacity()) * 64; }

 private:
  struct Block {
    Offset first;
    Timestamp time;       // of its first
    std::uint64_t index;  // how many came before it, ever
  };
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(const Hash128& h) const { return h.low; }
  };
  struct Generation {
    boost::unordered_flat_map<Hash128, Offset, Hash> offsets;  // never iterated
    std::vector<std::pair<Hash128, Offset>> order;
    void clear();
  };
  static std::string key(Hash128 message);
  bool remembered_at(const Generation& generation, Hash128 message) const;

  storage::Store& store_;
  const std::uint64_t limit_;
  const std::int64_t keep_ms_;
  std::deque<Block> blocks_;
  std::uint64_t total_ = 0;
  std::uint64_t forgotten_ = 0;
  bool shrunk_ = false;
  Generation fresh_;  // since the last cut began
  Generation owed_;   // in the running cut
  std::size_t next_owed_ = 0;
  Offset cut_floor_;  // the floor when the running cut began
  storage::CutBatch* batch_ = nullptr;
  std::string text_;
  Status failure_;
};

// The offset in a stored entry, and the floor in the stored blocks: for digests, which leave out what is forgotten.
Offset seen_offset(std::string_view stored_entry);
Result<Offset> seen_floor(std::string_view stored_blocks);

}  // namespace tessera::engine
