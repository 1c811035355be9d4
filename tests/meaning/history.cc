#include "history.h"

#include <algorithm>

#include "dice.h"

namespace tessera::meaning {

// ---- Windows

namespace {

std::string spelled(const Window& window, bool plain) {
  const auto duration = [&](std::int64_t ms) { return plain ? plain_text_of(ms) : any_spelling_of(ms); };
  switch (window.kind) {
    case Window::Kind::kAll:
      return {};
    case Window::Kind::kLast:
      return duration(window.from_ms);
    case Window::Kind::kBetween:
      return "between(" + duration(window.from_ms) + ", " + duration(window.to_ms) + ")";
    case Window::Kind::kCalendar:
      break;
  }
  std::string text = "calendar(" + cel_text(window.period) + ", " + cel_text(window.zone);
  if (window.back > 0) text += ", -" + std::to_string(window.back);
  if (window.back == 0 && !plain && chance(30)) text += ", 0";
  return text + ")";
}

}  // namespace

std::string Window::plain() const {
  return spelled(*this, true);
}
std::string Window::any_spelling() const {
  return spelled(*this, false);
}

std::string Window::sql() const {
  switch (kind) {
    case Kind::kAll:
      return {};
    case Kind::kLast:
      return "$.place.at > now - " + sql_interval(from_ms) + " AND $.place.at <= now";
    case Kind::kBetween:
      return "$.place.at > now - " + sql_interval(from_ms) + " AND $.place.at <= now - " + sql_interval(to_ms);
    case Kind::kCalendar:
      break;
  }
  const auto begin = [&](const std::string& time) {
    return "date_trunc('" + period + "', local(" + time + ", '" + zone + "'))";
  };
  return begin("$.place.at") + " = " + begin("now") + " - INTERVAL '" + std::to_string(back) + " " + period +
         "' AND $.place.at <= now";
}

// ---- CEL

namespace {

std::string quoted(const std::string& text, bool plain) {
  return plain || chance(50) ? cel_text(text) : sql_text(text);
}

std::string origin(const History& history, bool plain) {
  std::vector<std::string> names = history.names;
  if (!plain && names.size() > 1 && chance(50)) std::ranges::reverse(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quoted(name, plain);
  if (names.size() > 1) text = "[" + text + "]";
  const std::string window = spelled(history.window, plain);
  return history.function + "(" + text + (text.empty() || window.empty() ? "" : ", ") + window + ")";
}

std::string filters(const std::vector<Both>& all, const std::string& variable, bool apart) {
  std::string text;
  std::string together;
  for (const Both& demand : all) {
    const std::string one = replaced(demand.cel, "$", variable);
    if (apart) {
      text += "\n  .filter(" + variable + ", " + one + ")";
    } else {
      together += (together.empty() ? "" : " && ") + (chance(20) ? "( " + one + " )" : one);
    }
  }
  return together.empty() ? text : ".filter(" + variable + "," + together + ")";
}

std::string mirrored(const std::string& comparison) {
  if (comparison.starts_with("<")) return ">" + comparison.substr(1);
  if (comparison.starts_with(">")) return "<" + comparison.substr(1);
  return comparison;
}

std::string spelled(const Link& link, bool plain) {
  std::string text = "." + link.order + "(" + (plain ? link.other.plain() : link.other.any_spelling()) + ", " +
                     (plain ? plain_text_of(link.within_ms) : any_spelling_of(link.within_ms));
  if (link.matches.empty()) return text + ")";
  const bool other_names = !plain && chance(50);
  const std::string a = other_names ? "mine" : "a";
  const std::string b = other_names ? "theirs" : "b";
  std::string conjunction;
  for (const Link::Match& match : link.matches) {
    const std::string mine = replaced(match.mine.cel, "$", a);
    const std::string theirs = replaced(match.theirs.cel, "$", b);
    conjunction += conjunction.empty() ? "" : " && ";
    conjunction += plain || chance(60) ? mine + " " + match.comparison + " " + theirs
                                       : theirs + " " + mirrored(match.comparison) + " " + mine;
  }
  return text + ", " + a + ", " + b + ", " + conjunction + ")";
}

}  // namespace

std::string History::plain() const {
  std::string text = origin(*this, true);
  for (const Both& demand : filter) text += ".filter(e, " + replaced(demand.cel, "$", "e") + ")";
  if (each) text += ".each(e, " + replaced(each->cel, "$", "e") + ")";
  for (const Both& demand : element_filter) text += ".filter(e, " + replaced(demand.cel, "$", "e") + ")";
  for (const Link& link : links) text += spelled(link, true);
  return text;
}

std::string History::any_spelling() const {
  const auto any_variable = [] { return one_of<std::string>({"e", "event", "x"}); };
  std::string text = origin(*this, false);
  const std::string variable = any_variable();
  const std::string last = each ? filters(element_filter, variable, chance(40)) : filters(filter, variable, chance(40));
  if (each) {
    text += filters(filter, any_variable(), chance(40));
    const std::string list = any_variable();
    text += ".each(" + list + ", " + replaced(each->cel, "$", list) + ")";
  }
  std::string sequences;
  for (const Link& link : links) sequences += spelled(link, false);
  return text + (links.empty() || chance(50) ? last + sequences : sequences + last);
}

bool History::depends_on_time() const {
  return window.kind != Window::Kind::kAll || !links.empty();
}

// ---- SQL

namespace {

std::string base_sql(const History& history) {
  const std::string type = history.function == "events" ? "track" : history.function == "pages" ? "page" : "screen";
  std::string sql = "h.type = '" + type + "'";
  std::string names;
  for (const std::string& name : history.names) names += (names.empty() ? "" : ", ") + sql_text(name);
  sql += names.empty() ? " AND h.source <> 'tessera'" : " AND h.event IN (" + names + ")";
  if (history.window.kind != Window::Kind::kAll) sql += " AND " + replaced(history.window.sql(), "$", "h");
  for (const Both& demand : history.filter) sql += " AND (" + replaced(demand.sql, "$", "h") + ")";
  sql = "list_filter(past, lambda h: " + sql + ")";
  if (!history.each) return sql;
  sql = "flatten(list_transform(" + sql + ", lambda h: list_transform(coalesce(" +
        replaced(history.each->sql, "$", "h") + ", []), lambda l: {'place': h.place, 'l': l})))";
  std::string demands;
  for (const Both& demand : history.element_filter) {
    demands += (demands.empty() ? "(" : " AND (") + replaced(demand.sql, "$", "h.l") + ")";
  }
  return demands.empty() ? sql : "list_filter(" + sql + ", lambda h: " + demands + ")";
}

// Of "a", an element of `history`: whether the link holds.
std::string link_sql(const History& history, const Link& link, const std::string& others) {
  const std::string mine = history.each ? "a.l" : "a";
  const std::string theirs = link.other.each ? "b.l" : "b";
  const std::string within = sql_interval(link.within_ms);
  std::string pair = link.order.ends_with("followed_by") ? "b.place > a.place AND b.place.at <= a.place.at + " + within
                                                         : "b.place < a.place AND b.place.at >= a.place.at - " + within;
  for (const Link::Match& match : link.matches) {
    pair += " AND (" +
            compared_in_sql(replaced(match.mine.sql, "$", mine), match.comparison,
                            replaced(match.theirs.sql, "$", theirs)) +
            ")";
  }
  const std::string some = "len(list_filter(" + others + ", lambda b: " + pair + "))";
  if (!link.is_denied()) return some + " > 0";
  return some + " = 0" + (link.order == "not_followed_by" ? " AND a.place.at + " + within + " <= now" : "");
}

}  // namespace

Lists::Named Lists::add(std::size_t level, const std::string& sql) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  const auto [at, is_new] = levels_[level].emplace(sql, "h" + std::to_string(count_));
  if (is_new) ++count_;
  return {at->second, level};
}

Lists::Named Lists::named(const History& history) {
  const Named base = add(0, base_sql(history));
  if (history.links.empty()) return base;
  std::size_t level = base.level;
  std::string demands;
  for (const Link& link : history.links) {
    const Named other = named(link.other);
    level = std::max(level, other.level);
    demands += (demands.empty() ? "(" : " AND (") + link_sql(history, link, other.name) + ")";
  }
  return add(level + 1, "list_filter(" + base.name + ", lambda a: " + demands + ")");
}

std::string Lists::name_of(const History& history) {
  return named(history).name;
}

}  // namespace tessera::meaning
