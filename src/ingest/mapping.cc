#include "ingest/mapping.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "cel/ast.h"
#include "ingest/mapped_event.h"
#include "ingest/mapping_functions.h"

namespace tessera::ingest {

namespace {

using cel::Type;
using cel::TypeKind;

constexpr std::size_t kKeptMemory = 1u << 20;  // what is beyond is given back after use

// The variables are declared in the order of PayloadSlot.
cel::Environment make_environment() {
  cel::Environment environment({.mixed_arithmetic = true, .absent_is_null = true, .constants_must_work = true});
  environment.declare("body", TypeKind::kDyn);
  environment.declare("headers", Type::map(TypeKind::kString, TypeKind::kString));
  environment.declare("query", Type::map(TypeKind::kString, TypeKind::kString));
  environment.declare("received_at", TypeKind::kTimestamp);
  TESSERA_ASSERT(environment.variables() == kPayloadSlots);
  declare_mapping_functions(environment);
  return environment;
}

// CEL wants both branches of a conditional to have one type. `condition ? {…} : null` is what mappings are full of, so
// null stands beside anything there.
void let_null_be_anything(cel::Node& node) {
  const bool conditional = node.kind == cel::NodeKind::kCall && node.text == "_?_:_";
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    cel::NodePtr& child = node.children[i];
    if (conditional && i > 0 && child->kind == cel::NodeKind::kNull) {
      auto dyn = std::make_unique<cel::Node>();
      dyn->kind = cel::NodeKind::kCall;
      dyn->place = child->place;
      dyn->text = "dyn";
      dyn->children.push_back(std::move(child));
      child = std::move(dyn);
    } else {
      let_null_be_anything(*child);
    }
  }
}

std::unique_ptr<cel::Program> compile_text(const cel::Environment& environment, const std::string& text,
                                           const std::string& pointer, std::vector<MappingProblem>& problems) {
  std::vector<cel::Issue> issues;
  const cel::NodePtr root = cel::parse(text, issues);
  std::unique_ptr<cel::Program> program;
  if (root != nullptr) {
    let_null_be_anything(*root);
    program = cel::compile(environment, *root, TypeKind::kDyn, issues);
  }
  for (const cel::Issue& issue : issues) problems.push_back({pointer, cel::describe(issue, text)});
  return program;
}

bool may_be_event(const Type& type) {
  if (type.kind() != TypeKind::kMap) return type.kind() == TypeKind::kDyn || type.kind() == TypeKind::kNull;
  const TypeKind key = type.parameters()[0].kind();
  return key == TypeKind::kString || key == TypeKind::kDyn;
}

bool may_be_events(const Type& type) {
  return type.kind() == TypeKind::kList ? may_be_event(type.parameters()[0]) : may_be_event(type);
}

// Whether `name` can be written as a variable: no reserved word, not "true".
bool is_variable_name(const std::string& name) {
  std::vector<cel::Issue> issues;
  const cel::NodePtr node = cel::parse(name, issues);
  return node != nullptr && node->kind == cel::NodeKind::kIdentifier && node->text == name;
}

std::string text_of(const boost::json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::string text_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::string() : text_of(*value);
}

}  // namespace

MappingDocument read_mapping(const boost::json::object& document) {
  MappingDocument mapping{
      text_member(document, "name"), text_member(document, "source"), {}, text_member(document, "events")};
  const auto* let = document.if_contains("let");
  if (let == nullptr || !let->is_object()) return mapping;
  for (const auto& [name, text] : let->get_object()) mapping.let.emplace_back(name, text_of(text));
  return mapping;
}

MappingContext::MappingContext() : context_(std::make_unique<cel::Context>(kMappingMemory)) {
  context_->cost_limit = kMappingCost;
}

cel::Context& MappingContext::begin() {
  if (context_->arena.used() > kKeptMemory) *this = MappingContext();
  context_->arena.reset();
  context_->cost = 0;
  return *context_;
}

std::shared_ptr<const Mapping> Mapping::compile(const MappingDocument& document,
                                                std::vector<MappingProblem>& problems) {
  static const cel::Environment base = make_environment();
  const std::size_t before = problems.size();
  cel::Environment environment = base;
  std::shared_ptr<Mapping> mapping(new Mapping);
  mapping->name_ = document.name;
  mapping->source_ = document.source;
  std::set<std::string, std::less<>> names{"body", "headers", "query", "received_at"};
  for (const auto& [name, text] : document.let) {
    const std::string pointer = "/let/" + name;
    if (!is_variable_name(name) || !names.insert(name).second) {
      problems.push_back({pointer, "cannot be a name: it has a meaning already"});
      return nullptr;
    }
    auto program = compile_text(environment, text, pointer, problems);
    // What uses a name that is wrong itself is not told to be wrong as well.
    environment.declare(name, program != nullptr ? program->type() : Type(TypeKind::kDyn));
    if (program == nullptr) continue;
    std::set<std::size_t> needs;
    for (const std::uint32_t slot : program->slots()) {
      if (slot < kPayloadSlots || problems.size() != before) continue;
      const Let& used = mapping->lets_[slot - kPayloadSlots];
      needs.insert(slot - kPayloadSlots);
      needs.insert(used.needs.begin(), used.needs.end());
    }
    mapping->lets_.push_back({name, std::move(*program), {needs.begin(), needs.end()}});
  }
  mapping->events_ = compile_text(environment, document.events, "/events", problems);
  if (mapping->events_ != nullptr && !may_be_events(mapping->events_->type())) {
    const cel::Issue issue{{},
                           "gives " + mapping->events_->type().text() +
                               ", and not null, an event (a map whose keys are texts) or a list of events"};
    problems.push_back({"/events", cel::describe(issue, document.events)});
  }
  if (problems.size() != before) return nullptr;
  return mapping;
}

// The variables of one evaluation. A let is evaluated when something asks for it: what a short cut leaves out costs
// nothing. What it needs comes first, so that lets never nest on the stack.
class Mapping::Evaluation final : public cel::Variables {
 public:
  Evaluation(const Mapping& mapping, const Payload& payload)
      : mapping_(mapping), payload_(payload), lets_(mapping.lets_.size()) {}

  cel::Value get(std::uint32_t slot, cel::Context& context) const override {
    if (slot < kPayloadSlots) return payload_.values()[slot];
    const std::size_t index = slot - kPayloadSlots;
    if (lets_[index]) return *lets_[index];
    for (const std::size_t need : mapping_.lets_[index].needs) evaluate(need, context);
    return evaluate(index, context);
  }

  // Where an error that came out of the whole came from.
  std::string origin(const cel::Value& failed) const {
    for (std::size_t i = 0; i < lets_.size(); ++i) {
      if (lets_[i] && lets_[i]->is_error() && lets_[i]->text() == failed.text()) return "let." + mapping_.lets_[i].name;
    }
    return "events";
  }

 private:
  cel::Value evaluate(std::size_t index, cel::Context& context) const {
    if (!lets_[index]) lets_[index] = mapping_.lets_[index].program.evaluate(*this, context);
    return *lets_[index];
  }

  const Mapping& mapping_;
  const Payload& payload_;
  mutable std::vector<std::optional<cel::Value>> lets_;
};

Result<std::vector<MappedEvent>> Mapping::events(const Payload& payload, MappingContext& memory) const {
  cel::Context& context = memory.begin();
  const Evaluation evaluation(*this, payload);
  const cel::Value value = events_->evaluate(evaluation, context);
  if (value.is_error()) {
    return error(Code::kInvalidArgument, evaluation.origin(value) + ": " + std::string(value.text()));
  }
  EventWriter writer(name_, payload.hash(), context.arena);
  return writer.write_all(value);
}

}  // namespace tessera::ingest
