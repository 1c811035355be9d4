#include "segment/aggregate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/hash.h"
#include "base/result.h"
#include "cel/collections.h"
#include "segment/stored_value.h"

namespace tessera::segment {

namespace {

// kSum: the sum in millionths (16 bytes), how many (8).
bool add_sum(std::string& state, const cel::Value& value) {
  const std::optional<Exact> millionths = millionths_of(value);
  if (!millionths) return false;
  if (state.empty()) state.assign(24, '\0');
  put(state, 0, get<Exact>(state, 0) + *millionths);
  put(state, 16, get<std::uint64_t>(state, 16) + 1);
  return true;
}

void keep_extreme(Aggregate aggregate, std::string& state, std::string_view value, bool* changed) {
  if (!state.empty()) {
    const int by_value = order(decode_value(value), decode_value(state));
    if (aggregate == Aggregate::kMin ? by_value >= 0 : by_value <= 0) return;
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

// kFirstValues, kLastValues: for each its moment (20 bytes), its value's length (2), its value.
constexpr std::size_t kListedHead = kMomentBytes + 2;

std::size_t listed_size(std::string_view state, std::size_t at) {
  return kListedHead + get<std::uint16_t>(state, at + kMomentBytes);
}

// `value`: a moment and a value. It goes behind those of its moment; what is one too many then goes.
void keep_listed(Aggregate aggregate, std::string& state, std::string_view value, bool* changed) {
  std::size_t at = 0;
  std::size_t count = 0;
  std::size_t place = state.size();
  for (; at < state.size(); at += listed_size(state, at), ++count) {
    if (place == state.size() && is_before(value, std::string_view(state).substr(at))) place = at;
  }
  const bool full = count >= kMaxValues;
  if (full && aggregate == Aggregate::kFirstValues && place == state.size()) return;
  if (full && aggregate == Aggregate::kLastValues && place == 0) return;
  std::string listed(value.substr(0, kMomentBytes));
  append(listed, static_cast<std::uint16_t>(value.size() - kMomentBytes));
  listed.append(value.substr(kMomentBytes));
  state.insert(place, listed);
  *changed = true;
  if (!full) return;
  if (aggregate == Aggregate::kLastValues) {
    state.erase(0, listed_size(state, 0));
    return;
  }
  at = 0;
  for (std::size_t i = 0; i < kMaxValues; ++i) at += listed_size(state, at);
  state.resize(at);
}

void unite_listed(Aggregate aggregate, std::string& state, std::string_view other, bool* changed) {
  std::string value;
  for (std::size_t at = 0; at < other.size(); at += listed_size(other, at)) {
    value.assign(other.substr(at, kMomentBytes));
    value.append(other.substr(at + kListedHead, listed_size(other, at) - kListedHead));
    keep_listed(aggregate, state, value, changed);
  }
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
    const int by_bytes = std::string_view(state).substr(at + kTallyHead, length).compare(value);
    if (by_bytes > 0) break;
    if (by_bytes == 0) {
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
    if (times > most || (times == most && order(decode_value(value), decode_value(best)) < 0)) {
      most = times;
      best = value;
    }
    at += kTallyHead + value.size();
  }
  return best.empty() ? cel::Value::null() : decode_value(best);
}

bool add_value(Aggregate aggregate, std::string& state, const cel::Value& value, const Moment& moment) {
  if (aggregate == Aggregate::kSum) return add_sum(state, value);
  const bool timed = aggregate == Aggregate::kFirst || aggregate == Aggregate::kLast ||
                     aggregate == Aggregate::kFirstValues || aggregate == Aggregate::kLastValues;
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
    case Aggregate::kFirstValues:
    case Aggregate::kLastValues:
      keep_listed(aggregate, state, bytes, &changed);
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
    case Reading::kFirstValues:
      return Aggregate::kFirstValues;
    case Reading::kLastValues:
      return Aggregate::kLastValues;
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
    case Aggregate::kListed:
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
    case Aggregate::kFirstValues:
    case Aggregate::kLastValues:
      unite_listed(aggregate, state, other, &changed);
      break;
    case Aggregate::kSeries:
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
    case Reading::kFirstValues:
    case Reading::kLastValues:
      break;  // read_values
  }
  return cel::Value::null();
}

cel::Value read_values(std::string_view state, Reading reading, std::uint32_t n, cel::Arena& arena) {
  std::array<cel::Value, kMaxValues> values;
  std::size_t count = 0;
  for (std::size_t at = 0; at < state.size() && count < kMaxValues; at += listed_size(state, at)) {
    values[count++] = decode_value(state.substr(at + kListedHead, listed_size(state, at) - kListedHead));
  }
  const std::size_t wanted = std::min<std::size_t>(n, count);
  return as_list(std::span(values).subspan(reading == Reading::kFirstValues ? 0 : count - wanted, wanted), arena);
}

cel::Value as_list(std::span<const cel::Value> values, cel::Arena& arena) {
  const cel::Value too_much = cel::Value::error("a list of values takes too much memory");
  bool ok = true;
  const std::span<cel::Value> copy =
      values.empty() ? std::span<cel::Value>() : cel::take_values(values.size(), arena, &ok);
  if (!ok) return too_much;
  std::copy(values.begin(), values.end(), copy.begin());
  const cel::List* const list = cel::make_list(copy, arena);
  return list == nullptr ? too_much : cel::Value::list(list);
}

cel::Value as_value(Timestamp time) {
  const std::int64_t seconds = time.ms >= 0 ? time.ms / 1000 : -((999 - time.ms) / 1000);
  return cel::Value::timestamp({seconds, static_cast<std::int32_t>((time.ms - seconds * 1000) * 1'000'000)});
}

Exact exact_number(Aggregate aggregate, std::string_view state) {
  if (state.empty()) return 0;
  switch (aggregate) {
    case Aggregate::kCount:
    case Aggregate::kListed:
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
