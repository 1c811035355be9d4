#include "segment/uses.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "segment/documents.h"

namespace tessera::segment {

namespace {

bool names(const std::vector<std::string>& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

// A text member of a document; empty if there is none.
std::string member_of(const std::string& json, std::string_view name) {
  boost::system::error_code failed;
  const auto document = boost::json::parse(json, failed);
  if (failed || !document.is_object()) return {};
  const auto* value = document.get_object().if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

// What conditions call the trait that `key` defines, or last defined.
std::string trait_name(const catalog::Definitions& definitions, const catalog::DefinitionKey& key) {
  const catalog::Definition* definition = definitions.find(key);
  if (definition == nullptr) return key.name;
  const auto* in_force = definition->in_force();
  const std::string name = member_of((in_force != nullptr ? *in_force : definition->newest()).document, "trait");
  return name.empty() ? key.name : name;
}

class Search {
 public:
  Search(const catalog::Definitions& definitions, const catalog::DefinitionKey& used)
      : kind_(used.kind),
        name_(used.kind == "trait" ? trait_name(definitions, used) : used.name),
        segments_(segments_in_force(definitions)),
        traits_(traits_in_force(definitions)) {
    // Computed traits are not among the vocabulary, so that what a condition needs is what its own text names.
    for (const SegmentDocument& segment : segments_) vocabulary_.segments.insert(segment.name);
  }

  std::vector<Use> search(const catalog::Definitions& definitions) {
    for (const SegmentDocument& segment : segments_) {
      const catalog::DefinitionKey by{"segment", segment.name};
      look_into(by, segment.condition);
      if (kind_ == "purpose" && names(segment.purposes, name_)) add(by, "purposes");
    }
    for (const TraitDocument& trait : traits_) {
      const catalog::DefinitionKey by{"trait", trait.definition};
      if (!trait.expression.empty()) look_into(by, trait.expression);
      if (kind_ == "purpose" && names(trait.purposes, name_)) add(by, "purposes");
      if (kind_ == "source" && names(trait.precedence, name_)) add(by, "precedence");
    }
    if (kind_ == "source") look_at_mappings(definitions);
    std::ranges::sort(found_);
    found_.erase(std::ranges::unique(found_).begin(), found_.end());
    return std::move(found_);
  }

 private:
  void add(const catalog::DefinitionKey& by, std::string_view how) { found_.push_back({by, how}); }

  void look_into(const catalog::DefinitionKey& by, const std::string& text) {
    if (kind_ != "segment" && kind_ != "trait") return;
    // A name stands in the text as it is, or escaped.
    if (!text.contains(name_) && !text.contains('\\')) return;
    std::vector<cel::Issue> issues;
    const auto condition = compile_condition(text, vocabulary_, cel::TypeKind::kDyn, issues);
    if (condition == nullptr) return;
    for (const Need& need : condition->needs) {
      if (need.name != name_) continue;
      if (kind_ == "trait" && need.kind == Need::Kind::kTrait) add(by, "reads");
      if (kind_ == "segment" && need.kind == Need::Kind::kSegment) add(by, "in_segment");
    }
    if (kind_ == "segment" && names(condition->watched, name_)) add(by, "counts");
  }

  void look_at_mappings(const catalog::Definitions& definitions) {
    for (const auto& mapping : definitions.in_force("mapping")) {
      if (member_of(mapping->in_force()->document, "source") == name_) add(mapping->key, "source");
    }
  }

  const std::string kind_;
  const std::string name_;
  const std::vector<SegmentDocument> segments_;
  const std::vector<TraitDocument> traits_;
  Vocabulary vocabulary_;
  std::vector<Use> found_;
};

}  // namespace

std::vector<Use> uses_of(const catalog::Definitions& definitions, const catalog::DefinitionKey& used) {
  return Search(definitions, used).search(definitions);
}

}  // namespace tessera::segment
