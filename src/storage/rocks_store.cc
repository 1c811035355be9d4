#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <filesystem>

#include "storage/store.h"

namespace tessera::storage {

namespace {

std::unexpected<Error> rocks_error(const rocksdb::Status& status, std::string_view doing) {
  const Code code = status.IsCorruption() ? Code::kDataLoss : status.IsNoSpace() ? Code::kUnavailable : Code::kInternal;
  return error(code, "the state store failed while " + std::string(doing) + ": " + status.ToString());
}

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

rocksdb::Options base_options(const StoreOptions& options) {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.create_missing_column_families = true;
  rocks.avoid_flush_during_shutdown = true;
  rocks.max_background_jobs = options.background_threads;
  rocks.max_open_files = 512;
  rocks.keep_log_file_num = 2;
  rocks.compression = rocksdb::kLZ4Compression;
  rocks.level0_file_num_compaction_trigger = 6;
  rocks.level0_slowdown_writes_trigger = 40;
  rocks.level0_stop_writes_trigger = 60;
  rocks.target_file_size_base = 64u << 20;
  rocks.max_bytes_for_level_base = 1024u << 20;
  rocks.bytes_per_sync = 1u << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 8u << 10;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = false;
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return rocks;
}

// Drops entries whose value begins with a number below the floor, when RocksDB rewrites them anyway.
class ExpiryFilter : public rocksdb::CompactionFilter {
 public:
  const char* Name() const override { return "tessera.expiry"; }
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    if (value.size() < 8) return false;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(value[i]);
    return number < floor.load(std::memory_order_relaxed);
  }
  std::atomic<std::uint64_t> floor = 0;
};

class RocksSnapshot : public Snapshot {
 public:
  RocksSnapshot(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families)
      : db_(db), families_(families), snapshot_(db.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }

  Status scan(Family family, std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    rocksdb::ReadOptions read;
    read.snapshot = snapshot_;
    read.fill_cache = false;
    read.readahead_size = 2u << 20;
    const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(read, families_[static_cast<std::size_t>(family)]));
    for (at->Seek(slice(prefix)); at->Valid() && view(at->key()).starts_with(prefix); at->Next()) {
      if (!visit(view(at->key()), view(at->value()))) break;
    }
    if (!at->status().ok()) return rocks_error(at->status(), "scanning " + std::string(family_name(family)));
    return {};
  }

 private:
  rocksdb::DB& db_;
  std::span<rocksdb::ColumnFamilyHandle* const> families_;
  const rocksdb::Snapshot* snapshot_;
};

// A cut is written as one sorted file per family, and all files are ingested in one atomic step
// (docs/adr/0002-cuts-are-ingested-as-sorted-files.md).
class RocksStore : public Store {
 public:
  RocksStore(std::string path, const StoreOptions& options) : path_(std::move(path)), options_(base_options(options)) {}

  ~RocksStore() override {
    for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
  }

  Status open() {
    std::error_code failed;
    std::filesystem::create_directories(path_, failed);
    if (failed) return error(Code::kInternal, "cannot make the folder " + path_ + ": " + failed.message());
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, options_}};
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      rocksdb::ColumnFamilyOptions family = options_;
      family.compaction_filter = &filters_[i];
      descriptors.emplace_back(std::string(family_name(static_cast<Family>(i))), family);
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options_, path_, descriptors, &handles, &db);
    if (!status.ok()) return rocks_error(status, "opening " + path_);
    db_.reset(db);
    db_->GetEnv()->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
    db_->DestroyColumnFamilyHandle(handles.front());
    families_.assign(handles.begin() + 1, handles.end());
    remove_leftovers();
    return {};
  }

  Result<bool> get(Family family, std::string_view key, std::string& value) const override {
    rocksdb::PinnableSlice found;
    const auto status = db_->Get({}, families_[static_cast<std::size_t>(family)], slice(key), &found);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return rocks_error(status, "reading " + std::string(family_name(family)));
    value.assign(found.data(), found.size());
    return true;
  }

  std::unique_ptr<Snapshot> snapshot() const override { return std::make_unique<RocksSnapshot>(*db_, families_); }

  void expire(Family family, std::uint64_t floor) override { filters_[static_cast<std::size_t>(family)].floor = floor; }

  Status commit(const CutBatch& batch) override {
    std::vector<rocksdb::IngestExternalFileArg> files;
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      const auto family = static_cast<Family>(i);
      if (batch.changes(family) == 0) continue;
      const std::string file = path_ + "/cut-" + std::string(family_name(family)) + ".sst";
      TRY(write_file(file, batch, family));
      rocksdb::IngestExternalFileArg arg;
      arg.column_family = families_[i];
      arg.external_files = {file};
      arg.options.move_files = true;
      arg.options.write_global_seqno = false;
      files.push_back(std::move(arg));
    }
    if (files.empty()) return {};
    const auto status = db_->IngestExternalFiles(files);
    if (!status.ok()) return rocks_error(status, "taking in a cut");
    return {};
  }

 private:
  Status write_file(const std::string& path, const CutBatch& batch, Family family) {
    rocksdb::EnvOptions env;
    env.bytes_per_sync = 1u << 20;  // spread over the writing: one sync of it all would hold up the log's
    rocksdb::SstFileWriter writer(env, options_, families_[static_cast<std::size_t>(family)]);
    auto status = writer.Open(path);
    batch.visit_sorted(family, [&](const CutBatch::Change& change) {
      if (!status.ok()) return false;
      status = change.erased ? writer.Delete(slice(change.key)) : writer.Put(slice(change.key), slice(change.value));
      return true;
    });
    if (status.ok()) status = writer.Finish();
    if (!status.ok()) return rocks_error(status, "writing " + path);
    return {};
  }

  // Files of a cut that a crash interrupted were never taken in.
  void remove_leftovers() {
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      std::error_code ignored;
      std::filesystem::remove(path_ + "/cut-" + std::string(family_name(static_cast<Family>(i))) + ".sst", ignored);
    }
  }

  const std::string path_;
  const rocksdb::Options options_;
  std::array<ExpiryFilter, kFamilyCount> filters_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& path, const StoreOptions& options) {
  auto store = std::make_unique<RocksStore>(path, options);
  TRY(store->open());
  return store;
}

}  // namespace tessera::storage
