#include "table/connection_state.h"
#include "table/database.h"
#include "table/duckdb_handle.h"

namespace tessera::table {

namespace {

using TextFunction = std::string (*)(std::uint64_t);
using FunctionHandle = Owned<duckdb_scalar_function, duckdb_destroy_scalar_function>;

struct Extra {
  TextFunction function;
};

// DuckDB calls this with a chunk of arguments. Nulls in give nulls out by themselves.
void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto* extra = static_cast<const Extra*>(duckdb_scalar_function_get_extra_info(info));
  const duckdb_vector argument = duckdb_data_chunk_get_vector(input, 0);
  const auto* values = static_cast<const std::uint64_t*>(duckdb_vector_get_data(argument));
  const std::uint64_t* validity = duckdb_vector_get_validity(argument);
  const idx_t rows = duckdb_data_chunk_get_size(input);
  if (validity != nullptr) duckdb_vector_ensure_validity_writable(output);
  std::uint64_t* output_validity = validity != nullptr ? duckdb_vector_get_validity(output) : nullptr;
  for (idx_t row = 0; row < rows; ++row) {
    if (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0) {
      output_validity[row / 64] &= ~(std::uint64_t{1} << (row % 64));
      continue;
    }
    const std::string text = extra->function(values[row]);
    duckdb_vector_assign_string_element_len(output, row, text.data(), text.size());
  }
}

}  // namespace

Status Database::define(const std::string& name, std::string (*function)(std::uint64_t)) {
  const FunctionHandle handle(duckdb_create_scalar_function());
  const TypeHandle argument(duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT));
  const TypeHandle answer(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  duckdb_scalar_function_set_name(handle.get(), name.c_str());
  duckdb_scalar_function_add_parameter(handle.get(), argument.get());
  duckdb_scalar_function_set_return_type(handle.get(), answer.get());
  duckdb_scalar_function_set_extra_info(handle.get(), new Extra{function},
                                        [](void* extra) { delete static_cast<Extra*>(extra); });
  duckdb_scalar_function_set_function(handle.get(), call);
  TRY_ASSIGN(const auto connection, connect());
  if (duckdb_register_scalar_function(connection->state_->connection.get(), handle.get()) == DuckDBError) {
    return error(Code::kAlreadyExists, "SQL has a function " + name + " already, or takes none of that name");
  }
  return {};
}

}  // namespace tessera::table
