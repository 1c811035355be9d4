// One case of the public suite, read from its JSON: what to run, and what is to come out.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cel/arena.h"
#include "cel/environment.h"
#include "cel/value.h"

namespace conformance {

struct Case {
  std::string path;  // "file/section/name"
  std::string expression;
  std::string container;
  bool disable_check = false;
  bool check_only = false;
  std::vector<std::pair<std::string, tessera::cel::Type>> variables;
  std::vector<tessera::cel::FunctionDeclaration> functions;
  std::map<std::string, tessera::cel::Value> bindings;
  std::optional<tessera::cel::Value> value;  // nothing: an error is to come out
  std::optional<tessera::cel::Type> type;    // the one that the checker is to find
};

// Why a case is left out: the protobuf message or enumeration that it is about. Empty if it is to be run.
std::string reason_to_leave_out(const boost::json::object& json);

// Throws std::runtime_error where the JSON has something that is not known here. Values live in `arena`.
Case read_case(const boost::json::object& json, tessera::cel::Arena& arena);

// Whether two values are the same in type and value. All NaNs are the same; 0 and -0 are not.
bool same(const tessera::cel::Value& a, const tessera::cel::Value& b, tessera::cel::Arena& arena);

}  // namespace conformance
