#include "segment/documents.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "catalog/purpose.h"
#include "segment/purposes.h"
#include "segment/schemas.h"

namespace tessera::segment {

namespace {

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

// A member that is a list of texts.
std::vector<std::string> texts_of(const boost::json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* list = object.if_contains(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& text : list->get_array()) {
    if (text.is_string()) texts.emplace_back(text.get_string().data(), text.get_string().size());
  }
  return texts;
}

// The documents of a kind that are in force.
template <class Take>
void for_each_document(const catalog::Definitions& definitions, std::string_view kind, Take take) {
  for (const auto& definition : definitions.in_force(kind)) {
    const catalog::DefinitionVersion& version = *definition->in_force();
    boost::system::error_code failed;
    const auto document = boost::json::parse(version.document, failed);
    if (!failed && document.is_object()) take(definition->key.name, version.version, document.get_object());
  }
}

TraitDocument read_trait(const std::string& definition, const boost::json::object& document) {
  TraitDocument trait{.definition = definition,
                      .name = text_of(document, "trait"),
                      .expression = text_of(document, "expression"),
                      .precedence = texts_of(document, "precedence"),
                      .purposes = texts_of(document, "purposes")};
  if (trait.name.empty()) trait.name = definition;
  const std::string sensitivity = text_of(document, "sensitivity");
  for (const auto one : {Sensitivity::kNotPersonal, Sensitivity::kPersonal, Sensitivity::kSensitive}) {
    if (sensitivity == sensitivity_name(one)) trait.sensitivity = one;
  }
  return trait;
}

using Tell = std::function<void(catalog::Problem)>;

// Over all that are in force, since one change may break others.
class Checker {
 public:
  Checker(const catalog::Definitions& after, const Tell& tell)
      : after_(after),
        tell_(tell),
        segments_(segments_in_force(after)),
        traits_(traits_in_force(after)),
        vocabulary_(vocabulary_of(segments_, traits_)) {}

  void check() {
    for (const TraitDocument& trait : traits_) check_trait(trait);
    if (segments_.size() > kMaxSegments) {
      const std::string limit = std::to_string(kMaxSegments);
      return tell_({{"segment", segments_.back().name}, "", "there may be at most " + limit + " published segments"});
    }
    check_segments();
    check_purposes(segments_in_order_, compiled_traits_, tell_);
  }

 private:
  void check_trait(const TraitDocument& trait) {
    const catalog::DefinitionKey key{"trait", trait.definition};
    const auto [first, is_new] = defined_by_.emplace(trait.name, trait.definition);
    if (!is_new) {
      tell_({key, "/trait", "the trait \"" + trait.name + "\" is defined by trait " + first->second + " already"});
    }
    const Condition* condition = nullptr;
    if (!trait.expression.empty()) {
      condition = compile({key, "/expression", {}}, trait.expression, cel::TypeKind::kDyn);
    }
    compiled_traits_.push_back({&trait, condition});
    for (std::size_t i = 0; i < trait.precedence.size(); ++i) {
      if (after_.in_force({"source", trait.precedence[i]}) == nullptr) {
        tell_(
            {key, "/precedence/" + std::to_string(i), "there is no published source \"" + trait.precedence[i] + "\""});
      }
    }
    check_names(key, trait.purposes);
  }

  // That the purposes which a definition names are published.
  void check_names(const catalog::DefinitionKey& key, const std::vector<std::string>& purposes) {
    for (std::size_t i = 0; i < purposes.size(); ++i) {
      if (after_.in_force({std::string(catalog::kPurposeKind), purposes[i]}) != nullptr) continue;
      tell_({key, "/purposes/" + std::to_string(i), "there is no published purpose \"" + purposes[i] + "\""});
    }
  }

  void check_segments() {
    std::vector<CompiledSegment> compiled;
    std::vector<std::pair<std::string, const Condition*>> named;
    for (const SegmentDocument& segment : segments_) {
      const catalog::DefinitionKey key{"segment", segment.name};
      check_names(key, segment.purposes);
      const Condition* condition = compile({key, "/condition", {}}, segment.condition, cel::TypeKind::kBool);
      if (condition == nullptr) continue;
      named.emplace_back(segment.name, condition);
      compiled.push_back({&segment, condition});
    }
    std::vector<std::string> circular;
    for (const std::size_t i : in_order(named, circular)) segments_in_order_.push_back(compiled[i]);
    for (const std::string& name : circular) {
      tell_(
          {{"segment", name},
           "/condition",
           "the segment depends on itself, by in_segment, by percentile among its members or by counting who entered"});
    }
  }

  // Null if it is wrong.
  const Condition* compile(const catalog::Problem& where, const std::string& text, const cel::Type& expected) {
    std::vector<cel::Issue> issues;
    auto condition = compile_condition(text, vocabulary_, expected, issues);
    for (const auto& issue : issues) tell_({where.key, where.pointer, cel::describe(issue, text)});
    if (condition == nullptr) return nullptr;
    count_features(where, *condition);
    count_ranks(where, *condition);
    conditions_.push_back(std::move(condition));
    return conditions_.back().get();
  }

  // Tells it once, at the condition with which it becomes too much.
  void count_features(const catalog::Problem& where, const Condition& condition) {
    if (features_.size() > kMaxFeatures) return;
    for (const Need& need : condition.needs) {
      for (const Collected& collected : need.collected) features_.insert(collected.spec.text());
    }
    if (features_.size() <= kMaxFeatures) return;
    const std::string limit = std::to_string(kMaxFeatures);
    tell_({where.key, where.pointer,
           "all conditions together may ask history for at most " + limit + " different things"});
  }

  void count_ranks(const catalog::Problem& where, const Condition& condition) {
    if (ranks_.size() > kMaxRanks) return;
    for (const Need& need : condition.needs) {
      if (need.kind == Need::Kind::kRanks) ranks_.insert(need.text);
    }
    if (ranks_.size() <= kMaxRanks) return;
    tell_({where.key, where.pointer,
           "all conditions together may have at most " + std::to_string(kMaxRanks) + " different percentiles"});
  }

  const catalog::Definitions& after_;
  const Tell& tell_;
  const std::vector<SegmentDocument> segments_;
  const std::vector<TraitDocument> traits_;
  const Vocabulary vocabulary_;
  std::map<std::string, std::string> defined_by_;  // of traits
  std::set<std::string> features_;
  std::set<std::string> ranks_;
  std::vector<std::unique_ptr<Condition>> conditions_;  // of segments and computed traits
  std::vector<CompiledTrait> compiled_traits_;
  std::vector<CompiledSegment> segments_in_order_;
};

// What a trait's schema cannot say in plain words.
void check_document(const catalog::DefinitionKey&, const boost::json::value& document, const catalog::Definitions&,
                    const catalog::Report& report) {
  const TraitDocument trait = read_trait("", document.get_object());
  if (trait.sensitivity == Sensitivity::kSensitive && trait.purposes.empty()) {
    report("/sensitivity", "a sensitive trait must say what it may serve: name its \"purposes\"");
  }
}

void check_all(const catalog::Definitions& after, const Tell& tell) {
  Checker(after, tell).check();
}

// Words that stand where a segment's name does in /v1/segments/{name}: a segment of that name could not be read there.
constexpr std::string_view kReservedNames[] = {"changes", "overlap", "preview", "ranks"};

void check_name(const catalog::DefinitionKey& key, const boost::json::value&, const catalog::Definitions&,
                const catalog::Report& report) {
  if (std::ranges::find(kReservedNames, key.name) == std::end(kReservedNames)) return;
  report("/name", "no segment may be named \"" + key.name + "\", since /v1/segments/" + key.name +
                      " is something else: choose another name");
}

}  // namespace

std::string_view sensitivity_name(Sensitivity sensitivity) {
  switch (sensitivity) {
    case Sensitivity::kNotPersonal:
      return "none";
    case Sensitivity::kPersonal:
      return "personal";
    case Sensitivity::kSensitive:
      return "sensitive";
  }
  return "";
}

std::vector<SegmentDocument> segments_in_force(const catalog::Definitions& definitions) {
  std::vector<SegmentDocument> all;
  for_each_document(definitions, "segment", [&](const std::string& name, std::uint32_t version, const auto& document) {
    SegmentDocument segment{name, version, text_of(document, "condition"), texts_of(document, "purposes")};
    segment.is_list = document.contains("list");
    if (segment.is_list) segment.condition = "listed(\"" + name + "\")";
    all.push_back(std::move(segment));
  });
  return all;
}

std::vector<TraitDocument> traits_in_force(const catalog::Definitions& definitions) {
  std::vector<TraitDocument> all;
  for_each_document(definitions, "trait", [&](const std::string& name, std::uint32_t, const auto& document) {
    all.push_back(read_trait(name, document));
  });
  return all;
}

Vocabulary vocabulary_of(const std::vector<SegmentDocument>& segments, const std::vector<TraitDocument>& traits) {
  Vocabulary vocabulary;
  for (const auto& segment : segments) vocabulary.segments.insert(segment.name);
  for (const auto& trait : traits) {
    if (trait.expression.empty()) continue;
    std::vector<cel::Issue> issues;
    if (auto tree = cel::parse(trait.expression, issues)) vocabulary.computed.emplace(trait.name, std::move(tree));
  }
  return vocabulary;
}

std::vector<std::size_t> in_order(const std::vector<std::pair<std::string, const Condition*>>& segments,
                                  std::vector<std::string>& circular) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < segments.size(); ++i) index[segments[i].first] = i;
  std::vector<std::size_t> waits_for(segments.size());
  std::vector<std::vector<std::size_t>> awaited_by(segments.size());
  const auto depends = [&](std::size_t segment, const std::string& on) {
    const auto at = index.find(on);
    if (at == index.end()) return;
    ++waits_for[segment];
    awaited_by[at->second].push_back(segment);
  };
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (const Need& need : segments[i].second->needs) {
      const bool names_among = need.kind == Need::Kind::kRanks && !need.name.empty();
      if (need.kind == Need::Kind::kSegment || names_among) depends(i, need.name);
    }
    for (const std::string& watched : segments[i].second->watched) depends(i, watched);
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (waits_for[i] == 0) order.push_back(i);
  }
  for (std::size_t done = 0; done < order.size(); ++done) {
    for (const std::size_t next : awaited_by[order[done]]) {
      if (--waits_for[next] == 0) order.push_back(next);
    }
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (waits_for[i] != 0) circular.push_back(segments[i].first);
  }
  return order;
}

catalog::Kind segment_kind() {
  return {.name = "segment",
          .title = "A segment: a named condition over a person",
          .schema = kSegmentSchema,
          .check = check_name,
          .check_all = check_all};
}

catalog::Kind trait_kind() {
  return {.name = "trait",
          .title = "A trait: one that is computed, or whose word counts on a stated one and what it may be used for",
          .schema = kTraitSchema,
          .check = check_document};
}

}  // namespace tessera::segment
