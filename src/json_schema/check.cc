#include "json_schema/check.h"

#include <algorithm>
#include <set>

#include "json_schema/keywords.h"
#include "json_schema/number.h"
#include "json_schema/reference.h"
#include "json_schema/words.h"

namespace tessera::json_schema {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxMessageBytes = 1'000;
constexpr std::size_t kMaxPointerBytes = 2'000;
constexpr std::uint64_t kBytesPerStep = 16;  // of texts that are looked through

std::uint64_t characters(std::string_view utf8) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::uint8_t type_bits(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return kNull;
    case json::kind::bool_:
      return kBoolean;
    case json::kind::object:
      return kObject;
    case json::kind::array:
      return kArray;
    case json::kind::string:
      return kString;
    default:
      return is_whole(value) ? kNumber | kInteger : kNumber;
  }
}

// How much of it there is: what a copy in canonical form costs.
std::uint64_t weight(const json::value& value) {
  std::uint64_t sum = 1;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) sum += member.key().size() / kBytesPerStep + weight(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) sum += weight(element);
  } else if (const auto* text = value.if_string()) {
    sum += text->size() / kBytesPerStep;
  }
  return sum;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return "\"" + std::string(text) + "\"";
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return "\"" + std::string(text.substr(0, end)) + "…\"";
}

}  // namespace

std::string pointer_to(const Part& part) {
  if (part.within == nullptr) return {};
  std::string pointer = pointer_to(*part.within);
  if (pointer.size() > kMaxPointerBytes) return pointer;
  if (part.within->value.is_array()) {
    pointer += "/" + std::to_string(part.index);
  } else {
    append_part(pointer, part.name.substr(0, kMaxPointerBytes));
  }
  return pointer;
}

void Findings::add(const Part& part, std::string message) {
  if (full()) return;
  if (message.size() > kMaxMessageBytes) {
    message.resize(kMaxMessageBytes);
    while (!message.empty() && (static_cast<unsigned char>(message.back()) & 0x80) != 0) message.pop_back();
    message += "…";
  }
  violations_.push_back({pointer_to(part), std::move(message)});
}

void Findings::take(Findings other) {
  for (Violation& violation : other.violations_) {
    if (full()) return;
    violations_.push_back(std::move(violation));
  }
}

bool Check::spend(std::uint64_t steps) {
  work_ += steps;
  if (work_ > kMaxWork) gave_up_ = true;
  return !gave_up_;
}

bool Check::check(NodeId id, const Part& part, Findings& findings) {
  if (!spend(1)) return false;
  if (depth_ >= kMaxRecursion) {
    gave_up_ = true;
    return false;
  }
  ++depth_;
  const Node& node = compiled_.nodes[id];
  bool right = true;
  if (node.reference) {
    right = check(*node.reference, part, findings);
  } else if (node.always) {
    right = *node.always;
    if (!right) findings.add(part, "is not allowed here");
  } else {
    right = check_rules(node, part, findings);
  }
  --depth_;
  return right;
}

bool Check::is_right(NodeId id, const Part& part) {
  Findings none;
  return check(id, part, none);
}

bool Check::check_rules(const Node& node, const Part& part, Findings& findings) {
  // With the wrong type, all else that is told would only confuse.
  if (!check_type(node, part, findings) || !check_allowed(node, part, findings)) return false;
  bool right = true;
  if (part.value.is_number()) {
    right = check_number(node.number, part, findings);
  } else if (part.value.is_string()) {
    right = check_string(node, part, findings);
  } else if (part.value.is_array()) {
    right = check_array(node.array, part, findings);
  } else if (part.value.is_object()) {
    right = check_object(node.object, part, findings);
  }
  if (!right && !findings.wanted()) return false;
  return check_combinations(node, part, findings) && right;
}

bool Check::check_type(const Node& node, const Part& part, Findings& findings) {
  if (node.types == 0 || (node.types & type_bits(part.value)) != 0) return true;
  if (findings.wanted()) findings.add(part, wrong_type(node.types, part.value));
  return false;
}

bool Check::check_allowed(const Node& node, const Part& part, Findings& findings) {
  if (!node.allowed) return true;
  if (!spend(weight(part.value))) return false;
  if (std::ranges::binary_search(*node.allowed, canonical(part.value))) return true;
  if (findings.wanted()) findings.add(part, not_allowed(node, part.value));
  return false;
}

bool Check::check_number(const NumberRules& rules, const Part& part, Findings& findings) {
  const json::value& number = part.value;
  const auto refuse = [&](std::string_view must, const json::value& bound) {
    if (findings.wanted()) findings.add(part, std::string(must) + number_text(bound));
    return false;
  };
  bool right = true;
  if (rules.minimum && !(compare(number, *rules.minimum) >= 0)) right = refuse("must be at least ", *rules.minimum);
  if (rules.exclusive_minimum && !(compare(number, *rules.exclusive_minimum) > 0)) {
    right = refuse("must be above ", *rules.exclusive_minimum);
  }
  if (rules.maximum && !(compare(number, *rules.maximum) <= 0)) right = refuse("must be at most ", *rules.maximum);
  if (rules.exclusive_maximum && !(compare(number, *rules.exclusive_maximum) < 0)) {
    right = refuse("must be below ", *rules.exclusive_maximum);
  }
  if (rules.multiple_of && !is_multiple(number, *rules.multiple_of)) {
    right = refuse("must be a multiple of ", *rules.multiple_of);
  }
  return right;
}

bool Check::check_string(const Node& node, const Part& part, Findings& findings) {
  const std::string_view text = view(part.value.get_string());
  if (!spend(text.size() / kBytesPerStep)) return false;
  bool right = true;
  if (!node.length.holds(characters(text))) {
    findings.add(part, wrong_size(node.length, "character", "characters"));
    right = false;
  }
  if (node.pattern && (right || findings.wanted()) && !re2::RE2::PartialMatch(text, *node.pattern->expression)) {
    findings.add(part, shown(text) + " does not match " + node.pattern->text);
    right = false;
  }
  return right;
}

bool Check::check_array(const ArrayRules& rules, const Part& part, Findings& findings) {
  const json::array& array = part.value.get_array();
  bool right = true;
  if (!rules.size.holds(array.size())) {
    findings.add(part, wrong_size(rules.size, "element", "elements"));
    right = false;
  }
  if (rules.unique) {
    if (!spend(weight(part.value))) return false;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (seen.insert(canonical(array[i])).second) continue;
      findings.add({array[i], &part, {}, i}, "is there twice");
      right = false;
      break;
    }
  }
  if (!right && !findings.wanted()) return false;
  return check_elements(rules, part, findings) && right;
}

bool Check::check_elements(const ArrayRules& rules, const Part& part, Findings& findings) {
  const json::array& array = part.value.get_array();
  bool right = true;
  bool contained = !rules.contains;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const Part element{array[i], &part, {}, i};
    if (i < rules.first.size()) {
      right = check(rules.first[i], element, findings) && right;
    } else if (rules.rest) {
      right = check(*rules.rest, element, findings) && right;
    }
    if (!contained) contained = is_right(*rules.contains, element);
    if (gave_up_ || (!right && (!findings.wanted() || findings.full()))) return false;
  }
  if (!contained) findings.add(part, "has no element of the kind that must be there");
  return right && contained;
}

bool Check::check_object(const ObjectRules& rules, const Part& part, Findings& findings) {
  const json::object& object = part.value.get_object();
  bool right = true;
  if (!spend(rules.required.size())) return false;
  for (const std::string& name : rules.required) {
    if (object.contains(name)) continue;
    findings.add(part, "is missing \"" + name + "\"");
    right = false;
  }
  if (!rules.size.holds(object.size())) {
    findings.add(part, wrong_size(rules.size, "member", "members"));
    right = false;
  }
  for (const auto& [name, value] : object) {
    if (gave_up_ || (!right && (!findings.wanted() || findings.full()))) return false;
    const Part member{value, &part, {name.data(), name.size()}};
    right = check_name(rules, member, findings) && right;
    right = check_member(rules, member, findings) && right;
  }
  return check_dependencies(rules, part, findings) && right;
}

bool Check::check_member(const ObjectRules& rules, const Part& member, Findings& findings) {
  bool right = true;
  bool known = false;
  if (const auto property = rules.properties.find(member.name); property != rules.properties.end()) {
    known = true;
    right = check(property->second, member, findings);
  }
  for (const auto& [pattern, node] : rules.patterns) {
    if (!spend(1 + member.name.size() / kBytesPerStep)) return false;
    if (!re2::RE2::PartialMatch(member.name, *pattern.expression)) continue;
    known = true;
    right = check(node, member, findings) && right;
  }
  return (known || check_unknown(rules, member, findings)) && right;
}

bool Check::check_unknown(const ObjectRules& rules, const Part& member, Findings& findings) {
  if (!rules.rest) return true;
  const Node& rest = compiled_.nodes[*rules.rest];
  if (!rest.always.has_value() || *rest.always) return check(*rules.rest, member, findings);
  if (findings.wanted() && !findings.full()) {
    if (!spend(100 + 20 * rules.properties.size())) return false;
    findings.add(member, unknown_property(rules, member.name));
  }
  return false;
}

bool Check::check_name(const ObjectRules& rules, const Part& member, Findings& findings) {
  if (!rules.names) return true;
  const json::value name(json::string_view(member.name.data(), member.name.size()));
  Findings of_name = findings.wanted() ? Findings(1) : Findings();
  if (check(*rules.names, {name, nullptr, {}}, of_name)) return true;
  for (const Violation& violation : of_name.violations()) findings.add(member, "its name " + violation.message);
  return false;
}

bool Check::check_dependencies(const ObjectRules& rules, const Part& part, Findings& findings) {
  bool right = true;
  for (const Dependency& dependency : rules.dependencies) {
    if (!spend(1 + dependency.needed.size())) return false;
    if (!part.value.get_object().contains(dependency.property)) continue;
    for (const std::string& name : dependency.needed) {
      if (part.value.get_object().contains(name)) continue;
      findings.add(part, "is missing \"" + name + "\", which \"" + dependency.property + "\" needs");
      right = false;
    }
    if (dependency.schema) right = check(*dependency.schema, part, findings) && right;
  }
  return right;
}

bool Check::check_combinations(const Node& node, const Part& part, Findings& findings) {
  bool right = true;
  for (const NodeId id : node.all_of) {
    right = check(id, part, findings) && right;
    if (gave_up_ || (!right && !findings.wanted())) return false;
  }
  if (!node.any_of.empty()) right = check_alternatives(node.any_of, false, part, findings) && right;
  if (!node.one_of.empty()) right = check_alternatives(node.one_of, true, part, findings) && right;
  if (node.not_ && is_right(*node.not_, part)) {
    const std::string& title = compiled_.nodes[*node.not_].title;
    findings.add(part, title.empty() ? "is of a form that is not allowed here" : "must not be " + title);
    right = false;
  }
  if (node.if_) {
    const std::optional<NodeId>& next = is_right(*node.if_, part) ? node.then : node.else_;
    if (next) right = check(*next, part, findings) && right;
  }
  return right && !gave_up_;
}

// Tells what is wrong with the alternative that was probably meant: the only one of the value's kind, which is one that
// has neither another type nor, in a member, another constant ("type": "count").
bool Check::check_alternatives(const std::vector<NodeId>& schemas, bool only_one, const Part& part,
                               Findings& findings) {
  constexpr std::size_t kTold = 10;
  std::size_t right = 0;
  std::vector<Findings> meant;
  for (const NodeId id : schemas) {
    Findings of_one = findings.wanted() ? Findings(kTold) : Findings();
    if (check(id, part, of_one)) {
      ++right;
      if (!only_one || right > 1) break;
    } else if (findings.wanted() && is_of_kind(id, part, 0)) {
      meant.push_back(std::move(of_one));
    }
    if (gave_up_) return false;
  }
  if (right == 1 || (right > 1 && !only_one)) return true;
  if (right > 1) {
    findings.add(part, "is of more than one of the forms that exclude each other here");
  } else if (meant.size() == 1) {
    findings.take(std::move(meant.front()));
  } else if (findings.wanted()) {
    findings.add(part, no_alternative(compiled_, schemas));
  }
  return false;
}

bool Check::is_of_kind(NodeId id, const Part& part, int depth) {
  constexpr int kMaxReferences = 10;
  Findings none;
  const Node& node = compiled_.nodes[id];
  if (!spend(1) || depth > kMaxReferences) return false;
  if (node.reference) return is_of_kind(*node.reference, part, depth + 1);
  if (node.always || !check_type(node, part, none) || !check_allowed(node, part, none)) return false;
  if (!part.value.is_object()) return true;
  return std::ranges::all_of(node.object.properties, [&](const auto& property) {
    const Node& of_member = compiled_.nodes[property.second];
    const json::value* member = part.value.get_object().if_contains(property.first);
    if (!of_member.allowed || member == nullptr) return true;
    return check_allowed(of_member, {*member, &part, property.first}, none);
  });
}

}  // namespace tessera::json_schema
