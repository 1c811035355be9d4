#include "cel/program.h"

#include <array>

#include "cel/checker.h"
#include "cel/collections.h"

namespace tessera::cel {

namespace {
constexpr std::size_t kFewLocals = 8;
}  // namespace

struct Program::Code {
  Constants constants;
  Type type;
  OperationPtr operation;
  std::vector<std::uint32_t> slots;
  std::size_t locals = 0;
};

Program::Program(std::unique_ptr<const Code> code) : code_(std::move(code)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Value Program::evaluate(const Variables& variables, Context& context) const {
  if (code_->locals <= kFewLocals) {
    std::array<Value, kFewLocals> locals;
    Frame frame{variables, context, locals.data()};
    return code_->operation->run(frame);
  }
  bool ok = false;
  const std::span<Value> locals = take_values(code_->locals, context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  Frame frame{variables, context, locals.data()};
  return code_->operation->run(frame);
}

const Type& Program::type() const {
  return code_->type;
}

const std::vector<std::uint32_t>& Program::slots() const {
  return code_->slots;
}

std::unique_ptr<Program> compile(const Environment& environment, const Node& root, const Type& expected,
                                 std::vector<Issue>& issues, Checking checking) {
  auto code = std::make_unique<Program::Code>();
  Checker checker(environment, checking, code->constants, issues);
  Checked checked = checker.check(root, expected);
  if (!checked) return nullptr;
  code->type = std::move(checked.type);
  code->operation = std::move(checked.operation);
  code->slots.assign(checker.slots().begin(), checker.slots().end());
  code->locals = checker.locals();
  return std::make_unique<Program>(std::move(code));
}

std::unique_ptr<Program> compile(const Environment& environment, std::string_view text, const Type& expected,
                                 std::vector<Issue>& issues, Checking checking) {
  const NodePtr root = parse(text, issues);
  return root == nullptr ? nullptr : compile(environment, *root, expected, issues, checking);
}

}  // namespace tessera::cel
