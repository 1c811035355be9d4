#include "segment/purposes.h"

#include <algorithm>
#include <map>

namespace tessera::segment {

namespace {

using Tell = std::function<void(catalog::Problem)>;

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// "a", "b" and "c"
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += quoted(names[i]);
  }
  return out;
}

// Those of `wanted` that are not among `allowed`.
std::vector<std::string> beyond(const std::vector<std::string>& wanted, const std::vector<std::string>& allowed) {
  std::vector<std::string> rest;
  for (const std::string& purpose : wanted) {
    if (std::ranges::find(allowed, purpose) == allowed.end()) rest.push_back(purpose);
  }
  return rest;
}

// A set of marked traits, by their index.
class Reads {
 public:
  explicit Reads(std::size_t traits) : words_((traits + 63) / 64) {}

  void add(std::size_t trait) { words_[trait / 64] |= std::uint64_t{1} << trait % 64; }
  void add(const Reads& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool has(std::size_t trait) const { return (words_[trait / 64] >> trait % 64 & 1) != 0; }

 private:
  std::vector<std::uint64_t> words_;
};

class Checker {
 public:
  Checker(const std::vector<CompiledTrait>& traits, const Tell& tell) : tell_(tell) {
    for (const CompiledTrait& trait : traits) {
      const TraitDocument& document = *trait.document;
      if (trait.condition != nullptr) computed_.emplace(document.name, trait.condition);
      if (document.purposes.empty() &&
          document.sensitivity.value_or(Sensitivity::kNotPersonal) == Sensitivity::kNotPersonal)
        continue;
      if (index_.emplace(document.name, marked_.size()).second) marked_.push_back(&document);
    }
  }

  bool has_anything_to_check() const { return !marked_.empty(); }

  void check(const CompiledSegment& segment) {
    const auto [own, is_new] = segments_.emplace(segment.document->name, reads_of(*segment.condition));
    for (std::size_t i = 0; i < marked_.size(); ++i) {
      if (own->second.has(i)) check_segment(segment, i);
    }
  }

  void check(const CompiledTrait& trait) {
    if (trait.condition == nullptr) return;
    const Reads reads = reads_of(*trait.condition);
    for (std::size_t i = 0; i < marked_.size(); ++i) {
      if (reads.has(i) && marked_[i] != trait.document) check_computed(trait, i);
    }
  }

 private:
  // What it reads itself or by computed traits, which the condition notes, and what the segments that it names read.
  Reads reads_of(const Condition& condition) const {
    Reads reads(marked_.size());
    for (const Need& need : condition.needs) {
      if (need.kind == Need::Kind::kTrait) add_trait(need.name, reads);
      if (need.kind == Need::Kind::kSegment) add_segment(need.name, reads);
    }
    for (const std::string& name : condition.computed_traits) add_trait(name, reads);
    for (const std::string& name : condition.watched) add_segment(name, reads);
    return reads;
  }
  void add_trait(const std::string& name, Reads& reads) const {
    if (const auto at = index_.find(name); at != index_.end()) reads.add(at->second);
  }
  void add_segment(const std::string& name, Reads& reads) const {
    if (const auto at = segments_.find(name); at != segments_.end()) reads.add(at->second);
  }

  void check_segment(const CompiledSegment& segment, std::size_t trait) {
    const TraitDocument& read = *marked_[trait];
    if (read.purposes.empty()) return;
    const std::string& name = segment.document->name;
    const std::string what = "the trait " + quoted(read.name) + by_way_of(*segment.condition, trait);
    const std::string only = "may serve " + listed(read.purposes) + " only: ";
    if (segment.document->purposes.empty()) {
      return tell_({{"segment", name},
                    "/purposes",
                    "the segment " + quoted(name) + " reads " + what + ", which " + only +
                        "name among them the \"purposes\" that the segment is for, or do not read the trait"});
    }
    const auto refused = beyond(segment.document->purposes, read.purposes);
    if (refused.empty()) return;
    tell_({{"segment", name},
           "/purposes",
           "the segment " + quoted(name) + " is for " + listed(refused) + " and reads " + what + ", which " + only +
               "take out of the segment what it may not be for, or let the trait serve it"});
  }

  void check_computed(const CompiledTrait& trait, std::size_t read_trait) {
    const TraitDocument& read = *marked_[read_trait];
    const TraitDocument& document = *trait.document;
    const catalog::DefinitionKey key{"trait", document.definition};
    const std::string what = "the trait " + quoted(read.name) + by_way_of(*trait.condition, read_trait);
    const auto refused = beyond(document.purposes, read.purposes);
    if (!refused.empty() && !read.purposes.empty()) {
      tell_({key, "/purposes",
             "the computed trait " + quoted(document.name) + " cannot serve " + listed(refused) + ": it reads " + what +
                 ", which may serve " + listed(read.purposes) + " only; name fewer, or let that trait serve more"});
    }
    const Sensitivity least = read.sensitivity.value_or(Sensitivity::kNotPersonal);
    if (!document.sensitivity || *document.sensitivity >= least) return;
    tell_({key, "/sensitivity",
           "the computed trait " + quoted(document.name) + " reads " + what + ", which is " +
               std::string(sensitivity_name(least)) + ", and is no less so itself: say the same, or leave it out"});
  }

  // " (by segment "a")": where a reader might look for the trait in vain.
  std::string by_way_of(const Condition& condition, std::size_t trait) const {
    const std::string& name = marked_[trait]->name;
    for (const std::string& computed : condition.computed_traits) {
      const auto at = computed_.find(computed);
      if (at == computed_.end()) continue;
      const bool reads =
          at->second->computed_traits.contains(name) || std::ranges::any_of(at->second->needs, [&](const auto& n) {
            return n.kind == Need::Kind::kTrait && n.name == name;
          });
      if (reads) return " (by the computed trait " + quoted(computed) + ")";
    }
    if (condition.computed_traits.contains(name)) return "";
    std::vector<std::string> segments = condition.watched;
    for (const Need& need : condition.needs) {
      if (need.kind == Need::Kind::kTrait && need.name == name) return "";
      if (need.kind == Need::Kind::kSegment) segments.push_back(need.name);
    }
    for (const std::string& segment : segments) {
      const auto at = segments_.find(segment);
      if (at != segments_.end() && at->second.has(trait)) return " (by the segment " + quoted(segment) + ")";
    }
    return "";
  }

  const Tell& tell_;
  std::vector<const TraitDocument*> marked_;  // those of which anything is said
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, const Condition*, std::less<>> computed_;
  std::map<std::string, Reads, std::less<>> segments_;  // of those that were checked
};

}  // namespace

void check_purposes(const std::vector<CompiledSegment>& segments, const std::vector<CompiledTrait>& traits,
                    const Tell& tell) {
  Checker checker(traits, tell);
  if (!checker.has_anything_to_check()) return;
  for (const CompiledSegment& segment : segments) checker.check(segment);
  for (const CompiledTrait& trait : traits) checker.check(trait);
}

}  // namespace tessera::segment
