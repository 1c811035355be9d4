#include "oracle.h"

#include <cstdlib>

#include "dice.h"
#include "table/appender.h"

namespace tessera::meaning {

namespace {

// Elements are values of any kind: of numbers before texts before truths. What is null or no such value is null.
constexpr const char* kSetUp = R"(
CREATE MACRO num(x) AS {'t': 0, 'n': CAST(x AS DOUBLE), 's': NULL::VARCHAR};
CREATE MACRO word(x) AS CASE WHEN x IS NOT NULL THEN {'t': 1, 'n': NULL::DOUBLE, 's': x} END;
CREATE MACRO truth(x) AS CASE WHEN x IS NOT NULL
  THEN {'t': CASE WHEN x THEN 5 ELSE 4 END, 'n': NULL::DOUBLE, 's': NULL::VARCHAR} END;
CREATE MACRO element(j) AS CASE json_type(j)
  WHEN 'VARCHAR' THEN word(j->>'$')
  WHEN 'BOOLEAN' THEN truth(CAST(j AS BOOLEAN))
  WHEN 'BIGINT' THEN num(j) WHEN 'UBIGINT' THEN num(j) WHEN 'DOUBLE' THEN num(j) END;
CREATE MACRO present(l) AS list_filter(l, lambda x: x IS NOT NULL);
CREATE MACRO decimals(l) AS
  list_transform(list_filter(l, lambda x: x.t = 0), lambda x: CAST(x.n AS DECIMAL(38, 6)));
CREATE MACRO of_count(l) AS len(l);
CREATE MACRO of_sum(l) AS coalesce(list_sum(decimals(l)), 0);
CREATE MACRO of_avg(l) AS CASE WHEN len(decimals(l)) > 0
  THEN num(CAST(list_sum(decimals(l)) AS DOUBLE) / len(decimals(l))) END;
CREATE MACRO of_min(l) AS list_sort(present(l))[1];
CREATE MACRO of_max(l) AS list_sort(present(l))[-1];
CREATE MACRO of_first(l) AS l[1];
CREATE MACRO of_last(l) AS l[-1];
CREATE MACRO of_count_distinct(l) AS len(list_distinct(present(l)));
CREATE MACRO of_most_frequent(l) AS list_sort(list_transform(list_distinct(present(l)),
  lambda x: {'times': -len(list_filter(l, lambda y: y = x)), 'value': x}))[1].value;
CREATE MACRO shown(x) AS CASE WHEN x IS NULL THEN 'null' WHEN x.t = 0 THEN 'n' || CAST(x.n AS VARCHAR)
  WHEN x.t = 1 THEN 's' || x.s WHEN x.t = 4 THEN 'false' ELSE 'true' END;
CREATE TABLE rows ("offset" UBIGINT, idx UINTEGER, part UBIGINT, source VARCHAR, trusted BOOLEAN, type VARCHAR,
  event VARCHAR, occurred_at TIMESTAMP, properties VARCHAR, traits VARCHAR, group_id VARCHAR);
CREATE TABLE people (part UBIGINT, profile UBIGINT);
)";

constexpr const char* kHistory = R"(
CREATE OR REPLACE TABLE history AS SELECT *, element(properties->'n') AS n, element(properties->'kind') AS kind,
    CASE json_type(properties->'tags') WHEN 'ARRAY'
      THEN list_transform(CAST(properties->'tags' AS JSON[]), lambda t: element(t)) END AS tags,
    CASE json_type(properties->'lines') WHEN 'ARRAY'
      THEN list_transform(CAST(properties->'lines' AS JSON[]), lambda l: {'sku': element(l->'sku'),
        'price': element(l->'price'), 'quantity': element(l->'quantity')}) END AS lines
  FROM (SELECT * REPLACE (CAST(properties AS JSON) AS properties, CAST(traits AS JSON) AS traits)
    FROM rows JOIN people USING (part));
CREATE OR REPLACE TABLE families AS
  WITH joined AS (SELECT profile, group_id, max("offset") AS joined FROM history WHERE group_id <> '' GROUP BY ALL),
  known AS (SELECT group_id, (list(element(traits->'size') ORDER BY trusted, occurred_at, "offset")
      FILTER (json_exists(traits, '$.size')))[-1] AS size FROM history WHERE group_id <> '' GROUP BY ALL)
  SELECT profile, (list(size ORDER BY joined))[-1] AS group_size,
    string_agg(group_id || ' ', '' ORDER BY joined DESC) AS groups FROM joined JOIN known USING (group_id) GROUP BY ALL;
)";

// The events that a question is about.
std::string condition_of(const Question& question, std::uint64_t since) {
  const std::string type = question.function == "events" ? "track" : question.function == "pages" ? "page" : "screen";
  std::string sql = "type = '" + type + "' AND \"offset\" > " + std::to_string(since);
  sql += question.name ? " AND event = '" + *question.name + "'" : " AND source <> 'tessera'";
  for (const Both& demand : question.filter) sql += " AND (" + demand.sql + ")";
  return sql;
}

// The elements of a row that a question is about, as a list.
std::string elements_of(const Question& question) {
  std::string demands;
  for (const Both& demand : question.element_filter) demands += (demands.empty() ? "(" : " AND (") + demand.sql + ")";
  if (demands.empty()) return question.each->sql;
  return "list_filter(" + question.each->sql + ", lambda l: " + demands + ")";
}

// What is gathered for a question over all of somebody's rows, and what is read of it.
Both gathered(const Question& question, const std::string& name, std::uint64_t since) {
  const std::string where = " FILTER (WHERE " + condition_of(question, since);
  const std::string elements = question.each ? elements_of(question) : "";
  if (question.value) {
    std::string value = question.value->sql;
    if (question.each) value = "flatten(list_transform(" + elements + ", lambda l: " + value + "))";
    return {"coalesce(flatten(list(" + value + " ORDER BY occurred_at, \"offset\", idx)" + where + " AND (" + value +
                ") IS NOT NULL)), [])",
            "of_" + question.reading + "(" + name + ")"};
  }
  if (question.reading == "count") {
    return {question.each ? "coalesce(sum(len(" + elements + "))" + where + "), 0)" : "count(*)" + where + ")", name};
  }
  const std::string any_element = question.each ? " AND len(" + elements + ") > 0" : "";
  return {(question.reading == "first" ? "min(occurred_at)" : "max(occurred_at)") + where + any_element + ")", name};
}

// The word that counts on a stated trait.
std::string stated(const std::string& trait, const std::vector<std::string>& precedence) {
  std::string order = "trusted, occurred_at, \"offset\"";
  std::string sources;
  for (const std::string& source : precedence) sources += (sources.empty() ? "'" : ", '") + source + "'";
  if (!sources.empty()) order = "coalesce(list_position([" + sources + "], source), 99) DESC, " + order;
  return "(list(element(traits->'" + trait + "') ORDER BY " + order +
         ") FILTER (type = 'identify' AND json_exists(traits, '$." + trait + "')))[-1] AS " + trait;
}

std::string shown(const Question& question, const std::string& name) {
  if (question.shape() == Shape::kTime) return "coalesce('z' || epoch_ms(" + name + "), 'null')";
  return question.shape() == Shape::kNumber ? "shown(num(" + name + "))" : "shown(" + name + ")";
}

// Numbers in one spelling.
std::string in_our_words(const std::string& text) {
  if (!text.starts_with('n') || text == "null") return text;
  return "n" + number_text(std::strtod(text.c_str() + 1, nullptr));
}

}  // namespace

Oracle& the_oracle() {
  static Oracle oracle;
  return oracle;
}

Oracle::Oracle() {
  auto database = table::Database::open({});
  RC_ASSERT(database.has_value());
  database_ = std::move(*database);
  connection_ = std::move(*database_->connect());
  run(kSetUp);
}

void Oracle::run(const std::string& sql) {
  const Status done = connection_->execute(sql);
  if (!done) RC_FAIL(done.error().message + "\n" + sql);
}

std::vector<std::vector<std::optional<std::string>>> Oracle::all(const std::string& sql) {
  auto rows = connection_->query(sql);
  if (!rows) RC_FAIL(rows.error().message + "\n" + sql);
  auto texts = table::read_all(std::move(*rows));
  if (!texts) RC_FAIL(texts.error().message + "\n" + sql);
  return std::move(*texts);
}

void Oracle::read(Life& life) {
  run("TRUNCATE rows; TRUNCATE people");
  auto rows = std::move(*table::Appender::open(*connection_, "rows"));
  for (const Row& row : life.rows()) {
    rows->set(0, row.offset);
    rows->set(1, row.index);
    rows->set(2, row.part);
    rows->set(3, row.source);
    rows->set(4, row.trusted);
    rows->set(5, row.type);
    rows->set(6, row.event);
    rows->set(7, row.occurred_at);
    rows->set(8, row.properties);
    rows->set(9, row.traits);
    rows->set(10, row.group_id);
    RC_ASSERT(rows->end_row().has_value());
  }
  RC_ASSERT(rows->flush().has_value());
  auto people = std::move(*table::Appender::open(*connection_, "people"));
  for (const ProfileId id : life.people()) {
    for (const PartId part : life.machines().core().directory().parts(id)) {
      people->set(0, part.value);
      people->set(1, id.value);
      RC_ASSERT(people->end_row().has_value());
    }
  }
  RC_ASSERT(people->flush().has_value());
  run(kHistory);
}

ToldOfAll Oracle::people(const Questions& questions, const Published& published,
                         const std::map<std::string, std::uint64_t>& since) {
  std::string gather;
  std::string answers;
  std::vector<std::string> names;
  std::string show;
  const auto add = [&](const std::string& name, const std::string& sql) {
    names.push_back(name);
    show += ", " + sql;
  };
  for (const std::string& name : published.asks()) {
    const Question& question = questions.at(name);
    const Both sql = gathered(question, name, since.at(question.feature()));
    gather += ", " + sql.cel + " AS " + name;
    answers += ", " + sql.sql + " AS " + name;
    add(name, shown(question, name));
  }
  const auto columns = [&](const std::map<std::string, Expression>& expressions) {
    std::string sql;
    for (const auto& [name, expression] : expressions) {
      sql += ", (" + expression.text.sql + ") AS " + name;
      add(name, "shown(" + name + ")");
    }
    return sql;
  };
  std::string memberships;
  for (const auto& [name, expression] : published.segments) {
    memberships += ", coalesce((" + expression.text.sql + "), false) AS in_" + name;
    add("in_" + name, "shown(truth(in_" + name + "))");
  }
  for (const char* trait : {"plan", "size"}) add(trait, "shown(" + std::string(trait) + ")");
  const std::string sql = "WITH gathered AS (SELECT profile, " + stated("plan", published.precedence) + ", " +
                          stated("size", {}) + gather +
                          " FROM history GROUP BY profile),\nanswered AS (SELECT profile, plan, size" + answers +
                          " FROM gathered),\ncomputed AS (SELECT *" + columns(published.computed) +
                          " FROM answered LEFT JOIN families USING (profile)),\nplaced AS (SELECT *" + memberships +
                          " FROM computed),\nmeant AS (SELECT *" + columns(published.shown) + " FROM placed)\n";
  ToldOfAll told;
  for (const auto& row : all(sql + "SELECT profile, groups" + show + " FROM meant")) {
    Told& person = told[std::stoull(*row[0])];
    if (row[1]) person["groups"] = *row[1];
    for (std::size_t i = 0; i < names.size(); ++i) person[names[i]] = in_our_words(*row[i + 2]);
  }
  add_events("profile", told);
  const std::string seen =
      "SELECT profile, min(occurred_at), max(occurred_at) FROM history WHERE source <> 'tessera' GROUP BY 1";
  for (const auto& row : all(seen)) told[std::stoull(*row[0])]["seen"] = *row[1] + " to " + *row[2];
  return told;
}

ToldOfAll Oracle::parts() {
  ToldOfAll told;
  add_events("part", told);
  return told;
}

void Oracle::add_events(const std::string& by, ToldOfAll& told) {
  const std::string sql = "SELECT " + by +
                          ", type || ' ' || event, count(*) || ', ', min(occurred_at), max(occurred_at)"
                          " FROM history GROUP BY ALL";
  for (const auto& row : all(sql)) told[std::stoull(*row[0])][*row[1]] = *row[2] + *row[3] + " to " + *row[4];
}

}  // namespace tessera::meaning
