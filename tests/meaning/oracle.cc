#include "oracle.h"

#include <cstdlib>

#include "dice.h"
#include "table/appender.h"

namespace tessera::meaning {

namespace {

// What is read is little, and each query is another one: to plan it well costs more than it saves.
constexpr const char* kNotWorthIt =
    "expression_rewriter,filter_pullup,filter_pushdown,regex_range,in_clause,join_order,deliminator,"
    "statistics_propagation,common_aggregate,column_lifetime,limit_pushdown,top_n,build_side_probe_side,"
    "compressed_materialization,duplicate_groups,reorder_filter,sampling_pushdown,join_filter_pushdown,extension,"
    "materialized_cte,sum_rewriter,late_materialization";

// Elements are values of any kind: numbers, texts, times, truths, in this order. What is null or no such value is null.
constexpr const char* kSetUp = R"(
CREATE MACRO num(x) AS {'t': 0, 'n': CAST(x AS DOUBLE), 's': NULL::VARCHAR};
CREATE MACRO word(x) AS CASE WHEN x IS NOT NULL THEN {'t': 1, 'n': NULL::DOUBLE, 's': x} END;
CREATE MACRO moment(x) AS {'t': 2, 'n': CAST(epoch_ms(x) AS DOUBLE), 's': NULL::VARCHAR};
CREATE MACRO truth(x) AS CASE WHEN x IS NOT NULL
  THEN {'t': CASE WHEN x THEN 5 ELSE 4 END, 'n': NULL::DOUBLE, 's': NULL::VARCHAR} END;
CREATE MACRO element(j) AS CASE json_type(j)
  WHEN 'VARCHAR' THEN word(j->>'$')
  WHEN 'BOOLEAN' THEN truth(CAST(j AS BOOLEAN))
  WHEN 'BIGINT' THEN num(j) WHEN 'UBIGINT' THEN num(j) WHEN 'DOUBLE' THEN num(j) END;
CREATE MACRO present(l) AS list_filter(l, lambda x: x IS NOT NULL);
CREATE MACRO decimals(l) AS
  list_transform(list_filter(l, lambda x: x.t = 0), lambda x: CAST(x.n AS DECIMAL(38, 6)));
CREATE MACRO of_sum(l) AS coalesce(list_sum(decimals(l)), 0);
CREATE MACRO of_avg(l) AS CASE WHEN len(decimals(l)) > 0
  THEN num(CAST(list_sum(decimals(l)) AS DOUBLE) / len(decimals(l))) END;
CREATE MACRO of_min(l) AS list_sort(present(l))[1];
CREATE MACRO of_max(l) AS list_sort(present(l))[-1];
CREATE MACRO same(x, y) AS CASE WHEN x IS NOT NULL AND y IS NOT NULL THEN x[1] IS NOT DISTINCT FROM y[1] END;
CREATE MACRO ordered(x, y) AS x[1].t = y[1].t OR (x[1].t >= 4 AND y[1].t >= 4);
CREATE MACRO local(t, zone) AS (t AT TIME ZONE 'UTC') AT TIME ZONE zone;
CREATE MACRO period_number(t, period, zone) AS
  date_diff(period, TIMESTAMP '1970-01-05 00:00:00', date_trunc(period, local(t, zone)));
CREATE MACRO days_of(ms) AS CAST(trunc(ms / 86400000.0) AS BIGINT);
CREATE MACRO share_at(x, l) AS CASE WHEN x.t IN (0, 2) AND len(l) > 0
  THEN num(((1000 * len(list_filter(l, lambda y: y <= x.n))) // len(l)) / 1000.0) END;
CREATE MACRO of_first(l) AS l[1];
CREATE MACRO of_last(l) AS l[-1];
CREATE MACRO of_count_distinct(l) AS len(list_distinct(present(l)));
CREATE MACRO of_most_frequent(l) AS list_sort(list_transform(list_distinct(present(l)),
  lambda x: {'times': -len(list_filter(l, lambda y: y = x)), 'value': x}))[1].value;
CREATE MACRO shown(x) AS CASE WHEN x IS NULL THEN 'null' WHEN x.t = 0 THEN 'n' || CAST(x.n AS VARCHAR)
  WHEN x.t = 1 THEN 's' || x.s WHEN x.t = 2 THEN 'z' || CAST(CAST(x.n AS BIGINT) AS VARCHAR) WHEN x.t = 4 THEN 'false' ELSE 'true' END;
CREATE MACRO shown_list(l) AS
  '[' || coalesce(array_to_string(list_transform(l, lambda x: shown(x)), ' '), '') || ']';
CREATE TABLE rows ("offset" UBIGINT, idx UINTEGER, part UBIGINT, source VARCHAR, trusted BOOLEAN, type VARCHAR,
  event VARCHAR, occurred_at TIMESTAMP, properties VARCHAR, traits VARCHAR, group_id VARCHAR);
CREATE TABLE people (part UBIGINT, profile UBIGINT, listed_l0 BOOLEAN, listed_l1 BOOLEAN, place_a DOUBLE, place_b DOUBLE);
)";

constexpr const char* kHistory = R"(SELECT *, {'at': occurred_at, 'offset': "offset", 'idx': idx} AS place,
    element(properties->'n') AS n, element(properties->'kind') AS kind, element(properties->'tags') AS tag,
    properties->>'segment' AS segment,
    CASE json_type(properties->'tags') WHEN 'ARRAY'
      THEN list_transform(CAST(properties->'tags' AS JSON[]), lambda t: element(t)) END AS tags,
    CASE json_type(properties->'lines') WHEN 'ARRAY'
      THEN list_transform(CAST(properties->'lines' AS JSON[]), lambda l: {'sku': element(l->'sku'),
        'price': element(l->'price'), 'quantity': element(l->'quantity')}) END AS lines
  FROM (SELECT * REPLACE (CAST(properties AS JSON) AS properties, CAST(traits AS JSON) AS traits)
    FROM rows JOIN people USING (part)))";

constexpr const char* kFamilies =
    R"(WITH joined AS (SELECT profile, group_id, max("offset") AS joined FROM history WHERE group_id <> '' GROUP BY ALL),
  known AS (SELECT group_id, (list(element(traits->'size') ORDER BY trusted, occurred_at, "offset")
      FILTER (json_exists(traits, '$.size')))[-1] AS size FROM history WHERE group_id <> '' GROUP BY ALL)
  SELECT profile, (list(size ORDER BY joined))[-1] AS group_size,
    string_agg(group_id || ' ', '' ORDER BY joined DESC) AS groups FROM joined JOIN known USING (group_id) GROUP BY ALL)";

// What questions may ask of an event.
constexpr const char* kEvents = R"(list({'place': place, 'type': type, 'event': event, 'source': source, 'n': n,
    'kind': kind, 'tag': tag, 'tags': tags, 'lines': lines, 'segment': segment} ORDER BY place) AS everything)";

constexpr const char* kGiven =
    "bool_or(listed_l0) AS listed_l0, bool_or(listed_l1) AS listed_l1, max(place_a) AS place_a, max(place_b) AS "
    "place_b";

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
  if (question.shape() == Shape::kList) return "shown_list(" + name + ")";
  return question.shape() == Shape::kNumber ? "shown(num(" + name + "))" : "shown(" + name + ")";
}

// Numbers in one spelling.
std::string in_our_words(const std::string& text) {
  if (text.starts_with('[')) {
    std::string list = "[";
    for (std::size_t at = 1; at + 1 < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size() - 1);
      list += (at == 1 ? "" : " ") + in_our_words(text.substr(at, end - at));
      at = end + 1;
    }
    return list + "]";
  }
  if (!text.starts_with('n') || text == "null") return text;
  return "n" + number_text(std::strtod(text.c_str() + 1, nullptr));
}

}  // namespace

Oracle& the_oracle() {
  static Oracle oracle;
  return oracle;
}

Oracle::Oracle() {
  auto database = table::Database::open({.lock_configuration = false});
  RC_ASSERT(database.has_value());
  database_ = std::move(*database);
  connection_ = std::move(*database_->connect());
  run(std::string("SET disabled_optimizers = '") + kNotWorthIt + "'");
  run(kSetUp);
  for (const auto& [table, sql] : {std::pair{"history", kHistory}, std::pair{"families", kFamilies}}) {
    run("CREATE TABLE " + std::string(table) + " AS " + sql);
    auto fill = connection_->prepare("INSERT INTO " + std::string(table) + " " + sql);
    RC_ASSERT(fill.has_value());
    fills_.push_back(std::move(*fill));
  }
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
  std::vector<Owned> owned;
  for (const ProfileId id : life.people()) {
    for (const PartId part : life.machines().core().directory().parts(id)) {
      owned.push_back({part.value, id.value, {life.is_listed("l0", part), life.is_listed("l1", part)}});
    }
  }
  read(life.rows(), owned);
}

void Oracle::read(const std::vector<Row>& history, const std::vector<Owned>& owned) {
  run("TRUNCATE rows; TRUNCATE people; TRUNCATE history; TRUNCATE families");
  auto rows = std::move(*table::Appender::open(*connection_, "rows"));
  for (const Row& row : history) {
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
  for (const Owned& part : owned) {
    people->set(0, part.part);
    people->set(1, part.profile);
    for (std::size_t i = 0; i < part.listed.size(); ++i) people->set(2 + i, part.listed[i]);
    for (std::size_t i = 0; i < kSamples.size(); ++i) people->set(4 + i, place_of({part.profile}, kSamples[i]));
    RC_ASSERT(people->end_row().has_value());
  }
  RC_ASSERT(people->flush().has_value());
  for (table::Statement& fill : fills_) RC_ASSERT(fill.execute().has_value());
}

namespace {

// Everything that is asked of people at some moments, level by level: each SELECT takes what those before it made.
class Asking {
 public:
  Asking(const Questions& questions, const Published& published) {
    add_answers(questions, published);
    for (const std::string& name : published.ranks()) {
      const auto table = published.tables.find(published.meaning_of(questions.compared(name)));
      tables_ +=
          ", " + (table == published.tables.end() ? "NULL" : "'" + table->second + "'") + "::DOUBLE[] AS " + name;
    }
    computed_ = columns(published.computed);
    for (const auto& [name, expression] : published.segments) {
      memberships_ += ", coalesce((" + expression.text.sql + "), false) AS in_" + name;
      add("in_" + name, "shown(truth(in_" + name + "))");
    }
    shown_ = columns(published.shown);
    for (const char* trait : {"plan", "size"}) {
      stated_ += ", " + stated(trait, trait == std::string_view("plan") ? published.precedence : kNone);
      add(trait, "shown(" + std::string(trait) + ")");
    }
  }

  // A row for each person and moment: profile, moment, groups, then what `names` tells.
  std::string sql(const Moments& moments) const {
    std::string all;
    for (const Timestamp now : moments.all) all += (all.empty() ? "(" : ", (") + ("TIMESTAMP '" + to_text(now)) + "')";
    const std::string past = moments.from == 0 ? "everything"
                                               : "list_filter(everything, lambda h: h.place.offset < " +
                                                     std::to_string(moments.from) + " OR h.place.at <= now)";
    std::string sql = "WITH gathered AS (SELECT profile" + stated_ + ", " + kGiven + ", " + kEvents +
                      " FROM history GROUP BY profile),\nseen AS (SELECT *, " + past + " AS past" + tables_ +
                      " FROM gathered, (VALUES " + all + ") moments(now))";
    std::string before = "seen";
    const auto then = [&](const std::string& name, const std::string& more, const char* join = "") {
      sql += ",\n" + name + " AS (SELECT *" + more + " FROM " + before + join + ")";
      before = name;
    };
    for (std::size_t i = 0; i < lists_.levels().size(); ++i) {
      std::string level;
      for (const auto& [list, name] : lists_.levels()[i]) level += ",\n  " + list + " AS " + name;
      then("level" + std::to_string(i), level);
    }
    then("answered", answers_);
    then("computed", computed_, " LEFT JOIN families USING (profile)");
    then("placed", memberships_);
    then("meant", shown_);
    return sql + "\nSELECT profile, epoch_ms(now), groups" + show_ + " FROM meant";
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  void add(const std::string& name, const std::string& sql) {
    names_.push_back(name);
    show_ += ", " + sql;
  }

  void add_answers(const Questions& questions, const Published& published) {
    for (const std::string& name : published.asks()) {
      const Question& question = questions.at(name);
      const std::string list = lists_.name_of(question.history);
      answers_ += ", " + question.sql(list) + " AS " + name;
      add(name, shown(question, name));
    }
  }

  std::string columns(const std::map<std::string, Expression>& expressions) {
    std::string sql;
    for (const auto& [name, expression] : expressions) {
      sql += ", (" + expression.text.sql + ") AS " + name;
      add(name, "shown(" + name + ")");
    }
    return sql;
  }

  static inline const std::vector<std::string> kNone;
  Lists lists_;
  std::string stated_;
  std::string tables_;
  std::string answers_;
  std::string computed_;
  std::string memberships_;
  std::string shown_;
  std::vector<std::string> names_;
  std::string show_;
};

}  // namespace

void Oracle::add_what_happened(ToldOfAll& people) {
  add_events("profile", people);
  const std::string seen =
      "SELECT profile, min(occurred_at), max(occurred_at) FROM history WHERE source <> 'tessera' GROUP BY 1";
  for (const auto& row : all(seen)) people[std::stoull(*row[0])]["seen"] = *row[1] + " to " + *row[2];
}

std::map<Timestamp, ToldOfAll> Oracle::people_at(const Moments& moments, const Questions& questions,
                                                 const Published& published) {
  const Asking asking(questions, published);
  std::map<Timestamp, ToldOfAll> told;
  for (const auto& row : all(asking.sql(moments))) {
    Told& person = told[Timestamp{std::stoll(*row[1])}][std::stoull(*row[0])];
    if (row[2]) person["groups"] = *row[2];
    for (std::size_t i = 0; i < asking.names().size(); ++i) person[asking.names()[i]] = in_our_words(*row[i + 3]);
  }
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
