#include "segment/history.h"

#include <algorithm>
#include <tuple>

#include "segment/entries.h"
#include "segment/selection.h"
#include "segment/stored_value.h"

namespace tessera::segment {

namespace {

cel::Value sum_of(const Entries& entries, std::uint32_t column, bool average) {
  Exact sum = 0;
  std::uint64_t count = 0;
  entries.each([&](const profile::Series& series, std::size_t index) {
    const auto millionths = millionths_at(series, index, column);
    if (!millionths) return;
    sum += *millionths;
    ++count;
  });
  const double total = static_cast<double>(sum) / 1e6;
  if (!average) return cel::Value::real(total);
  return count == 0 ? cel::Value::null() : cel::Value::real(total / static_cast<double>(count));
}

cel::Value extreme_of(const Entries& entries, std::uint32_t column, bool least) {
  cel::Value best;
  entries.each([&](const profile::Series& series, std::size_t index) {
    const char kind = cell_at(series, index, column).kind;
    if (kind == ' ' || kind == 'n') return;
    const cel::Value value = value_at(series, index, column);
    if (best.is(cel::Kind::kNull) || (least ? order(value, best) < 0 : order(value, best) > 0)) best = value;
  });
  return best;
}

// Each different value with one of the entries that have it and how many do, null aside.
struct Tally {
  Cell cell;
  const profile::Series* series = nullptr;
  std::size_t index = 0;
  std::uint64_t times = 1;
};

std::vector<Tally> tally(const Entries& entries, std::uint32_t column) {
  std::vector<Tally> all;
  entries.each([&](const profile::Series& series, std::size_t index) {
    const Cell cell = cell_at(series, index, column);
    if (cell.kind != ' ' && cell.kind != 'n') all.push_back({cell, &series, index});
  });
  std::sort(all.begin(), all.end(), [](const Tally& a, const Tally& b) {
    return std::tie(a.cell.kind, a.cell.bits) < std::tie(b.cell.kind, b.cell.bits);
  });
  std::size_t count = 0;
  for (const Tally& each : all) {
    if (count > 0 && all[count - 1].cell == each.cell) {
      ++all[count - 1].times;
    } else {
      all[count++] = each;
    }
  }
  all.resize(count);
  return all;
}

cel::Value most_frequent(const Entries& entries, std::uint32_t column) {
  std::uint64_t most = 0;
  cel::Value best;
  for (const Tally& each : tally(entries, column)) {
    if (each.times < most) continue;
    const cel::Value value = value_at(*each.series, each.index, column);
    if (each.times == most && order(value, best) > 0) continue;
    most = each.times;
    best = value;
  }
  return best;
}

// Up to `n` values from one end, oldest first.
std::vector<cel::Value> values_of(const Entries& entries, std::uint32_t column, bool from_front, std::size_t n) {
  std::vector<cel::Value> values;
  if (n == 0) return values;
  entries.in_order(from_front, [&](const profile::Series& series, std::size_t index) {
    if (cell_at(series, index, column).kind != ' ') values.push_back(value_at(series, index, column));
    return values.size() < n;
  });
  if (!from_front) std::reverse(values.begin(), values.end());
  return values;
}

cel::Value time_of(const Entries& entries, bool from_front) {
  cel::Value time;
  entries.in_order(from_front, [&](const profile::Series& series, std::size_t index) {
    time = as_value(place_at(series, index).at);
    return false;
  });
  return time;
}

cel::Value read_entries(const Asked& asked, const Entries& entries, cel::Arena& arena) {
  switch (asked.reading) {
    case Reading::kCount:
      return cel::Value::integer(static_cast<std::int64_t>(entries.size()));
    case Reading::kSum:
    case Reading::kAverage:
      return sum_of(entries, asked.value, asked.reading == Reading::kAverage);
    case Reading::kMin:
    case Reading::kMax:
      return extreme_of(entries, asked.value, asked.reading == Reading::kMin);
    case Reading::kFirstTime:
    case Reading::kLastTime:
      return time_of(entries, asked.reading == Reading::kFirstTime);
    case Reading::kFirstValue:
    case Reading::kLastValue: {
      const auto values = values_of(entries, asked.value, asked.reading == Reading::kFirstValue, 1);
      return values.empty() ? cel::Value::null() : values.front();
    }
    case Reading::kDistinct:
      return cel::Value::integer(static_cast<std::int64_t>(tally(entries, asked.value).size()));
    case Reading::kMostFrequent:
      return most_frequent(entries, asked.value);
    case Reading::kFirstValues:
    case Reading::kLastValues:
      return as_list(values_of(entries, asked.value, asked.reading == Reading::kFirstValues, asked.first_n), arena);
  }
  return cel::Value::null();
}

// `outer`: how far back the entries lie that this history's are wanted for.
void add_reach(const History& history, std::int64_t outer, std::vector<std::pair<std::uint32_t, std::int64_t>>& out) {
  const std::int64_t reach = std::min(outer, history.reach());
  out.emplace_back(history.series, reach);
  for (const History::Link& link : history.links) {
    const bool is_behind = link.order == History::Order::kPrecededBy || link.order == History::Order::kNotPrecededBy;
    const std::int64_t more = is_behind ? link.within_ms : 0;
    add_reach(link.other, reach > kForever - more ? kForever : reach + more, out);
  }
}

}  // namespace

std::int64_t History::reach() const {
  return reach_of(window);
}

void add_reaches(const History& history, std::vector<std::pair<std::uint32_t, std::int64_t>>& out) {
  add_reach(history, kForever, out);
}

HistoryReader::HistoryReader() : selector_(std::make_unique<Selector>()) {}
HistoryReader::~HistoryReader() = default;

cel::Value HistoryReader::read(const Asked& asked, std::span<const PartSeries> parts, Timestamp now,
                               cel::Arena& arena) {
  const History& history = asked.history;
  if (history.links.empty()) return read_entries(asked, Entries(selector_->spans(history, parts, now)), arena);
  const Selection& selection = selector_->select(history, parts, now, false);
  return read_entries(asked, Entries(selection.holding, history.series, parts), arena);
}

}  // namespace tessera::segment
