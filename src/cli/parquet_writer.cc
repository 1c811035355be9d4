#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "cli/json_document.h"
#include "cli/member_writer.h"
#include "cli/segment_api.h"
#include "cli/temporary_folder.h"
#include "table/appender.h"
#include "table/database.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kFlushRows = 20'000;

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

template <class Number>
bool reads_as(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

// The narrowest type that has held every value so far.
class ColumnType {
 public:
  void see(const DocumentNode& value) {
    const bool plain = value.kind == DocumentNode::Kind::kScalar && !value.quoted;
    boolean_ = boolean_ && plain && (value.scalar == "true" || value.scalar == "false");
    integer_ = integer_ && plain && reads_as<std::int64_t>(value.scalar);
    const bool whole =
        value.scalar.find_first_of(".eE") == std::string::npos;  // too large a one loses digits as DOUBLE
    real_ = real_ && plain && reads_as<double>(value.scalar) && (!whole || reads_as<std::int64_t>(value.scalar));
    seen_ = true;
  }
  std::string_view sql() const {
    if (!seen_) return "VARCHAR";
    if (boolean_) return "BOOLEAN";
    if (integer_) return "BIGINT";
    return real_ ? "DOUBLE" : "VARCHAR";
  }

 private:
  bool seen_ = false;
  bool boolean_ = true;
  bool integer_ = true;
  bool real_ = true;
};

// Members as texts in a table on disk, until all are known and with them the types.
class ParquetWriter : public MemberWriter {
 public:
  ParquetWriter(MemberColumns columns, std::string path)
      : columns_(std::move(columns)), path_(std::move(path)), types_(columns_.traits.size()) {}
  ~ParquetWriter() override {
    appender_.reset();
    connection_.reset();
    database_.reset();
  }

  Status open() {
    const std::string parent = std::filesystem::path(path_).parent_path().string();
    TRY_ASSIGN(folder_, TemporaryFolder::make(parent.empty() ? "." : parent, "name another file"));
    TRY_ASSIGN(database_, table::Database::open({.path = folder_->path() + "/members.duckdb",
                                                 .memory_limit_bytes = std::size_t{512} << 20,
                                                 .external_access = true,
                                                 .temp_directory = folder_->path() + "/spill"}));
    TRY_ASSIGN(connection_, database_->connect());
    std::string create = "CREATE TABLE members (c0 VARCHAR";
    const std::size_t texts = columns_.identifiers.size() + std::max<std::size_t>(columns_.traits.size(), 1);
    for (std::size_t i = 1; i <= texts; ++i) create += ", c" + std::to_string(i) + " VARCHAR";
    TRY(connection_->execute(create + ")"));
    TRY_ASSIGN(appender_, table::Appender::open(*connection_, "members"));
    return {};
  }

  Status add(const DocumentNode& member) override {
    std::size_t column = 0;
    appender_->set(column++, text_of(member, "id"));
    for (const std::string& type : columns_.identifiers) appender_->set(column++, list_json(member, type));
    const DocumentNode* traits = member.find("traits");
    if (columns_.traits.empty()) appender_->set(column, traits == nullptr ? "{}" : json_of(*traits));
    for (std::size_t i = 0; i < columns_.traits.size(); ++i, ++column) {
      const DocumentNode* value = traits == nullptr ? nullptr : traits->find(columns_.traits[i]);
      if (value == nullptr || value->kind == DocumentNode::Kind::kNothing) continue;
      types_[i].see(*value);
      appender_->set(column, trait_text(traits, columns_.traits[i]));
    }
    TRY(appender_->end_row());
    if (++waiting_ < kFlushRows) return {};
    waiting_ = 0;
    return appender_->flush();
  }

  // The file gets its name once it is whole.
  Status finish() override {
    TRY(appender_->flush());
    const std::string made = folder_->path() + "/members.parquet";
    TRY(connection_->execute("COPY (" + select() + ") TO " + table::quoted(made) +
                             " (FORMAT parquet, COMPRESSION zstd)"));
    std::error_code failed;
    std::filesystem::rename(made, path_, failed);
    if (failed) return error(Code::kUnavailable, path_ + ": cannot be written: " + failed.message());
    return {};
  }

 private:
  static std::string list_json(const DocumentNode& member, std::string_view type) {
    DocumentNode list;
    list.kind = DocumentNode::Kind::kList;
    for (const DocumentNode& identifier : list_of(member, "identifiers")) {
      const DocumentNode* value = identifier.find("value");
      if (value != nullptr && text_of(identifier, "type") == type) list.items.push_back(*value);
    }
    return json_of(list);
  }

  std::string select() const {
    std::set<std::string> taken;
    std::string columns;
    std::size_t at = 0;
    const auto add = [&](std::string name, const std::string& before, const std::string& after) {
      while (!taken.insert(lower_case(name)).second) name.insert(0, "traits.");
      columns += (at == 0 ? "" : ", ") + before + "c" + std::to_string(at) + after + " AS " + table::quoted_name(name);
      ++at;
    };
    add("profile_id", "", "");
    for (const std::string& type : columns_.identifiers) add(type, "CAST(CAST(", " AS JSON) AS VARCHAR[])");
    for (std::size_t i = 0; i < columns_.traits.size(); ++i) {
      add(columns_.traits[i], "CAST(", " AS " + std::string(types_[i].sql()) + ")");
    }
    if (columns_.traits.empty()) add("traits", "CAST(", " AS JSON)");
    return "SELECT " + columns + " FROM members ORDER BY rowid";
  }

  const MemberColumns columns_;
  const std::string path_;
  std::vector<ColumnType> types_;  // of traits
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<table::Database> database_;
  std::unique_ptr<table::Connection> connection_;
  std::unique_ptr<table::Appender> appender_;
  std::size_t waiting_ = 0;  // rows not flushed
};

}  // namespace

Result<std::unique_ptr<MemberWriter>> open_parquet_writer(const MemberColumns& columns, const std::string& path) {
  auto writer = std::make_unique<ParquetWriter>(columns, path);
  TRY(writer->open());
  return writer;
}

}  // namespace tessera::cli
