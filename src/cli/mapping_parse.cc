#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/document.h"
#include "cli/mapping.h"
#include "cli/mapping_rules.h"
#include "cli/time_format.h"

namespace tessera::cli {

namespace {

bool is_name(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// One character of ASCII, or "\t" spelled out.
Result<char> character(const DocumentNode& node, const DocumentReader& read) {
  TRY_ASSIGN(const std::string text, read.text(node));
  if (text == "\\t" || text == "tab") return '\t';
  if (text.size() == 1 && text[0] > 0 && text != "\n" && text != "\r") return text[0];
  return read.refuse(node, "must be one character, such as \",\" or \";\", or tab");
}

class MappingParser {
 public:
  MappingParser(const DocumentNode& root, std::string_view where) : root_(root), read_(where) {}

  Result<Mapping> parse() {
    TRY(read_.check_keys(root_, {"name", "version", "format", "columns", "group_by", "events"}));
    TRY(parse_name());
    if (const DocumentNode* version = root_.find("version")) {
      TRY_ASSIGN(mapping_.version, read_.integer(*version, 1, 999'999));
    }
    if (const DocumentNode* format = root_.find("format")) {
      TRY_ASSIGN(mapping_.format, parse_file_format(*format, read_));
    }
    TRY_ASSIGN(const DocumentNode* columns, needed("columns"));
    TRY(parse_columns(*columns));
    TRY_ASSIGN(const DocumentNode* events, needed("events"));
    TRY_ASSIGN(mapping_.events, parse_event_rules(*events, root_.find("group_by"), mapping_.columns, read_));
    return std::move(mapping_);
  }

 private:
  Result<const DocumentNode*> needed(std::string_view key) const {
    const DocumentNode* node = root_.find(key);
    if (node == nullptr) return read_.refuse(root_, "the key \"" + std::string(key) + "\" is missing");
    return node;
  }

  Status parse_name() {
    TRY_ASSIGN(const DocumentNode* node, needed("name"));
    TRY_ASSIGN(mapping_.name, read_.text(*node));
    if (is_name(mapping_.name, 32)) return {};
    return read_.refuse(*node, "must be 1 to 32 of a-z, 0-9, - and _: it becomes part of every message id");
  }

  Status parse_columns(const DocumentNode& node) {
    if (node.kind != DocumentNode::Kind::kMap || node.members.empty()) {
      return read_.refuse(node, "must be a map of a column's name to its type, e.g. `Quantity: integer`");
    }
    if (node.members.size() > kMaxColumns) return read_.refuse(node, "at most 500 columns");
    for (const auto& [name, member] : node.members) {
      TRY_ASSIGN(Column column, parse_column(name, member));
      mapping_.columns.push_back(std::move(column));
    }
    return {};
  }

  Result<Column> parse_column(const std::string& name, const DocumentNode& node) const {
    Column column;
    column.name = column.from = name;
    if (name.empty()) return read_.refuse(node, "a column needs a name");
    if (node.kind == DocumentNode::Kind::kScalar) {
      TRY_ASSIGN(column.type, column_type(node));
      return column;
    }
    TRY(read_.check_keys(node, {"type", "from", "required", "trim", "strip_prefix", "strip_suffix", "case",
                                "decimal_comma", "format", "zone"}));
    const DocumentNode* type = node.find("type");
    if (type == nullptr) return read_.refuse(node, "the key \"type\" is missing");
    TRY_ASSIGN(column.type, column_type(*type));
    if (const DocumentNode* from = node.find("from")) {
      TRY_ASSIGN(column.from, read_.text(*from));
    }
    if (const DocumentNode* required = node.find("required")) {
      TRY_ASSIGN(column.required, read_.boolean(*required));
    }
    if (const DocumentNode* trim = node.find("trim")) {
      TRY_ASSIGN(column.trim, read_.boolean(*trim));
    }
    if (const DocumentNode* prefix = node.find("strip_prefix")) {
      TRY_ASSIGN(column.strip_prefix, read_.text(*prefix));
    }
    if (const DocumentNode* suffix = node.find("strip_suffix")) {
      TRY_ASSIGN(column.strip_suffix, read_.text(*suffix));
    }
    TRY(parse_column_of_type(node, column));
    return column;
  }

  // The keys that only columns of one type have.
  Status parse_column_of_type(const DocumentNode& node, Column& column) const {
    if (const DocumentNode* letters = node.find("case")) {
      if (column.type != ColumnType::kString)
        return read_.refuse(*letters, "only columns of type string have this key");
      TRY_ASSIGN(const std::size_t word, read_.word(*letters, {"lower", "upper"}));
      column.letter_case = word == 0 ? LetterCase::kLower : LetterCase::kUpper;
    }
    if (const DocumentNode* comma = node.find("decimal_comma")) {
      if (column.type != ColumnType::kDecimal)
        return read_.refuse(*comma, "only columns of type decimal have this key");
      TRY_ASSIGN(column.decimal_comma, read_.boolean(*comma));
    }
    for (const std::string_view key : {"format", "zone"}) {
      const DocumentNode* found = node.find(key);
      if (found != nullptr && column.type != ColumnType::kTimestamp) {
        return read_.refuse(*found, "only columns of type timestamp have this key");
      }
    }
    if (const DocumentNode* format = node.find("format")) {
      TRY_ASSIGN(column.format, read_.text(*format));
      if (const Status checked = check_time_format(column.format); !checked) {
        return read_.refuse(*format, checked.error().message);
      }
    }
    if (const DocumentNode* zone = node.find("zone")) {
      TRY_ASSIGN(const std::string text, read_.text(*zone));
      const auto minutes = parse_zone(text);
      if (!minutes) return read_.refuse(*zone, "must be UTC or an offset such as \"+01:00\"");
      column.zone_minutes = *minutes;
    }
    return {};
  }

  Result<ColumnType> column_type(const DocumentNode& node) const {
    TRY_ASSIGN(const std::size_t word,
               read_.word(node, {"string", "integer", "decimal", "boolean", "timestamp", "json"}));
    return static_cast<ColumnType>(word);
  }

  const DocumentNode& root_;
  DocumentReader read_;
  Mapping mapping_;
};

}  // namespace

Result<FileFormat> parse_file_format(const DocumentNode& node, const DocumentReader& read) {
  FileFormat format;
  TRY(read.check_keys(node, {"type", "delimiter", "quote", "header", "encoding", "nulls"}));
  if (const DocumentNode* type = node.find("type")) {
    TRY_ASSIGN(const std::size_t word, read.word(*type, {"csv", "ndjson", "parquet"}));
    format.type = std::array{FileType::kCsv, FileType::kNdjson, FileType::kParquet}[word];
  }
  if (const DocumentNode* delimiter = node.find("delimiter")) {
    TRY_ASSIGN(format.delimiter, character(*delimiter, read));
  }
  if (const DocumentNode* quote = node.find("quote")) {
    TRY_ASSIGN(format.quote, character(*quote, read));
  }
  if (format.quote == format.delimiter) return read.refuse(node, "delimiter and quote must differ");
  if (const DocumentNode* header = node.find("header")) {
    TRY_ASSIGN(format.header, read.boolean(*header));
  }
  if (const DocumentNode* encoding = node.find("encoding")) {
    TRY_ASSIGN(const std::size_t word, read.word(*encoding, {"utf-8", "latin-1"}));
    format.latin1 = word == 1;
  }
  if (const DocumentNode* nulls = node.find("nulls")) {
    TRY_ASSIGN(format.nulls, read.texts(*nulls));
  }
  return format;
}

Result<Mapping> parse_mapping(std::string_view yaml, std::string_view where) {
  if (yaml.size() > kMaxMappingBytes)
    return error(Code::kTooLarge, std::string(where) + ": a mapping has at most 1 MB");
  TRY_ASSIGN(const DocumentNode root, parse_document(yaml, where));
  return MappingParser(root, where).parse();
}

Result<Mapping> load_mapping(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return error(Code::kNotFound, path + ": the mapping file cannot be read");
  std::string text(kMaxMappingBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_mapping(text, path);
}

}  // namespace tessera::cli
