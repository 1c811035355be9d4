#include "grammar.h"

#include "dice.h"
#include "sample.h"

namespace tessera::meaning {

namespace {

// What is made of one expression, or of two.
Expression made_of(const Expression& one, Both text) {
  return {std::move(text), one.asks, one.names, one.ranks};
}

Expression made_of(const Expression& one, const Expression& other, Both text) {
  Expression both = made_of(one, std::move(text));
  both.asks.insert(other.asks.begin(), other.asks.end());
  both.names.insert(other.names.begin(), other.names.end());
  both.ranks.insert(other.ranks.begin(), other.ranks.end());
  return both;
}

std::string epoch(const std::string& time) {
  return "epoch_ms(" + time + ")";
}

// A time compared with now, in one of the ways that are linear in it; in SQL by milliseconds. Null is an error.
Both compared_with_now(const Both& time) {
  const std::int64_t ms = any_duration_ms();
  const std::string duration = any_spelling_of(ms);
  const std::string comparison = chance(92) ? any_order() : one_of<std::string>({"==", "!="});
  const std::string age = epoch("now") + " - " + epoch(time.sql);
  const std::string is = " " + comparison + " ";
  switch (any(7)) {
    case 0:
    case 1:
      return {"now - " + time.cel + is + duration, age + is + std::to_string(ms)};
    case 2: {  // null is unequal to a time, and has no order
      const std::string in_sql = comparison == "=="   ? " IS NOT DISTINCT FROM "
                                 : comparison == "!=" ? " IS DISTINCT FROM "
                                                      : is;
      return {time.cel + is + "now - " + duration,
              epoch(time.sql) + in_sql + epoch("now") + " - " + std::to_string(ms)};
    }
    case 3:
      return {"now" + is + time.cel + " + " + duration,
              epoch("now") + is + epoch(time.sql) + " + " + std::to_string(ms)};
    case 4:
      return {duration + is + "now - " + time.cel, std::to_string(ms) + is + age};
    case 5:
      return {time.cel + " + " + duration + is + "now",
              epoch(time.sql) + " + " + std::to_string(ms) + is + epoch("now")};
    default: {
      const std::string days = std::to_string(any(6) - 1);
      return {"days(now - " + time.cel + ")" + is + days, "days_of(" + age + ")" + is + days};
    }
  }
}

class Maker {
 public:
  Maker(Questions& questions, const Names& names) : questions_(questions), names_(names) {}

  Expression condition(int depth) {
    if (names_.compares && chance(6)) return compared_share(percentile());
    if (chance(4)) return sampled();
    const int kind = any(depth > 0 ? 20 : 12);
    if (kind >= 18) return negated(condition(depth - 1));
    if (kind >= 12) return joined(condition(depth - 1), condition(depth - 1));
    if (kind >= 10 && !names_.segments.empty()) return membership();
    if (kind >= 8) return of_value(stated());
    if (kind == 7 && !names_.computed.empty()) return of_computed();
    if (kind == 6) return of_numbers();
    if (names_.windows && chance(15)) return chance(15) ? of_now() : of_time(ask(any_question_of(Shape::kTime)));
    return of_question(any_question(names_));
  }

  // An element.
  Expression value(bool may_be_anything) {
    switch (any(may_be_anything ? 10 : 6)) {
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
        return made_of(truth, {in_parentheses(truth.text.cel) + " ? \"yes\" : \"no\"",
                               "word(CASE WHEN " + sql + " THEN 'yes' WHEN NOT " + sql + " THEN 'no' END)"});
      }
      case 8:
        if (names_.windows) return days_since();
        [[fallthrough]];
      case 9:
        if (names_.compares && chance(50)) return percentile();
        [[fallthrough]];
      default: {
        return chance(50) ? ask(any_question_of(Shape::kValue)) : number_asked();
      }
    }
  }

 private:
  Expression ask(const Question& question) {
    const std::string name = questions_.name_of(question);
    return {{question.any_spelling(), name}, {name}, {}};
  }

  // An element.
  Expression number_asked() {
    Expression asked = ask(any_question_of(Shape::kNumber));
    asked.text.sql = "num(" + asked.text.sql + ")";
    asked.is_number = true;
    return asked;
  }

  // What people are compared by: an element of any kind.
  Expression any_compared() {
    switch (any(8)) {
      case 0:
        return stated();
      case 1:
        if (!names_.computed.empty()) {
          const std::string& trait = one_of(names_.computed).name;
          return {{"traits." + trait, trait}, {}, {trait}};
        }
        [[fallthrough]];
      case 2: {
        Expression time = ask(any_question_of(Shape::kTime));
        time.text.sql = "CASE WHEN " + time.text.sql + " IS NOT NULL THEN moment(" + time.text.sql + ") END";
        return time;
      }
      case 3:
        return ask(any_question_of(Shape::kValue));
      case 4:
        return ratio();
      default:
        return number_asked();
    }
  }

  Expression percentile() {
    const Expression x = any_compared();
    const std::string among = !names_.segments.empty() && chance(40) ? one_of(names_.segments) : "";
    const std::string everybody = questions_.name_of(Compared{x.text.sql, among, x.asks});
    Expression share = made_of(x, {"percentile(" + x.text.cel + (among.empty() ? "" : ", " + cel_text(among)) + ")",
                                   "share_at(" + x.text.sql + ", " + everybody + ")"});
    share.ranks.insert(everybody);
    return share;
  }

  // With a share that people may have, or one between.
  static Expression compared_share(const Expression& share) {
    const std::string number = one_of<std::string>(
        {"0.0", "0.1", "0.2", "0.25", "0.333", "0.334", "0.4", "0.5", "0.6", "0.666", "0.75", "0.8", "0.9", "1.0"});
    return made_of(share, compared_with_number(share.text, any_comparison(), number));
  }

  static Expression sampled() {
    const std::string name = kSamples[static_cast<std::size_t>(any(kSamples.size()))];
    const std::string share = kShares[static_cast<std::size_t>(any(kShares.size()))];
    return {{"sampled(" + cel_text(name) + ", " + share + ")", "place_" + name + " < " + share}, {}, {}};
  }

  Question any_question_of(Shape shape) {
    Question question = any_question(names_);
    while (question.shape() != shape) question = any_question(names_);
    return question;
  }

  Expression of_question(const Question& question) {
    const Expression asked = ask(question);
    if (question.shape() == Shape::kValue) return of_value(asked);
    if (question.shape() == Shape::kTime) return of_time(asked);
    if (question.shape() == Shape::kList) return of_list(asked, question);
    if (question.reading == "count" && chance(25)) {
      return made_of(asked, {question.any_spelling_of_existence(), asked.text.sql + " > 0"});
    }
    const std::string is = " " + any_comparison() + " ";
    const std::string number = question.reading == "sum" ? any_number() : std::to_string(any(5));
    if (chance(20)) return made_of(asked, {number + is + asked.text.cel, number + is + asked.text.sql});
    return made_of(asked, {asked.text.cel + is + number, asked.text.sql + is + number});
  }

  Expression of_time(const Expression& asked) const {
    if (names_.windows && chance(60)) {
      if (chance(70)) return made_of(asked, compared_with_now(asked.text));
      const Both one = compared_with_now({"t", asked.text.sql});
      const Both other = compared_with_now({"t", asked.text.sql});
      return made_of(asked, {"cel.bind(t, " + asked.text.cel + ", " + one.cel + " && " + other.cel + ")",
                             in_parentheses(one.sql) + " AND " + in_parentheses(other.sql)});
    }
    if (chance(25)) return made_of(asked, compared_with_null(asked.text, chance(50)));
    const std::string time = any_time(names_.near);
    const std::string is = " " + any_order() + " ";
    return made_of(asked, {asked.text.cel + is + "timestamp(" + cel_text(time) + ")",
                           asked.text.sql + is + "TIMESTAMP " + sql_text(time)});
  }

  // Now against a time that stands.
  Expression of_now() const {
    const Timestamp at = names_.near + (chance(50) ? any(20) * kSecondMs : any_duration_ms());
    const std::string is = " " + any_order() + " ";
    if (chance(50)) {
      return {
          {"now" + is + "timestamp(" + cel_text(to_text(at)) + ")", "now" + is + "TIMESTAMP " + sql_text(to_text(at))},
          {},
          {}};
    }
    return {
        compared_with_now({"timestamp(" + cel_text(to_text(at)) + ")", "TIMESTAMP " + sql_text(to_text(at))}), {}, {}};
  }

  Expression days_since() {
    const Expression asked = ask(any_question_of(Shape::kTime));
    return made_of(
        asked, {"days(now - " + asked.text.cel + ")", "CASE WHEN " + asked.text.sql + " IS NOT NULL THEN num(days_of(" +
                                                          epoch("now") + " - " + epoch(asked.text.sql) + ")) END"});
  }

  // Reading past the end is an error.
  Expression of_list(const Expression& asked, const Question& question) const {
    const std::string& list = asked.text.sql;
    const int size = any(question.first_n + 1);
    if (chance(25)) {
      const std::string is = " " + any_comparison() + " " + std::to_string(size);
      return made_of(asked, {asked.text.cel + ".size()" + is, "len(" + list + ")" + is});
    }
    const std::string end = "len(" + list + ")";
    const auto one_at = [&](int index) {
      return "CASE WHEN " + end + " > " + std::to_string(index) + " THEN [" + list + "[" + std::to_string(index + 1) +
             "]] END";
    };
    const int first = any(question.first_n);
    if (question.first_n == 1 || (!question.is_of_times && chance(40))) {
      const std::string at = "[" + std::to_string(first) + "]";
      if (question.is_of_times) {
        const std::string time = any_time(names_.near);
        const std::string is = " " + any_order() + " ";
        return made_of(asked,
                       {asked.text.cel + at + is + "timestamp(" + cel_text(time) + ")",
                        list + "[" + std::to_string(first + 1) + "].n" + is + epoch("TIMESTAMP " + sql_text(time))});
      }
      const Both compared = any_comparison_of({asked.text.cel + at, list + "[" + std::to_string(first + 1) + "]"});
      return made_of(
          asked, {compared.cel, "CASE WHEN " + end + " > " + std::to_string(first) + " THEN " + compared.sql + " END"});
    }
    const int second = any(question.first_n);
    const std::string one = "t[" + std::to_string(first) + "]";
    const std::string other = "t[" + std::to_string(second) + "]";
    Both pair;
    if (question.is_of_times && chance(60)) {
      const std::int64_t ms = any_duration_ms();
      const std::string is = " " + any_order() + " ";
      pair = {one + " - " + other + is + any_spelling_of(ms),
              "(" + one_at(first) + ")[1].n - (" + one_at(second) + ")[1].n" + is + std::to_string(ms)};
    } else {
      const std::string comparison = any_comparison();
      pair = {one + " " + comparison + " " + other,
              compared_in_sql("(" + one_at(first) + ")", comparison, "(" + one_at(second) + ")")};
    }
    const std::string is = one_of<std::string>({" == ", " >= "}) + std::to_string(size);
    return made_of(asked, {"cel.bind(t, " + asked.text.cel + ", t.size()" + is + " && " + pair.cel + ")",
                           end + is + " AND " + in_parentheses(pair.sql)});
  }

  static Both any_comparison_of(const Both& value) {
    if (chance(15)) return compared_with_null(value, chance(50));
    return chance(50) ? compared_with_text(value, any_comparison(), chance(70) ? any_kind() : any_sku())
                      : compared_with_number(value, any_comparison(), any_number());
  }

  Expression of_value(const Expression& value) {
    switch (any(8)) {
      case 0:
        return made_of(value, compared_with_null(value.text, chance(50)));
      case 1: {
        const Expression other = stated();
        return made_of(value, {value.text.cel + " == " + other.text.cel,
                               value.text.sql + " IS NOT DISTINCT FROM " + other.text.sql});
      }
      case 2:
      case 3:
        return made_of(value, compared_with_text(value.text, any_comparison(), chance(70) ? any_kind() : any_sku()));
      default:
        return made_of(value, compared_with_number(value.text, any_comparison(), any_number()));
    }
  }

  // Two numbers of history against each other.
  Expression of_numbers() {
    const Expression one = ask(any_question_of(Shape::kNumber));
    const Expression other = ask(any_question_of(Shape::kNumber));
    const std::string is = " " + any_comparison() + " ";
    const std::string mine = "CAST(" + one.text.sql + " AS DOUBLE)";
    const std::string theirs = "CAST(" + other.text.sql + " AS DOUBLE)";
    if (chance(50)) return made_of(one, other, {one.text.cel + is + other.text.cel, mine + is + theirs});
    const std::string number = std::to_string(any(8));
    return made_of(one, other,
                   {one.text.cel + " + " + other.text.cel + is + number, mine + " + " + theirs + is + number});
  }

  Expression ratio() {
    const Expression one = ask(any_question_of(Shape::kNumber));
    const Expression other = ask(any_question_of(Shape::kNumber));
    return made_of(one, other,
                   {"ratio(" + one.text.cel + ", " + other.text.cel + ")",
                    "CASE WHEN " + other.text.sql + " <> 0 THEN num(CAST(" + one.text.sql + " AS DOUBLE) / CAST(" +
                        other.text.sql + " AS DOUBLE)) END"});
  }

  static Expression stated() {
    switch (any(5)) {
      case 0:
      case 1:
        return {{"traits.plan", "plan"}, {}, {}};
      case 2:
      case 3:
        return {{"traits.size", "size"}, {}, {}};
      default:
        return {{"group.traits.size", "group_size"}, {}, {}};
    }
  }

  Expression of_computed() {
    const Names::Computed& trait = one_of(names_.computed);
    const Expression value{{"traits." + trait.name, trait.name}, {}, {trait.name}};
    return trait.is_number ? made_of(value, compared_with_number(value.text, any_comparison(), any_number()))
                           : of_value(value);
  }

  Expression membership() {
    const std::string& name = one_of(names_.segments);
    return {{"in_segment(" + cel_text(name) + ")", "in_" + name}, {}, {name}};
  }

  static Expression negated(const Expression& one) {
    return made_of(one, {"!(" + one.text.cel + ")", "NOT (" + one.text.sql + ")"});
  }

  static Expression joined(const Expression& one, const Expression& other) {
    const bool both = chance(50);
    return made_of(one, other,
                   {in_parentheses(one.text.cel) + (both ? " && " : " || ") + in_parentheses(other.text.cel),
                    in_parentheses(one.text.sql) + (both ? " AND " : " OR ") + in_parentheses(other.text.sql)});
  }

  Questions& questions_;
  const Names& names_;
};

}  // namespace

Expression any_condition(Questions& questions, const Names& names, int depth) {
  return Maker(questions, names).condition(depth);
}

Expression any_computed(Questions& questions, const Names& names, bool may_be_anything) {
  return Maker(questions, names).value(may_be_anything);
}

}  // namespace tessera::meaning
