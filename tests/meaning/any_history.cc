// What histories are made of: demands on events and on elements of their lists, their values, and what two of them may
// have to do with each other.
#include "dice.h"
#include "history.h"

namespace tessera::meaning {

Both any_period_of_event() {
  const std::string period = any_period();
  const std::string zone = any_zone();
  return {"period($.occurred_at, " + cel_text(period) + ", " + cel_text(zone) + ")",
          "[num(period_number($.place.at, '" + period + "', '" + zone + "'))]"};
}

Window any_window() {
  Window window;
  const int kind = any(20);
  if (kind < 10) {
    window.kind = Window::Kind::kLast;
    window.from_ms = any_duration_ms();
  } else if (kind < 14) {
    window.kind = Window::Kind::kBetween;
    window.to_ms = any_duration_ms();
    window.from_ms = window.to_ms + any_duration_ms();
  } else {
    window.kind = Window::Kind::kCalendar;
    window.period = any_period();
    window.zone = any_zone();
    window.back = chance(50) ? 0 : 1 + any(3);
  }
  return window;
}

namespace {

// ---- What a filter may demand of an event

// Of calendar periods: that of the event against the same in another zone, or against that of a time.
Both any_demand_of_period(Timestamp near) {
  const std::string period = any_period();
  const auto number = [&](const std::string& cel, const std::string& sql) {
    const std::string zone = any_zone();
    return Both{"period(" + cel + ", " + cel_text(period) + ", " + cel_text(zone) + ")",
                "period_number(" + sql + ", '" + period + "', '" + zone + "')"};
  };
  const Both mine = number("$.occurred_at", "$.place.at");
  const std::string time = any_time(near);
  const Both other = chance(50) ? number("$.occurred_at", "$.place.at")
                                : number("timestamp(" + cel_text(time) + ")", "TIMESTAMP " + sql_text(time));
  const std::string is = " " + any_comparison() + " ";
  return {mine.cel + is + other.cel, mine.sql + is + other.sql};
}

Both any_demand(Timestamp near, int depth) {
  switch (any(depth > 0 ? 14 : 11)) {
    case 0:
    case 1:
    case 2:
      return compared_with_text({"$.properties.kind", "$.kind"}, "==", any_kind());
    case 3:
    case 4:
      return compared_with_number({"$.properties.n", "$.n"}, any_comparison(), any_number());
    case 5:
      return compared_with_null({"$.properties.n", "$.n"}, chance(50));
    case 6: {
      const std::string source = one_of<std::string>({"web", "shop", "till"});
      return {"$.source == " + cel_text(source), "$.source = " + sql_text(source)};
    }
    case 7: {
      const std::string sku = any_sku();
      return {"$.properties.lines.exists(l, l.sku == " + cel_text(sku) + ")",
              "len(list_filter($.lines, lambda l: l.sku.s = " + sql_text(sku) + ")) > 0"};
    }
    case 8: {
      const std::string size = std::to_string(any(4));
      return {"$.properties.lines.size() >= " + size, "len($.lines) >= " + size};
    }
    case 9: {
      const std::string a = any_kind();
      const std::string b = any_kind();
      return {"$.properties.kind in [" + cel_text(a) + ", " + cel_text(b) + "]",
              "coalesce($.kind.t = 1 AND $.kind.s IN (" + sql_text(a) + ", " + sql_text(b) + "), false)"};
    }
    case 10: {
      if (chance(50)) return any_demand_of_period(near);
      const std::string time = any_time(near);
      return {"$.occurred_at >= timestamp(" + cel_text(time) + ")", "$.place.at >= TIMESTAMP " + sql_text(time)};
    }
    case 11: {
      const Both one = any_demand(near, depth - 1);
      return {"!(" + one.cel + ")", "NOT (" + one.sql + ")"};
    }
    default: {
      const Both one = any_demand(near, depth - 1);
      const Both other = any_demand(near, depth - 1);
      return {"(" + one.cel + " || " + other.cel + ")", "((" + one.sql + ") OR (" + other.sql + "))"};
    }
  }
}

// ---- Elements: lines of a basket, and tags, which are of any kind

enum class Element : std::uint8_t { kEvent, kLine, kTag };

Element element_of(const History& history) {
  if (!history.each) return Element::kEvent;
  return history.each->sql == "$.lines" ? Element::kLine : Element::kTag;
}

Both any_demand_of_line() {
  switch (any(4)) {
    case 0:
      return compared_with_number({"$.price", "$.price"}, any_comparison(), any_number());
    case 1:
      return compared_with_number({"$.quantity", "$.quantity"}, ">=", std::to_string(any(3)));
    default:
      return compared_with_text({"$.sku", "$.sku"}, chance(80) ? "==" : "!=", any_sku());
  }
}

Both any_demand_of_tag() {
  if (chance(20)) return compared_with_null({"$", "$"}, chance(30));
  return chance(70) ? compared_with_text({"$", "$"}, "==", any_kind())
                    : compared_with_number({"$", "$"}, any_comparison(), any_number());
}

// ---- Pairs

Both any_text_of(Element element) {
  if (element == Element::kLine) return {"$.sku", "[$.sku]"};
  if (element == Element::kTag) return {"$", "[$]"};
  return chance(80) ? Both{"$.properties.kind", "[$.kind]"} : Both{"$.source", "[word($.source)]"};
}

Both any_number_of(Element element) {
  if (element == Element::kTag) return {"$", "[$]"};
  if (element == Element::kEvent) return {"$.properties.n", "[$.n]"};
  if (chance(20)) return {"$.price * $.quantity", "[num($.price.n * $.quantity.n)]"};
  return chance(50) ? Both{"$.price", "[$.price]"} : Both{"$.quantity", "[$.quantity]"};
}

Link::Match any_match(Element mine, Element theirs, const std::string& comparison) {
  if (mine == Element::kEvent && theirs == Element::kEvent && chance(25)) {
    if (chance(40))
      return {{"$.occurred_at", "[moment($.place.at)]"}, comparison, {"$.occurred_at", "[moment($.place.at)]"}};
    const Both period = any_period_of_event();
    return {period, comparison, period};
  }
  if (chance(60)) return {any_text_of(mine), comparison, any_text_of(theirs)};
  return {any_number_of(mine), comparison, any_number_of(theirs)};
}

void ask_elements(History& history) {
  const bool lines = chance(75);
  history.each = lines ? Both{"$.properties.lines", "$.lines"} : Both{"$.properties.tags", "$.tags"};
  for (int more = any(10); more >= 5; more -= 3) {
    history.element_filter.push_back(lines ? any_demand_of_line() : any_demand_of_tag());
  }
}

Link any_link(const Names& names, const History& history, int depth) {
  Link link;
  link.order = one_of<std::string>({"followed_by", "followed_by", "not_followed_by", "preceded_by", "not_preceded_by"});
  link.within_ms = chance(4) ? 0 : any_duration_ms();
  link.other = any_history(names, depth - 1);
  if (chance(55)) return link;
  const Element mine = element_of(history);
  const Element theirs = element_of(link.other);
  for (int more = any(3); more > 0; --more) link.matches.push_back(any_match(mine, theirs, any_comparison()));
  const auto at = link.matches.begin() + any(static_cast<int>(link.matches.size()) + 1);
  link.matches.insert(at, any_match(mine, theirs, "=="));
  return link;
}

}  // namespace

History any_comings_or_goings(const Names& names) {
  History history;
  history.names = {chance(60) ? "Segment Entered" : "Segment Exited"};
  // Events of sources may say the same.
  if (names.windows && chance(25)) history.names.insert(history.names.begin(), "A");
  if (names.windows && chance(15)) history.names = {"Segment Entered", "Segment Exited"};
  history.watched = one_of(names.segments);
  history.filter.push_back({"$.properties.segment == " + cel_text(*history.watched),
                            "coalesce($.segment = " + sql_text(*history.watched) + ", false)"});
  if (names.windows && chance(50)) history.window = any_window();
  return history;
}

History any_history(const Names& names, int depth) {
  History history;
  if (chance(20)) history.function = chance(50) ? "pages" : "screens";
  if (!chance(15)) history.names = {one_of<std::string>({"A", "A", "B", "C"})};
  for (int more = any(10); more >= 5; more -= 3) history.filter.push_back(any_demand(names.near, 1));
  if (chance(35)) ask_elements(history);
  if (!names.windows) return history;
  if (chance(15)) history.names = one_of<std::vector<std::string>>({{"A", "B"}, {"A", "C"}, {"A", "B", "C"}});
  if (chance(55)) history.window = any_window();
  for (int more = any(12); depth > 0 && more >= 7; more -= 4) history.links.push_back(any_link(names, history, depth));
  return history;
}

Both any_value_of(const History& history, bool is_summed) {
  const Element element = element_of(history);
  if (element == Element::kTag) return {"$", "[$]"};
  if (element == Element::kLine) {
    if (!is_summed && !chance(40)) return {"$.sku", "[$.sku]"};
    return chance(50) ? Both{"$.price", "[$.price]"} : Both{"$.price * $.quantity", "[num($.price.n * $.quantity.n)]"};
  }
  if (is_summed || chance(40)) return {"$.properties.n", "[$.n]"};
  switch (any(6)) {
    case 0:
      return {"$.source", "[word($.source)]"};
    case 1:  // lists are left out
      return {"$.properties.tags", "CASE WHEN $.tags IS NULL THEN [$.tag] END"};
    default:
      return {"$.properties.kind", "[$.kind]"};
  }
}

}  // namespace tessera::meaning
