// The rows of a query, read chunk by chunk.
//
// Belongs to its connection's thread. Text lives until the next `next_chunk`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tessera::table {

// How a column's values are read.
enum class Type : std::uint8_t {
  kBoolean,   // boolean
  kInteger,   // integer: TINYINT to BIGINT
  kUnsigned,  // unsigned_integer: UTINYINT to UBIGINT
  kReal,      // real: FLOAT, DOUBLE
  kTime,      // timestamp: TIMESTAMP of any precision, with time zone or without, and DATE; in whole milliseconds
  kText,      // text: VARCHAR, JSON, BLOB (its bytes)
  kOther,     // DECIMAL, HUGEINT, UUID, TIME, INTERVAL, ENUM, LIST, STRUCT, …: only append_text and append_json
};

struct Column {
  std::string name;
  Type type = Type::kOther;
  std::string sql_type;  // "BIGINT", "DECIMAL(18,3)", "JSON", "VARCHAR[]", …
};

class Rows {
 public:
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  const std::vector<Column>& columns() const;

  // Reads the next rows, at most 2048; false at the end. After an error there is nothing more to read.
  Result<bool> next_chunk();
  std::size_t chunk_rows() const;

  // A value of the chunk. The column must be of the type read, the value not null.
  bool is_null(std::size_t column, std::size_t row) const;
  bool boolean(std::size_t column, std::size_t row) const;
  std::int64_t integer(std::size_t column, std::size_t row) const;
  std::uint64_t unsigned_integer(std::size_t column, std::size_t row) const;
  double real(std::size_t column, std::size_t row) const;
  Timestamp timestamp(std::size_t column, std::size_t row) const;
  std::string_view text(std::size_t column, std::size_t row) const;

  // Any type, null included. Text: numbers in their shortest form, times as ISO 8601 with Z, lists and structs as
  // JSON, bytes that are no ASCII as \xAA, null as nothing. JSON: numbers up to 64 bits as numbers (not finite ones as
  // null), booleans, lists as arrays, structs and maps as objects, a JSON column's text as it is, and all else as
  // strings.
  void append_text(std::size_t column, std::size_t row, std::string& out) const;
  void append_json(std::size_t column, std::size_t row, std::string& out) const;

 private:
  friend class Statement;
  friend class Connection;
  struct State;
  explicit Rows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// All rows as text, null as nullopt. kTooLarge if there are more than `max_rows`.
Result<std::vector<std::vector<std::optional<std::string>>>> read_all(Rows rows, std::size_t max_rows = 10'000);

}  // namespace tessera::table
