// Reading beside the writer: SQL from outside, and rows by offset.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "analytics/analytics.h"
#include "base/result.h"
#include "table/database.h"

namespace tessera::analytics {

// Ends the read transaction however its work ends.
struct ReadTransaction {
  explicit ReadTransaction(table::Connection& c) : connection(c) {}
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() { connection.rollback(); }
  table::Connection& connection;
};

// Interrupts what a connection runs once its time is over. Made and destroyed around it.
class Deadline {
 public:
  Deadline(table::Connection& connection, std::int64_t after_ms);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  void wait(table::Connection& connection, std::int64_t after_ms);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

// Connections lent to readers, a fixed number of them. Any thread; must outlive what it lends.
class ReaderPool {
 public:
  // A lent connection, given back when it goes.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<table::Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() { pool_.give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    explicit operator bool() const { return connection_ != nullptr; }
    table::Connection& operator*() const { return *connection_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<table::Connection> connection_;
  };

  static Result<std::unique_ptr<ReaderPool>> open(table::Database& database, int size);

  // Waits at most `wait_ms` for one to come back; empty if none did.
  Lease lend(std::int64_t wait_ms);

 private:
  void give_back(std::unique_ptr<table::Connection> connection);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<table::Connection>> idle_;
};

// Any thread that owns the connection. See Analytics::sql and events_by_offset.
Result<QueryAnswer> run_query(table::Connection& connection, std::string_view query, Format format,
                              const QueryLimits& limits);
Result<std::vector<StoredEvent>> read_events(table::Connection& connection, std::span<const Offset> offsets);
Result<std::vector<profile::TimelineEntry>> read_older_events(table::Connection& connection,
                                                              std::span<const PartId> parts, Timestamp before,
                                                              Offset before_offset, std::size_t limit);

}  // namespace tessera::analytics
