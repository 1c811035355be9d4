// Checking one value against a compiled schema. For this module's own sources.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>
#include <vector>

#include "json_schema/compiled.h"
#include "json_schema/schema.h"

namespace tessera::json_schema {

// A part of the value, and how it is reached: a chain on the stack, so that nothing is spent while nothing is wrong.
struct Part {
  const boost::json::value& value;
  const Part* within = nullptr;
  std::string_view name;  // in the object `within`
  std::size_t index = 0;  // or in the array
};
std::string pointer_to(const Part& part);

// What is wrong, in order, at most so much; or, without a list, only whether anything is.
class Findings {
 public:
  Findings() = default;
  explicit Findings(std::size_t limit) : limit_(limit) {}

  bool wanted() const { return limit_ > 0; }
  bool full() const { return violations_.size() >= limit_; }
  void add(const Part& part, std::string message);
  void take(Findings other);
  std::vector<Violation>& violations() { return violations_; }
  const std::vector<Violation>& violations() const { return violations_; }

 private:
  std::size_t limit_ = 0;
  std::vector<Violation> violations_;
};

// One use. `compiled` outlives it.
class Check {
 public:
  explicit Check(const Compiled& compiled) : compiled_(compiled) {}

  // Whether `part` is as the schema `id` has it. What is wrong goes into `findings`, if it wants any; else the first
  // thing that is wrong ends the search.
  bool check(NodeId id, const Part& part, Findings& findings);
  // It was too much: nothing that was found counts.
  bool gave_up() const { return gave_up_; }

 private:
  bool check_rules(const Node& node, const Part& part, Findings& findings);
  bool check_type(const Node& node, const Part& part, Findings& findings);
  bool check_allowed(const Node& node, const Part& part, Findings& findings);
  bool check_number(const NumberRules& rules, const Part& part, Findings& findings);
  bool check_string(const Node& node, const Part& part, Findings& findings);
  bool check_array(const ArrayRules& rules, const Part& part, Findings& findings);
  bool check_elements(const ArrayRules& rules, const Part& part, Findings& findings);
  bool check_object(const ObjectRules& rules, const Part& part, Findings& findings);
  bool check_member(const ObjectRules& rules, const Part& member, Findings& findings);
  bool check_unknown(const ObjectRules& rules, const Part& member, Findings& findings);
  bool check_name(const ObjectRules& rules, const Part& member, Findings& findings);
  bool check_dependencies(const ObjectRules& rules, const Part& part, Findings& findings);
  bool check_combinations(const Node& node, const Part& part, Findings& findings);
  bool check_alternatives(const std::vector<NodeId>& schemas, bool only_one, const Part& part, Findings& findings);
  bool is_of_kind(NodeId id, const Part& part, int depth);
  bool is_right(NodeId id, const Part& part);

  bool spend(std::uint64_t steps);

  const Compiled& compiled_;
  std::uint64_t work_ = 0;
  int depth_ = 0;
  bool gave_up_ = false;
};

}  // namespace tessera::json_schema
