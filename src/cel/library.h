// The functions that every environment has, by library. Signatures are written as text:
//
//   "size(list(A)) int"                a function
//   "string . charAt(int) string"      a method: the receiver comes first among the arguments
//
// Types: dyn null bool int uint double string bytes timestamp duration list(T) map(K, V) optional(T) type(T), and
// single capitals for type variables.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cel/program.h"
#include "cel/tables.h"

namespace tessera::cel {

using Builtin = Value (*)(std::span<const Value> arguments, Context& context);

// Null for operators and what the compiler treats by itself: the signature alone counts.
void add_function(FunctionTable& table, std::string_view signature, Builtin builtin);

void add_operators(FunctionTable& table);
void add_mixed_operators(FunctionTable& table);  // of Dialect::mixed_arithmetic
void add_conversions(FunctionTable& table);
void add_time_functions(FunctionTable& table);
void add_string_functions(FunctionTable& table);
void add_format_function(FunctionTable& table);
void add_math_functions(FunctionTable& table);
void add_list_functions(FunctionTable& table);
void add_optional_functions(FunctionTable& table);
void add_network_functions(FunctionTable& table);

// A string in the evaluation's arena, its copying charged; or an error.
Value new_string(std::string_view text, Context& context);
Value new_bytes(std::string_view bytes, Context& context);
// `values` must be in the arena.
Value new_list(std::span<const Value> values, Context& context);
Value copied_list(std::span<const Value> values, Context& context);  // into the arena
// The values ordered by their keys, which must all be of one kind that has an order; or an error.
Value sorted_by(std::span<const Value> keys, std::span<const Value> values, Context& context);
// A value as string() and format's %s show it; false past the depth or the context's limits.
bool append_text(std::string& out, const Value& value, Context& context, int depth = 0);

}  // namespace tessera::cel
