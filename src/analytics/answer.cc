#include "analytics/answer.h"

#include "base/json.h"

namespace tessera::analytics {

namespace {

void begin_json(const std::vector<table::Column>& columns, std::string& out) {
  JsonWriter json(out);
  json.begin_object().key("columns").begin_array();
  for (const table::Column& column : columns) {
    json.begin_object().key("name").string(column.name).key("type").string(column.sql_type).end_object();
  }
  json.end_array();
  out += ",\"rows\":[";
}

void append_json_row(const table::Rows& rows, std::size_t row, bool first, std::string& out) {
  if (!first) out += ',';
  out += '[';
  for (std::size_t column = 0; column < rows.columns().size(); ++column) {
    if (column > 0) out += ',';
    rows.append_json(column, row, out);
  }
  out += ']';
}

// RFC 4180: quotes around what holds a comma, a quote or a line's end. An empty text is quoted, null is not.
void append_csv_field(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

void append_csv_row(const table::Rows& rows, std::size_t row, std::string& field, std::string& out) {
  for (std::size_t column = 0; column < rows.columns().size(); ++column) {
    if (column > 0) out += ',';
    if (rows.is_null(column, row)) continue;
    field.clear();
    rows.append_text(column, row, field);
    append_csv_field(out, field);
  }
  out += "\r\n";
}

void begin_csv(const std::vector<table::Column>& columns, std::string& out) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_field(out, columns[i].name);
  }
  out += "\r\n";
}

}  // namespace

Result<QueryAnswer> write_answer(table::Rows rows, Format format, const QueryLimits& limits) {
  QueryAnswer answer;
  std::string& out = answer.text;
  std::string field;
  const bool json = format == Format::kJson;
  answer.content_type = json ? "application/json" : "text/csv; charset=utf-8; header=present";
  json ? begin_json(rows.columns(), out) : begin_csv(rows.columns(), out);
  while (!answer.truncated) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) break;
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      const std::size_t before = out.size();
      json ? append_json_row(rows, row, answer.rows == 0, out) : append_csv_row(rows, row, field, out);
      if (answer.rows == limits.max_rows || out.size() > limits.max_bytes) {
        out.resize(before);
        answer.truncated = true;
        break;
      }
      ++answer.rows;
    }
  }
  if (json) out += answer.truncated ? "],\"truncated\":true}" : "],\"truncated\":false}";
  return answer;
}

}  // namespace tessera::analytics
