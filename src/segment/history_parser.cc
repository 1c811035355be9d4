#include "segment/history_parser.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "cel/instant.h"
#include "cel/zones.h"
#include "segment/language.h"

namespace tessera::segment {

namespace {

using Order = History::Order;
using Comparison = History::Comparison;

struct Origin {
  std::string_view function;
  event::EventType type;
};
constexpr std::array<Origin, 3> kOrigins{
    {{"events", event::EventType::kTrack}, {"pages", event::EventType::kPage}, {"screens", event::EventType::kScreen}}};

struct Sequence {
  std::string_view name;
  Order order;
};
constexpr std::array<Sequence, 4> kSequences{{{"followed_by", Order::kFollowedBy},
                                              {"not_followed_by", Order::kNotFollowedBy},
                                              {"preceded_by", Order::kPrecededBy},
                                              {"not_preceded_by", Order::kNotPrecededBy}}};

struct Operator {
  std::string_view name;
  Comparison comparison;
  Comparison turned;  // with its sides exchanged
};
constexpr std::array<Operator, 6> kOperators{{{"_==_", Comparison::kEqual, Comparison::kEqual},
                                              {"_!=_", Comparison::kNotEqual, Comparison::kNotEqual},
                                              {"_<_", Comparison::kLess, Comparison::kGreater},
                                              {"_<=_", Comparison::kLessEqual, Comparison::kGreaterEqual},
                                              {"_>_", Comparison::kGreater, Comparison::kLess},
                                              {"_>=_", Comparison::kGreaterEqual, Comparison::kLessEqual}}};

// What the two sides of a sequence are called in its text.
constexpr std::string_view kMine = "a";
constexpr std::string_view kTheirs = "b";

constexpr std::array<std::string_view, 4> kOfPerson{"traits", "group", "groups", "now"};
constexpr std::array<std::string_view, 6> kEventFields{"name",    "type",        "properties",
                                                       "context", "occurred_at", "source"};

const Origin* origin_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kCall || node.receiver) return nullptr;
  const auto at = std::ranges::find(kOrigins, node.text, &Origin::function);
  return at == kOrigins.end() ? nullptr : &*at;
}

const Sequence* sequence_of(std::string_view word) {
  const auto at = std::ranges::find(kSequences, word, &Sequence::name);
  return at == kSequences.end() ? nullptr : &*at;
}

const Operator* operator_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kCall || node.receiver) return nullptr;
  const auto at = std::ranges::find(kOperators, node.text, &Operator::name);
  return at == kOperators.end() ? nullptr : &*at;
}

// What makes another history of one.
bool is_step(std::string_view word) {
  return word == "filter" || word == "each" || sequence_of(word) != nullptr;
}

bool wrong(const cel::Node& node, std::string message, std::vector<cel::Issue>& issues) {
  issues.push_back({node.place, std::move(message)});
  return false;
}

bool uses(const cel::Node& node, std::string_view variable) {
  if (node.kind == cel::NodeKind::kIdentifier) return node.text == variable;
  return std::ranges::any_of(node.children, [&](const auto& child) { return uses(*child, variable); });
}

// Puts "e" in the place of a variable, and sees to it that nothing else is named that is not there.
bool make_own(cel::Node& node, std::string_view variable, bool of_elements, std::vector<cel::Issue>& issues) {
  if (node.kind == cel::NodeKind::kIdentifier) {
    if (node.text == variable) {
      node.text = "e";
    } else if (node.text == "e") {
      return wrong(node, "\"e\" is another variable here: name the event \"e\", or that variable otherwise", issues);
    } else if (std::ranges::find(kOfPerson, node.text) != kOfPerson.end()) {
      return wrong(node, "a filter or value sees the event alone, not \"" + node.text + "\" of the person", issues);
    }
  }
  if (asks_history(node)) return wrong(node, "a question cannot stand within another", issues);
  for (auto& child : node.children) {
    if (!make_own(*child, variable, of_elements, issues)) return false;
  }
  const bool of_event = !of_elements && node.kind == cel::NodeKind::kSelect &&
                        node.children[0]->kind == cel::NodeKind::kIdentifier && node.children[0]->text == "e";
  if (of_event && std::ranges::find(kEventFields, node.text) == kEventFields.end()) {
    return wrong(
        node, "an event has no \"" + node.text + "\"; it has name, type, properties, context, occurred_at and source",
        issues);
  }
  return true;
}

std::vector<const cel::Node*> conjuncts_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kCall || node.text != "_&&_") return {&node};
  std::vector<const cel::Node*> all;
  for (const auto& child : node.children) all.push_back(child.get());
  return all;
}

class Parser {
 public:
  Parser(ParsedHistory& out, std::vector<cel::Issue>& issues) : out_(out), issues_(issues) {}

  bool parse(const cel::Node& node) {
    std::vector<const cel::Node*> steps;
    const cel::Node* at = &node;
    for (; at->receiver; at = at->children[0].get()) steps.push_back(at);
    if (!parse_origin(*at)) return false;
    std::reverse(steps.begin(), steps.end());
    return std::ranges::all_of(steps, [&](const cel::Node* step) { return parse_step(*step); });
  }

 private:
  bool wrong(const cel::Node& node, std::string message) { return segment::wrong(node, std::move(message), issues_); }

  // events("name", window), each of which may be missing.
  bool parse_origin(const cel::Node& node) {
    out_.type = origin_of(node)->type;
    std::size_t next = 0;
    if (next < node.children.size() && !is_window(*node.children[next])) {
      if (!parse_names(node, *node.children[next++])) return false;
    }
    if (next < node.children.size() && !parse_window(*node.children[next++])) return false;
    if (next == node.children.size()) return true;
    return wrong(*node.children[next], node.text + "(…) takes a name, or a list of names, and a window: " + node.text +
                                           "(\"…\", duration(\"90d\"))");
  }

  static bool is_window(const cel::Node& node) {
    return node.kind == cel::NodeKind::kCall && !node.receiver &&
           (node.text == "duration" || node.text == "between" || node.text == "calendar");
  }

  bool parse_names(const cel::Node& origin, const cel::Node& node) {
    const bool is_list = node.kind == cel::NodeKind::kList;
    const auto take = [&](const cel::Node& name) {
      if (name.kind != cel::NodeKind::kString) {
        return wrong(name, "the name must be a text in quotes: " + origin.text + "(\"…\")");
      }
      out_.names.push_back(name.text);
      return true;
    };
    if (is_list && node.children.empty()) return wrong(node, "name at least one: " + origin.text + "([\"…\", \"…\"])");
    if (is_list && node.children.size() > kMaxNames) return wrong(node, "a list may have at most 20 names");
    if (!is_list && !take(node)) return false;
    if (is_list && !std::ranges::all_of(node.children, [&](const auto& name) { return take(*name); })) return false;
    std::ranges::sort(out_.names);
    out_.names.erase(std::unique(out_.names.begin(), out_.names.end()), out_.names.end());
    return true;
  }

  // A constant duration of whole milliseconds, 0 to ten years; -1 if it is none.
  std::int64_t parse_duration(const cel::Node& node) {
    const bool is_call = node.kind == cel::NodeKind::kCall && !node.receiver && node.text == "duration" &&
                         node.children.size() == 1 && node.children[0]->kind == cel::NodeKind::kString;
    const auto duration = is_call ? cel::parse_duration(node.children[0]->text) : std::nullopt;
    if (!duration) {
      wrong(node, "a constant duration is written duration(\"90d\"), with the units w, d, h, m, s and ms");
      return -1;
    }
    const bool is_whole = duration->nanos % 1'000'000 == 0;
    const std::int64_t ms = duration->seconds * 1000 + duration->nanos / 1'000'000;
    if (is_whole && ms >= 0 && ms <= kMaxWindowMs) return ms;
    wrong(node, "a window is at most ten years (3,660 days) long, of whole milliseconds, and not negative");
    return -1;
  }

  bool parse_window(const cel::Node& node) {
    Window& window = out_.window;
    if (is_window(node) && node.text == "calendar") return parse_calendar(node);
    window.kind = Window::Kind::kSliding;
    if (!is_window(node) || node.text == "duration") {
      window.from_ms = parse_duration(node);
      return window.from_ms > 0 || (window.from_ms == 0 && wrong(node, "a window must be longer than nothing"));
    }
    if (node.children.size() != 2) {
      return wrong(node,
                   "between two moments is written between(duration(\"365d\"), duration(\"90d\")), the earlier first");
    }
    window.from_ms = parse_duration(*node.children[0]);
    if (window.from_ms < 0) return false;
    window.to_ms = parse_duration(*node.children[1]);
    if (window.to_ms < 0) return false;
    return window.from_ms > window.to_ms ||
           wrong(node, "the earlier moment comes first: between(duration(\"365d\"), duration(\"90d\"))");
  }

  bool parse_calendar(const cel::Node& node) {
    constexpr std::string_view kUsage =
        "a calendar period is written calendar(\"month\", \"Europe/Berlin\"), or with how many before as a negative "
        "number behind: \"day\", \"week\" or \"month\"";
    const auto is_text = [&](std::size_t i) { return node.children[i]->kind == cel::NodeKind::kString; };
    const std::size_t arguments = node.children.size();
    if (arguments < 2 || arguments > 3 || !is_text(0) || !is_text(1)) return wrong(node, std::string(kUsage));
    const auto period = period_of(node.children[0]->text);
    if (!period) return wrong(*node.children[0], std::string(kUsage));
    if (!cel::zone_offset(node.children[1]->text, 0)) {
      return wrong(*node.children[1], "there is no time zone \"" + node.children[1]->text + "\"");
    }
    Window& window = out_.window;
    window.kind = Window::Kind::kCalendar;
    window.period = *period;
    window.zone = node.children[1]->text;
    if (arguments == 2) return true;
    const cel::Node& back = *node.children[2];
    const auto is_in = [](std::int64_t number) { return number >= -kMaxPeriodsBack && number <= 0; };
    if (back.kind != cel::NodeKind::kInt || !is_in(back.integer)) {
      return wrong(back, "how many periods before is a constant from -120 to 0");
    }
    window.back = static_cast<std::int32_t>(-back.integer);
    return true;
  }

  bool parse_step(const cel::Node& node) {
    if (const Sequence* sequence = sequence_of(node.text)) return parse_link(node, sequence->order);
    if (node.text == "each") return parse_each(node);
    if (node.children.size() != 3) return wrong(node, "a filter is written .filter(e, condition)");
    cel::NodePtr filter = parse_over_event(node, 1, out_.of_elements(), issues_);
    if (filter == nullptr) return false;
    cel::NodePtr& to = out_.of_elements() ? out_.element_filter : out_.filter;
    to = conjunction(std::move(to), std::move(filter));
    return true;
  }

  bool parse_each(const cel::Node& node) {
    if (out_.of_elements()) return wrong(node, "there may be one .each(…): lists within lists are taken by .flatten()");
    if (!out_.links.empty())
      return wrong(node, "the elements of a list are taken before sequences: put .each(…) first");
    if (node.children.size() != 3) return wrong(node, "elements are taken by .each(e, e.properties.products)");
    out_.each = parse_over_event(node, 1, false, issues_);
    return out_.each != nullptr;
  }

  // .followed_by(history, within), or (history, within, a, b, condition)
  bool parse_link(const cel::Node& node, Order order) {
    const std::size_t arguments = node.children.size() - 1;
    if ((arguments != 2 && arguments != 5) || !is_history(*node.children[1])) {
      return wrong(node, "a sequence is written ." + node.text +
                             "(events(\"…\"), duration(\"1h\")), or with what the two " +
                             "have to do with each other behind: a, b, a.properties.sku == b.properties.sku");
    }
    if (out_.links.size() == kMaxLinks) return wrong(node, "a history may have at most 4 sequences side by side");
    ParsedHistory::Link& link = out_.links.emplace_back();
    link.order = order;
    link.within_ms = parse_duration(*node.children[2]);
    if (link.within_ms < 0 || !Parser(link.other, issues_).parse(*node.children[1])) return false;
    return arguments == 2 || parse_matches(node, link);
  }

  bool parse_matches(const cel::Node& node, ParsedHistory::Link& link) {
    const cel::Node& a = *node.children[3];
    const cel::Node& b = *node.children[4];
    if (a.kind != cel::NodeKind::kIdentifier || b.kind != cel::NodeKind::kIdentifier || a.text == b.text) {
      return wrong(a, "the two are named by different variables: a, b, a.properties.sku == b.properties.sku");
    }
    const auto conjuncts = conjuncts_of(*node.children[5]);
    if (!std::ranges::all_of(conjuncts,
                             [&](const cel::Node* one) { return parse_match(*one, a.text, b.text, link); })) {
      return false;
    }
    std::ranges::stable_partition(link.matches,
                                  [](const auto& match) { return match.comparison == Comparison::kEqual; });
    const bool has_equality = std::ranges::any_of(link.matches, [](const auto& match) {
      return match.comparison == Comparison::kEqual && match.theirs->kind != cel::NodeKind::kBool;
    });
    return has_equality ||
           wrong(*node.children[5],
                 "something of the one must be equal to something of the other, by which they are found: "
                 "a.properties.sku == b.properties.sku");
  }

  bool parse_match(const cel::Node& node, const std::string& a, const std::string& b, ParsedHistory::Link& link) {
    const bool of_a = uses(node, a);
    const bool of_b = uses(node, b);
    if (of_b && !of_a) {
      cel::NodePtr filter = own(node, b, link.other.of_elements());
      if (filter == nullptr) return false;
      cel::NodePtr& to = link.other.of_elements() ? link.other.element_filter : link.other.filter;
      to = conjunction(std::move(to), std::move(filter));
      return true;
    }
    if (!of_b) {
      auto truth = std::make_unique<cel::Node>();
      truth->kind = cel::NodeKind::kBool;
      truth->integer = 1;
      return add_match(link, mine(node, a), Comparison::kEqual, std::move(truth));
    }
    const Operator* const comparison = operator_of(node);
    const auto only = [&](std::size_t side, const std::string& this_one, const std::string& not_that) {
      return uses(*node.children[side], this_one) && !uses(*node.children[side], not_that);
    };
    if (comparison != nullptr && only(0, a, b) && only(1, b, a)) {
      return add_match(link, mine(*node.children[0], a), comparison->comparison, theirs(*node.children[1], b, link));
    }
    if (comparison != nullptr && only(0, b, a) && only(1, a, b)) {
      return add_match(link, mine(*node.children[1], a), comparison->turned, theirs(*node.children[0], b, link));
    }
    return wrong(node, "each side of a comparison is about one of the two, \"" + a + "\" or \"" + b +
                           "\", and comparisons are joined by &&");
  }

  bool add_match(ParsedHistory::Link& link, cel::NodePtr mine, Comparison comparison, cel::NodePtr theirs) {
    if (mine == nullptr || theirs == nullptr) return false;
    link.matches.push_back({std::move(mine), comparison, std::move(theirs)});
    return true;
  }

  cel::NodePtr mine(const cel::Node& node, const std::string& variable) {
    return own_side(node, variable, out_.of_elements(), kMine);
  }
  cel::NodePtr theirs(const cel::Node& node, const std::string& variable, const ParsedHistory::Link& link) {
    return own_side(node, variable, link.other.of_elements(), kTheirs);
  }

  // `shown`: its name in the history's text, which nothing else there may have.
  cel::NodePtr own_side(const cel::Node& node, const std::string& variable, bool of_elements, std::string_view shown) {
    cel::NodePtr side = own(node, variable, of_elements);
    if (side == nullptr || !uses(*side, shown)) return side;
    const std::string name(shown);
    wrong(node, "\"" + name + "\" is another variable here: name the one of the two \"" + name +
                    "\", or that variable otherwise");
    return nullptr;
  }

  cel::NodePtr own(const cel::Node& node, const std::string& variable, bool of_elements) {
    cel::NodePtr mine = cel::copy(node);
    return make_own(*mine, variable, of_elements, issues_) ? std::move(mine) : nullptr;
  }

  static constexpr std::size_t kMaxNames = 20;
  static constexpr std::size_t kMaxLinks = 4;
  static constexpr std::int64_t kMaxWindowMs = 3'660 * kDayMs;
  static constexpr std::int64_t kMaxPeriodsBack = 120;
  ParsedHistory& out_;
  std::vector<cel::Issue>& issues_;
};

// An expression over `e` as one over another variable.
std::string over(std::string_view variable, const cel::Node& node) {
  const cel::NodePtr mine = cel::copy(node);
  const auto rename = [&](auto& self, cel::Node& at) -> void {
    if (at.kind == cel::NodeKind::kIdentifier && at.text == "e") at.text = variable;
    for (auto& child : at.children) self(self, *child);
  };
  rename(rename, *mine);
  return cel::unparse(*mine);
}

std::string text_of(const ParsedHistory::Link& link) {
  const Window within{.kind = Window::Kind::kSliding, .from_ms = link.within_ms};
  std::string out = "." + std::string(std::ranges::find(kSequences, link.order, &Sequence::order)->name) + "(" +
                    text_of(link.other) + ", " + text_of(within);
  for (std::size_t i = 0; i < link.matches.size(); ++i) {
    const ParsedHistory::Link::Match& match = link.matches[i];
    const auto& comparison = *std::ranges::find(kOperators, match.comparison, &Operator::comparison);
    out += i == 0 ? ", a, b, " : " && ";
    out += "(" + over(kMine, *match.mine) + ")";
    if (match.theirs->kind == cel::NodeKind::kBool) continue;  // of the one alone
    out += " " + std::string(cel::operator_symbol(comparison.name)) + " (" + over(kTheirs, *match.theirs) + ")";
  }
  return out + ")";
}

}  // namespace

bool is_origin(std::string_view function) {
  return std::ranges::find(kOrigins, function, &Origin::function) != kOrigins.end();
}

bool is_history(const cel::Node& node) {
  const cel::Node* at = &node;
  while (at->kind == cel::NodeKind::kCall && at->receiver && is_step(at->text)) at = at->children[0].get();
  return origin_of(*at) != nullptr;
}

bool asks_history(const cel::Node& node) {
  return is_history(node) || (node.kind == cel::NodeKind::kCall && node.receiver && is_history(*node.children[0]));
}

bool parse_history(const cel::Node& node, ParsedHistory& out, std::vector<cel::Issue>& issues) {
  return Parser(out, issues).parse(node);
}

cel::NodePtr parse_over_event(const cel::Node& node, std::size_t at, bool of_elements,
                              std::vector<cel::Issue>& issues) {
  const cel::Node& variable = *node.children[at];
  if (variable.kind != cel::NodeKind::kIdentifier) {
    wrong(variable, "the first argument names the event: ." + node.text + "(e, …)", issues);
    return nullptr;
  }
  cel::NodePtr expression = cel::copy(*node.children[at + 1]);
  return make_own(*expression, variable.text, of_elements, issues) ? std::move(expression) : nullptr;
}

cel::NodePtr conjunction(cel::NodePtr both, cel::NodePtr also) {
  if (both == nullptr) return also;
  auto all = std::make_unique<cel::Node>();
  all->kind = cel::NodeKind::kCall;
  all->text = "_&&_";
  all->place = both->place;
  for (cel::NodePtr* side : {&both, &also}) {
    if ((*side)->kind != cel::NodeKind::kCall || (*side)->text != "_&&_") {
      all->children.push_back(std::move(*side));
      continue;
    }
    for (auto& conjunct : (*side)->children) all->children.push_back(std::move(conjunct));
  }
  return all;
}

std::string source_text(event::EventType type, const std::vector<std::string>& names, std::string_view window,
                        std::string_view filter, std::string_view each, std::string_view element_filter) {
  std::string out(std::ranges::find(kOrigins, type, &Origin::type)->function);
  out += '(';
  if (names.size() > 1) out += '[';
  for (const std::string& name : names) {
    if (&name != names.data()) out += ", ";
    append_json_string(out, name);
  }
  if (names.size() > 1) out += ']';
  if (!window.empty()) out.append(names.empty() ? "" : ", ").append(window);
  out += ')';
  if (!filter.empty()) out.append(".filter(e, ").append(filter).append(")");
  if (!each.empty()) out.append(".each(e, ").append(each).append(")");
  if (!element_filter.empty()) out.append(".filter(e, ").append(element_filter).append(")");
  return out;
}

std::string text_of(const ParsedHistory& history) {
  const auto text = [](const cel::NodePtr& node) { return node == nullptr ? std::string() : cel::unparse(*node); };
  std::string out = source_text(history.type, history.names, text_of(history.window), text(history.filter),
                                text(history.each), text(history.element_filter));
  for (const ParsedHistory::Link& link : history.links) out += text_of(link);
  return out;
}

}  // namespace tessera::segment
