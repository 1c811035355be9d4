// Plays the year of an import again, and tells at each moment what everybody is. A line of JSON for each thing told.
//
//   online_retail_year LOG_FOLDER [--publish AT] [--sizes] MOMENT…
//
// Everyone is ranked on Mondays at 3:00 UTC. --publish: segments and computed traits come at AT, when the events before
// have happened, and get their history while more events come; else they come first. --sizes: how many are in each
// segment is told after each ranking. Moments ascend.
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/json.h"
#include "year.h"

namespace tessera::online_retail {
namespace {

constexpr int kGoOnEvery = 50;                         // events between two steps of what is under way
constexpr Timestamp kFirstRanking{1'291'604'400'000};  // Monday, 2010-12-06 03:00 UTC
constexpr std::int64_t kRankingEvery = 7 * kDayMs;

struct Asked {
  std::string folder;
  std::optional<Timestamp> publish;
  bool sizes = false;
  std::vector<Timestamp> moments;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "online_retail_year: %s\n", why.c_str());
  std::exit(2);
}

Timestamp time_of(const std::string& text) {
  const auto at = parse_timestamp(text);
  if (!at) fail("no time: " + text);
  return *at;
}

Asked read_arguments(std::span<char* const> given) {
  Asked asked;
  for (std::size_t i = 1; i < given.size(); ++i) {
    const std::string word = given[i];
    if (word == "--sizes") {
      asked.sizes = true;
    } else if (word == "--publish" && i + 1 < given.size()) {
      asked.publish = time_of(given[++i]);
    } else if (asked.folder.empty()) {
      asked.folder = word;
    } else {
      asked.moments.push_back(time_of(word));
    }
  }
  if (asked.folder.empty() || asked.moments.empty()) fail("name the log's folder, and moments");
  return asked;
}

void print(const std::string& line) {
  std::printf("%s\n", line.c_str());
}

void tell_sizes(Year& year) {
  auto view = year.view();
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("at").string(to_text(view.time())).key("sizes").begin_object();
  for (const auto& segment : view.segments()) json.key(segment.name).number(segment.members);
  json.end_object().end_object();
  print(line);
}

void tell_person(engine::MachinesView& view, ProfileId id) {
  const auto profile = view.profile(id);
  if (!profile) fail(profile.error().message);
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("at").string(to_text(view.time()));
  for (const auto& part : profile->graph.parts) {
    for (const auto& identifier : part.identifiers) json.key(identifier.type).string(identifier.value);
  }
  json.key("segments").begin_array();
  for (const std::string& segment : profile->segments) json.string(segment);
  json.end_array().key("traits").begin_object();
  for (const auto& trait : profile->computed) json.key(trait.name).raw(trait.json);
  json.end_object().end_object();
  print(line);
}

void tell_counters(const Counters& counters) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("records").number(counters.records).key("ticks").number(counters.ticks);
  json.key("moves").number(counters.moves).key("moves_by_time").number(counters.moves_by_time).end_object();
  print(line);
}

class Play {
 public:
  Play(const Asked& asked, const Log& log) : asked_(asked), log_(log) {}

  void run() {
    const Timestamp begin = log_.events.front().at;
    for (const auto& set : log_.sources) year_.publish(set, begin);
    if (!asked_.publish) publish(begin);
    for (const Timestamp moment : asked_.moments) {
      come_to(moment);
      year_.end_sweep();
      year_.pass_to(moment);
      auto view = year_.view();
      for (const ProfileId id : year_.people()) tell_person(view, id);
    }
    tell_counters(year_.counters());
  }

 private:
  void publish(Timestamp at) {
    for (const auto& set : log_.conditions) year_.publish(set, at);
    is_published_ = true;
  }

  // Events of `until` itself come before what is to be done at it.
  void come_to(Timestamp until) {
    for (;;) {
      const bool is_event = next_ < log_.events.size() && log_.events[next_].at <= until;
      const Timestamp event = is_event ? log_.events[next_].at : until + 1;
      if (asked_.publish && !is_published_ && *asked_.publish < event) {
        publish(*asked_.publish);
      } else if (is_published_ && ranking_ < event && ranking_ <= until) {
        rank();
      } else if (is_event) {
        year_.send(log_.events[next_++]);
        if (next_ % kGoOnEvery == 0) year_.go_on();
      } else {
        return;
      }
      while (!is_published_ && ranking_ < event) ranking_ = ranking_ + kRankingEvery;
    }
  }

  void rank() {
    year_.pass_to(ranking_);
    year_.rank();
    if (asked_.sizes) tell_sizes(year_);
    ranking_ = ranking_ + kRankingEvery;
  }

  const Asked& asked_;
  const Log& log_;
  Year year_;
  std::size_t next_ = 0;
  Timestamp ranking_ = kFirstRanking;
  bool is_published_ = false;
};

int run(std::span<char* const> given) {
  const Asked asked = read_arguments(given);
  const auto log = read_log(asked.folder);
  if (!log) fail(log.error().message);
  if (log->events.empty()) fail("there is no event in the log");
  Play(asked, *log).run();
  return 0;
}

}  // namespace
}  // namespace tessera::online_retail

int main(int count, char** given) {
  return tessera::online_retail::run(std::span<char* const>(given, static_cast<std::size_t>(count)));
}
