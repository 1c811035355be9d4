// "…".format([…]): the clauses %s %d %f %e %b %o %x %X and %%, with a precision for %f and %e.
#include <array>
#include <charconv>
#include <cmath>

#include "cel/library.h"
#include "cel/numeric.h"
#include "cel/operation.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

constexpr int kDefaultPrecision = 6;
constexpr int kMaxPrecision = 100;

// Writes the clauses of one call. Each returns false with `trouble` set where it cannot.
class Formatter {
 public:
  Formatter(std::string_view format, const List& arguments, Context& context)
      : format_(format), arguments_(arguments), context_(context) {}

  Value run();

 private:
  bool step();
  bool clause();
  bool read_precision(int* precision);
  bool append(char letter, int precision, bool has_precision, const Value& value);
  bool append_decimal(const Value& value);
  bool append_real(const Value& value, std::chars_format format, int precision);
  bool append_digits(const Value& value, int base, bool upper);
  bool append_hex(const Value& value, bool upper);
  bool refuse(std::string_view letter, const Value& value);
  bool fail_with(std::string_view message);

  std::string_view format_;  // what is left of it
  const List& arguments_;
  Context& context_;
  std::size_t next_ = 0;
  std::string out_;
  Value trouble_;
};

bool Formatter::fail_with(std::string_view message) {
  trouble_ = fail(context_, message);
  return false;
}

bool Formatter::refuse(std::string_view letter, const Value& value) {
  return fail_with("format: %" + std::string(letter) + " cannot show a value of type " + std::string(type_name(value)));
}

bool Formatter::append_decimal(const Value& value) {
  if (value.is(Kind::kInt)) {
    out_ += std::to_string(value.as_int());
  } else if (value.is(Kind::kUint)) {
    out_ += std::to_string(value.as_uint());
  } else if (value.is(Kind::kDouble)) {
    append_double(out_, value.as_double());
  } else {
    return refuse("d", value);
  }
  return true;
}

bool Formatter::append_real(const Value& value, std::chars_format format, int precision) {
  if (!is_number(value.kind())) return refuse(format == std::chars_format::fixed ? "f" : "e", value);
  const double number = to_double(value);
  if (!std::isfinite(number)) {
    append_double(out_, number);
    return true;
  }
  std::array<char, 512> digits;  // 309 before the point, kMaxPrecision after it
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, format, precision).ptr;
  out_.append(digits.data(), end);
  return true;
}

bool Formatter::append_digits(const Value& value, int base, bool upper) {
  std::array<char, 72> digits;
  const auto end = value.is(Kind::kInt)
                       ? std::to_chars(digits.data(), digits.data() + digits.size(), value.as_int(), base).ptr
                       : std::to_chars(digits.data(), digits.data() + digits.size(), value.as_uint(), base).ptr;
  for (const char* c = digits.data(); c != end; ++c) {
    out_ += upper && *c >= 'a' ? static_cast<char>(*c - 'a' + 'A') : *c;
  }
  return true;
}

bool Formatter::append_hex(const Value& value, bool upper) {
  if (value.is(Kind::kInt) || value.is(Kind::kUint)) return append_digits(value, 16, upper);
  if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) return refuse(upper ? "X" : "x", value);
  if (!context_.charge(value.text().size() / 32)) {
    trouble_ = Value::error(kCostExceeded);
    return false;
  }
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (const char c : value.text()) {
    out_ += digits[static_cast<unsigned char>(c) >> 4];
    out_ += digits[static_cast<unsigned char>(c) & 0xFU];
  }
  return true;
}

bool Formatter::append(char letter, int precision, bool has_precision, const Value& value) {
  const bool whole = value.is(Kind::kInt) || value.is(Kind::kUint);
  if (has_precision && letter != 'f' && letter != 'e') {
    return fail_with("format: only %f and %e take a precision");
  }
  switch (letter) {
    case 's':
      if (append_text(out_, value, context_)) return true;
      if (context_.cost > context_.cost_limit) {
        trouble_ = Value::error(kCostExceeded);
        return false;
      }
      return fail_with("format: %s cannot show this value of type " + std::string(type_name(value)));
    case 'd':
      return append_decimal(value);
    case 'f':
      return append_real(value, std::chars_format::fixed, precision);
    case 'e':
      return append_real(value, std::chars_format::scientific, precision);
    case 'b':
      if (value.is(Kind::kBool)) {
        out_ += value.as_bool() ? '1' : '0';
        return true;
      }
      return whole ? append_digits(value, 2, false) : refuse("b", value);
    case 'o':
      return whole ? append_digits(value, 8, false) : refuse("o", value);
    case 'x':
    case 'X':
      return append_hex(value, letter == 'X');
    default:
      return fail_with(std::string("format: there is no clause %") + letter);
  }
}

bool Formatter::read_precision(int* precision) {
  *precision = 0;
  std::size_t digits = 0;
  for (; !format_.empty() && format_[0] >= '0' && format_[0] <= '9'; format_.remove_prefix(1), ++digits) {
    *precision = *precision * 10 + (format_[0] - '0');
    if (*precision > kMaxPrecision) return fail_with("format: a precision is 100 at most");
  }
  return digits > 0 || fail_with("format: a precision has digits, as in %.2f");
}

// After a '%'.
bool Formatter::clause() {
  if (format_.starts_with('%')) {
    format_.remove_prefix(1);
    out_ += '%';
    return true;
  }
  int precision = kDefaultPrecision;
  const bool has_precision = format_.starts_with('.');
  if (has_precision) {
    format_.remove_prefix(1);
    if (!read_precision(&precision)) return false;
  }
  if (format_.empty()) return fail_with("format: the text ends within a clause");
  const CodePoint letter = code_point_at(format_, 0);
  if (letter.value >= 0x80) return fail_with("format: clauses are letters, as in %s");
  format_.remove_prefix(1);
  if (next_ >= arguments_.size()) {
    return fail_with("format: there is no argument " + std::to_string(next_ + 1) + " for a clause");
  }
  return append(static_cast<char>(letter.value), precision, has_precision, arguments_.at(next_++, context_.arena));
}

bool Formatter::step() {
  const std::size_t plain = std::min(format_.find('%'), format_.size());
  out_ += format_.substr(0, plain);
  format_.remove_prefix(plain);
  if (!context_.charge(1 + plain / 64)) {
    trouble_ = Value::error(kCostExceeded);
    return false;
  }
  if (format_.empty()) return true;
  format_.remove_prefix(1);
  return clause();
}

Value Formatter::run() {
  while (!format_.empty()) {
    if (!step()) return trouble_;
  }
  return new_string(out_, context_);
}

Value format(std::span<const Value> arguments, Context& context) {
  return Formatter(arguments[0].text(), arguments[1].as_list(), context).run();
}

}  // namespace

void add_format_function(FunctionTable& table) {
  add_function(table, "string . format(list(dyn)) string", format);
}

}  // namespace tessera::cel
