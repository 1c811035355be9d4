#include "segment/series.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "segment/stored_value.h"

namespace tessera::segment {

namespace {

constexpr std::size_t kPlaceBytes = 16;
constexpr std::size_t kCellBytes = 9;
constexpr std::size_t kTextHead = 10;  // its hash, its length
constexpr std::size_t kTableHead = 8;  // how many slots, how many texts
constexpr std::size_t kFewest = 8;     // slots; entries worth letting go

std::size_t entry_bytes(std::uint8_t columns) {
  return kPlaceBytes + kCellBytes * columns;
}

// Texts: a table of slots, each 0 or where a text begins, counted from the end of the table, plus 1; then the texts as
// they came. A text is looked for from the slot its hash names on.
std::size_t table_bytes(std::string_view texts) {
  return texts.empty() ? 0 : kTableHead + 4 * std::size_t{get<std::uint32_t>(texts, 0)};
}

std::size_t count_texts(std::string_view texts) {
  return texts.empty() ? 0 : get<std::uint32_t>(texts, 4);
}

// Where the slot of a text is, or the free one where it belongs.
std::size_t slot_of(std::string_view texts, std::uint64_t hash) {
  const std::size_t slots = get<std::uint32_t>(texts, 0);
  const std::size_t base = table_bytes(texts);
  for (std::size_t slot = hash & (slots - 1);; slot = (slot + 1) & (slots - 1)) {
    const auto begin = get<std::uint32_t>(texts, kTableHead + 4 * slot);
    if (begin == 0 || get<std::uint64_t>(texts, base + begin - 1) == hash) return kTableHead + 4 * slot;
  }
}

std::optional<std::string_view> find_text(std::string_view texts, std::uint64_t hash) {
  if (texts.empty()) return std::nullopt;
  const auto begin = get<std::uint32_t>(texts, slot_of(texts, hash));
  if (begin == 0) return std::nullopt;
  const std::size_t at = table_bytes(texts) + begin - 1;
  return texts.substr(at + kTextHead, get<std::uint16_t>(texts, at + 8));
}

void widen_table(std::string& texts) {
  const std::size_t old_bytes = table_bytes(texts);
  const std::size_t count = count_texts(texts);
  const std::size_t slots = texts.empty() ? kFewest : 2 * std::size_t{get<std::uint32_t>(texts, 0)};
  std::string wider(kTableHead + 4 * slots, '\0');
  put(wider, 0, static_cast<std::uint32_t>(slots));
  put(wider, 4, static_cast<std::uint32_t>(count));
  wider.append(texts, old_bytes);
  const std::size_t base = table_bytes(wider);
  for (std::size_t at = base; at < wider.size(); at += kTextHead + get<std::uint16_t>(wider, at + 8)) {
    put(wider, slot_of(wider, get<std::uint64_t>(wider, at)), static_cast<std::uint32_t>(at - base + 1));
  }
  texts = std::move(wider);
}

// A text that is not there yet.
void add_text(std::string& texts, std::uint64_t hash, std::string_view text) {
  if (texts.empty() || 4 * (count_texts(texts) + 1) > 3 * std::size_t{get<std::uint32_t>(texts, 0)}) {
    widen_table(texts);
  }
  put(texts, slot_of(texts, hash), static_cast<std::uint32_t>(texts.size() - table_bytes(texts) + 1));
  put(texts, 4, static_cast<std::uint32_t>(count_texts(texts) + 1));
  append(texts, hash);
  append(texts, static_cast<std::uint16_t>(text.size()));
  texts.append(text);
}

Cell cell_of(const cel::Value& value) {
  const std::optional<cel::Value> kept_value = kept(value);
  if (!kept_value) return {' ', 0};
  switch (kept_value->kind()) {
    case cel::Kind::kBool:
      return {kept_value->as_bool() ? 't' : 'f', 0};
    case cel::Kind::kInt:
      return {'i', static_cast<std::uint64_t>(kept_value->as_int())};
    case cel::Kind::kDouble:
      return {'d', std::bit_cast<std::uint64_t>(kept_value->as_double())};
    case cel::Kind::kString:
      return {'s', hash64(kept_value->text())};
    case cel::Kind::kTimestamp: {
      const cel::Instant instant = kept_value->as_instant();
      return {'z', static_cast<std::uint64_t>(instant.seconds * 1'000'000 + instant.nanos / 1000)};
    }
    default:
      return {'n', 0};
  }
}

cel::Value instant_of(std::int64_t micros) {
  std::int64_t seconds = micros / 1'000'000;
  if (seconds * 1'000'000 > micros) --seconds;
  return cel::Value::timestamp({seconds, static_cast<std::int32_t>(micros - seconds * 1'000'000) * 1000});
}

// An entry that is to be added, and the texts that it brings.
struct NewEntry {
  Place place;
  std::size_t columns = 0;
  std::array<Cell, kMaxColumns> cells;
  std::array<std::string_view, kMaxColumns> texts;
};

// Takes an entry's texts in; false where they, or it, do not fit.
bool take_texts(profile::Series& series, const NewEntry& entry, std::size_t entries) {
  std::array<std::size_t, kMaxColumns> added;
  std::size_t count = 0;
  std::size_t bytes = series.texts.size() - table_bytes(series.texts);
  for (std::size_t i = 0; i < entry.columns; ++i) {
    if (entry.cells[i].kind != 's' || find_text(series.texts, entry.cells[i].bits)) continue;
    const auto known = [&](std::size_t other) { return entry.cells[other] == entry.cells[i]; };
    if (std::any_of(added.begin(), added.begin() + count, known)) continue;
    added[count++] = i;
    bytes += kTextHead + entry.texts[i].size();
  }
  if (entries >= kMaxEntries || bytes > kMaxSeriesTexts) return false;
  for (std::size_t i = 0; i < count; ++i) add_text(series.texts, entry.cells[added[i]].bits, entry.texts[added[i]]);
  return true;
}

std::string bytes_of(const NewEntry& entry) {
  std::string bytes;
  append(bytes, entry.place.at.ms);
  append(bytes, entry.place.in_log);
  for (std::size_t i = 0; i < entry.columns; ++i) {
    append(bytes, entry.cells[i].kind);
    append(bytes, entry.cells[i].bits);
  }
  return bytes;
}

NewEntry read_entry(const profile::Series& series, std::size_t index) {
  NewEntry entry{place_at(series, index), series.columns, {}, {}};
  for (std::size_t i = 0; i < entry.columns; ++i) {
    entry.cells[i] = cell_at(series, index, i);
    if (entry.cells[i].kind == 's') entry.texts[i] = find_text(series.texts, entry.cells[i].bits).value_or("");
  }
  return entry;
}

// The first entry for which `is_behind` holds; it holds for all after it.
template <class IsBehind>
std::size_t first_entry(const profile::Series& series, IsBehind is_behind) {
  std::size_t low = 0;
  std::size_t high = count_entries(series);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (is_behind(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Keeps only texts that entries refer to, when most are not.
void forget_texts(profile::Series& series) {
  std::vector<std::uint64_t> used;
  for (std::size_t index = 0; index < count_entries(series); ++index) {
    for (std::size_t column = 0; column < series.columns; ++column) {
      const Cell cell = cell_at(series, index, column);
      if (cell.kind == 's') used.push_back(cell.bits);
    }
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (used.size() * 2 >= count_texts(series.texts)) return;
  std::string texts;
  for (const std::uint64_t hash : used) add_text(texts, hash, find_text(series.texts, hash).value_or(""));
  texts.shrink_to_fit();
  series.texts = std::move(texts);
}

// Negative numbers have their first bit set, whichever way they are kept.
bool is_negative(Cell cell) {
  return (cell.kind == 'd' || cell.kind == 'i') && cell.bits >> 63 != 0;
}

}  // namespace

Place place_of(const Moment& moment) {
  constexpr std::uint32_t kMaxIndex = 0xffff;
  TESSERA_ASSERT(moment.offset.value < std::uint64_t{1} << 48);
  return {moment.occurred_at, moment.offset.value << 16 | std::min(moment.index, kMaxIndex)};
}

std::size_t count_entries(const profile::Series& series) {
  return series.entries.size() / entry_bytes(series.columns);
}

Place place_at(const profile::Series& series, std::size_t index) {
  const std::size_t at = index * entry_bytes(series.columns);
  return {{get<std::int64_t>(series.entries, at)}, get<std::uint64_t>(series.entries, at + 8)};
}

Cell cell_at(const profile::Series& series, std::size_t index, std::size_t column) {
  TESSERA_ASSERT(column < series.columns);
  const std::size_t at = index * entry_bytes(series.columns) + kPlaceBytes + kCellBytes * column;
  return {get<char>(series.entries, at), get<std::uint64_t>(series.entries, at + 1)};
}

cel::Value value_at(const profile::Series& series, std::size_t index, std::size_t column) {
  const Cell cell = cell_at(series, index, column);
  switch (cell.kind) {
    case 'n':
      return cel::Value::null();
    case 't':
    case 'f':
      return cel::Value::boolean(cell.kind == 't');
    case 'd':
      return cel::Value::real(std::bit_cast<double>(cell.bits));
    case 'i':
      return cel::Value::integer(static_cast<std::int64_t>(cell.bits));
    case 's':
      return cel::Value::string(find_text(series.texts, cell.bits).value_or(""));
    case 'z':
      return instant_of(static_cast<std::int64_t>(cell.bits));
    default:
      return cel::Value::error("an entry has no such value");
  }
}

std::optional<Exact> millionths_at(const profile::Series& series, std::size_t index, std::size_t column) {
  const Cell cell = cell_at(series, index, column);
  if (cell.kind == 'd') return millionths_of(cel::Value::real(std::bit_cast<double>(cell.bits)));
  if (cell.kind == 'i') return millionths_of(cel::Value::integer(static_cast<std::int64_t>(cell.bits)));
  return std::nullopt;
}

std::size_t lower_bound(const profile::Series& series, Timestamp at) {
  return first_entry(series, [&](std::size_t index) { return place_at(series, index).at >= at; });
}

std::pair<std::size_t, std::size_t> entries_between(const profile::Series& series, Timestamp begin, Timestamp end) {
  const std::size_t first = lower_bound(series, begin);
  return {first,
          std::max(first, end == Timestamp{std::numeric_limits<std::int64_t>::max()} ? count_entries(series)
                                                                                     : lower_bound(series, end))};
}

bool add_entry(profile::Series& series, const Moment& moment, std::span<const cel::Value> columns) {
  TESSERA_ASSERT(columns.size() == series.columns && columns.size() <= kMaxColumns);
  if (series.frozen) return false;
  NewEntry entry{place_of(moment), columns.size(), {}, {}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    entry.cells[i] = cell_of(columns[i]);
    if (entry.cells[i].kind == 's') entry.texts[i] = columns[i].text().substr(0, kMaxValueBytes);
  }
  const std::size_t count = count_entries(series);
  if (!take_texts(series, entry, count)) {
    series.frozen = true;
    return false;
  }
  series.negative = series.negative || is_negative(entry.cells[0]);
  const bool newest = count == 0 || place_at(series, count - 1) <= entry.place;
  const std::size_t index =
      newest ? count : first_entry(series, [&](std::size_t i) { return place_at(series, i) > entry.place; });
  series.entries.insert(index * entry_bytes(series.columns), bytes_of(entry));
  return true;
}

void forget_before(profile::Series& series, Timestamp begin) {
  const std::size_t count = count_entries(series);
  const std::size_t old = lower_bound(series, begin);
  if (old == count) {
    if (count == 0 && !series.frozen) return;
    series.entries = {};
    series.texts = {};
    series.frozen = false;
    series.negative = false;
    return;
  }
  if (old < kFewest || old * 4 < count) return;
  series.entries = series.entries.substr(old * entry_bytes(series.columns));
  forget_texts(series);
}

void unite(profile::Series& series, const profile::Series& other) {
  TESSERA_ASSERT(series.columns == other.columns);
  if (series.frozen) return;
  const std::size_t width = entry_bytes(series.columns);
  const std::size_t count = count_entries(series);
  std::string entries;
  std::size_t mine = 0;
  std::optional<Place> known;  // of the entry of this series that was met last
  for (std::size_t theirs = 0; theirs < count_entries(other) && !series.frozen; ++theirs) {
    const Place place = place_at(other, theirs);
    for (; mine < count && place_at(series, mine) <= place; ++mine) {
      known = place_at(series, mine);
      entries.append(series.entries, mine * width, width);
    }
    if (known == place) continue;
    const NewEntry entry = read_entry(other, theirs);
    if (take_texts(series, entry, entries.size() / width + count - mine)) {
      entries.append(bytes_of(entry));
    } else {
      series.frozen = true;
    }
  }
  entries.append(series.entries, mine * width);
  series.entries = std::move(entries);
  series.frozen = series.frozen || other.frozen;
  series.negative = series.negative || other.negative;
}

const profile::Series* find_series(std::span<const profile::Series> all, std::uint32_t id) {
  const auto found =
      std::lower_bound(all.begin(), all.end(), id,
                       [](const profile::Series& series, std::uint32_t wanted) { return series.id < wanted; });
  return found != all.end() && found->id == id ? &*found : nullptr;
}

}  // namespace tessera::segment
