// Adds many rows to a table, filling DuckDB's column vectors directly.
//
//   TRY_ASSIGN(auto appender, Appender::open(connection, "events_stored"));
//   appender->set(0, offset); appender->set(1, name); TRY(appender->end_row());   // columns not set are null
//   TRY(appender->flush());
//
// Belongs to its connection's thread. Rows take part in the connection's transaction once flushed. A column must be
// set by the overload of its type: a mistake is our own bug and asserts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "table/database.h"

namespace tessera::table {

struct AppendColumn {
  std::string name;
  std::string sql_type;  // BOOLEAN, UINTEGER, UBIGINT, BIGINT, DOUBLE, TIMESTAMP or VARCHAR
};

class Appender {
 public:
  // To all columns of a table, in its order. The types above and JSON can be set; a column of another type stays null.
  static Result<std::unique_ptr<Appender>> open(Connection& connection, const std::string& table);
  // Rows go through `statement`, which reads them from the table "appended": INSERT OR REPLACE INTO t FROM appended.
  static Result<std::unique_ptr<Appender>> open(Connection& connection, const std::string& statement,
                                                const std::vector<AppendColumn>& columns);
  // Rows not flushed may or may not be in the transaction: flush, or roll it back.
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  // A value of the current row. Text must be UTF-8; bytes that are not become U+FFFD.
  void set(std::size_t column, bool value);
  void set(std::size_t column, std::int64_t value);
  void set(std::size_t column, std::uint32_t value);
  void set(std::size_t column, std::uint64_t value);
  void set(std::size_t column, double value);
  void set(std::size_t column, Timestamp value);
  void set(std::size_t column, std::string_view value);
  void set(std::size_t column, const char* value) { set(column, std::string_view(value)); }

  Status end_row();
  // Hands all ended rows to the database. After an error here or in end_row the appender is of no more use.
  Status flush();

 private:
  struct State;
  explicit Appender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tessera::table
