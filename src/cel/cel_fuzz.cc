// Input: an expression, a zero byte, a JSON document. No expression and no document may crash, hang or take much
// memory; every result is the same again; canonical text is stable.
#include "base/result.h"
#include "cel/json.h"
#include "cel/program.h"

namespace tessera::cel {
namespace {

constexpr Dialect kLenient{.mixed_arithmetic = true, .absent_is_null = true};
constexpr std::size_t kVariables = 8;

// Types that the variables' values need not have: evaluation must not rely on them.
Environment environment_of(Dialect dialect) {
  Environment environment(dialect);
  environment.declare("x", TypeKind::kDyn);
  environment.declare("traits", Type::map(TypeKind::kString, TypeKind::kDyn));
  environment.declare("lines", Type::list(Type::map(TypeKind::kString, TypeKind::kDouble)));
  environment.declare("count", TypeKind::kInt);
  environment.declare("total", TypeKind::kDouble);
  environment.declare("text", TypeKind::kString);
  environment.declare("now", TypeKind::kTimestamp);
  environment.declare("maybe", Type::optional(TypeKind::kDyn));
  TESSERA_ASSERT(environment.variables() == kVariables);
  return environment;
}

void check_canonical(const Node& root) {
  const std::string text = unparse(root);
  std::vector<Issue> issues;
  const NodePtr again = parse(text, issues);
  if (again != nullptr) {
    TESSERA_ASSERT(unparse(*again) == text);
  } else {
    // The canonical text may be longer than what it was made from, and so run into a limit.
    TESSERA_ASSERT(issues.at(0).message.find("more than") != std::string::npos || text.size() > kMaxTextBytes);
  }
}

std::string evaluate(const Program& program, std::span<const Value> values, Context& context) {
  context.arena.reset();
  context.cost = 0;
  const Value value = program.evaluate(GivenVariables(values), context);
  TESSERA_ASSERT(context.arena.used() <= (1u << 20) + 64);
  std::string out;
  append_json(out, value, context.arena);
  return out;
}

void check_program(const Environment& environment, const Node& root, std::span<const Value> values) {
  for (const Checking checking : {Checking::kStrict, Checking::kNone}) {
    std::vector<Issue> issues;
    const auto program = compile(environment, root, TypeKind::kDyn, issues, checking);
    TESSERA_ASSERT((program == nullptr) == !issues.empty());
    TESSERA_ASSERT(issues.size() <= kMaxIssues);
    if (program == nullptr) continue;
    Context context;
    const std::string first = evaluate(*program, values, context);
    TESSERA_ASSERT(evaluate(*program, values, context) == first);
  }
}

Value read_json(std::string_view text, Arena& arena) {
  JsonReader reader;
  const auto value = reader.read(text, arena);
  if (!value) return Value::null();
  std::string written;
  Arena other(16u << 20);
  if (append_json(written, *value, other)) {
    const auto again = reader.read(written, other);
    TESSERA_ASSERT(again && equal(*value, *again, other));
  }
  return *value;
}

}  // namespace
}  // namespace tessera::cel

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::cel;
  static const Environment kLenientEnvironment = environment_of(kLenient);
  static const Environment kStandardEnvironment = environment_of({});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  Arena memory;
  const Value value = read_json(input.substr(std::min(end + 1, size)), memory);
  std::vector<Issue> issues;
  const NodePtr root = parse(input.substr(0, end), issues);
  TESSERA_ASSERT((root == nullptr) == !issues.empty());
  for (const Issue& issue : issues) TESSERA_ASSERT(!describe(issue, input.substr(0, end)).empty());
  if (root == nullptr) return 0;
  check_canonical(*root);
  const std::vector<Value> values(kVariables, value);
  check_program(kLenientEnvironment, *root, values);
  check_program(kStandardEnvironment, *root, values);
  return 0;
}
