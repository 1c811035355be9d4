#include "segment/stored_value.h"

namespace tessera::segment {

namespace {

double as_double(const cel::Value& number) {
  if (number.is(cel::Kind::kInt)) return static_cast<double>(number.as_int());
  return number.is(cel::Kind::kUint) ? static_cast<double>(number.as_uint()) : number.as_double();
}

int rank_of(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kInt:
    case cel::Kind::kDouble:
      return 0;
    case cel::Kind::kString:
      return 1;
    case cel::Kind::kTimestamp:
      return 2;
    case cel::Kind::kBool:
      return value.as_bool() ? 4 : 3;
    default:
      return 5;
  }
}

template <class T>
int order_of(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

}  // namespace

std::optional<cel::Value> kept(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kNull:
    case cel::Kind::kBool:
    case cel::Kind::kTimestamp:
      return value;
    case cel::Kind::kInt:
    case cel::Kind::kUint:
    case cel::Kind::kDouble: {
      constexpr std::int64_t kExact = std::int64_t{1} << 53;
      if (value.is(cel::Kind::kInt) && (value.as_int() > kExact || value.as_int() < -kExact)) return value;
      const double number = as_double(value);
      if (number != number) return std::nullopt;  // equal to nothing
      return cel::Value::real(number == 0 ? 0.0 : number);
    }
    case cel::Kind::kString:
      return cel::Value::string(value.text().substr(0, kMaxValueBytes));
    default:
      return std::nullopt;
  }
}

bool encode_value(const cel::Value& value, std::string& out) {
  const std::optional<cel::Value> kept_value = kept(value);
  if (!kept_value) return false;
  switch (kept_value->kind()) {
    case cel::Kind::kBool:
      out.push_back(kept_value->as_bool() ? 't' : 'f');
      break;
    case cel::Kind::kInt:
      out.push_back('i');
      append(out, kept_value->as_int());
      break;
    case cel::Kind::kDouble:
      out.push_back('d');
      append(out, kept_value->as_double());
      break;
    case cel::Kind::kString:
      out.push_back('s');
      out.append(kept_value->text());
      break;
    case cel::Kind::kTimestamp:
      out.push_back('z');
      append(out, kept_value->as_instant().seconds);
      append(out, kept_value->as_instant().nanos);
      break;
    default:
      out.push_back('n');
      break;
  }
  return true;
}

cel::Value decode_value(std::string_view bytes) {
  const std::string_view content = bytes.substr(1);
  switch (bytes.front()) {
    case 't':
      return cel::Value::boolean(true);
    case 'f':
      return cel::Value::boolean(false);
    case 'i':
      return cel::Value::integer(get<std::int64_t>(content, 0));
    case 'd':
      return cel::Value::real(get<double>(content, 0));
    case 's':
      return cel::Value::string(content);
    case 'z':
      return cel::Value::timestamp({get<std::int64_t>(content, 0), get<std::int32_t>(content, 8)});
    default:
      return cel::Value::null();
  }
}

int order(const cel::Value& a, const cel::Value& b) {
  const int by_rank = order_of(rank_of(a), rank_of(b));
  if (by_rank != 0) return by_rank;
  switch (a.kind()) {
    case cel::Kind::kInt:
    case cel::Kind::kDouble: {
      if (a.is(cel::Kind::kInt) && b.is(cel::Kind::kInt)) return order_of(a.as_int(), b.as_int());
      const int by_value = order_of(as_double(a), as_double(b));
      return by_value != 0 ? by_value : order_of(a.is(cel::Kind::kInt), b.is(cel::Kind::kInt));
    }
    case cel::Kind::kString:
      return order_of(a.text(), b.text());
    case cel::Kind::kTimestamp:
      return order_of(a.as_instant(), b.as_instant());
    default:
      return 0;
  }
}

std::optional<Exact> millionths_of(const cel::Value& value) {
  if (!value.is(cel::Kind::kDouble) && !value.is(cel::Kind::kInt) && !value.is(cel::Kind::kUint)) return std::nullopt;
  const double number = as_double(value);
  const bool is_summand = number < kMaxSummand && number > -kMaxSummand;  // not so of NaN
  if (!is_summand) return std::nullopt;
  const double millionths = number * 1e6;
  const double rounded = millionths < 0 ? millionths - 0.5 : millionths + 0.5;
  constexpr double kNarrow = 9e18;  // what 64 bits hold; converting to more takes a hundred steps
  if (rounded < kNarrow && rounded > -kNarrow) return static_cast<std::int64_t>(rounded);
  return static_cast<Exact>(rounded);
}

}  // namespace tessera::segment
