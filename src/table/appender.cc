#include "table/appender.h"

#include "table/connection_state.h"
#include "table/duckdb_handle.h"
#include "table/shape.h"
#include "table/utf8.h"

namespace tessera::table {

namespace {

constexpr std::int64_t kMaxMs = 9'000'000'000'000'000;  // beyond any date that DuckDB can hold in microseconds

// Memory for the strings of one chunk, given back all at once.
class Arena {
 public:
  char* take(std::size_t bytes) {
    if (bytes > kBlock) return large_.emplace_back(std::make_unique<char[]>(bytes)).get();
    if (blocks_.empty() || used_ + bytes > kBlock) {
      if (next_ == blocks_.size()) blocks_.push_back(std::make_unique<char[]>(kBlock));
      ++next_;
      used_ = 0;
    }
    char* at = blocks_[next_ - 1].get() + used_;
    used_ += bytes;
    return at;
  }

  void clear() {
    large_.clear();
    if (blocks_.size() > kKeptBlocks) blocks_.resize(kKeptBlocks);
    next_ = 0;
    used_ = kBlock;
  }

 private:
  static constexpr std::size_t kBlock = 256u << 10;
  static constexpr std::size_t kKeptBlocks = 16;
  std::vector<std::unique_ptr<char[]>> blocks_;  // the first next_ hold strings
  std::vector<std::unique_ptr<char[]>> large_;
  std::size_t next_ = 0;
  std::size_t used_ = kBlock;  // of blocks_[next_ - 1]
};

Result<duckdb_type> type_named(std::string_view sql_type) {
  constexpr std::pair<std::string_view, duckdb_type> kTypes[] = {
      {"BOOLEAN", DUCKDB_TYPE_BOOLEAN},     {"UINTEGER", DUCKDB_TYPE_UINTEGER}, {"UBIGINT", DUCKDB_TYPE_UBIGINT},
      {"BIGINT", DUCKDB_TYPE_BIGINT},       {"DOUBLE", DUCKDB_TYPE_DOUBLE},     {"VARCHAR", DUCKDB_TYPE_VARCHAR},
      {"TIMESTAMP", DUCKDB_TYPE_TIMESTAMP},
  };
  for (const auto& [name, type] : kTypes) {
    if (name == sql_type) return type;
  }
  return error(Code::kInvalidArgument, "rows cannot be appended to columns of type " + std::string(sql_type));
}

}  // namespace

struct Appender::State {
  struct Target {
    duckdb_type type = DUCKDB_TYPE_INVALID;
    void* data = nullptr;
    std::uint64_t* validity = nullptr;
  };

  // Before the appender, so that they outlive it.
  Arena arena;
  ChunkHandle chunk;
  std::vector<Target> targets;
  std::size_t row = 0;
  std::size_t capacity = 0;
  AppenderHandle appender;

  Status prepare();
  void begin_chunk();
  Status end_chunk();

  // Where the value of `column` goes; marks it as there.
  template <class T>
  T& place(std::size_t column, duckdb_type type) {
    TESSERA_ASSERT(column < targets.size() && targets[column].type == type);
    targets[column].validity[row / 64] |= std::uint64_t{1} << (row % 64);
    return static_cast<T*>(targets[column].data)[row];
  }
};

// Makes a chunk of the appender's own types: then DuckDB takes the vectors as they are (JSON is not parsed again).
Status Appender::State::prepare() {
  const idx_t count = duckdb_appender_column_count(appender.get());
  std::vector<TypeHandle> types;
  std::vector<duckdb_logical_type> raw;
  for (idx_t i = 0; i < count; ++i) {
    raw.push_back(types.emplace_back(duckdb_appender_column_type(appender.get(), i)).get());
    targets.push_back({duckdb_get_type_id(raw.back()), nullptr, nullptr});
  }
  chunk = ChunkHandle(duckdb_create_data_chunk(raw.data(), count));
  if (!chunk) return error(Code::kInvalidArgument, "rows cannot be appended to a table with a column of this type");
  capacity = duckdb_vector_size();
  begin_chunk();
  return {};
}

void Appender::State::begin_chunk() {
  duckdb_data_chunk_reset(chunk.get());
  arena.clear();
  row = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk.get(), i);
    duckdb_vector_ensure_validity_writable(vector);
    targets[i].data = duckdb_vector_get_data(vector);
    targets[i].validity = duckdb_vector_get_validity(vector);
    std::fill_n(targets[i].validity, (capacity + 63) / 64, std::uint64_t{0});
  }
}

// DuckDB copies the chunk, its strings included.
Status Appender::State::end_chunk() {
  if (row == 0) return {};
  duckdb_data_chunk_set_size(chunk.get(), row);
  if (duckdb_append_data_chunk(appender.get(), chunk.get()) == DuckDBError) {
    return duckdb_error(duckdb_appender_error(appender.get()));
  }
  begin_chunk();
  return {};
}

Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
Appender::~Appender() = default;

Result<std::unique_ptr<Appender>> Appender::open(Connection& connection, const std::string& table) {
  auto state = std::make_unique<State>();
  if (duckdb_appender_create(connection.state_->connection.get(), nullptr, table.c_str(), state->appender.out()) ==
      DuckDBError) {
    return duckdb_error(duckdb_appender_error(state->appender.get()));
  }
  TRY(state->prepare());
  return std::unique_ptr<Appender>(new Appender(std::move(state)));
}

Result<std::unique_ptr<Appender>> Appender::open(Connection& connection, const std::string& statement,
                                                 const std::vector<AppendColumn>& columns) {
  std::vector<TypeHandle> types;
  std::vector<duckdb_logical_type> raw;
  std::vector<const char*> names;
  for (const AppendColumn& column : columns) {
    TRY_ASSIGN(const duckdb_type type, type_named(column.sql_type));
    raw.push_back(types.emplace_back(duckdb_create_logical_type(type)).get());
    names.push_back(column.name.c_str());
  }
  auto state = std::make_unique<State>();
  if (duckdb_appender_create_query(connection.state_->connection.get(), statement.c_str(), columns.size(), raw.data(),
                                   "appended", names.data(), state->appender.out()) == DuckDBError) {
    return duckdb_error(duckdb_appender_error(state->appender.get()));
  }
  TRY(state->prepare());
  return std::unique_ptr<Appender>(new Appender(std::move(state)));
}

void Appender::set(std::size_t column, bool value) {
  state_->place<bool>(column, DUCKDB_TYPE_BOOLEAN) = value;
}
void Appender::set(std::size_t column, std::int64_t value) {
  state_->place<std::int64_t>(column, DUCKDB_TYPE_BIGINT) = value;
}
void Appender::set(std::size_t column, std::uint32_t value) {
  state_->place<std::uint32_t>(column, DUCKDB_TYPE_UINTEGER) = value;
}
void Appender::set(std::size_t column, std::uint64_t value) {
  state_->place<std::uint64_t>(column, DUCKDB_TYPE_UBIGINT) = value;
}
void Appender::set(std::size_t column, double value) {
  state_->place<double>(column, DUCKDB_TYPE_DOUBLE) = value;
}
void Appender::set(std::size_t column, Timestamp value) {
  state_->place<std::int64_t>(column, DUCKDB_TYPE_TIMESTAMP) = std::clamp(value.ms, -kMaxMs, kMaxMs) * 1000;
}

void Appender::set(std::size_t column, std::string_view value) {
  if (!is_utf8(value)) return set(column, std::string_view(to_utf8(value)));
  auto& string = state_->place<duckdb_string_t>(column, DUCKDB_TYPE_VARCHAR);
  TESSERA_ASSERT(value.size() <= UINT32_MAX);
  if (value.size() <= sizeof(string.value.inlined.inlined)) {
    string = {};  // unused bytes must be zero: DuckDB compares them
    string.value.inlined.length = static_cast<std::uint32_t>(value.size());
    std::copy(value.begin(), value.end(), string.value.inlined.inlined);
    return;
  }
  char* copy = state_->arena.take(value.size());
  std::copy(value.begin(), value.end(), copy);
  string.value.pointer.length = static_cast<std::uint32_t>(value.size());
  std::copy_n(copy, sizeof(string.value.pointer.prefix), string.value.pointer.prefix);
  string.value.pointer.ptr = copy;
}

Status Appender::end_row() {
  if (++state_->row < state_->capacity) return {};
  return state_->end_chunk();
}

Status Appender::flush() {
  TRY(state_->end_chunk());
  if (duckdb_appender_flush(state_->appender.get()) == DuckDBError) {
    return duckdb_error(duckdb_appender_error(state_->appender.get()));
  }
  return {};
}

}  // namespace tessera::table
