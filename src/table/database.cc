#include "table/database.h"

#include "table/connection_state.h"
#include "table/duckdb_handle.h"

namespace tessera::table {

struct Database::State {
  DatabaseHandle database;
  bool attached = false;
};

namespace {

constexpr std::string_view kCatalog = "tessera";  // what SQL calls the file

Status set(duckdb_config config, const std::string& name, std::string_view value) {
  if (duckdb_set_config(config, name.c_str(), std::string(value).c_str()) == DuckDBError) {
    return error(Code::kInvalidArgument, "DuckDB has no setting " + name + ", or not with value " + std::string(value));
  }
  return {};
}

Status configure(duckdb_config config, const OpenOptions& options) {
  TRY(set(config, "memory_limit", std::to_string(options.memory_limit_bytes) + "B"));
  TRY(set(config, "threads", std::to_string(options.threads)));
  TRY(set(config, "temp_directory", options.temp_directory));
  TRY(set(config, "autoinstall_known_extensions", "false"));
  TRY(set(config, "autoload_known_extensions", "false"));
  for (const auto& [name, value] : options.settings) TRY(set(config, name, value));
  return {};
}

std::unexpected<Error> open_error(const std::string& path, std::string_view message) {
  if (message.contains("lock")) {
    return error(Code::kFailedPrecondition,
                 path + " is open in another process: stop that first (" + std::string(message) + ")");
  }
  if (message.contains("not a valid") || message.contains("version") || message.contains("Serialization") ||
      message.contains("checksum") || message.contains("Corrupt") || message.contains("INTERNAL")) {
    return error(Code::kDataLoss, path + " cannot be read as a database: restore it from a backup, or remove it (" +
                                      std::string(message) + ")");
  }
  if (message.contains("Invalid Input") || message.contains("Parser") || message.contains("Unrecognized")) {
    return error(Code::kInvalidArgument, std::string(message));
  }
  return error(Code::kUnavailable, path + " cannot be opened: " + std::string(message));
}

// Attaching, rather than opening, is how a file is given its form: small row groups, and Zstandard (from 1.2 on).
Status attach(Connection& connection, const OpenOptions& options) {
  std::string sql = "ATTACH " + quoted(options.path) + " AS " + std::string(kCatalog) + " (STORAGE_VERSION 'v1.2.0'";
  if (options.row_group_rows > 0) sql += ", ROW_GROUP_SIZE " + std::to_string(options.row_group_rows);
  if (options.read_only) sql += ", READ_ONLY";
  if (const Status attached = connection.execute(sql + ")"); !attached) {
    return open_error(options.path, attached.error().message);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const OpenOptions& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) == DuckDBError) return error(Code::kInternal, "DuckDB made no configuration");
  TRY(configure(config.get(), options));
  auto state = std::make_unique<State>();
  char* message = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, state->database.out(), config.get(), &message);
  const DuckdbText owned(message);
  if (opened == DuckDBError) return open_error("DuckDB", message != nullptr ? message : "no reason given");
  std::unique_ptr<Database> database(new Database(std::move(state)));
  TRY_ASSIGN(const auto connection, database->connect());
  if (!options.path.empty()) TRY(attach(*connection, options));
  database->state_->attached = !options.path.empty();
  if (!options.external_access) TRY(connection->execute("SET enable_external_access = false"));
  if (options.lock_configuration) TRY(connection->execute("SET lock_configuration = true"));
  return database;
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

Result<std::unique_ptr<Connection>> Database::connect() {
  auto state = std::make_unique<Connection::State>();
  if (duckdb_connect(state_->database.get(), state->connection.out()) == DuckDBError) {
    return error(Code::kUnavailable, "DuckDB gave no connection");
  }
  std::unique_ptr<Connection> connection(new Connection(std::move(state)));
  if (state_->attached) TRY(connection->execute("USE " + std::string(kCatalog)));
  return connection;
}

}  // namespace tessera::table
