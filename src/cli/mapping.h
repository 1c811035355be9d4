// The mapping of a file's rows to events: what `tessera import` reads from its YAML file (docs/import.md).
//
// Plain data, checked when parsed: every index names a column, every aggregate a column of numbers, every timestamp a
// column of times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::cli {

struct DocumentNode;
class DocumentReader;

enum class FileType : std::uint8_t { kByName, kCsv, kNdjson, kParquet };

struct FileFormat {
  FileType type = FileType::kByName;
  char delimiter = ',';
  char quote = '"';
  bool header = true;                     // else columns are the file's, in the order of the mapping
  bool latin1 = false;                    // else UTF-8
  std::vector<std::string> nulls = {""};  // texts that stand for "nothing"
};

enum class ColumnType : std::uint8_t { kString, kInteger, kDecimal, kBoolean, kTimestamp, kJson };
enum class LetterCase : std::uint8_t { kAsIs, kLower, kUpper };

struct Column {
  std::string name;
  std::string from;  // the file's name for it; in NDJSON a path such as customer.email
  ColumnType type = ColumnType::kString;
  bool required = false;
  bool trim = true;
  std::string strip_prefix;
  std::string strip_suffix;
  LetterCase letter_case = LetterCase::kAsIs;
  bool decimal_comma = false;
  std::string format = "iso";  // of timestamps: see time_format.h
  int zone_minutes = 0;        // ahead of UTC, for timestamps without a zone of their own
};

// A test of one column's text in the row that an event's single values come from.
struct Condition {
  enum class Test : std::uint8_t { kEquals, kOneOf, kStartsWith, kEndsWith, kEmpty, kNotEmpty };
  std::size_t column = 0;
  Test test = Test::kEquals;
  std::vector<std::string> texts;
};

struct Field;

// How one value of an event is made.
struct Value {
  enum class Kind : std::uint8_t { kConstant, kColumn, kText, kChoose, kSum, kSumProduct, kCount, kEach };
  // A piece of kText: plain text, or a column's.
  struct Piece {
    std::string text;
    std::optional<std::size_t> column;
  };

  Kind kind = Kind::kConstant;
  std::string json;                  // kConstant
  std::string text;                  // kConstant, as an id or a name
  std::vector<std::size_t> columns;  // kColumn: one; kSum: one; kSumProduct: two or more; kCount: none (rows) or one
  std::vector<Piece> pieces;         // kText
  std::vector<Value> choices;        // kChoose: the first whose conditions hold
  std::vector<Field> fields;         // kEach: an object of these for every row
  std::vector<Condition> when;       // the value is left out unless all hold
};

struct Field {
  std::string name;
  Value value;
};

struct EventRule {
  std::string kind;                   // its name within the mapping, part of the message ids
  std::string type;                   // "track", "identify", …
  std::vector<std::size_t> group_by;  // the rows with equal values there make one event; empty: every row does
  bool last_row = false;              // single values come from the group's last row, else from its first
  std::vector<Condition> when;
  std::vector<Condition> unless;
  std::optional<Value> name;
  std::size_t timestamp = 0;  // a column
  std::optional<Value> user_id;
  std::optional<Value> anonymous_id;
  std::optional<Value> group_id;
  std::optional<Value> previous_id;
  std::vector<Field> properties;
  std::vector<Field> traits;
  std::vector<Field> context;
  bool whole_group = false;  // has an aggregate or a list, so that it would be wrong with a row missing
};

struct Mapping {
  std::string name;
  std::int64_t version = 1;
  FileFormat format;
  std::vector<Column> columns;
  std::vector<EventRule> events;
};

inline constexpr std::size_t kMaxMappingBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxColumns = 500;
inline constexpr std::size_t kMaxEventRules = 50;
inline constexpr std::size_t kMaxValues = 5'000;  // of a mapping, all events together

// `where` names the text in errors, which are of the form "where:line: place: what is wrong and what is allowed".
Result<Mapping> parse_mapping(std::string_view yaml, std::string_view where);
Result<Mapping> load_mapping(const std::string& path);

// The part under "format", for mappings of other forms too.
Result<FileFormat> parse_file_format(const DocumentNode& node, const DocumentReader& read);

}  // namespace tessera::cli
