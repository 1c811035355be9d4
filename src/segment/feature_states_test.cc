#include "segment/feature_states.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

namespace tessera::segment {
namespace {

RC_GTEST_PROP(FeatureStates, AreAMapFromIdsToStates, ()) {
  std::map<std::uint32_t, std::string> model;
  std::string features;
  const int rounds = *rc::gen::inRange(1, 6);
  for (int i = 0; i < rounds; ++i) {
    const auto changes = *rc::gen::arbitrary<std::map<std::uint8_t, std::string>>();
    std::vector<FeatureState> changed;
    for (const auto& [id, state] : changes) {
      changed.push_back({id, state});
      if (state.empty()) {
        model.erase(id);
      } else {
        model[id] = state;
      }
    }
    std::string out;
    write_feature_states(features, changed, out);
    features = out;
    RC_ASSERT(count_feature_states(features) == model.size());
    std::size_t index = 0;
    for (const auto& [id, state] : model) {
      RC_ASSERT(feature_state_at(features, index).id == id);
      RC_ASSERT(feature_state_at(features, index++).state == state);
    }
    for (std::uint32_t id = 0; id < 300; ++id) {
      const auto expected = model.find(id);
      RC_ASSERT(find_feature_state(features, id) == (expected == model.end() ? "" : expected->second));
    }
  }
}

TEST(FeatureStates, OfNothingAreNothing) {
  std::string out;
  write_feature_states("", {}, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(find_feature_state("", 1), "");
}

}  // namespace
}  // namespace tessera::segment
