#include "table/shape.h"

#include "table/database.h"

namespace tessera::table {

namespace {

std::string_view simple_name(duckdb_type id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIME:
      return "TIME";
    case DUCKDB_TYPE_INTERVAL:
      return "INTERVAL";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    case DUCKDB_TYPE_TIMESTAMP_S:
      return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return "TIMESTAMP_NS";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_ENUM:
      return "ENUM";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    case DUCKDB_TYPE_SQLNULL:
      return "NULL";
    case DUCKDB_TYPE_UNION:
      return "UNION";
    case DUCKDB_TYPE_BIT:
      return "BIT";
    case DUCKDB_TYPE_TIME_TZ:
      return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_TIME_NS:
      return "TIME_NS";
    case DUCKDB_TYPE_BIGNUM:
      return "BIGNUM";
    default:
      return "a type unknown here";
  }
}

void add_children(Shape& shape, duckdb_logical_type type) {
  const auto add = [&](duckdb_logical_type child) { shape.children.push_back(shape_of(TypeHandle(child).get())); };
  switch (shape.id) {
    case DUCKDB_TYPE_LIST:
      add(duckdb_list_type_child_type(type));
      break;
    case DUCKDB_TYPE_ARRAY:
      add(duckdb_array_type_child_type(type));
      shape.array_size = duckdb_array_type_array_size(type);
      break;
    case DUCKDB_TYPE_MAP:
      add(duckdb_map_type_key_type(type));
      add(duckdb_map_type_value_type(type));
      break;
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
        shape.names.emplace_back(DuckdbText(duckdb_struct_type_child_name(type, i)).get());
        add(duckdb_struct_type_child_type(type, i));
      }
      break;
    default:
      break;
  }
}

}  // namespace

Shape shape_of(duckdb_logical_type type) {
  Shape shape;
  shape.id = duckdb_get_type_id(type);
  if (shape.id == DUCKDB_TYPE_DECIMAL) {
    shape.width = duckdb_decimal_width(type);
    shape.scale = duckdb_decimal_scale(type);
    shape.internal = duckdb_decimal_internal_type(type);
  } else if (shape.id == DUCKDB_TYPE_ENUM) {
    shape.internal = duckdb_enum_internal_type(type);
    for (idx_t i = 0; i < duckdb_enum_dictionary_size(type); ++i) {
      shape.names.emplace_back(DuckdbText(duckdb_enum_dictionary_value(type, i)).get());
    }
  } else if (shape.id == DUCKDB_TYPE_VARCHAR) {
    const DuckdbText alias(duckdb_logical_type_get_alias(type));
    shape.json = alias != nullptr && std::string_view(alias.get()) == "JSON";
  }
  add_children(shape, type);
  return shape;
}

Type Shape::type() const {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      return Type::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
      return Type::kInteger;
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
      return Type::kUnsigned;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return Type::kReal;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE:
      return Type::kTime;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return Type::kText;
    default:
      return Type::kOther;
  }
}

std::string Shape::sql_type() const {
  switch (id) {
    case DUCKDB_TYPE_VARCHAR:
      return json ? "JSON" : "VARCHAR";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL(" + std::to_string(width) + "," + std::to_string(scale) + ")";
    case DUCKDB_TYPE_LIST:
      return children[0].sql_type() + "[]";
    case DUCKDB_TYPE_ARRAY:
      return children[0].sql_type() + "[" + std::to_string(array_size) + "]";
    case DUCKDB_TYPE_MAP:
      return "MAP(" + children[0].sql_type() + ", " + children[1].sql_type() + ")";
    case DUCKDB_TYPE_STRUCT: {
      std::string text = "STRUCT(";
      for (std::size_t i = 0; i < children.size(); ++i) {
        if (i > 0) text += ", ";
        text += quoted_name(names[i]) + " " + children[i].sql_type();
      }
      return text + ")";
    }
    default:
      return std::string(simple_name(id));
  }
}

std::string Shape::unreadable() const {
  switch (id) {
    case DUCKDB_TYPE_UNION:
    case DUCKDB_TYPE_BIT:
    case DUCKDB_TYPE_TIME_TZ:
    case DUCKDB_TYPE_TIME_NS:
    case DUCKDB_TYPE_BIGNUM:
      return sql_type();
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_STRUCT:
      for (const Shape& child : children) {
        if (std::string inside = child.unreadable(); !inside.empty()) return inside;
      }
      return {};
    case DUCKDB_TYPE_DECIMAL:
      return {};
    default:
      return simple_name(id) == simple_name(DUCKDB_TYPE_INVALID) ? std::string(simple_name(id)) : std::string();
  }
}

}  // namespace tessera::table
