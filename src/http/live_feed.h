// The live page's feed: makes a frame every half second while somebody watches, and gives it to all who do.
//
// One thread of its own, asleep while nobody watches. It asks the engine for the names of the people in the frame and
// for the segments; an engine too busy to answer within a moment costs the names and segments, not the frame.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "catalog/source.h"
#include "engine/engine.h"
#include "http/display_name.h"
#include "http/filling.h"
#include "http/live_sink.h"
#include "http/membership_sink.h"
#include "http/stream.h"

namespace tessera::http {

// One person of a frame, as found now.
struct FramePerson {
  LivePerson did;
  ProfileId profile;  // that they live on now
  DisplayName name;
  std::size_t parts = 1;  // original profiles that they were made of
};

// A segment, and who came and went within the last minute.
struct FrameSegment {
  engine::SegmentSnapshot now;
  SegmentMotion motion;
};

// Somebody whom one record let enter or leave segments, just now.
struct FrameMove {
  MembershipChange cause;  // the first of the changes
  std::vector<std::string> entered;
  std::vector<std::string> exited;
  ProfileId profile;  // that they live on now
  DisplayName name;
};

struct Frame {
  Timestamp at;
  LiveView view;
  engine::Stats stats;
  std::vector<FramePerson> people;  // newest first
  // By name; the largest, where there are more than are shown. None where the engine did not answer in time.
  std::optional<std::vector<FrameSegment>> segments;
  std::size_t segments_in_all = 0;
  Filling filling;
  std::vector<FrameMove> moves;  // newest first
};

// One line of JSON. Descriptions of segments come from `definitions`.
std::string frame_json(const Frame& frame, const catalog::Sources& sources, const catalog::Definitions& definitions);

class LiveFeed {
 public:
  static constexpr std::int64_t kFrameMs = 500;
  static constexpr std::int64_t kNamesMs = 200;  // waited for the engine's answers
  static constexpr std::size_t kPeople = 10;     // of a frame
  static constexpr std::size_t kSegments = 24;   // of a frame
  static constexpr std::size_t kMoves = 10;      // of a frame
  static constexpr std::size_t kMaxWatchers = 64;

  // All of them must outlive it.
  LiveFeed(engine::Engine& engine, const LiveSink& sink, const MembershipSink& memberships, Clock& clock);
  ~LiveFeed();  // stops
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // Any thread. From now on the stream gets each frame as a server-sent event, until its reader goes away.
  // kResourceExhausted if kMaxWatchers watch already; kUnavailable once stopped.
  Status watch(std::shared_ptr<Stream> stream);

  // Any thread, any number of times. Closes the streams and takes no more. Call it before the server's stop, which
  // would wait for the streams otherwise.
  void stop();

 private:
  void run();
  std::string make_event();
  void ask(Frame& frame);

  engine::Engine& engine_;
  const LiveSink& sink_;
  const MembershipSink& memberships_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Stream>> watchers_;  // guarded by mutex_
  bool fresh_ = false;                             // guarded by mutex_: somebody came and should not wait
  bool stopping_ = false;                          // guarded by mutex_
  std::thread thread_;
};

}  // namespace tessera::http
