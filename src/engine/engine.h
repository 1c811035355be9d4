// The engine: one thread that applies the log to Core and 256 Shards, cuts their state, and answers short queries.
//
// Submit records from any thread; they are acknowledged when synced. Ask from any thread with `query`; the closure
// runs on the engine's thread between records, reads bounded state only, and takes at most 200 µs. See ARCHITECTURE.md
// for what happens in between.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/definition.h"
#include "catalog/identity_rules.h"
#include "catalog/kind.h"
#include "catalog/source.h"
#include "engine/backfill.h"
#include "engine/sink.h"
#include "log/appender.h"
#include "log/log.h"
#include "profile/part.h"
#include "profile/snapshot.h"
#include "segment/explain.h"
#include "segment/members.h"
#include "segment/ranks.h"
#include "storage/store.h"

namespace tessera::engine {

struct Options {
  std::string build = "dev";           // written into Epoch records
  std::int64_t cut_every_ms = 10'000;  // a cut is begun at the first of these three
  std::uint64_t cut_every_records = 1'000'000;
  std::size_t cut_every_bytes = 256u << 20;
  std::size_t cache_bytes = 1280u << 20;       // decoded state kept in memory; what is dirty may exceed it
  std::size_t sink_bytes = 256u << 20;         // a sink with more than this waiting stops the engine
  std::size_t log_queue_bytes = 64u << 20;     // records waiting to be written
  std::size_t apply_queue_bytes = 128u << 20;  // synced records waiting to be applied
  double disk_reserve = 0.05;                  // below this free share, `submit` answers kUnavailable
  std::int64_t log_keep_ms = 7 * kDayMs;       // sealed segments are kept this long
  std::uint64_t seen_limit = 200'000'000;      // message ids remembered
  std::int64_t seen_ms = 7 * kDayMs;           // and for how long
  // The kinds of definitions; null: sources and identity rules alone. What they check is part of the epoch's semantics.
  std::shared_ptr<const catalog::Kinds> kinds;
  // Told of the sources whenever they change, on the engine's thread (while `start` replays: the caller's).
  std::function<void(std::shared_ptr<const catalog::Sources>)> on_sources;
  std::int64_t rank_at_ms = 3 * kHourMs;  // of the day, UTC: when everyone is compared anew, for percentile(…)
  bool accept_clock = false;              // at start: the operator consents to a jump of over 30 days
};

// Counters that may be read at any time from any thread.
struct Stats {
  Offset synced;                 // newest record that is durable
  Offset applied;                // newest record that took effect
  Offset cut;                    // newest durable cut
  std::uint64_t events = 0;      // that took effect, ever
  std::uint64_t duplicates = 0;  // dropped by message id, ever
  std::uint64_t rejected = 0;    // quarantined, ever
  std::uint64_t profiles = 0;    // people now
  std::uint64_t merges = 0;      // ever
  std::uint64_t unmerges = 0;    // profiles that came out of another, ever
  std::uint64_t groups = 0;      // households and companies now
  std::uint64_t cache_bytes = 0;
  std::uint64_t log_bytes = 0;
  std::size_t log_queue_bytes = 0;
  std::size_t apply_queue_bytes = 0;
  std::uint64_t cuts = 0;         // since start
  std::uint64_t last_cut_ms = 0;  // how long the last one took
  std::uint64_t seen = 0;         // message ids remembered
  bool seen_shrunk = false;       // more ids than seen_limit came within seen_ms: the window is shorter
  std::uint64_t replayed = 0;     // records applied again at start
  std::uint64_t replay_ms = 0;    // how long that took
  bool clock_held = false;        // the wall clock jumped; `accept_clock` resumes
  std::string failure;            // why the engine stopped; empty while it runs
};

// A segment in force.
struct SegmentSnapshot {
  std::string name;
  std::uint32_t version = 0;
  std::uint64_t members = 0;  // now
  bool pending = false;       // it waits for the history: its members are those of the version before, or none
};

// Something that everyone is compared by.
struct RanksSnapshot {
  std::string text;                                 // percentile(…)
  std::string among;                                // the segment whose members are compared; empty: everyone
  bool times = false;                               // what is compared are times, in milliseconds since 1970
  bool pending = false;                             // it waits for the history
  std::shared_ptr<const segment::RankTable> table;  // null: none was made yet
};

inline constexpr std::size_t kMaxOverlapping = 5;  // segments of one overlap

// How far some segments have the same members.
struct OverlapSnapshot {
  std::vector<SegmentSnapshot> segments;  // in the order asked for
  segment::Overlap overlap;
};

// How far a sweep over all profiles is, after segments were published; `of` is 0 when none is under way.
struct SweepSnapshot {
  std::uint64_t done = 0;
  std::uint64_t of = 0;
};

// What is to be taken from the history, and what it is for.
struct BackfillSnapshot {
  Backfill state;
  std::shared_ptr<const segment::Plan> plan;
  std::shared_ptr<const catalog::Sources> sources;
};

// What state keeps of a person, as conditions read it.
struct PersonState {
  ProfileId id;
  std::vector<std::pair<PartId, profile::StoredPart>> parts;
  std::vector<std::uint32_t> segments;  // ids, ascending
};

// State as a query sees it. Only valid inside the query's closure.
class View {
 public:
  virtual ~View() = default;
  virtual Offset position() const = 0;  // every record up to here has taken effect
  virtual Timestamp time() const = 0;   // of that record
  virtual Timestamp now() const = 0;    // the time of day, and no earlier than `time`

  // Why the record had no effect (a set of changes that was refused, a correction of what is not so); nullopt if it had
  // one, or is not among the newest thousand that had none, or the engine was started since.
  virtual std::optional<std::string> refusal(Offset record) = 0;

  // The profile that a merged id lives on in counts as found. kNotFound otherwise.
  virtual Result<ProfileId> find(ProfileId id) = 0;
  // `value` in any spelling; it is standardised here.
  virtual Result<ProfileId> find(std::string_view identifier_type, std::string_view value) = 0;
  virtual Result<profile::ProfileSnapshot> profile(ProfileId id) = 0;
  virtual Result<profile::GraphSnapshot> graph(ProfileId id) = 0;
  // Segments in force, by name.
  virtual std::vector<SegmentSnapshot> segments() = 0;
  virtual SweepSnapshot sweep() = 0;
  virtual BackfillSnapshot backfill() = 0;
  // The number of the profile that is made next: all that ever were have lower ones.
  virtual std::uint64_t next_profile() = 0;
  // Copies what is kept; a sweep under way counts as done. kNotFound where the id is nobody's now.
  virtual Result<PersonState> person(ProfileId id) = 0;
  // At most `limit` members, in the order in which their profiles were made, from those made after `after` (0: from the
  // first). kNotFound if no such segment is in force.
  virtual Result<std::vector<ProfileId>> members(std::string_view segment, ProfileId after, std::size_t limit) = 0;
  // All of them at this moment, by profiles' numbers, ascending. kNotFound as above. Takes some milliseconds for ten
  // million, longer than other queries.
  virtual Result<std::vector<std::uint32_t>> all_members(std::string_view segment) = 0;
  // kNotFound as above, and of a group. A profile that is no more is no member.
  virtual Result<bool> is_member(std::string_view segment, ProfileId id) = 0;
  // What everyone is compared by, in no order that means anything.
  virtual std::vector<RanksSnapshot> ranks() = 0;
  // How far these have the same members; at most kMaxOverlapping. kNotFound if one of them is not in force. Takes some
  // milliseconds where they have ten million members each, longer than any other query.
  virtual Result<OverlapSnapshot> overlap(std::span<const std::string> segments) = 0;
  // Why a person is in a segment or not.
  virtual Result<segment::Explanation> explain(ProfileId id, std::string_view segment) = 0;
  // At most `limit` entries strictly before (before, before_offset); none that an older one could be missing from.
  virtual Result<profile::TimelineSnapshot> timeline(ProfileId id, Timestamp before, Offset before_offset,
                                                     std::size_t limit) = 0;
};

class Engine {
 public:
  // Opens state, replays the log from the last cut, and starts. The store, log, clock and sinks must outlive it.
  // Returns when it serves. kFailedPrecondition if uncut records have another epoch, or the clock is far off.
  static Result<std::unique_ptr<Engine>> start(const Options& options, storage::Store& store, log::Log& log,
                                               log::Files& log_files, Clock& clock, std::vector<Sink*> sinks);
  virtual ~Engine() = default;

  // Any thread. Once synced, `done` gets the offset of the last record (on the log's thread; be quick). Refused with
  // kResourceExhausted (queues full: try again) or kUnavailable (disk nearly full, stopping, clock held); then `done`
  // is not called.
  virtual Status submit(std::vector<log::Draft> drafts, log::Appender::Done done) = 0;

  // Any thread. Runs `ask` on the engine's thread; `stale` is false once `at_least` has been applied, true if that
  // took longer than 50 ms. kResourceExhausted if too many queries wait; kUnavailable when stopping.
  using Ask = std::move_only_function<void(View& view, bool stale)>;
  virtual Status query(Offset at_least, Ask ask) = 0;

  // The kinds of definitions there are. Any thread.
  virtual const catalog::Kinds& kinds() const = 0;
  // All definitions, and the sources and rules in force. Any thread; cheap. Sources that are asked for after
  // definitions are at least as new.
  virtual std::shared_ptr<const catalog::Definitions> definitions() const = 0;
  virtual std::shared_ptr<const catalog::Sources> sources() const = 0;
  virtual std::shared_ptr<const catalog::IdentityRules> identity_rules() const = 0;

  virtual Stats stats() const = 0;

  // Compares everyone anew, for percentile(…), as soon as no sweep is under way. Any thread.
  virtual void rank() = 0;

  // Consents to the wall clock's jump, so that records take the new time.
  virtual void accept_clock() = 0;

  // Cuts at the newest record and returns when the cut is durable. Any thread but the engine's.
  virtual Status cut() = 0;

  // A hash over all state at the newest record; equal logs give equal digests, however they were batched or
  // interrupted. Cuts first; reads the whole store. Any thread but the engine's.
  virtual Result<std::string> digest() = 0;

  // Applies and cuts what was submitted, then ends its threads. Called by the destructor's owner on a clean stop;
  // destroying without it is a crash as far as state is concerned (nothing acknowledged is lost).
  virtual void stop() = 0;
};

}  // namespace tessera::engine
