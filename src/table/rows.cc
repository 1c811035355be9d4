#include "table/rows.h"

#include "table/render.h"
#include "table/rows_state.h"

namespace tessera::table {

Status Rows::State::describe() {
  for (idx_t i = 0; i < duckdb_column_count(&result.result); ++i) {
    const TypeHandle type(duckdb_column_logical_type(&result.result, i));
    Shape shape = shape_of(type.get());
    const std::string name = duckdb_column_name(&result.result, i);
    if (const std::string bad = shape.unreadable(); !bad.empty()) {
      return error(Code::kInvalidArgument,
                   "column " + name + " holds " + bad + ", which cannot be shown: cast it to VARCHAR");
    }
    columns.push_back({name, shape.type(), shape.sql_type()});
    shapes.push_back(std::move(shape));
  }
  values.resize(columns.size());
  return {};
}

Rows::Rows(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

const std::vector<Column>& Rows::columns() const {
  return state_->columns;
}

Result<bool> Rows::next_chunk() {
  State& s = *state_;
  s.rows = 0;
  s.chunk = ChunkHandle(duckdb_fetch_chunk(s.result.result));
  if (!s.chunk) {
    const char* message = duckdb_result_error(&s.result.result);
    if (message != nullptr && *message != '\0') return duckdb_error(message);
    return false;
  }
  s.rows = duckdb_data_chunk_get_size(s.chunk.get());
  if (s.rows == 0) return false;
  for (std::size_t i = 0; i < s.values.size(); ++i) {
    State::Values& column = s.values[i];
    column.vector = duckdb_data_chunk_get_vector(s.chunk.get(), i);
    column.data = duckdb_vector_get_data(column.vector);
    column.validity = duckdb_vector_get_validity(column.vector);
  }
  return true;
}

std::size_t Rows::chunk_rows() const {
  return state_->rows;
}

namespace {

template <class T>
T at(const void* data, std::size_t row) {
  return static_cast<const T*>(data)[row];
}

}  // namespace

bool Rows::is_null(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(column < state_->values.size() && row < state_->rows);
  const std::uint64_t* validity = state_->values[column].validity;
  return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

bool Rows::boolean(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kBoolean && row < state_->rows);
  return at<bool>(state_->values[column].data, row);
}

std::int64_t Rows::integer(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kInteger && row < state_->rows);
  const void* data = state_->values[column].data;
  switch (state_->shapes[column].id) {
    case DUCKDB_TYPE_TINYINT:
      return at<std::int8_t>(data, row);
    case DUCKDB_TYPE_SMALLINT:
      return at<std::int16_t>(data, row);
    case DUCKDB_TYPE_INTEGER:
      return at<std::int32_t>(data, row);
    default:
      return at<std::int64_t>(data, row);
  }
}

std::uint64_t Rows::unsigned_integer(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kUnsigned && row < state_->rows);
  const void* data = state_->values[column].data;
  switch (state_->shapes[column].id) {
    case DUCKDB_TYPE_UTINYINT:
      return at<std::uint8_t>(data, row);
    case DUCKDB_TYPE_USMALLINT:
      return at<std::uint16_t>(data, row);
    case DUCKDB_TYPE_UINTEGER:
      return at<std::uint32_t>(data, row);
    default:
      return at<std::uint64_t>(data, row);
  }
}

double Rows::real(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kReal && row < state_->rows);
  const void* data = state_->values[column].data;
  return state_->shapes[column].id == DUCKDB_TYPE_FLOAT ? at<float>(data, row) : at<double>(data, row);
}

Timestamp Rows::timestamp(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kTime && row < state_->rows);
  const void* data = state_->values[column].data;
  const auto floor_div = [](std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); };
  switch (state_->shapes[column].id) {
    case DUCKDB_TYPE_DATE:
      return {at<std::int32_t>(data, row) * kDayMs};
    case DUCKDB_TYPE_TIMESTAMP_S:
      return {at<std::int64_t>(data, row) * kSecondMs};
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return {at<std::int64_t>(data, row)};
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return {floor_div(at<std::int64_t>(data, row), 1'000'000)};
    default:
      return {floor_div(at<std::int64_t>(data, row), 1000)};
  }
}

std::string_view Rows::text(std::size_t column, std::size_t row) const {
  TESSERA_ASSERT(state_->columns[column].type == Type::kText && row < state_->rows);
  return text_at(state_->values[column].data, row);
}

void Rows::append_text(std::size_t column, std::size_t row, std::string& out) const {
  TESSERA_ASSERT(column < state_->values.size() && row < state_->rows);
  render_text(state_->shapes[column], state_->values[column].vector, row, out);
}

void Rows::append_json(std::size_t column, std::size_t row, std::string& out) const {
  TESSERA_ASSERT(column < state_->values.size() && row < state_->rows);
  render_json(state_->shapes[column], state_->values[column].vector, row, out);
}

Result<std::vector<std::vector<std::optional<std::string>>>> read_all(Rows rows, std::size_t max_rows) {
  std::vector<std::vector<std::optional<std::string>>> all;
  while (true) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) return all;
    if (all.size() + rows.chunk_rows() > max_rows) {
      return error(Code::kTooLarge, "the answer has more than " + std::to_string(max_rows) + " rows");
    }
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      std::vector<std::optional<std::string>>& line = all.emplace_back(rows.columns().size());
      for (std::size_t column = 0; column < line.size(); ++column) {
        if (!rows.is_null(column, row)) rows.append_text(column, row, line[column].emplace());
      }
    }
  }
}

}  // namespace tessera::table
