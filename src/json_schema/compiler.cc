#include "json_schema/compiler.h"

#include <algorithm>

#include "json_schema/keywords.h"
#include "json_schema/reference.h"
#include "json_schema/schema.h"

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

constexpr std::string_view kOneSchema[] = {
    "additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else", "items"};
constexpr std::string_view kListsOfSchemas[] = {"items", "allOf", "anyOf", "oneOf"};
constexpr std::string_view kSchemasByName[] = {"properties", "patternProperties", "definitions", "dependencies"};

// Calls `visit(subschema, pointer)` for each subschema that stands directly in `schema`.
template <class Visit>
Status for_each_subschema(const json::object& schema, const std::string& pointer, Visit visit) {
  for (const std::string_view keyword : kOneSchema) {
    const json::value* one = schema.if_contains(keyword);
    if (one != nullptr && one->is_object()) TRY(visit(*one, pointer + "/" + std::string(keyword)));
  }
  for (const std::string_view keyword : kListsOfSchemas) {
    const json::value* list = schema.if_contains(keyword);
    if (list == nullptr || !list->is_array()) continue;
    for (std::size_t i = 0; i < list->get_array().size(); ++i) {
      TRY(visit(list->get_array()[i], pointer + "/" + std::string(keyword) + "/" + std::to_string(i)));
    }
  }
  for (const std::string_view keyword : kSchemasByName) {
    const json::value* map = schema.if_contains(keyword);
    if (map == nullptr || !map->is_object()) continue;
    for (const auto& [name, one] : map->get_object()) {
      std::string at = pointer + "/" + std::string(keyword);
      append_part(at, {name.data(), name.size()});
      TRY(visit(one, at));
    }
  }
  return {};
}

// The $id of a schema; empty if it has none, or a $ref, beside which nothing counts.
std::string_view id_of(const json::object& schema) {
  const json::value* id = schema.if_contains("$id");
  const json::value* reference = schema.if_contains("$ref");
  if (id == nullptr || !id->is_string() || (reference != nullptr && reference->is_string())) return {};
  return view(id->get_string());
}

std::string base_within(const json::value& schema, std::string_view base) {
  const std::string_view id = schema.is_object() ? id_of(schema.get_object()) : std::string_view{};
  if (id.empty() || id.starts_with('#')) return std::string(base);
  return std::string(split(resolve(base, id)).document);
}

const json::value* step(const json::value& from, const std::string& part) {
  if (const auto* object = from.if_object()) return object->if_contains(part);
  const auto* array = from.if_array();
  if (array == nullptr || part.empty() || part.size() > 9 ||
      !std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; })) {
    return nullptr;
  }
  return array->if_contains(static_cast<std::size_t>(std::stoul(part)));
}

}  // namespace

Result<Compiled> Compiler::compile() {
  if (!is_nested_at_most(document_, kMaxNesting)) {
    return error(Code::kTooLarge, "the schema is nested deeper than " + std::to_string(kMaxNesting) + " levels");
  }
  const Place whole{&document_, "", ""};
  by_address_[""] = whole;
  TRY(index_ids(whole, 0));
  TRY(node_of(whole));
  while (!waiting_.empty()) {
    const Waiting next = std::move(waiting_.back());
    waiting_.pop_back();
    Node node;
    TRY(fill(node, next.place));
    out_.nodes[next.node] = std::move(node);
  }
  return std::move(out_);
}

Status Compiler::index_ids(const Place& place, int depth) {
  if (!place.schema->is_object() || depth > kMaxNesting) return {};
  const json::object& schema = place.schema->get_object();
  if (const std::string_view id = id_of(schema); !id.empty()) {
    if (by_address_.size() > kMaxSubschemas) return error(Code::kTooLarge, "the schema has too many $id");
    std::string address = resolve(place.base, id);
    if (address.ends_with('#')) address.pop_back();
    by_address_.try_emplace(std::move(address), place);
  }
  const std::string base = base_within(*place.schema, place.base);
  return for_each_subschema(schema, place.pointer, [&](const json::value& one, std::string pointer) {
    return index_ids({&one, base, std::move(pointer)}, depth + 1);
  });
}

Result<NodeId> Compiler::node_of(Place place) {
  if (const auto found = known_.find(place.schema); found != known_.end()) return found->second;
  if (out_.nodes.size() == kMaxSubschemas) {
    return error(Code::kTooLarge, "the schema has more than " + std::to_string(kMaxSubschemas) + " subschemas");
  }
  const auto id = static_cast<NodeId>(out_.nodes.size());
  out_.nodes.emplace_back();
  known_.emplace(place.schema, id);
  waiting_.push_back({id, std::move(place)});
  return id;
}

Result<Compiler::Place> Compiler::find_target(const Place& from, std::string_view reference) {
  const std::string address = resolve(from.base, reference);
  const auto [document, fragment] = split(address);
  const bool by_name = !fragment.empty() && !fragment.starts_with('/');
  const auto found = by_address_.find(by_name ? std::string_view(address) : document);
  if (found == by_address_.end()) {
    return wrong_schema(from.pointer + "/$ref", "points at \"" + std::string(reference.substr(0, 200)) +
                                                    "\", which is not in this document; nothing is fetched");
  }
  Place place = found->second;
  if (by_name) return place;
  const auto parts = pointer_parts(fragment);
  if (!parts) return wrong_schema(from.pointer + "/$ref", "is no JSON pointer");
  for (const std::string& part : *parts) {
    place.base = base_within(*place.schema, place.base);
    place.schema = step(*place.schema, part);
    append_part(place.pointer, part);
    if (place.schema == nullptr) {
      return wrong_schema(from.pointer + "/$ref",
                          "points at \"" + std::string(reference.substr(0, 200)) + "\", where nothing is");
    }
  }
  return place;
}

Result<NodeId> Compiler::referred(const Place& from, std::string_view reference) {
  TRY_ASSIGN(Place target, find_target(from, reference));
  return node_of(std::move(target));
}

Status Compiler::take(const Place& place, std::string_view keyword, std::optional<NodeId>& to) {
  const json::value* schema = place.schema->get_object().if_contains(keyword);
  if (schema == nullptr) return {};
  TRY_ASSIGN(to, node_of({schema, place.base, place.pointer + "/" + std::string(keyword)}));
  return {};
}

Status Compiler::take_list(const Place& place, std::string_view keyword, std::vector<NodeId>& to) {
  const json::value* list = place.schema->get_object().if_contains(keyword);
  if (list == nullptr) return {};
  const std::string pointer = place.pointer + "/" + std::string(keyword);
  if (!list->is_array() || list->get_array().empty()) return wrong_schema(pointer, "must be a list of schemas");
  for (const json::value& schema : list->get_array()) {
    TRY_ASSIGN(const NodeId node, node_of({&schema, place.base, pointer + "/" + std::to_string(to.size())}));
    to.push_back(node);
  }
  return {};
}

Status Compiler::fill(Node& node, const Place& place) {
  if (place.schema->is_bool()) {
    node.always = place.schema->get_bool();
    return {};
  }
  if (!place.schema->is_object()) return wrong_schema(place.pointer, "must be an object, true or false");
  const json::object& schema = place.schema->get_object();
  if (const auto* reference = schema.if_contains("$ref"); reference != nullptr && reference->is_string()) {
    TRY_ASSIGN(node.reference, referred(place, view(reference->get_string())));
    return {};
  }
  const Place within{place.schema, base_within(*place.schema, place.base), place.pointer};
  TRY(fill_values(node, within));
  TRY(fill_numbers(node.number, within));
  TRY(fill_array(node.array, within));
  TRY(fill_object(node.object, within));
  return fill_combinations(node, within);
}

Status Compiler::fill_values(Node& node, const Place& place) {
  const Keywords keywords(place.schema->get_object(), place.pointer);
  TRY(keywords.title(node.title));
  TRY(keywords.types(node.types));
  TRY(keywords.allowed(node));
  TRY(keywords.sizes("minLength", "maxLength", node.length));
  return keywords.pattern(node.pattern);
}

Status Compiler::fill_numbers(NumberRules& rules, const Place& place) {
  const Keywords keywords(place.schema->get_object(), place.pointer);
  TRY(keywords.number("multipleOf", rules.multiple_of));
  if (rules.multiple_of && !is_above_zero(*rules.multiple_of)) {
    return wrong_schema(place.pointer + "/multipleOf", "must be above 0");
  }
  TRY(keywords.number("maximum", rules.maximum));
  TRY(keywords.number("exclusiveMaximum", rules.exclusive_maximum));
  TRY(keywords.number("minimum", rules.minimum));
  return keywords.number("exclusiveMinimum", rules.exclusive_minimum);
}

Status Compiler::fill_array(ArrayRules& rules, const Place& place) {
  const json::object& schema = place.schema->get_object();
  const Keywords keywords(schema, place.pointer);
  TRY(keywords.sizes("minItems", "maxItems", rules.size));
  TRY(keywords.flag("uniqueItems", rules.unique));
  TRY(take(place, "contains", rules.contains));
  const json::value* items = schema.if_contains("items");
  if (items == nullptr) return {};
  if (!items->is_array()) return take(place, "items", rules.rest);
  if (!items->get_array().empty()) TRY(take_list(place, "items", rules.first));
  return take(place, "additionalItems", rules.rest);
}

Status Compiler::fill_object(ObjectRules& rules, const Place& place) {
  const json::object& schema = place.schema->get_object();
  const Keywords keywords(schema, place.pointer);
  TRY(keywords.sizes("minProperties", "maxProperties", rules.size));
  TRY(keywords.names("required", rules.required));
  TRY(take(place, "additionalProperties", rules.rest));
  TRY(take(place, "propertyNames", rules.names));
  if (const auto* properties = schema.if_contains("properties")) {
    if (!properties->is_object()) return wrong_schema(place.pointer + "/properties", "must be an object");
    for (const auto& [name, one] : properties->get_object()) {
      std::string pointer = place.pointer + "/properties";
      append_part(pointer, {name.data(), name.size()});
      TRY_ASSIGN(const NodeId node, node_of({&one, place.base, std::move(pointer)}));
      rules.properties.emplace(std::string(name.data(), name.size()), node);
    }
  }
  TRY(fill_patterns(rules, place));
  return fill_dependencies(rules, place);
}

Status Compiler::fill_patterns(ObjectRules& rules, const Place& place) {
  const json::value* patterns = place.schema->get_object().if_contains("patternProperties");
  if (patterns == nullptr) return {};
  if (!patterns->is_object()) return wrong_schema(place.pointer + "/patternProperties", "must be an object");
  for (const auto& [text, one] : patterns->get_object()) {
    std::string pointer = place.pointer + "/patternProperties";
    append_part(pointer, {text.data(), text.size()});
    TRY_ASSIGN(Pattern pattern, make_pattern({text.data(), text.size()}, pointer));
    TRY_ASSIGN(const NodeId node, node_of({&one, place.base, std::move(pointer)}));
    rules.patterns.emplace_back(std::move(pattern), node);
  }
  return {};
}

Status Compiler::fill_dependencies(ObjectRules& rules, const Place& place) {
  const json::value* dependencies = place.schema->get_object().if_contains("dependencies");
  if (dependencies == nullptr) return {};
  if (!dependencies->is_object()) return wrong_schema(place.pointer + "/dependencies", "must be an object");
  const Keywords keywords(dependencies->get_object(), place.pointer + "/dependencies");
  for (const auto& [name, needed] : dependencies->get_object()) {
    Dependency dependency{std::string(name.data(), name.size()), {}, {}};
    if (needed.is_array()) {
      TRY(keywords.names(dependency.property, dependency.needed));
    } else {
      std::string pointer = place.pointer + "/dependencies";
      append_part(pointer, dependency.property);
      TRY_ASSIGN(dependency.schema, node_of({&needed, place.base, std::move(pointer)}));
    }
    rules.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Status Compiler::fill_combinations(Node& node, const Place& place) {
  TRY(take_list(place, "allOf", node.all_of));
  TRY(take_list(place, "anyOf", node.any_of));
  TRY(take_list(place, "oneOf", node.one_of));
  TRY(take(place, "not", node.not_));
  TRY(take(place, "if", node.if_));
  if (!node.if_) return {};
  TRY(take(place, "then", node.then));
  return take(place, "else", node.else_);
}

}  // namespace tessera::json_schema
