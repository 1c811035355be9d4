#include "cel/pattern.h"

#include <re2/re2.h>

namespace tessera::cel {

namespace {

constexpr std::int64_t kMaxProgramMemory = 1 << 20;

class MatchesOperation final : public Operation {
 public:
  MatchesOperation(OperationPtr text, std::shared_ptr<const Pattern> pattern)
      : text_(std::move(text)), pattern_(std::move(pattern)) {}

  Value run(Frame& frame) const override {
    const Value text = text_->run(frame);
    if (text.is(Kind::kString)) return pattern_->found_in(text.text(), frame.context);
    return text.is_error() ? text : no_overload(frame.context, "matches", std::span(&text, 1));
  }

 private:
  OperationPtr text_;
  std::shared_ptr<const Pattern> pattern_;
};

}  // namespace

struct Pattern::Program {
  Program(std::string_view text, const RE2::Options& options) : re2({text.data(), text.size()}, options) {}
  RE2 re2;
};

Pattern::Pattern(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
  if (text.size() > kMaxPatternBytes) {
    return error(Code::kInvalidArgument,
                 "a regular expression has " + std::to_string(kMaxPatternBytes) + " bytes at most");
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxProgramMemory);
  options.set_never_capture(true);
  auto program = std::make_unique<const Program>(text, options);
  if (!program->re2.ok())
    return error(Code::kInvalidArgument, "the regular expression is wrong: " + program->re2.error());
  return std::make_shared<const Pattern>(std::move(program));
}

Value Pattern::found_in(std::string_view text, Context& context) const {
  // The worst case looks at each of the program's instructions for each byte.
  const auto size = static_cast<std::uint64_t>(program_->re2.ProgramSize());
  if (!context.charge((1 + text.size() / 64) * (1 + size / 16))) return Value::error(kCostExceeded);
  const re2::StringPiece piece(text.data(), text.size());
  return Value::boolean(program_->re2.Match(piece, 0, piece.size(), RE2::UNANCHORED, nullptr, 0));
}

OperationPtr make_matches(OperationPtr text, std::shared_ptr<const Pattern> pattern) {
  return std::make_unique<MatchesOperation>(std::move(text), std::move(pattern));
}

}  // namespace tessera::cel
