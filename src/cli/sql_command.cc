#include "cli/sql_command.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/server.h"
#include "cli/text.h"
#include "cli/text_table.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

namespace json = boost::json;
using TextRow = std::vector<std::optional<std::string>>;

bool is_number_type(std::string_view type) {
  constexpr std::array<std::string_view, 12> kNumbers = {"TINYINT", "SMALLINT", "INTEGER",   "BIGINT",
                                                         "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                                         "UBIGINT", "UHUGEINT", "FLOAT",     "DOUBLE"};
  return type.starts_with("DECIMAL") || std::ranges::find(kNumbers, type) != kNumbers.end();
}

// As JSON is usually written: Boost.JSON's own serializer writes 27.5 as 2.75E1.
void write(const json::value& value, JsonWriter& out) {
  switch (value.kind()) {
    case json::kind::null:
      out.null();
      break;
    case json::kind::bool_:
      out.boolean(value.get_bool());
      break;
    case json::kind::int64:
      out.number(value.get_int64());
      break;
    case json::kind::uint64:
      out.number(value.get_uint64());
      break;
    case json::kind::double_:
      out.decimal(value.get_double());
      break;
    case json::kind::string:
      out.string(std::string_view(value.get_string()));
      break;
    case json::kind::array:
      out.begin_array();
      for (const json::value& each : value.get_array()) write(each, out);
      out.end_array();
      break;
    case json::kind::object:
      out.begin_object();
      for (const auto& [name, each] : value.get_object()) {
        out.key(std::string_view(name.data(), name.size()));
        write(each, out);
      }
      out.end_object();
      break;
  }
}

std::optional<std::string> shown(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return std::string(value.as_string());
  std::string text;
  JsonWriter out(text);
  write(value, out);
  return text;
}

Status show_table(std::string_view answer, std::ostream& out) {
  boost::system::error_code failed;
  const json::value root = json::parse(answer, failed);
  const json::object* object = failed ? nullptr : root.if_object();
  const json::value* columns = object == nullptr ? nullptr : object->if_contains("columns");
  const json::value* rows = object == nullptr ? nullptr : object->if_contains("rows");
  if (columns == nullptr || rows == nullptr || !columns->is_array() || !rows->is_array()) {
    return error(Code::kInternal, "the server's answer has no columns and rows: is it a Tessera of this version?");
  }
  std::vector<TextColumn> headings;
  for (const json::value& column : columns->as_array()) {
    const json::object* described = column.if_object();
    const json::value* name = described == nullptr ? nullptr : described->if_contains("name");
    const json::value* type = described == nullptr ? nullptr : described->if_contains("type");
    const bool typed = type != nullptr && type->is_string();
    headings.push_back({name != nullptr && name->is_string() ? std::string(name->as_string()) : "?",
                        typed && is_number_type(std::string_view(type->as_string()))});
  }
  std::vector<TextRow> texts;
  for (const json::value& row : rows->as_array()) {
    TextRow& line = texts.emplace_back();
    if (!row.is_array()) continue;
    for (const json::value& value : row.as_array()) line.push_back(shown(value));
  }
  write_text_table(headings, texts, out);
  out << '(' << with_separators(texts.size()) << (texts.size() == 1 ? " row)\n" : " rows)\n");
  return {};
}

}  // namespace

Result<SqlFormat> parse_sql_format(std::string_view name) {
  if (name == "table") return SqlFormat::kTable;
  if (name == "csv") return SqlFormat::kCsv;
  if (name == "json") return SqlFormat::kJson;
  return error(Code::kInvalidArgument, "\"" + std::string(name) + "\" is no format; allowed: table, csv, json");
}

Status run_sql(const SqlOptions& options, std::ostream& out, std::ostream& notes) {
  TRY_ASSIGN(std::string token, find_token(options.server));
  http_client::Client client = connect(options.server, std::move(token), options.timeout_ms);
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("query").string(options.query);
  writer.key("format").string(options.format == SqlFormat::kCsv ? "csv" : "json").end_object();
  TRY_ASSIGN(const http_client::Response response, client.request("POST", "/v1/sql", {}, body));
  if (!response.ok()) return std::unexpected(refusal(response, "the query was refused"));
  if (options.format == SqlFormat::kTable) {
    TRY(show_table(response.body, out));
  } else {
    out << response.body;
    if (!response.body.ends_with('\n')) out << '\n';
  }
  if (response.header("Tessera-Truncated") == "true") {
    notes << "There are more rows than one answer holds: narrow the query, or add LIMIT and OFFSET.\n";
  }
  return {};
}

}  // namespace tessera::cli
