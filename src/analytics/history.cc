#include "analytics/history.h"

#include <algorithm>

#include "cel/ast.h"

namespace tessera::analytics {

namespace {

enum Column : std::size_t { kOffset, kIndex, kPart, kSource, kType, kName, kOccurredAt, kProperties, kContext };

std::string condition_of(event::EventType type, const std::set<std::string>& names) {
  std::string text = "type = " + table::quoted(event::type_name(type));
  if (names.empty() || names.contains("")) return text;  // a name that is empty is stored as none
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + table::quoted(name);
  return text + " AND event IN (" + list + ")";
}

std::string columns_of(const HistoryQuery& query) {
  return std::string("\"offset\", index, part_id, source_id, type, event, occurred_at, ") +
         (query.properties ? "properties, " : "NULL::VARCHAR, ") + (query.context ? "context" : "NULL::VARCHAR");
}

std::string statement_of(const std::string& columns, const HistoryQuery& query) {
  std::string sql =
      "SELECT " + columns + " FROM events_stored WHERE \"offset\" <= " + std::to_string(query.until.value);
  if (query.first > 0) sql += " AND part_id >= " + std::to_string(query.first * kShardCount);
  if (query.end < ~std::uint64_t{0} / kShardCount) sql += " AND part_id < " + std::to_string(query.end * kShardCount);
  if (query.from) sql += " AND occurred_at >= make_timestamp(" + std::to_string(query.from->ms) + "000)";
  std::string any;
  for (const auto& [type, names] : query.events) any += (any.empty() ? "" : " OR ") + condition_of(type, names);
  if (any.empty()) any = "false";
  return sql + (query.events.size() > 1 ? " AND (" + any + ")" : " AND " + any);
}

std::string_view text_or_empty(const table::Rows& rows, std::size_t column, std::size_t row) {
  return rows.is_null(column, row) ? std::string_view{} : rows.text(column, row);
}

bool is_wanted(const HistoryQuery& query, std::uint64_t part) {
  const std::uint64_t number = part / kShardCount;
  return query.parts == nullptr || (number < query.parts->size() && (*query.parts)[number]);
}

// Adds the fields of `e` that an expression reads: the whole event where it does anything but select one.
void add_fields(const cel::Node& node, std::set<std::string>& fields) {
  if (node.kind == cel::NodeKind::kSelect && node.children.front()->kind == cel::NodeKind::kIdentifier &&
      node.children.front()->text == "e") {
    fields.insert(node.text);
    return;
  }
  if (node.kind == cel::NodeKind::kIdentifier && (node.text == "e" || node.text == ".e"))
    fields.insert({"properties", "context"});
  for (const cel::NodePtr& child : node.children) add_fields(*child, fields);
}

void add_fields(const std::string& text, std::set<std::string>& fields) {
  if (text.empty()) return;
  std::vector<cel::Issue> issues;
  const cel::NodePtr tree = cel::parse(text, issues);
  TESSERA_ASSERT(tree != nullptr);  // it was compiled
  add_fields(*tree, fields);
}

}  // namespace

Status read_history(table::Connection& connection, const HistoryQuery& query, const TakeEvent& take) {
  TRY_ASSIGN(table::Rows rows, connection.query(statement_of(columns_of(query), query)));
  while (true) {
    TRY_ASSIGN(const bool more, rows.next_chunk());
    if (!more) return {};
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) {
      if (rows.is_null(kPart, row) || !is_wanted(query, rows.unsigned_integer(kPart, row))) continue;
      HistoryEvent told;
      if (!event::parse_type(rows.text(kType, row), &told.event.type)) continue;
      told.part.value = rows.unsigned_integer(kPart, row);
      told.offset.value = rows.unsigned_integer(kOffset, row);
      told.source.value = static_cast<std::uint32_t>(rows.unsigned_integer(kSource, row));
      if (told.source.value == 0) told.index = static_cast<std::uint32_t>(rows.unsigned_integer(kIndex, row));
      told.event.name = text_or_empty(rows, kName, row);
      told.event.occurred_at = rows.timestamp(kOccurredAt, row);
      told.event.properties = text_or_empty(rows, kProperties, row);
      told.event.context = text_or_empty(rows, kContext, row);
      if (!take(told)) return {};
    }
  }
}

Result<std::uint64_t> count_history(table::Connection& connection, const HistoryQuery& query) {
  TRY_ASSIGN(table::Rows rows, connection.query(statement_of("count(*)", query)));
  TRY_ASSIGN(const bool any, rows.next_chunk());
  return any ? static_cast<std::uint64_t>(rows.integer(0, 0)) : 0;
}

HistoryQuery history_query(const segment::Plan& plan, std::span<const std::uint32_t> features, Timestamp now) {
  HistoryQuery query;
  std::set<std::string> fields;
  std::set<event::EventType> any_name;
  std::int64_t reach = 0;
  for (const std::uint32_t index : features) {
    const segment::Feature& feature = plan.features()[index];
    const segment::FeatureSpec& spec = feature.spec;
    query.events[spec.type].insert(spec.names.begin(), spec.names.end());
    if (spec.names.empty()) any_name.insert(spec.type);
    reach = std::max(reach, feature.reach);
    add_fields(spec.filter, fields);
    add_fields(spec.each, fields);
    if (!spec.each.empty()) continue;  // the rest is about elements
    for (const std::string& column : spec.columns) add_fields(column, fields);
  }
  for (const event::EventType type : any_name) query.events[type].clear();
  if (reach < segment::kForever) query.from = now + (1 - reach);
  query.properties = fields.contains("properties");
  query.context = fields.contains("context");
  return query;
}

}  // namespace tessera::analytics
