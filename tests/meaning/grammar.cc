#include "grammar.h"

#include "dice.h"

namespace tessera::meaning {

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string in_parentheses(const std::string& text) {
  return "(" + text + ")";
}

std::string cel_text(const std::string& text) {
  return "\"" + text + "\"";
}

std::string sql_text(const std::string& text) {
  return "'" + text + "'";
}

std::string any_comparison() {
  return one_of<std::string>({"==", "!=", "<", "<=", ">", ">="});
}

// A dynamic value compared with a number or text: of another kind it is unequal, and has no order.
std::string compared(const std::string& value, const std::string& comparison, int kind, const std::string& field,
                     const std::string& constant) {
  const std::string same_kind = value + ".t = " + std::to_string(kind);
  const std::string member = value + "." + field;
  if (comparison == "==") return "coalesce(" + same_kind + " AND " + member + " = " + constant + ", false)";
  if (comparison == "!=") return "NOT coalesce(" + same_kind + " AND " + member + " = " + constant + ", false)";
  return "CASE WHEN " + same_kind + " THEN " + member + " " + comparison + " " + constant + " END";
}

Both compared_with_number(const Both& value, const std::string& comparison, const std::string& number) {
  return {value.cel + " " + comparison + " " + number, compared(value.sql, comparison, 0, "n", number)};
}

Both compared_with_text(const Both& value, const std::string& comparison, const std::string& text) {
  return {value.cel + " " + comparison + " " + cel_text(text), compared(value.sql, comparison, 1, "s", sql_text(text))};
}

Both compared_with_null(const Both& value, bool is_null) {
  return {value.cel + (is_null ? " == null" : " != null"), value.sql + (is_null ? " IS NULL" : " IS NOT NULL")};
}

std::string any_kind() {
  return "k" + std::to_string(any(4));
}
std::string any_sku() {
  return "x" + std::to_string(any(5));
}

// ---- What a filter may demand of an event

Both any_demand(int depth) {
  switch (any(depth > 0 ? 14 : 11)) {
    case 0:
    case 1:
    case 2:
      return compared_with_text({"$.properties.kind", "kind"}, "==", any_kind());
    case 3:
    case 4:
      return compared_with_number({"$.properties.n", "n"}, any_comparison(), any_number());
    case 5:
      return compared_with_null({"$.properties.n", "n"}, chance(50));
    case 6: {
      const std::string source = one_of<std::string>({"web", "shop", "till"});
      return {"$.source == " + cel_text(source), "source = " + sql_text(source)};
    }
    case 7: {
      const std::string sku = any_sku();
      return {"$.properties.lines.exists(l, l.sku == " + cel_text(sku) + ")",
              "len(list_filter(lines, lambda l: l.sku.s = " + sql_text(sku) + ")) > 0"};
    }
    case 8: {
      const std::string size = std::to_string(any(4));
      return {"$.properties.lines.size() >= " + size, "len(lines) >= " + size};
    }
    case 9: {
      const std::string a = any_kind();
      const std::string b = any_kind();
      return {"$.properties.kind in [" + cel_text(a) + ", " + cel_text(b) + "]",
              "coalesce(kind.t = 1 AND kind.s IN (" + sql_text(a) + ", " + sql_text(b) + "), false)"};
    }
    case 10: {
      const std::string time = any_time();
      return {"$.occurred_at >= timestamp(" + cel_text(time) + ")", "occurred_at >= TIMESTAMP " + sql_text(time)};
    }
    case 11: {
      const Both one = any_demand(depth - 1);
      return {"!(" + one.cel + ")", "NOT (" + one.sql + ")"};
    }
    default: {
      const Both one = any_demand(depth - 1);
      const Both other = any_demand(depth - 1);
      return {"(" + one.cel + " || " + other.cel + ")", "((" + one.sql + ") OR (" + other.sql + "))"};
    }
  }
}

// An event's own value. Where the SQL is of no list, an event's value is one element, which may be null.
Both any_event_value(const std::string& reading) {
  if (reading == "sum" || reading == "avg" || chance(40)) return {"$.properties.n", "[n]"};
  switch (any(6)) {
    case 0:
      return {"$.source", "[word(source)]"};
    case 1:  // lists are left out
      return {"$.properties.tags", "CASE WHEN tags IS NULL THEN [element(properties->'tags')] END"};
    default:
      return {"$.properties.kind", "[kind]"};
  }
}

// ---- Elements: lines of a basket, and tags, which are of any kind

Both any_demand_of_line() {
  switch (any(4)) {
    case 0:
      return compared_with_number({"$.price", "l.price"}, any_comparison(), any_number());
    case 1:
      return compared_with_number({"$.quantity", "l.quantity"}, ">=", std::to_string(any(3)));
    default:
      return compared_with_text({"$.sku", "l.sku"}, chance(80) ? "==" : "!=", any_sku());
  }
}

Both any_demand_of_tag() {
  if (chance(20)) return compared_with_null({"$", "l"}, chance(30));
  return chance(70) ? compared_with_text({"$", "l"}, "==", any_kind())
                    : compared_with_number({"$", "l"}, any_comparison(), any_number());
}

Both any_value_of_line(const std::string& reading) {
  if (reading == "sum" || reading == "avg" || chance(40)) {
    return chance(50) ? Both{"$.price", "[l.price]"} : Both{"$.price * $.quantity", "[num(l.price.n * l.quantity.n)]"};
  }
  return {"$.sku", "[l.sku]"};
}

void ask_elements(Question& question, bool with_value) {
  const bool lines = chance(75);
  question.each = lines ? Both{"$.properties.lines", "lines"} : Both{"$.properties.tags", "tags"};
  for (int more = any(10); more >= 5; more -= 3) {
    question.element_filter.push_back(lines ? any_demand_of_line() : any_demand_of_tag());
  }
  if (with_value) question.value = lines ? any_value_of_line(question.reading) : Both{"$", "[l]"};
}

std::string steps(const std::vector<Both>& filter, const std::string& variable, bool apart) {
  std::string text;
  std::string together;
  for (const Both& demand : filter) {
    const std::string one = replaced(demand.cel, "$", variable);
    if (apart) {
      text += "\n  .filter(" + variable + ", " + one + ")";
    } else {
      together += (together.empty() ? "" : " && ") + (chance(20) ? "( " + one + " )" : one);
    }
  }
  return together.empty() ? text : ".filter(" + variable + "," + together + ")";
}

}  // namespace

std::string any_number() {
  const int hundredths = 5 * any(60);
  if (chance(40)) return std::to_string(any(4));
  return std::to_string(hundredths / 100) + (hundredths % 100 < 10 ? ".0" : ".") + std::to_string(hundredths % 100);
}

std::string any_time() {
  const int day = 1 + any(20);
  return std::string("2023-11-") + (day < 10 ? "0" : "") + std::to_string(day) + "T00:00:00Z";
}

Shape Question::shape() const {
  if (reading == "count" || reading == "sum" || reading == "count_distinct") return Shape::kNumber;
  return value ? Shape::kValue : Shape::kTime;
}

std::string Question::feature() const {
  std::string text = function + " " + name.value_or("(any)");
  for (const Both& demand : filter) text += " " + demand.cel;
  if (each) text += " each " + each->cel;
  for (const Both& demand : element_filter) text += " " + demand.cel;
  text += reading == "avg" ? " sum" : " " + reading;
  return text + (value ? " " + value->cel : "");
}

bool Question::reaches_back() const {
  return filter.empty() && !each && !value;
}

std::string Question::plain() const {
  std::string text = function + "(" + (name ? cel_text(*name) : "") + ")";
  for (const Both& demand : filter) text += ".filter(e, " + replaced(demand.cel, "$", "e") + ")";
  if (each) text += ".each(e, " + replaced(each->cel, "$", "e") + ")";
  for (const Both& demand : element_filter) text += ".filter(e, " + replaced(demand.cel, "$", "e") + ")";
  return text + "." + reading + (value ? "(e, " + replaced(value->cel, "$", "e") + ")" : "()");
}

// Spellings differ in quotes, spaces, parentheses, the event's name, and in whether filters stand behind one another.
std::string Question::any_spelling() const {
  const auto any_variable = [] { return one_of<std::string>({"e", "event", "x"}); };
  std::string text = function + "(" + (name ? (chance(50) ? cel_text(*name) : sql_text(*name)) : "") + ")";
  text += steps(filter, any_variable(), chance(40));
  if (each) {
    const std::string variable = any_variable();
    text += ".each(" + variable + ", " + replaced(each->cel, "$", variable) + ")";
    text += steps(element_filter, any_variable(), chance(40));
  }
  const std::string variable = any_variable();
  return text + "." + reading + (value ? "(" + variable + ", " + replaced(value->cel, "$", variable) + ")" : "()");
}

std::string Questions::name_of(const Question& question) {
  const auto [at, is_new] = names_.emplace(question.key(), "q" + std::to_string(names_.size()));
  if (is_new) all_.emplace(at->second, question);
  return at->second;
}

Question any_question(const Names& names) {
  Question question;
  if (names.may_watch && !names.segments.empty() && chance(12)) {
    question.name = chance(60) ? "Segment Entered" : "Segment Exited";
    question.watched = one_of(names.segments);
    question.filter.push_back({"$.properties.segment == " + cel_text(*question.watched),
                               "coalesce((properties->>'segment') = " + sql_text(*question.watched) + ", false)"});
    question.reading = one_of<std::string>({"count", "count", "first", "last"});
    return question;
  }
  if (chance(20)) question.function = chance(50) ? "pages" : "screens";
  if (!chance(15)) question.name = one_of<std::string>({"A", "A", "B", "C"});
  for (int more = any(10); more >= 5; more -= 3) question.filter.push_back(any_demand(1));
  question.reading = one_of<std::string>({"count", "count", "count", "first", "last", "sum", "sum", "avg", "min", "max",
                                          "first", "last", "count_distinct", "most_frequent"});
  const bool may_be_timed = question.reading == "first" || question.reading == "last";
  const bool with_value = question.reading != "count" && (!may_be_timed || chance(60));
  if (chance(35)) {
    ask_elements(question, with_value);
  } else if (with_value) {
    question.value = any_event_value(question.reading);
  }
  return question;
}

// ---- Conditions

namespace {

class Maker {
 public:
  Maker(Questions& questions, const Names& names) : questions_(questions), names_(names) {}

  Expression condition(int depth) {
    const int kind = any(depth > 0 ? 20 : 12);
    if (kind >= 18) return negated(condition(depth - 1));
    if (kind >= 12) return joined(condition(depth - 1), condition(depth - 1));
    if (kind >= 10 && !names_.segments.empty()) return membership();
    if (kind >= 8) return of_value(stated());
    if (kind == 7 && !names_.computed.empty()) return of_computed();
    if (kind == 6) return of_numbers();
    return of_question(any_question(names_));
  }

  // An element.
  Expression value(bool may_fail) {
    switch (any(may_fail ? 8 : 6)) {
      case 0:
        return stated();
      case 1:
        return ratio();
      case 6: {
        Expression truth = condition(1);
        truth.text.sql = "truth(" + in_parentheses(truth.text.sql) + ")";
        return truth;
      }
      case 7: {
        const Expression truth = condition(1);
        const std::string sql = in_parentheses(truth.text.sql);
        return {{in_parentheses(truth.text.cel) + " ? \"yes\" : \"no\"",
                 "word(CASE WHEN " + sql + " THEN 'yes' WHEN NOT " + sql + " THEN 'no' END)"},
                truth.asks};
      }
      default: {
        Question question = any_question(names_);
        while (question.shape() == Shape::kTime) question = any_question(names_);
        Expression asked = ask(question);
        asked.is_number = question.shape() == Shape::kNumber;
        if (asked.is_number) asked.text.sql = "num(" + asked.text.sql + ")";
        return asked;
      }
    }
  }

 private:
  Expression ask(const Question& question) {
    const std::string name = questions_.name_of(question);
    return {{question.any_spelling(), name}, {name}};
  }

  Expression of_question(const Question& question) {
    const Expression asked = ask(question);
    if (question.shape() == Shape::kValue) return of_value(asked);
    if (question.shape() == Shape::kTime) return of_time(asked);
    if (question.reading == "count" && chance(15)) {
      const std::string ending = ".count()";
      std::string exists = asked.text.cel.substr(0, asked.text.cel.size() - ending.size()) + ".exists()";
      return {{std::move(exists), asked.text.sql + " > 0"}, asked.asks};
    }
    const std::string comparison = any_comparison();
    const std::string number = question.reading == "sum" ? any_number() : std::to_string(any(5));
    if (chance(20)) {
      return {{number + " " + comparison + " " + asked.text.cel, number + " " + comparison + " " + asked.text.sql},
              asked.asks};
    }
    return {{asked.text.cel + " " + comparison + " " + number, asked.text.sql + " " + comparison + " " + number},
            asked.asks};
  }

  static Expression of_time(const Expression& asked) {
    if (chance(25)) return {compared_with_null(asked.text, chance(50)), asked.asks};
    const std::string time = any_time();
    const std::string comparison = one_of<std::string>({"<", "<=", ">", ">="});
    return {{asked.text.cel + " " + comparison + " timestamp(" + cel_text(time) + ")",
             asked.text.sql + " " + comparison + " TIMESTAMP " + sql_text(time)},
            asked.asks};
  }

  Expression of_value(const Expression& value) {
    switch (any(8)) {
      case 0:
        return {compared_with_null(value.text, chance(50)), value.asks};
      case 1: {
        const Expression other = stated();
        return {{value.text.cel + " == " + other.text.cel, value.text.sql + " IS NOT DISTINCT FROM " + other.text.sql},
                value.asks};
      }
      case 2:
      case 3:
        return {compared_with_text(value.text, any_comparison(), chance(70) ? any_kind() : any_sku()), value.asks};
      default:
        return {compared_with_number(value.text, any_comparison(), any_number()), value.asks};
    }
  }

  Question any_number_question() {
    Question question = any_question(names_);
    while (question.shape() != Shape::kNumber) question = any_question(names_);
    return question;
  }

  // Two numbers of history against each other.
  Expression of_numbers() {
    const Expression one = ask(any_number_question());
    const Expression other = ask(any_number_question());
    std::set<std::string> asks = one.asks;
    asks.insert(other.asks.begin(), other.asks.end());
    const std::string comparison = any_comparison();
    if (chance(50)) {
      return {{one.text.cel + " " + comparison + " " + other.text.cel,
               "CAST(" + one.text.sql + " AS DOUBLE) " + comparison + " CAST(" + other.text.sql + " AS DOUBLE)"},
              std::move(asks)};
    }
    const std::string number = std::to_string(any(8));
    return {
        {one.text.cel + " + " + other.text.cel + " " + comparison + " " + number,
         "CAST(" + one.text.sql + " AS DOUBLE) + CAST(" + other.text.sql + " AS DOUBLE) " + comparison + " " + number},
        std::move(asks)};
  }

  Expression ratio() {
    const Expression one = ask(any_number_question());
    const Expression other = ask(any_number_question());
    std::set<std::string> asks = one.asks;
    asks.insert(other.asks.begin(), other.asks.end());
    return {{"ratio(" + one.text.cel + ", " + other.text.cel + ")",
             "CASE WHEN " + other.text.sql + " <> 0 THEN num(CAST(" + one.text.sql + " AS DOUBLE) / CAST(" +
                 other.text.sql + " AS DOUBLE)) END"},
            std::move(asks)};
  }

  static Expression stated() {
    switch (any(5)) {
      case 0:
      case 1:
        return {{"traits.plan", "plan"}, {}};
      case 2:
      case 3:
        return {{"traits.size", "size"}, {}};
      default:
        return {{"group.traits.size", "group_size"}, {}};
    }
  }

  Expression of_computed() {
    const Names::Computed& trait = one_of(names_.computed);
    const Both value{"traits." + trait.name, trait.name};
    return trait.is_number ? Expression{compared_with_number(value, any_comparison(), any_number()), {}}
                           : of_value({value, {}});
  }

  Expression membership() {
    const std::string& name = one_of(names_.segments);
    return {{"in_segment(" + cel_text(name) + ")", "in_" + name}, {}};
  }

  static Expression negated(const Expression& one) {
    return {{"!(" + one.text.cel + ")", "NOT (" + one.text.sql + ")"}, one.asks};
  }

  static Expression joined(const Expression& one, const Expression& other) {
    const bool both = chance(50);
    std::set<std::string> asks = one.asks;
    asks.insert(other.asks.begin(), other.asks.end());
    return {{in_parentheses(one.text.cel) + (both ? " && " : " || ") + in_parentheses(other.text.cel),
             in_parentheses(one.text.sql) + (both ? " AND " : " OR ") + in_parentheses(other.text.sql)},
            std::move(asks)};
  }

  Questions& questions_;
  const Names& names_;
};

}  // namespace

Expression any_condition(Questions& questions, const Names& names, int depth) {
  return Maker(questions, names).condition(depth);
}

Expression any_computed(Questions& questions, const Names& names, bool may_fail) {
  return Maker(questions, names).value(may_fail);
}

}  // namespace tessera::meaning
