// Segments and traits as definitions: their documents, and what is checked of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "catalog/kind.h"
#include "segment/language.h"

namespace tessera::segment {

// Of all that is in force.
inline constexpr std::size_t kMaxSegments = 10'000;
inline constexpr std::size_t kMaxFeatures = 20'000;
inline constexpr std::size_t kMaxRanks = 100;  // different percentiles: everyone's values of all are gathered at once

// {"kind":"segment","name","owner","description","purposes"} and either "condition" or "list": true
struct SegmentDocument {
  std::string name;
  std::uint32_t version = 0;
  std::string condition;
  std::vector<std::string> purposes;  // what it is for; empty: it does not say
  bool is_list = false;               // its condition is to be on its list
};

// What knowing a trait would mean for the person, from least to most.
enum class Sensitivity : std::uint8_t { kNotPersonal, kPersonal, kSensitive };
std::string_view sensitivity_name(Sensitivity sensitivity);  // "none", "personal", "sensitive"

// {"kind":"trait","name","trait","owner","description","sensitivity","purposes"} and either "expression" (a computed
// trait) or "precedence" (whose word counts, by the names of sources, first to last), or neither. "trait" is the
// trait's name in conditions; without it "name" is.
struct TraitDocument {
  std::string definition;
  std::string name;
  std::string expression;
  std::vector<std::string> precedence;
  std::optional<Sensitivity> sensitivity;
  std::vector<std::string> purposes;  // what it may serve; empty: it does not say
};

// Those in force, by name. Documents that cannot be read are left out.
std::vector<SegmentDocument> segments_in_force(const catalog::Definitions& definitions);
std::vector<TraitDocument> traits_in_force(const catalog::Definitions& definitions);

// What conditions may name. Computed traits that do not parse are left out.
Vocabulary vocabulary_of(const std::vector<SegmentDocument>& segments, const std::vector<TraitDocument>& traits);

// The order in which segments come after those they name; those in a circle are left out and told in `circular`.
std::vector<std::size_t> in_order(const std::vector<std::pair<std::string, const Condition*>>& segments,
                                  std::vector<std::string>& circular);

catalog::Kind segment_kind();  // checks traits too: either may break the other
catalog::Kind trait_kind();

}  // namespace tessera::segment
