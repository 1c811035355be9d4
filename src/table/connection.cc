#include "table/connection_state.h"
#include "table/database.h"
#include "table/rows_state.h"

namespace tessera::table {

namespace {

Status bind_value(duckdb_prepared_statement statement, idx_t position, const Value& value) {
  const auto bind = [&](const auto& v) -> duckdb_state {
    using V = std::decay_t<decltype(v)>;
    if constexpr (std::is_same_v<V, std::monostate>) {
      return duckdb_bind_null(statement, position);
    } else if constexpr (std::is_same_v<V, bool>) {
      return duckdb_bind_boolean(statement, position, v);
    } else if constexpr (std::is_same_v<V, std::int64_t>) {
      return duckdb_bind_int64(statement, position, v);
    } else if constexpr (std::is_same_v<V, std::uint64_t>) {
      return duckdb_bind_uint64(statement, position, v);
    } else if constexpr (std::is_same_v<V, double>) {
      return duckdb_bind_double(statement, position, v);
    } else if constexpr (std::is_same_v<V, Timestamp>) {
      return duckdb_bind_timestamp(statement, position, duckdb_timestamp{v.ms * 1000});
    } else {
      return duckdb_bind_varchar_length(statement, position, v.data(), v.size());
    }
  };
  if (std::visit(bind, value) == DuckDBError) {
    return error(Code::kInvalidArgument, "the statement takes no such parameter $" + std::to_string(position));
  }
  return {};
}

}  // namespace

struct Statement::State {
  PreparedHandle prepared;
};

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

StatementKind Statement::kind() const {
  switch (duckdb_prepared_statement_type(state_->prepared.get())) {
    case DUCKDB_STATEMENT_TYPE_SELECT:
      return StatementKind::kRead;
    case DUCKDB_STATEMENT_TYPE_EXPLAIN:
      return StatementKind::kExplain;
    default:
      return StatementKind::kOther;
  }
}

std::size_t Statement::parameters() const {
  return duckdb_nparams(state_->prepared.get());
}

Status Statement::bind(std::size_t position, const Value& value) {
  return bind_value(state_->prepared.get(), position, value);
}

Result<Rows> Statement::run() {
  PendingHandle pending;
  if (duckdb_pending_prepared_streaming(state_->prepared.get(), pending.out()) == DuckDBError) {
    return duckdb_error(duckdb_pending_error(pending.get()));
  }
  auto rows = std::make_unique<Rows::State>();
  if (duckdb_execute_pending(pending.get(), &rows->result.result) == DuckDBError) {
    return duckdb_error(duckdb_result_error(&rows->result.result));
  }
  TRY(rows->describe());
  return Rows(std::move(rows));
}

Status Statement::execute() {
  ResultHandle result;
  if (duckdb_execute_prepared(state_->prepared.get(), &result.result) == DuckDBError) {
    return duckdb_error(duckdb_result_error(&result.result));
  }
  return {};
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Status Connection::execute(std::string_view sql) {
  ResultHandle result;
  if (duckdb_query(state_->connection.get(), std::string(sql).c_str(), &result.result) == DuckDBError) {
    return duckdb_error(duckdb_result_error(&result.result));
  }
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  // The C API takes C strings: what follows a NUL would be dropped in silence.
  if (sql.contains('\0')) return error(Code::kInvalidArgument, "the statement holds a NUL character: remove it");
  ExtractedHandle extracted;
  const idx_t count = duckdb_extract_statements(state_->connection.get(), std::string(sql).c_str(), extracted.out());
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(extracted.get());
    if (message != nullptr) return duckdb_error(message);
    return error(Code::kInvalidArgument, "there is no statement: write one");
  }
  if (count > 1) {
    return error(Code::kInvalidArgument,
                 "there are " + std::to_string(count) + " statements: send one at a time, without semicolons between");
  }
  auto state = std::make_unique<Statement::State>();
  if (duckdb_prepare_extracted_statement(state_->connection.get(), extracted.get(), 0, state->prepared.out()) ==
      DuckDBError) {
    return duckdb_error(duckdb_prepare_error(state->prepared.get()));
  }
  return Statement(std::move(state));
}

Result<Rows> Connection::query(std::string_view sql, std::initializer_list<Value> values) {
  TRY_ASSIGN(Statement statement, prepare(sql));
  std::size_t position = 0;
  for (const Value& value : values) TRY(statement.bind(++position, value));
  TRY_ASSIGN(Rows rows, statement.run());
  rows.state_->prepared = std::move(statement.state_->prepared);
  return rows;
}

void Connection::rollback() {
  // Fails where there is no transaction, which is what is wanted.
  static_cast<void>(execute("ROLLBACK"));
}

void Connection::interrupt() {
  duckdb_interrupt(state_->connection.get());
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

}  // namespace tessera::table
