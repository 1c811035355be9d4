// Databases of columns: DuckDB, wrapped. The only module that knows it; no DuckDB type appears in a header.
//
// Threads: a Database may be used from any thread. A Connection, and the Statements, Rows and Appenders made from it,
// belong to one thread at a time, except `interrupt`. Each must be destroyed before what it was made from.
//
//   TRY_ASSIGN(auto database, Database::open({.path = ""}));
//   TRY_ASSIGN(auto connection, database->connect());
//   TRY_ASSIGN(Rows rows, connection->query("SELECT * FROM read_csv($1)", {std::string_view(path)}));
//   while (true) {
//     TRY_ASSIGN(const bool more, rows.next_chunk());
//     if (!more) break;
//     for (std::size_t row = 0; row < rows.chunk_rows(); ++row) use(rows.text(0, row));
//   }
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "table/rows.h"

namespace tessera::table {

struct OpenOptions {
  std::string path{};  // empty: in memory
  std::size_t memory_limit_bytes = 1u << 30;
  int threads = 1;  // that run queries, the caller's included
  bool read_only = false;
  bool external_access = false;    // may SQL read and write files, attach databases, load extensions?
  bool lock_configuration = true;  // no SET after open
  std::size_t row_group_rows = 0;  // of a new file: a multiple of 2048; 0 means 122,880
  std::string temp_directory{};    // where to spill what exceeds memory; empty: nowhere, it fails instead
  std::vector<std::pair<std::string, std::string>> settings{};  // DuckDB's own, e.g. {"checkpoint_threshold", "64MB"}
};

// A parameter's value.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view, Timestamp>;

// What a statement does, as far as it matters who may run it.
enum class StatementKind : std::uint8_t {
  kRead,     // SELECT and what is parsed as one: WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE
  kExplain,  // EXPLAIN, also ANALYZE (which runs the statement explained)
  kOther,    // everything else
};

class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  StatementKind kind() const;
  std::size_t parameters() const;
  // `position` counts from 1, as $1 does.
  Status bind(std::size_t position, const Value& value);
  // Runs it; rows are made as they are read, so that any size fits in memory. A connection has one Rows at a time.
  Result<Rows> run();
  // Runs it to the end and drops its rows.
  Status execute();

 private:
  friend class Connection;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs any number of statements, separated by semicolons, and drops their rows.
  Status execute(std::string_view sql);
  // Exactly one statement; kInvalidArgument if there are more, or none.
  Result<Statement> prepare(std::string_view sql);
  Result<Rows> query(std::string_view sql, std::initializer_list<Value> values = {});

  Status begin() { return execute("BEGIN TRANSACTION"); }
  Status begin_read_only() { return execute("BEGIN TRANSACTION READ ONLY"); }
  Status commit() { return execute("COMMIT"); }
  // Also where there is no transaction.
  void rollback();

  // Any thread: makes the statement that runs fail soon with kDeadlineExceeded. Nothing if none runs.
  void interrupt();

 private:
  friend class Database;
  friend class Appender;
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Database {
 public:
  // kInvalidArgument: a setting is wrong; kFailedPrecondition: another process has it open; kDataLoss: damaged.
  static Result<std::unique_ptr<Database>> open(const OpenOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<std::unique_ptr<Connection>> connect();

  // Gives SQL a function of this name from UBIGINT to VARCHAR; null stays null. It must be pure and may be called from
  // any thread.
  Status define(const std::string& name, std::string (*function)(std::uint64_t));

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `text` as an SQL string literal with its quotes, where a parameter cannot stand.
std::string quoted(std::string_view text);
// `name` as an SQL identifier with its quotes.
std::string quoted_name(std::string_view name);

}  // namespace tessera::table
