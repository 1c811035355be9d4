// DuckDB's handles as owners, and its errors as ours. For this folder's .cc files only.
#pragma once

#include <duckdb.h>

#include <memory>
#include <string_view>

#include "base/result.h"

namespace tessera::table {

// Owns a handle of the C API; `Destroy` takes a pointer to it.
template <class Handle, auto Destroy>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) : handle_(handle) {}
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() { reset(); }

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }
  // Destroys what is held, for a C function to fill in.
  Handle* out() {
    reset();
    return &handle_;
  }
  void reset() {
    if (handle_ != nullptr) Destroy(&handle_);
    handle_ = nullptr;
  }

 private:
  Handle handle_ = nullptr;
};

using DatabaseHandle = Owned<duckdb_database, duckdb_close>;
using ConfigHandle = Owned<duckdb_config, duckdb_destroy_config>;
using ConnectionHandle = Owned<duckdb_connection, duckdb_disconnect>;
using ExtractedHandle = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using PreparedHandle = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using PendingHandle = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using ChunkHandle = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using TypeHandle = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using AppenderHandle = Owned<duckdb_appender, duckdb_appender_destroy>;

// A string that DuckDB allocated.
struct DuckdbFree {
  void operator()(char* text) const { duckdb_free(text); }
};
using DuckdbText = std::unique_ptr<char, DuckdbFree>;

struct ResultHandle {
  ResultHandle() = default;
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;
  ~ResultHandle() { duckdb_destroy_result(&result); }
  duckdb_result result{};
};

// `message` as DuckDB gives it ("Parser Error: …"), which may be null.
std::unexpected<Error> duckdb_error(const char* message);

}  // namespace tessera::table
