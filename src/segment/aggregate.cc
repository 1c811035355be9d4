#include "segment/aggregate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.h"
#include "base/result.h"

namespace tessera::segment {

namespace {

template <class T>
T get(std::string_view bytes, std::size_t at) {
  TESSERA_ASSERT(at + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A value in bytes: a letter for its kind, then its content. Numbers that are equal have equal bytes; bytes of one kind
// sort by no rule that matters but the same one everywhere. False for what is no value to keep.
bool encode_value(const cel::Value& value, std::string& out) {
  switch (value.kind()) {
    case cel::Kind::kNull:
      out.push_back('n');
      return true;
    case cel::Kind::kBool:
      out.push_back(value.as_bool() ? 't' : 'f');
      return true;
    case cel::Kind::kInt:
    case cel::Kind::kUint:
    case cel::Kind::kDouble: {
      constexpr std::int64_t kExact = std::int64_t{1} << 53;
      if (value.is(cel::Kind::kInt) && (value.as_int() > kExact || value.as_int() < -kExact)) {
        out.push_back('i');
        append(out, value.as_int());
        return true;
      }
      const double number = value.is(cel::Kind::kInt)    ? static_cast<double>(value.as_int())
                            : value.is(cel::Kind::kUint) ? static_cast<double>(value.as_uint())
                                                         : value.as_double();
      if (number != number) return false;  // no number, equal to nothing
      out.push_back('d');
      append(out, number == 0 ? 0.0 : number);
      return true;
    }
    case cel::Kind::kString:
      out.push_back('s');
      out.append(value.text().substr(0, kMaxValueBytes));
      return true;
    case cel::Kind::kTimestamp:
      out.push_back('z');
      append(out, value.as_instant().seconds);
      append(out, value.as_instant().nanos);
      return true;
    default:
      return false;
  }
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

double number_of(std::string_view bytes) {
  return bytes.front() == 'd' ? get<double>(bytes, 1) : static_cast<double>(get<std::int64_t>(bytes, 1));
}

// Numbers before texts before times before false before true.
int rank_of(char kind) {
  constexpr std::string_view kRanks = "disz";
  const auto at = kRanks.find(kind);
  return kind == 'i' ? 0 : at != std::string_view::npos ? static_cast<int>(at) : kind == 'f' ? 4 : 5;
}

// -1, 0 or 1: numbers by value, texts by bytes, times by time; between kinds, by their rank.
int compare(std::string_view a, std::string_view b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (a.front() != b.front()) {
    const int by_rank = order(rank_of(a.front()), rank_of(b.front()));
    if (by_rank != 0) return by_rank;
    const int by_value = order(number_of(a), number_of(b));
    return by_value != 0 ? by_value : order(a.front(), b.front());
  }
  switch (a.front()) {
    case 'i':
      return order(get<std::int64_t>(a, 1), get<std::int64_t>(b, 1));
    case 'd':
      return order(get<double>(a, 1), get<double>(b, 1));
    case 'z':
      return order(std::pair(get<std::int64_t>(a, 1), get<std::int32_t>(a, 9)),
                   std::pair(get<std::int64_t>(b, 1), get<std::int32_t>(b, 9)));
    default:
      return order(a.substr(1), b.substr(1));
  }
}

// kSum: the sum in millionths (16 bytes), how many (8).
bool add_sum(std::string& state, const cel::Value& value) {
  double number = 0;
  if (value.is(cel::Kind::kDouble)) {
    number = value.as_double();
  } else if (value.is(cel::Kind::kInt)) {
    number = static_cast<double>(value.as_int());
  } else if (value.is(cel::Kind::kUint)) {
    number = static_cast<double>(value.as_uint());
  } else {
    return false;
  }
  if (!(number < kMaxSummand && number > -kMaxSummand)) return false;
  if (state.empty()) state.assign(24, '\0');
  const double millionths = number * 1e6;
  put(state, 0, get<Exact>(state, 0) + static_cast<Exact>(millionths < 0 ? millionths - 0.5 : millionths + 0.5));
  put(state, 16, get<std::uint64_t>(state, 16) + 1);
  return true;
}

void keep_extreme(Aggregate aggregate, std::string& state, std::string_view value, bool* changed) {
  if (!state.empty()) {
    const int order = compare(value, state);
    if (aggregate == Aggregate::kMin ? order >= 0 : order <= 0) return;
  }
  state.assign(value);
  *changed = true;
}

// kFirst, kLast: time, offset, index (20 bytes), the value.
constexpr std::size_t kMomentBytes = 20;

bool is_before(std::string_view a, std::string_view b) {
  const auto place = [](std::string_view s) {
    return std::tuple(get<std::int64_t>(s, 0), get<std::uint64_t>(s, 8), get<std::uint32_t>(s, 16));
  };
  return place(a) < place(b);
}

// Elements of one list share their moment: the first is first, and the last is last.
void keep_moment(Aggregate aggregate, std::string& state, std::string_view other, bool* changed) {
  if (!state.empty() && (aggregate == Aggregate::kFirst ? !is_before(other, state) : is_before(other, state))) return;
  state.assign(other);
  *changed = true;
}

// kFirstTime, kLastTime: milliseconds (8 bytes).
bool keep_time(Aggregate aggregate, std::string& state, std::int64_t ms) {
  if (state.empty()) {
    append(state, ms);
    return true;
  }
  const auto mine = get<std::int64_t>(state, 0);
  if (aggregate == Aggregate::kFirstTime ? ms >= mine : ms <= mine) return false;
  put(state, 0, ms);
  return true;
}

// kDistinct: hashes, ascending.
void keep_hash(std::string& state, std::uint64_t hash, bool* changed) {
  std::size_t low = 0;
  std::size_t high = state.size() / 8;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (get<std::uint64_t>(state, middle * 8) < hash) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < state.size() / 8 && get<std::uint64_t>(state, low * 8) == hash) return;
  if (state.size() / 8 >= kMaxDistinct) return;
  std::array<char, 8> bytes;
  std::memcpy(bytes.data(), &hash, 8);
  state.insert(low * 8, bytes.data(), 8);
  *changed = true;
}

// kMostFrequent: how many values (4 bytes); then for each, ascending by bytes: how often (8), its length (2), its
// bytes.
constexpr std::size_t kTallyHead = 10;

void tally(std::string& state, std::string_view value, std::uint64_t times, bool* changed) {
  if (state.empty()) state.assign(4, '\0');
  std::size_t at = 4;
  while (at < state.size()) {
    const std::size_t length = get<std::uint16_t>(state, at + 8);
    const int order = std::string_view(state).substr(at + kTallyHead, length).compare(value);
    if (order > 0) break;
    if (order == 0) {
      put(state, at, get<std::uint64_t>(state, at) + times);
      *changed = true;
      return;
    }
    at += kTallyHead + length;
  }
  const auto count = get<std::uint32_t>(state, 0);
  if (count >= kMaxTallied) return;
  put(state, 0, count + 1);
  state.insert(at, kTallyHead, '\0');
  put(state, at, times);
  put(state, at + 8, static_cast<std::uint16_t>(value.size()));
  state.insert(at + kTallyHead, value);
  *changed = true;
}

cel::Value most_frequent(std::string_view state) {
  std::uint64_t most = 0;
  std::string_view best;
  for (std::size_t at = 4; at < state.size();) {
    const auto times = get<std::uint64_t>(state, at);
    const std::string_view value = state.substr(at + kTallyHead, get<std::uint16_t>(state, at + 8));
    if (times > most || (times == most && compare(value, best) < 0)) {
      most = times;
      best = value;
    }
    at += kTallyHead + value.size();
  }
  return best.empty() ? cel::Value::null() : decode_value(best);
}

bool add_value(Aggregate aggregate, std::string& state, const cel::Value& value, const Moment& moment) {
  if (aggregate == Aggregate::kSum) return add_sum(state, value);
  const bool timed = aggregate == Aggregate::kFirst || aggregate == Aggregate::kLast;
  if (value.is(cel::Kind::kNull) && !timed) return false;
  std::string bytes;
  if (timed) {
    append(bytes, moment.occurred_at.ms);
    append(bytes, moment.offset.value);
    append(bytes, moment.index);
  }
  if (!encode_value(value, bytes)) return false;
  bool changed = false;
  switch (aggregate) {
    case Aggregate::kMin:
    case Aggregate::kMax:
      keep_extreme(aggregate, state, bytes, &changed);
      break;
    case Aggregate::kFirst:
    case Aggregate::kLast:
      keep_moment(aggregate, state, bytes, &changed);
      break;
    case Aggregate::kDistinct:
      keep_hash(state, hash64(bytes), &changed);
      break;
    case Aggregate::kMostFrequent:
      tally(state, bytes, 1, &changed);
      break;
    default:
      break;
  }
  return changed;
}

}  // namespace

Aggregate aggregate_of(Reading reading) {
  switch (reading) {
    case Reading::kCount:
      return Aggregate::kCount;
    case Reading::kSum:
    case Reading::kAverage:
      return Aggregate::kSum;
    case Reading::kMin:
      return Aggregate::kMin;
    case Reading::kMax:
      return Aggregate::kMax;
    case Reading::kFirstTime:
      return Aggregate::kFirstTime;
    case Reading::kLastTime:
      return Aggregate::kLastTime;
    case Reading::kFirstValue:
      return Aggregate::kFirst;
    case Reading::kLastValue:
      return Aggregate::kLast;
    case Reading::kDistinct:
      return Aggregate::kDistinct;
    case Reading::kMostFrequent:
      return Aggregate::kMostFrequent;
  }
  return Aggregate::kCount;
}

bool is_number(Reading reading) {
  return reading == Reading::kCount || reading == Reading::kSum || reading == Reading::kDistinct;
}

bool add(Aggregate aggregate, std::string& state, const cel::Value& value, const Moment& moment) {
  switch (aggregate) {
    case Aggregate::kCount:
      if (state.empty()) state.assign(8, '\0');
      put(state, 0, get<std::uint64_t>(state, 0) + 1);
      return true;
    case Aggregate::kFirstTime:
    case Aggregate::kLastTime:
      return keep_time(aggregate, state, moment.occurred_at.ms);
    default:
      return add_value(aggregate, state, value, moment);
  }
}

void unite(Aggregate aggregate, std::string& state, std::string_view other) {
  if (other.empty()) return;
  if (state.empty()) {
    state.assign(other);
    return;
  }
  bool changed = false;
  switch (aggregate) {
    case Aggregate::kCount:
      put(state, 0, get<std::uint64_t>(state, 0) + get<std::uint64_t>(other, 0));
      break;
    case Aggregate::kSum:
      put(state, 0, get<Exact>(state, 0) + get<Exact>(other, 0));
      put(state, 16, get<std::uint64_t>(state, 16) + get<std::uint64_t>(other, 16));
      break;
    case Aggregate::kMin:
    case Aggregate::kMax:
      keep_extreme(aggregate, state, other, &changed);
      break;
    case Aggregate::kFirst:
    case Aggregate::kLast:
      keep_moment(aggregate, state, other, &changed);
      break;
    case Aggregate::kFirstTime:
    case Aggregate::kLastTime:
      keep_time(aggregate, state, get<std::int64_t>(other, 0));
      break;
    case Aggregate::kDistinct:
      for (std::size_t at = 0; at < other.size(); at += 8) keep_hash(state, get<std::uint64_t>(other, at), &changed);
      break;
    case Aggregate::kMostFrequent:
      for (std::size_t at = 4; at < other.size();) {
        const std::size_t length = get<std::uint16_t>(other, at + 8);
        tally(state, other.substr(at + kTallyHead, length), get<std::uint64_t>(other, at), &changed);
        at += kTallyHead + length;
      }
      break;
  }
}

cel::Value read(Reading reading, std::string_view state) {
  const bool none = state.empty();
  switch (reading) {
    case Reading::kCount:
      return cel::Value::integer(none ? 0 : static_cast<std::int64_t>(get<std::uint64_t>(state, 0)));
    case Reading::kSum:
      return cel::Value::real(none ? 0 : static_cast<double>(get<Exact>(state, 0)) / 1e6);
    case Reading::kAverage:
      if (none) return cel::Value::null();
      return cel::Value::real(static_cast<double>(get<Exact>(state, 0)) / 1e6 /
                              static_cast<double>(get<std::uint64_t>(state, 16)));
    case Reading::kMin:
    case Reading::kMax:
      return none ? cel::Value::null() : decode_value(state);
    case Reading::kFirstTime:
    case Reading::kLastTime:
      return none ? cel::Value::null() : as_value(Timestamp{get<std::int64_t>(state, 0)});
    case Reading::kFirstValue:
    case Reading::kLastValue:
      return none ? cel::Value::null() : decode_value(state.substr(kMomentBytes));
    case Reading::kDistinct:
      return cel::Value::integer(static_cast<std::int64_t>(state.size() / 8));
    case Reading::kMostFrequent:
      return none ? cel::Value::null() : most_frequent(state);
  }
  return cel::Value::null();
}

cel::Value as_value(Timestamp time) {
  const std::int64_t seconds = time.ms >= 0 ? time.ms / 1000 : -((999 - time.ms) / 1000);
  return cel::Value::timestamp({seconds, static_cast<std::int32_t>((time.ms - seconds * 1000) * 1'000'000)});
}

Exact exact_number(Aggregate aggregate, std::string_view state) {
  if (state.empty()) return 0;
  switch (aggregate) {
    case Aggregate::kCount:
      return get<std::uint64_t>(state, 0);
    case Aggregate::kSum:
      return get<Exact>(state, 0);
    case Aggregate::kDistinct:
      return static_cast<Exact>(state.size() / 8);
    default:
      return 0;
  }
}

double as_double(Aggregate aggregate, Exact number) {
  return aggregate == Aggregate::kSum ? static_cast<double>(number) / 1e6 : static_cast<double>(number);
}

std::string known_state(Aggregate aggregate, std::uint64_t count, Timestamp first_at, Timestamp last_at) {
  std::string state;
  if (aggregate == Aggregate::kCount) append(state, count);
  if (aggregate == Aggregate::kFirstTime) append(state, first_at.ms);
  if (aggregate == Aggregate::kLastTime) append(state, last_at.ms);
  return state;
}

}  // namespace tessera::segment
