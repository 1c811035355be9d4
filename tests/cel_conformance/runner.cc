// Runs the public conformance suite of the Common Expression Language: cel_conformance SUITE.json (as suite.mjs writes
// it). Prints each case that is left out with its reason, each that fails, and the sums. Exits 1 if any case fails, or
// if fewer ran than the suite is known to have.
#include <boost/json/parse.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "case.h"
#include "cel/program.h"

namespace {

namespace json = boost::json;
namespace cel = tessera::cel;
using conformance::Case;

constexpr std::size_t kLeastRun = 1'650;

struct Sums {
  std::size_t run = 0;
  std::size_t passed = 0;
  std::size_t left_out = 0;
};

class Bindings final : public cel::Variables {
 public:
  void add(const cel::Value& value) { values_.push_back(value); }
  cel::Value get(std::uint32_t slot, cel::Context&) const override { return values_[slot]; }

 private:
  std::vector<cel::Value> values_;
};

// The environment that a case asks for, with its variables' values.
cel::Environment environment_of(const Case& one, Bindings& bindings) {
  cel::Environment environment;
  environment.set_container(one.container);
  std::map<std::string, cel::Value> rest = one.bindings;
  for (const auto& [name, type] : one.variables) {
    environment.declare(name, type);
    const auto bound = rest.find(name);
    bindings.add(bound == rest.end() ? cel::Value::error("not bound") : bound->second);
    if (bound != rest.end()) rest.erase(bound);
  }
  for (const auto& [name, value] : rest) {
    environment.declare(name, cel::TypeKind::kDyn);
    bindings.add(value);
  }
  for (const cel::FunctionDeclaration& function : one.functions) environment.declare(function);
  return environment;
}

std::string shown(const cel::Value& value, cel::Arena& arena) {
  std::string out(cel::type_name(value));
  out += ' ';
  if (value.is(cel::Kind::kString) || value.is(cel::Kind::kType)) return out + std::string(value.text());
  if (!cel::append_json(out, value, arena)) out += "…";
  return out;
}

// What went wrong with a case; empty if nothing did.
std::string run_case(const Case& one) {
  Bindings bindings;
  const cel::Environment environment = environment_of(one, bindings);
  std::vector<cel::Issue> issues;
  const auto checking = one.disable_check ? cel::Checking::kNone : cel::Checking::kStrict;
  const auto program = cel::compile(environment, one.expression, cel::TypeKind::kDyn, issues, checking);
  if (program == nullptr) return "refused: " + (issues.empty() ? "without a reason" : issues.front().message);
  if (one.type && !(program->type() == *one.type)) {
    return "the type is " + program->type().text() + ", not " + one.type->text();
  }
  if (one.check_only) return {};
  cel::Context context;
  const cel::Value value = program->evaluate(bindings, context);
  if (!one.value) return value.is_error() ? "" : "an error was expected, not " + shown(value, context.arena);
  if (conformance::same(value, *one.value, context.arena)) return {};
  return shown(*one.value, context.arena) + " was expected, not " + shown(value, context.arena);
}

void take(const json::object& json, Sums& sums) {
  const std::string path(json.at("path").as_string());
  if (const std::string reason = conformance::reason_to_leave_out(json); !reason.empty()) {
    ++sums.left_out;
    std::cout << "left out: " << path << ": " << reason << "\n";
    return;
  }
  ++sums.run;
  std::string trouble;
  try {
    cel::Arena arena;
    trouble = run_case(conformance::read_case(json, arena));
  } catch (const std::exception& e) {
    trouble = e.what();
  }
  if (trouble.empty()) {
    ++sums.passed;
  } else {
    std::cout << "failed: " << path << ": " << json.at("expr").as_string().c_str() << ": " << trouble << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ostringstream text;
  if (argc == 2) text << std::ifstream(argv[1]).rdbuf();
  boost::json::error_code trouble;
  const json::value suite = json::parse(text.str(), trouble);
  if (trouble || !suite.is_array()) {
    std::cerr << "usage: cel_conformance SUITE.json (what suite.mjs writes)\n";
    return 2;
  }
  Sums sums;
  for (const json::value& one : suite.as_array()) take(one.as_object(), sums);
  std::cout << sums.run << " run, " << sums.passed << " passed, " << sums.run - sums.passed << " failed, "
            << sums.left_out << " left out\n";
  return sums.run == sums.passed && sums.run >= kLeastRun ? 0 : 1;
}
