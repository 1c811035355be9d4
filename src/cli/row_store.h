// Rows on disk between reading and grouping: any number of them, in bounded memory (DuckDB sorts and spills).
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/row_reader.h"

namespace tessera::cli {

struct StoredRow {
  std::uint64_t line = 0;
  bool refused = false;  // a value is not what its column wants
  RawValues values;
};

// Rows with one key, in the file's order.
struct RowGroup {
  std::string key;  // empty where every row is a group
  std::vector<StoredRow> rows;
  bool too_large = false;  // these are some of more than kMaxGroupRows rows; the next groups are the others
};

inline constexpr std::size_t kMaxGroupRows = 100'000;

class GroupReader {
 public:
  virtual ~GroupReader() = default;
  virtual Result<bool> next(RowGroup& group) = 0;
};

class RowStore {
 public:
  struct Options {
    std::string folder;  // a new folder is made in it, and removed at the end
    std::size_t columns = 0;
    std::size_t groupings = 0;  // ways to group; each row has a key for each
    std::size_t memory_bytes = std::size_t{512} << 20;
  };

  // kUnavailable if the folder cannot be written.
  static Result<std::unique_ptr<RowStore>> open(const Options& options);
  ~RowStore();
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  // `keys`: for each grouping, the row's key; nullopt keeps it out of all groups of that grouping.
  Status add(const RawRow& row, bool refused, std::span<const std::optional<std::string>> keys);
  // No row is added after it.
  Status finish();

  // The groups of a grouping, in the order of their first rows: all their rows, or of those not refused the first and
  // the last only. One reader at a time.
  enum class Extent : std::uint8_t { kAllRows, kFirstAndLast };
  Result<std::unique_ptr<GroupReader>> groups(std::size_t grouping, Extent extent);
  // Every row as a group of its own.
  Result<std::unique_ptr<GroupReader>> single_rows();

 private:
  struct State;
  explicit RowStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tessera::cli
