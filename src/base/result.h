// Errors as values. A function that can fail returns Result<T> (or Status); no exception crosses a module.
//
//   Result<Config> load(std::string_view path) {
//     TRY_ASSIGN(const std::string text, read_file(path));
//     TRY(check(text));
//     return parse(text);
//   }
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tessera {

// What kind of failure it was. `http_status` gives each one's status; nothing else maps codes.
enum class Code {
  kInvalidArgument,     // the caller's input is wrong, and will be wrong again
  kUnauthenticated,     // no or unknown credentials
  kPermissionDenied,    // known, and may not
  kNotFound,            // there is no such thing
  kAlreadyExists,       // it is there already, and differs
  kFailedPrecondition,  // right input, wrong state of the system
  kTooLarge,            // over a stated limit of size
  kResourceExhausted,   // too much at once: try again later
  kUnavailable,         // cannot serve now: try again later
  kDeadlineExceeded,    // it took longer than it may
  kDataLoss,            // stored data is damaged or missing
  kInternal,            // our own bug, or the machine's failure
};

// The canonical name of a code, as in "not_found".
std::string_view code_name(Code code);
int http_status(Code code);

struct Error {
  Code code;
  std::string message;  // what was wrong, where, and what to do
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

using Status = Result<void>;

inline std::unexpected<Error> error(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

// Puts "where: " in front of an error's message on its way up.
inline std::unexpected<Error> annotate(Error e, std::string_view where) {
  e.message.insert(0, ": ");
  e.message.insert(0, where);
  return std::unexpected<Error>(std::move(e));
}

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace tessera

#define TESSERA_CONCAT_INNER(a, b) a##b
#define TESSERA_CONCAT(a, b) TESSERA_CONCAT_INNER(a, b)

// Leaves the function with the error if `expression` failed, else goes on (TRY) or binds its value (TRY_ASSIGN).
#define TRY(expression)                                                                    \
  if (auto TESSERA_CONCAT(try_, __LINE__) = (expression); !TESSERA_CONCAT(try_, __LINE__)) \
  return std::unexpected(std::move(TESSERA_CONCAT(try_, __LINE__)).error())

#define TRY_ASSIGN(declaration, expression)                                                                       \
  auto TESSERA_CONCAT(try_, __LINE__) = (expression);                                                             \
  if (!TESSERA_CONCAT(try_, __LINE__)) return std::unexpected(std::move(TESSERA_CONCAT(try_, __LINE__)).error()); \
  declaration = std::move(*TESSERA_CONCAT(try_, __LINE__))

// For what can only be our own bug. Stays on in release.
#define TESSERA_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::tessera::assert_failed(#condition, __FILE__, __LINE__))
