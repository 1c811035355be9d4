// The signatures of the operators, as cel-go's standard library has them. How they are evaluated is in logic.cc,
// arithmetic.cc and access.cc.
#include "cel/library.h"

namespace tessera::cel {

namespace {

void add_signatures(FunctionTable& table, std::initializer_list<std::string_view> signatures) {
  for (const std::string_view signature : signatures) add_function(table, signature, nullptr);
}

constexpr std::string_view kNumbers[] = {"int", "uint", "double"};

// name(a, b) result, for each two kinds of number that differ.
void add_for_mixed_numbers(FunctionTable& table, std::string_view name, std::string_view result) {
  for (const std::string_view a : kNumbers) {
    for (const std::string_view b : kNumbers) {
      if (a == b) continue;
      std::string signature(name);
      signature.append("(").append(a).append(", ").append(b).append(") ").append(result);
      add_function(table, signature, nullptr);
    }
  }
}

}  // namespace

void add_operators(FunctionTable& table) {
  add_signatures(table, {"_?_:_(bool, A, A) A", "_&&_(bool, bool) bool", "_||_(bool, bool) bool", "!_(bool) bool",
                         "_==_(A, A) bool", "_!=_(A, A) bool"});
  for (const std::string_view name : {"_<_", "_<=_", "_>_", "_>=_"}) {
    for (const std::string_view type : {"bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"}) {
      std::string signature(name);
      signature.append("(").append(type).append(", ").append(type).append(") bool");
      add_function(table, signature, nullptr);
    }
  }
  add_signatures(
      table, {"_+_(int, int) int", "_+_(uint, uint) uint", "_+_(double, double) double", "_+_(string, string) string",
              "_+_(bytes, bytes) bytes", "_+_(list(A), list(A)) list(A)", "_+_(timestamp, duration) timestamp",
              "_+_(duration, timestamp) timestamp", "_+_(duration, duration) duration"});
  add_signatures(table, {"_-_(int, int) int", "_-_(uint, uint) uint", "_-_(double, double) double",
                         "_-_(timestamp, timestamp) duration", "_-_(timestamp, duration) timestamp",
                         "_-_(duration, duration) duration"});
  add_signatures(table, {"_*_(int, int) int", "_*_(uint, uint) uint", "_*_(double, double) double"});
  add_signatures(table, {"_/_(int, int) int", "_/_(uint, uint) uint", "_/_(double, double) double"});
  add_signatures(table, {"_%_(int, int) int", "_%_(uint, uint) uint", "-_(int) int", "-_(double) double"});
  add_signatures(table, {"@in(A, list(A)) bool", "@in(A, map(A, B)) bool"});
  add_signatures(table, {"_[_](list(A), int) A", "_[_](map(A, B), A) B", "_[_](optional(list(A)), int) optional(A)",
                         "_[_](optional(map(A, B)), A) optional(B)"});
  add_signatures(table, {"_[?_](list(A), int) optional(A)", "_[?_](map(A, B), A) optional(B)",
                         "_[?_](optional(list(A)), int) optional(A)", "_[?_](optional(map(A, B)), A) optional(B)"});
}

void add_mixed_operators(FunctionTable& table) {
  for (const std::string_view name : {"_+_", "_-_", "_*_", "_/_", "_%_"}) add_for_mixed_numbers(table, name, "double");
  add_function(table, "_%_(double, double) double", nullptr);
  for (const std::string_view name : {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"}) {
    add_for_mixed_numbers(table, name, "bool");
  }
  for (const std::string_view a : kNumbers) {
    for (const std::string_view b : kNumbers) {
      if (a == b) continue;
      std::string signature("@in(");
      signature.append(a).append(", list(").append(b).append(")) bool");
      add_function(table, signature, nullptr);
    }
  }
}

}  // namespace tessera::cel
