// Takes events into the features of the parts that they belong to.
//
// One thread; what it does depends on its arguments alone. A filter that ends with an error leaves the event out, a
// value that is an error is left out of its aggregate.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/json.h"
#include "cel/program.h"
#include "event/event.h"
#include "segment/event_value.h"
#include "segment/feature_states.h"
#include "segment/plan.h"

namespace tessera::segment {

inline constexpr std::size_t kMaxElements = 1'000;  // of one event's list that .each(…) takes; the rest is left out
// What a part's features may take in all; a state that would grow past it stays as it is.
inline constexpr std::size_t kMaxFeatureBytes = 16u << 20;

// What events changed of a person since it was last looked at.
struct Touched {
  struct FeatureChange {
    std::uint32_t feature = 0;  // index in the plan
    Exact grown = 0;            // by how much, where it is a number; of a series: by how many entries
    bool ahead = false;         // of a series: an entry was of after now
    Exact grown_sum = 0;        // of a series: by how many millionths the sum of its first column
  };
  std::vector<FeatureChange> features;  // each once
  std::vector<std::string> traits;      // by name; the caller's to fill (profile::fold tells them)
  bool groups = false;                  // the caller's to set
  bool empty() const { return features.empty() && traits.empty() && !groups; }
  void clear();
};

class Folder {
 public:
  explicit Folder(std::size_t limit = kMaxFeatureBytes);  // in bytes, of a part's features

  void follow(std::shared_ptr<const Plan> plan);

  // Takes an event into a part, at `now`: what is too old for all windows over a series is not kept. `source` is the
  // source's name. What changed is added to `touched`. False if the part stays as it was.
  bool fold(const event::Event& event, std::string_view source, const Moment& moment, Timestamp now,
            profile::StoredPart& part, Touched& touched);

  // The same for some features alone (indices in the plan), whatever was folded before: for events of the history.
  bool fold(std::span<const std::uint32_t> features, const event::Event& event, std::string_view source,
            const Moment& moment, Timestamp now, profile::StoredPart& part);

  // Takes what was folded of the history into a part that has what came since.
  void unite(profile::StoredPart& part, const profile::StoredPart& history);

  // Puts a part on a list, or takes it off; `feature` is the list's index. False if that is how it was.
  bool set_listed(std::uint32_t feature, bool listed, profile::StoredPart& part, Touched& touched);

  // Sets the features that the part's own counts of events tell, and drops those that the plan has no more; for a sweep
  // after publishing. False if the part stays as it was; kDataLoss if it is damaged.
  Result<bool> seed(profile::StoredPart& part);

 private:
  void begin_turn();
  void choose(const EventFeatures& features);
  void choose(const EventFeatures::Choice& choice, const cel::Value& text);
  bool passes(std::uint32_t filter);
  cel::Value over_event(const cel::Program& program);
  cel::Value over_element(const cel::Program& program, const cel::Value& element);
  template <class Take>
  void for_each_element(const cel::Program& elements, Take take);
  template <class Take>
  void for_each_counted(const Feature& feature, Take take);
  bool add_up(const Feature& feature, const Moment& moment);
  bool take(std::uint32_t feature, const Moment& moment, profile::StoredPart& part, Touched& touched);
  bool take_entries(std::uint32_t feature, const Moment& moment, Timestamp now, profile::StoredPart& part,
                    Touched& touched);
  void begin_event(const event::Event& event, std::string_view source);
  bool take_candidates(const Moment& moment, Timestamp now, profile::StoredPart& part, Touched& touched);
  void keep_for_writing(std::uint32_t id, std::string_view state);
  bool has_strangers(std::string_view features) const;
  void rewrite(std::string& features);

  // A state that does not fit into its place: where it lies in `grown_bytes_`.
  struct Grown {
    std::uint32_t id = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  const std::size_t limit_;
  std::shared_ptr<const Plan> plan_;
  cel::JsonReader json_;
  cel::Arena event_arena_;  // the event's JSON
  EventValue event_;
  cel::Context context_;          // of one expression over the event at a time
  cel::Context element_context_;  // of one expression over an element at a time
  std::vector<std::uint32_t> candidates_;
  std::uint32_t turn_ = 0;
  std::vector<std::uint32_t> filter_turns_;  // by filter: the event that it was last evaluated for
  std::vector<char> filter_results_;
  std::string state_;
  std::string grown_bytes_;
  std::vector<Grown> grown_;
  std::vector<FeatureState> changed_;
  std::string rewritten_;
};

}  // namespace tessera::segment
