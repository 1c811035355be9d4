#include "segment/explain.h"

#include <algorithm>

#include "base/json.h"

namespace tessera::segment {

namespace {

// Puts questions back where the tree has variables for them.
void name_needs(cel::Node& node, const Condition& condition) {
  if (const auto slot = slot_of(node)) node.text = condition.needs[*slot].text;
  for (auto& child : node.children) name_needs(*child, condition);
  // What was put behind the arguments that were written.
  if (node.text == kSampleFunction) {
    node.text = "sampled";
    node.children.pop_back();
  } else if (node.text == kRankFunction) {
    node.kind = cel::NodeKind::kIdentifier;
    node.text = node.children.back()->text;
    node.children.clear();
  }
}

void collect_slots(const cel::Node& node, std::vector<std::size_t>& slots) {
  if (const auto slot = slot_of(node); slot && std::ranges::find(slots, *slot) == slots.end()) slots.push_back(*slot);
  for (const auto& child : node.children) collect_slots(*child, slots);
}

std::string_view operation_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kCall || node.receiver) return {};
  return node.text == "_&&_" || node.text == "_||_" || node.text == "!_" ? cel::operator_symbol(node.text)
                                                                         : std::string_view{};
}

class Explainer {
 public:
  Explainer(Evaluator& evaluator, const PlannedCondition& condition, std::span<const PartView> parts,
            std::span<const std::uint32_t> memberships, const catalog::Sources& sources, Timestamp now)
      : evaluator_(evaluator),
        condition_(condition),
        parts_(parts),
        memberships_(memberships),
        sources_(sources),
        now_(now),
        environment_(environment_of(condition.condition->needs)) {}

  Explanation explain(const cel::Node& node) {
    Explanation out;
    const cel::NodePtr shown = cel::copy(node);
    name_needs(*shown, *condition_.condition);
    out.text = cel::unparse(*shown);
    std::vector<cel::Issue> issues;
    const auto program = cel::compile(environment_, node, cel::TypeKind::kDyn, issues);
    TESSERA_ASSERT(program != nullptr);  // part of an expression that was compiled, without variables of a macro
    const cel::Value value = evaluator_.value(parts_, memberships_, now_, condition_, *program);
    out.holds = value.is_true();
    out.value = json_of(value);
    out.operation = operation_of(node);
    if (!out.operation.empty()) {
      for (const auto& child : node.children) out.operands.push_back(explain(*child));
      return out;
    }
    std::vector<std::size_t> slots;
    collect_slots(node, slots);
    for (const std::size_t slot : slots) out.reads.push_back(explain_need(slot));
    return out;
  }

 private:
  std::string json_of(const cel::Value& value) {
    std::string out;
    if (!cel::append_json(out, value, evaluator_.arena())) out = "null";
    return out;
  }

  ReadExplanation explain_need(std::size_t slot) {
    const std::uint32_t index = condition_.needs[slot];
    const PlannedNeed& need = evaluator_.plan().needs()[index];
    ReadExplanation out{
        condition_.condition->needs[slot].text, json_of(evaluator_.need_value(parts_, memberships_, now_, index)), {}};
    if (need.kind == Need::Kind::kSegment || need.kind == Need::Kind::kNow) return out;
    if (need.kind == Need::Kind::kId || need.kind == Need::Kind::kRanks) return out;
    if (need.kind == Need::Kind::kTrait) {
      add_words(need.name, out);
      return out;
    }
    const std::string nothing = json_of(evaluator_.need_value({}, memberships_, now_, index));
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      std::string value = json_of(evaluator_.need_value(parts_.subspan(i, 1), memberships_, now_, index));
      const bool frozen = is_frozen(parts_[i], index);
      if (value != nothing || frozen) out.parts.push_back({parts_[i].id, std::move(value), {}, {}, true, frozen});
    }
    return out;
  }

  // Whether a series that a question is about is full in a part.
  bool is_frozen(const PartView& part, std::uint32_t need) const {
    const Plan& plan = evaluator_.plan();
    return std::ranges::any_of(part.series, [&](const profile::Series& series) {
      const std::uint32_t feature = series.frozen ? plan.find_feature(series.id) : kNone;
      return feature != kNone && std::ranges::count(plan.features()[feature].needs, need) != 0;
    });
  }

  // Every word on a trait, and which of them counts.
  void add_words(const std::string& name, ReadExplanation& out) {
    const profile::TraitPrecedence& precedence = evaluator_.plan().precedence();
    std::optional<profile::Trait> best;
    std::size_t best_at = 0;
    for (const PartView& view : parts_) {
      const auto part = profile::decode_part(view.part);
      if (!part) continue;
      for (const profile::Trait& word : part->traits) {
        if (word.name != name) continue;
        const catalog::Source* const source = sources_.by_id(word.source);
        out.parts.push_back({view.id, word.json, source == nullptr ? "" : source->name, word.stated_at, false, false});
        const std::size_t rank = profile::source_rank(precedence, name, word.source);
        if (best && !profile::stands_over(word, rank, *best, profile::source_rank(precedence, name, best->source))) {
          continue;
        }
        best = word;
        best_at = out.parts.size() - 1;
      }
    }
    if (best) out.parts[best_at].counts = true;
  }

  Evaluator& evaluator_;
  const PlannedCondition& condition_;
  const std::span<const PartView> parts_;
  const std::span<const std::uint32_t> memberships_;
  const catalog::Sources& sources_;
  const Timestamp now_;
  const cel::Environment environment_;
};

void write(JsonWriter& json, const ReadExplanation& read) {
  json.begin_object().key("text").string(read.text).key("value").raw(read.value).key("parts").begin_array();
  for (const Contribution& one : read.parts) {
    json.begin_object().key("part").string(to_text(one.part)).key("value").raw(one.value);
    if (!one.source.empty()) {
      json.key("source").string(one.source).key("stated_at").string(to_text(one.stated_at));
      json.key("counts").boolean(one.counts);
    }
    if (one.frozen) json.key("frozen").boolean(true);
    json.end_object();
  }
  json.end_array().end_object();
}

void write(JsonWriter& json, const Explanation& explanation) {
  json.begin_object().key("text").string(explanation.text).key("value").raw(explanation.value);
  json.key("holds").boolean(explanation.holds);
  if (!explanation.operation.empty()) {
    json.key("operation").string(explanation.operation).key("operands").begin_array();
    for (const Explanation& operand : explanation.operands) write(json, operand);
    json.end_array();
  } else {
    json.key("reads").begin_array();
    for (const ReadExplanation& read : explanation.reads) write(json, read);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

Explanation explain(Evaluator& evaluator, const PlannedCondition& condition, std::span<const PartView> parts,
                    std::span<const std::uint32_t> memberships, const catalog::Sources& sources, Timestamp now) {
  return Explainer(evaluator, condition, parts, memberships, sources, now).explain(*condition.condition->tree);
}

void append_json(std::string& out, const Explanation& explanation) {
  JsonWriter json(out);
  write(json, explanation);
}

}  // namespace tessera::segment
