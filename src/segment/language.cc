#include "segment/language.h"

#include <algorithm>
#include <array>
#include <span>

#include "segment/history_parser.h"
#include "segment/meetings.h"
#include "segment/person_functions.h"
#include "segment/question.h"

namespace tessera::segment {

namespace {

constexpr int kMaxComputedDepth = 16;                        // computed traits that name computed traits that …
constexpr std::size_t kMaxCopiedNodes = 2 * cel::kMaxNodes;  // of all computed traits that a condition comes to

cel::NodePtr identifier(std::string name, cel::Place place) {
  auto node = std::make_unique<cel::Node>();
  node->kind = cel::NodeKind::kIdentifier;
  node->text = std::move(name);
  node->place = place;
  return node;
}

cel::NodePtr operation(std::string name, cel::NodePtr left, cel::NodePtr right) {
  auto node = std::make_unique<cel::Node>();
  node->kind = cel::NodeKind::kCall;
  node->text = std::move(name);
  node->place = left->place;
  node->children.push_back(std::move(left));
  node->children.push_back(std::move(right));
  return node;
}

bool is_identifier(const cel::Node& node, std::string_view name) {
  return node.kind == cel::NodeKind::kIdentifier && node.text == name;
}

bool is_function(const cel::Node& node, std::string_view name, std::size_t arguments) {
  return node.kind == cel::NodeKind::kCall && !node.receiver && node.text == name && node.children.size() == arguments;
}

std::size_t size_of(const cel::Node& node) {
  std::size_t all = 1;
  for (const auto& child : node.children) all += size_of(*child);
  return all;
}

void put_at(cel::Node& node, cel::Place place) {
  node.place = place;
  for (auto& child : node.children) put_at(*child, place);
}

// The trait that `traits.name` or `traits["name"]` names.
std::optional<std::string> trait_of(const cel::Node& node) {
  if (node.kind == cel::NodeKind::kSelect && is_identifier(*node.children[0], "traits")) return node.text;
  if (node.kind == cel::NodeKind::kCall && !node.receiver && node.text == "_[_]" &&
      is_identifier(*node.children[0], "traits") && node.children[1]->kind == cel::NodeKind::kString) {
    return node.children[1]->text;
  }
  return std::nullopt;
}

// What docs/adr/0004-questions-about-history.md decides and is not there yet, as people write it.
std::optional<std::string> word_of_later(const cel::Node& node) {
  if (is_identifier(node, "loyalty")) return node.text;
  if (node.kind != cel::NodeKind::kCall) return std::nullopt;
  const bool of_group = node.receiver && is_identifier(*node.children[0], "group");
  if (of_group && is_origin(node.text)) return "group." + node.text + "(…)";
  return std::nullopt;
}

// between(…) and calendar(…) are windows, and nothing else.
bool is_stray_window(const cel::Node& node) {
  return node.kind == cel::NodeKind::kCall && !node.receiver && (node.text == "between" || node.text == "calendar");
}

std::optional<double> number_of(const cel::Node& node) {
  if (node.kind == cel::NodeKind::kInt) return static_cast<double>(node.integer);
  if (node.kind == cel::NodeKind::kUint) return static_cast<double>(static_cast<std::uint64_t>(node.integer));
  if (node.kind == cel::NodeKind::kDouble) return node.real;
  return std::nullopt;
}

// Puts variables in the place of what a condition asks for.
class Rewriter {
 public:
  Rewriter(const Vocabulary& vocabulary, std::vector<cel::Issue>& issues) : vocabulary_(vocabulary), issues_(issues) {}

  void rewrite(cel::NodePtr& node) {
    if (asks_history(*node)) {
      rewrite_question(node);
    } else if (const auto later = word_of_later(*node)) {
      issue(node->place, *later + " is not available yet; see docs/segments-language.md for what there is");
    } else if (is_stray_window(*node)) {
      issue(node->place, node->text + "(…) is a window: events(\"…\", " + node->text + "(…))");
    } else if (const auto trait = trait_of(*node)) {
      rewrite_trait(node, *trait);
    } else if (is_function(*node, "has", 1) && trait_of(*node->children[0])) {
      rewrite(node->children[0]);
      auto null = std::make_unique<cel::Node>();
      null->place = node->place;
      node = operation("_!=_", std::move(node->children[0]), std::move(null));
    } else if (is_function(*node, "in_segment", 1)) {
      rewrite_in_segment(node);
    } else if (is_function(*node, "listed", 1)) {
      rewrite_listed(node);
    } else if (is_function(*node, "sampled", 2)) {
      rewrite_sampled(node);
    } else if (is_function(*node, "percentile", 1) || is_function(*node, "percentile", 2)) {
      rewrite_percentile(node);
    } else if (node->kind == cel::NodeKind::kIdentifier) {
      rewrite_identifier(node);
    } else {
      for (auto& child : node->children) rewrite(child);
    }
  }

  std::vector<Need> needs;
  std::vector<cel::NodePtr> ranked;  // by need; null but of kRanks
  std::vector<std::string> watched;
  std::set<std::string> computed_traits;

 private:
  void issue(cel::Place place, std::string message) { issues_.push_back({place, std::move(message)}); }

  void put(cel::NodePtr& node, Need need) {
    const auto same = [&](const Need& n) { return n.kind == need.kind && n.name == need.name && n.text == need.text; };
    auto at = std::find_if(needs.begin(), needs.end(), same);
    if (at == needs.end()) {
      if (needs.size() == kMaxQuestions) {
        return issue(node->place, "a condition may ask for at most 64 different things; use nested segments");
      }
      needs.push_back(std::move(need));
      ranked.emplace_back();
      at = needs.end() - 1;
    }
    node = identifier(need_variable(static_cast<std::size_t>(at - needs.begin())), node->place);
  }

  // An argument that is not written, but put there.
  bool append(cel::Node& call, Need need) {
    auto argument = std::make_unique<cel::Node>();
    argument->place = call.place;
    put(argument, std::move(need));
    if (argument->kind != cel::NodeKind::kIdentifier) return false;
    call.children.push_back(std::move(argument));
    return true;
  }

  void rewrite_question(cel::NodePtr& node) {
    Question question;
    if (!read_question(*node, question, issues_)) return;
    for (const Collected& collected : question.need.collected) {
      if (!note_watched(*node, collected)) return;
    }
    const bool exists = question.exists;
    put(node, std::move(question.need));
    if (exists) node = more_than_none(std::move(node));
  }

  static cel::NodePtr more_than_none(cel::NodePtr number) {
    auto zero = std::make_unique<cel::Node>();
    zero->kind = cel::NodeKind::kInt;
    zero->place = number->place;
    return operation("_>_", std::move(number), std::move(zero));
  }

  // Comings and goings are counted segment by segment.
  bool note_watched(const cel::Node& node, const Collected& collected) {
    const auto own = std::ranges::find_if(
        collected.spec.names, [](const std::string& name) { return name == kEnteredEvent || name == kExitedEvent; });
    if (own == collected.spec.names.end()) return true;
    const auto segment = std::ranges::find_if(
        collected.equalities, [](const Equality& e) { return e.each.empty() && e.path == "e.properties.segment"; });
    if (segment == collected.equalities.end()) {
      issue(node.place,
            "say which segment: " + *own + " may be counted only .filter(e, e.properties.segment == \"name\")");
      return false;
    }
    if (!vocabulary_.segments.contains(segment->text)) {
      no_segment(node.place, segment->text);
      return false;
    }
    watched.push_back(segment->text);
    return true;
  }

  void rewrite_trait(cel::NodePtr& node, const std::string& name) {
    const auto computed = vocabulary_.computed.find(name);
    if (computed == vocabulary_.computed.end()) {
      return put(node, {.kind = Need::Kind::kTrait, .name = name, .text = cel::unparse(*node)});
    }
    if (depth_ == kMaxComputedDepth) {
      return issue(node->place, "the computed trait \"" + name + "\" comes back to itself, or is 16 deep");
    }
    copied_nodes_ += size_of(*computed->second);
    if (copied_nodes_ > kMaxCopiedNodes) return issue_of_trait(node->place, name);
    computed_traits.insert(name);
    // Its own expression stands where it was published, and was checked there; problems are told at its name here.
    const cel::Place place = node->place;
    node = cel::copy(*computed->second);
    put_at(*node, place);
    const std::size_t before = issues_.size();
    ++depth_;
    rewrite(node);
    --depth_;
    if (issues_.size() > before) {
      issues_.resize(before);
      issue_of_trait(place, name);
    }
  }

  void issue_of_trait(cel::Place place, const std::string& name) {
    const bool is_too_large = copied_nodes_ > kMaxCopiedNodes;
    issue(place, "the computed trait \"" + name + "\" " +
                     (is_too_large ? "makes it too large, with the computed traits that it names: name them less often"
                                   : "is wrong"));
  }

  void rewrite_in_segment(cel::NodePtr& node) {
    const cel::Node& name = *node->children[0];
    if (name.kind != cel::NodeKind::kString) {
      return issue(name.place, "in_segment takes a name in quotes: in_segment(\"repeat-buyers\")");
    }
    if (!vocabulary_.segments.contains(name.text)) return no_segment(name.place, name.text);
    const std::string text = name.text;
    put(node, {.kind = Need::Kind::kSegment, .name = text, .text = "in_segment(\"" + text + "\")"});
  }

  // Who is on a list that was uploaded.
  void rewrite_listed(cel::NodePtr& node) {
    const cel::Node& name = *node->children[0];
    if (name.kind != cel::NodeKind::kString) return issue(name.place, "listed takes the name of a segment in quotes");
    if (!vocabulary_.segments.contains(name.text)) return no_segment(name.place, name.text);
    Need need{.kind = Need::Kind::kFeature};
    need.collected.push_back({.spec = {.names = {name.text}, .aggregate = Aggregate::kListed}});
    need.text = need.collected.front().spec.text();
    put(node, std::move(need));
    node = more_than_none(std::move(node));
  }

  void rewrite_sampled(cel::NodePtr& node) {
    const cel::Node& name = *node->children[0];
    const auto share = number_of(*node->children[1]);
    if (name.kind != cel::NodeKind::kString || !share || !(*share >= 0 && *share <= 1)) {
      return issue(node->place,
                   "a random share of people is written sampled(\"any-name\", 0.1), the share from 0 to 1");
    }
    node->text = kSampleFunction;
    append(*node, {.kind = Need::Kind::kId, .text = "id"});
  }

  void rewrite_percentile(cel::NodePtr& node) {
    if (ranks_) return issue(node->place, "a percentile cannot be taken of what has another in it");
    std::string among;
    if (node->children.size() == 2) {
      const cel::Node& name = *node->children[1];
      if (name.kind != cel::NodeKind::kString || !vocabulary_.segments.contains(name.text)) {
        return name.kind == cel::NodeKind::kString
                   ? no_segment(name.place, name.text)
                   : issue(name.place, "percentile takes the name of a segment in quotes: percentile(x, \"buyers\")");
      }
      among = name.text;
      node->children.pop_back();
    }
    ranks_ = true;
    rewrite(node->children[0]);
    ranks_ = false;
    const cel::NodePtr shown = cel::copy(*node->children[0]);
    name_needs(*shown);
    std::string text = "percentile(" + cel::unparse(*shown) + (among.empty() ? "" : ", \"" + among + "\"") + ")";
    cel::NodePtr of = cel::copy(*node->children[0]);
    node->text = kRankFunction;
    if (!append(*node, {.kind = Need::Kind::kRanks, .name = std::move(among), .text = std::move(text)})) return;
    ranked[*slot_of(*node->children.back())] = std::move(of);
  }

  // Puts what is asked back where the tree has variables for it.
  void name_needs(cel::Node& node) const {
    if (const auto slot = slot_of(node)) node.text = needs[*slot].text;
    for (auto& child : node.children) name_needs(*child);
  }

  void rewrite_identifier(cel::NodePtr& node) {
    if (node->text == "group") return put(node, {.kind = Need::Kind::kGroup, .text = "group"});
    if (node->text == "now") return put(node, {.kind = Need::Kind::kNow, .text = "now"});
    if (node->text == "groups") return put(node, {.kind = Need::Kind::kGroups, .text = "groups"});
    if (node->text == "traits") return issue(node->place, "name one trait: traits.country, or has(traits.country)");
  }

  void no_segment(cel::Place place, const std::string& name) {
    issue(place, "there is no published segment \"" + name + "\"");
  }

  const Vocabulary& vocabulary_;
  std::vector<cel::Issue>& issues_;
  int depth_ = 0;
  std::size_t copied_nodes_ = 0;  // of computed traits
  bool ranks_ = false;            // what is rewritten is a percentile's
};

// Finds, for each feature that is a number, the constants it is compared with, and whether it is used in no other way.
void note_thresholds(const cel::Node& node, std::vector<Need>& needs) {
  constexpr std::array<std::string_view, 6> kComparisons{"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"};
  const auto need_of = [&](const cel::Node& n) -> Need* {
    const auto slot = slot_of(n);
    return slot ? &needs[*slot] : nullptr;
  };
  if (node.kind == cel::NodeKind::kCall && std::ranges::count(kComparisons, node.text) != 0) {
    for (const std::size_t side : {0U, 1U}) {
      Need* need = need_of(*node.children[side]);
      const auto threshold = number_of(*node.children[1 - side]);
      if (need != nullptr && threshold) {
        need->thresholds.push_back(*threshold);
        return;
      }
    }
  }
  if (Need* need = need_of(node)) need->only_compared = false;
  for (const auto& child : node.children) note_thresholds(*child, needs);
}

cel::Type type_of(Reading reading) {
  switch (reading) {
    case Reading::kCount:
    case Reading::kDistinct:
      return cel::TypeKind::kInt;
    case Reading::kSum:
      return cel::TypeKind::kDouble;
    case Reading::kFirstValues:
    case Reading::kLastValues:
      return cel::Type::list(cel::TypeKind::kDyn);
    default:
      return cel::TypeKind::kDyn;
  }
}

cel::Type type_of(const Need& need) {
  switch (need.kind) {
    case Need::Kind::kSegment:
      return cel::TypeKind::kBool;
    case Need::Kind::kGroups:
      return cel::Type::list(cel::TypeKind::kDyn);
    case Need::Kind::kNow:
      return cel::TypeKind::kTimestamp;
    case Need::Kind::kId:
      return cel::TypeKind::kUint;
    case Need::Kind::kFeature:
    case Need::Kind::kHistory:
      return type_of(need.asked.reading);
    default:
      return cel::TypeKind::kDyn;
  }
}

// False, and issues, if it compares `now` in a way that cannot be followed.
bool add_meetings(Condition& condition, const cel::Environment& environment, std::vector<cel::Issue>& issues) {
  const auto now = std::ranges::find(condition.needs, Need::Kind::kNow, &Need::kind);
  if (now == condition.needs.end()) return true;
  const auto slot = static_cast<std::size_t>(now - condition.needs.begin());
  for (const cel::NodePtr& meeting : find_meetings(*condition.tree, need_variable(slot), issues)) {
    std::vector<cel::Issue> own;
    auto program = cel::compile(environment, *meeting, cel::TypeKind::kDyn, own);
    if (program == nullptr) {
      issues.push_back({meeting->place,
                        "it cannot be told when this comparison with now flips: compare now outside of "
                        "all(…), exists(…), map(…) and the like, with times and durations"});
      return false;
    }
    condition.meetings.push_back(std::move(program));
  }
  return issues.empty();
}

}  // namespace

std::string need_variable(std::size_t slot) {
  return "@" + std::to_string(slot);
}

std::optional<std::size_t> slot_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kIdentifier || !node.text.starts_with('@')) return std::nullopt;
  std::size_t slot = 0;
  for (const char digit : std::string_view(node.text).substr(1))
    slot = slot * 10 + static_cast<std::size_t>(digit - '0');
  return slot;
}

cel::Environment environment_of(const std::vector<Need>& needs) {
  cel::Environment environment(person_environment());
  for (std::size_t slot = 0; slot < needs.size(); ++slot)
    environment.declare(need_variable(slot), type_of(needs[slot]));
  return environment;
}

std::unique_ptr<Condition> compile_condition(std::string_view text, const Vocabulary& vocabulary,
                                             const cel::Type& expected, std::vector<cel::Issue>& issues) {
  if (text.size() > kMaxConditionBytes) {
    issues.push_back({{}, "a condition has at most 8,192 bytes; use nested segments"});
    return nullptr;
  }
  auto condition = std::make_unique<Condition>();
  condition->tree = cel::parse(text, issues);
  if (condition->tree == nullptr) return nullptr;
  Rewriter rewriter(vocabulary, issues);
  rewriter.rewrite(condition->tree);
  if (!issues.empty()) return nullptr;
  condition->needs = std::move(rewriter.needs);
  condition->watched = std::move(rewriter.watched);
  condition->computed_traits = std::move(rewriter.computed_traits);
  for (Need& need : condition->needs) {
    const bool is_answer = need.kind == Need::Kind::kFeature || need.kind == Need::Kind::kHistory;
    need.only_compared = is_answer && is_number(need.asked.reading);
  }
  note_thresholds(*condition->tree, condition->needs);
  const cel::Environment environment = environment_of(condition->needs);
  condition->program = cel::compile(environment, *condition->tree, expected, issues);
  if (condition->program == nullptr) return nullptr;
  for (std::size_t slot = 0; slot < rewriter.ranked.size(); ++slot) {
    if (rewriter.ranked[slot] == nullptr) continue;
    condition->needs[slot].ranked = cel::compile(environment, *rewriter.ranked[slot], cel::TypeKind::kDyn, issues);
    if (condition->needs[slot].ranked == nullptr) return nullptr;
  }
  if (expected.kind() == cel::TypeKind::kBool && !add_meetings(*condition, environment, issues)) return nullptr;
  return condition;
}

}  // namespace tessera::segment
