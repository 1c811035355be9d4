// Regular expressions for `matches`, in RE2's syntax.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "cel/operation.h"

namespace tessera::cel {

inline constexpr std::size_t kMaxPatternBytes = 1'000;
inline constexpr std::uint64_t kPatternCost = 1'000;  // steps, of compiling one

// Compiled once, then immutable and shared between threads.
class Pattern {
 public:
  // kInvalidArgument says what is wrong with it; also past kMaxPatternBytes, or if its program would be large.
  static Result<std::shared_ptr<const Pattern>> compile(std::string_view text);

  // Whether any part of `text` matches: a bool, or an error past the context's limits. Linear in the text.
  Value found_in(std::string_view text, Context& context) const;

  struct Program;
  explicit Pattern(std::unique_ptr<const Program> program);
  ~Pattern();

 private:
  std::unique_ptr<const Program> program_;
};

// text.matches(…) with a pattern that is known.
OperationPtr make_matches(OperationPtr text, std::shared_ptr<const Pattern> pattern);

}  // namespace tessera::cel
