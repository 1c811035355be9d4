#include "segment/question.h"

#include <algorithm>
#include <array>

#include "segment/history_parser.h"
#include "segment/series.h"
#include "segment/time_functions.h"

namespace tessera::segment {

namespace {

struct Ending {
  std::string_view name;
  bool with_count;
  bool with_value;
  Reading reading;
};
constexpr std::array<Ending, 13> kEndings{{{"count", false, false, Reading::kCount},
                                           {"sum", false, true, Reading::kSum},
                                           {"avg", false, true, Reading::kAverage},
                                           {"min", false, true, Reading::kMin},
                                           {"max", false, true, Reading::kMax},
                                           {"first", false, false, Reading::kFirstTime},
                                           {"last", false, false, Reading::kLastTime},
                                           {"first", false, true, Reading::kFirstValue},
                                           {"last", false, true, Reading::kLastValue},
                                           {"first", true, true, Reading::kFirstValues},
                                           {"last", true, true, Reading::kLastValues},
                                           {"count_distinct", false, true, Reading::kDistinct},
                                           {"most_frequent", false, true, Reading::kMostFrequent}}};
constexpr std::string_view kEndingNames =
    ".count(), .exists(), .sum(e, …), .avg(e, …), .min(e, …), .max(e, …), .first(), .last(), .first(e, …), .last(e, "
    "…), .first(n, e, …), .last(n, e, …), .count_distinct(e, …) or .most_frequent(e, …)";

// e.properties.category
bool is_path(const cel::Node& node) {
  const cel::Node* at = &node;
  while (at->kind == cel::NodeKind::kSelect && !at->optional) at = at->children[0].get();
  return at != &node && at->kind == cel::NodeKind::kIdentifier && at->text == "e";
}

// Conjuncts such as e.properties.category == "wine".
void note_equalities(const cel::Node& node, const std::string& each, std::vector<Equality>& out) {
  if (node.kind != cel::NodeKind::kCall) return;
  if (node.text == "_&&_") {
    for (const auto& child : node.children) note_equalities(*child, each, out);
  } else if (node.text == "_==_") {
    const bool first = node.children[0]->kind == cel::NodeKind::kString;
    const cel::Node& text = first ? *node.children[0] : *node.children[1];
    const cel::Node& path = first ? *node.children[1] : *node.children[0];
    if (text.kind == cel::NodeKind::kString && is_path(path)) out.push_back({each, cel::unparse(path), text.text});
  }
}

std::string ending_text(Reading reading, std::uint32_t n, const std::string& value) {
  const auto ending = std::ranges::find(kEndings, reading, &Ending::reading);
  std::string out = "." + std::string(ending->name) + "(";
  if (ending->with_count) out += std::to_string(n) + ", ";
  return out + (ending->with_value ? "e, " + value : "") + ")";
}

class Reader {
 public:
  Reader(Question& out, std::vector<cel::Issue>& issues) : out_(out), issues_(issues) {}

  bool read(const cel::Node& node) {
    if (is_history(node)) return wrong(node, "ask something of it: " + std::string(kEndingNames));
    ParsedHistory history;
    if (!parse_history(*node.children[0], history, issues_) || !read_ending(node, history)) return false;
    Need& need = out_.need;
    const std::string value = value_ == nullptr ? std::string() : cel::unparse(*value_);
    need.text = text_of(history) + ending_text(need.asked.reading, need.asked.first_n, value);
    const bool is_timeless = history.window.kind == Window::Kind::kAll && history.links.empty();
    need.kind = is_timeless ? Need::Kind::kFeature : Need::Kind::kHistory;
    if (!is_timeless) return add_history(history, {}, need.asked.history) && note_reaches();
    Collected collected;
    if (!compile(history, collected)) return false;
    if (value_ != nullptr && !add_column(*value_, collected)) return false;
    collected.spec.aggregate = aggregate_of(need.asked.reading);
    need.collected.push_back(std::move(collected));
    return true;
  }

 private:
  bool wrong(const cel::Node& node, std::string message) {
    issues_.push_back({node.place, std::move(message)});
    return false;
  }

  bool read_ending(const cel::Node& node, ParsedHistory& history) {
    Asked& asked = out_.need.asked;
    const std::size_t arguments = node.children.size() - 1;
    if (node.text == "exists" && (arguments == 0 || arguments == 2)) {
      out_.exists = true;
      if (arguments == 0) return true;
      cel::NodePtr filter = parse_over_event(node, 1, history.of_elements(), issues_);
      if (filter == nullptr) return false;
      cel::NodePtr& to = history.of_elements() ? history.element_filter : history.filter;
      to = conjunction(std::move(to), std::move(filter));
      return true;
    }
    bool known = node.text == "exists";
    for (const Ending& ending : kEndings) {
      if (ending.name != node.text) continue;
      known = true;
      const std::size_t wanted = (ending.with_count ? 1 : 0) + (ending.with_value ? 2 : 0);
      if (wanted != arguments) continue;
      asked.reading = ending.reading;
      if (ending.with_count && !read_count(*node.children[1], asked.first_n)) return false;
      if (!ending.with_value) return true;
      value_ = parse_over_event(node, ending.with_count ? 2 : 1, history.of_elements(), issues_);
      return value_ != nullptr;
    }
    if (known) {
      return wrong(node, "." + node.text + "(…) takes other arguments; there are " + std::string(kEndingNames));
    }
    return wrong(node, "." + node.text +
                           "(…) cannot be asked of a history; there are .filter(e, …) and .each(e, …), then " +
                           std::string(kEndingNames));
  }

  bool read_count(const cel::Node& node, std::uint32_t& n) {
    if (node.kind != cel::NodeKind::kInt || node.integer < 1 || node.integer > std::int64_t{kMaxValues}) {
      return wrong(node, "how many values is a constant from 1 to 20");
    }
    n = static_cast<std::uint32_t>(node.integer);
    return true;
  }

  // An expression that may be missing. False if it is wrong.
  bool compile(const cel::NodePtr& node, const cel::Type& expected, std::string& text,
               std::shared_ptr<const cel::Program>& program) {
    if (node == nullptr) return true;
    text = cel::unparse(*node);
    program = cel::compile(event_environment(), *node, expected, issues_);
    return program != nullptr;
  }

  bool compile(const ParsedHistory& history, Collected& out) {
    FeatureSpec& spec = out.spec;
    spec.type = history.type;
    spec.names = history.names;
    if (!compile(history.filter, cel::TypeKind::kBool, spec.filter, out.filter) ||
        !compile(history.each, cel::Type::list(cel::TypeKind::kDyn), spec.each, out.each) ||
        !compile(history.element_filter, cel::TypeKind::kBool, spec.element_filter, out.element_filter)) {
      return false;
    }
    if (history.filter != nullptr) note_equalities(*history.filter, "", out.equalities);
    if (history.element_filter != nullptr) note_equalities(*history.element_filter, spec.each, out.equalities);
    return true;
  }

  // The column of `value`; made if there is none. nullopt if it is wrong.
  std::optional<std::uint32_t> add_column(const cel::Node& value, Collected& collected) {
    std::string text = cel::unparse(value);
    auto& columns = collected.spec.columns;
    const auto known = std::ranges::find(columns, text);
    if (known != columns.end()) return static_cast<std::uint32_t>(known - columns.begin());
    if (columns.size() == kMaxColumns) {
      wrong(value, "a history in a sequence may be asked for at most 8 different values");
      return std::nullopt;
    }
    std::shared_ptr<const cel::Program> program =
        cel::compile(event_environment(), value, cel::TypeKind::kDyn, issues_);
    if (program == nullptr) return std::nullopt;
    collected.columns.push_back(std::move(program));
    columns.push_back(std::move(text));
    return static_cast<std::uint32_t>(columns.size() - 1);
  }

  // Makes `out` of a history, with the series behind it. `theirs`: columns that what it is linked to compares; their
  // places are put into `matches`.
  bool add_history(const ParsedHistory& history, std::span<const ParsedHistory::Link::Match> compared, History& out,
                   std::vector<History::Match>* matches = nullptr) {
    Collected collected;
    if (!compile(history, collected)) return false;
    collected.spec.aggregate = Aggregate::kSeries;
    if (matches == nullptr && value_ != nullptr && !add_column(*value_, collected)) return false;
    for (std::size_t i = 0; i < compared.size(); ++i) {
      const auto column = add_column(*compared[i].theirs, collected);
      if (!column) return false;
      (*matches)[i].theirs = *column;
    }
    for (const ParsedHistory::Link& link : history.links) {
      History::Link& made = out.links.emplace_back();
      made.order = link.order;
      made.within_ms = link.within_ms;
      for (const auto& match : link.matches) {
        const auto column = add_column(*match.mine, collected);
        if (!column) return false;
        made.matches.push_back({*column, match.comparison, 0});
      }
      if (!add_history(link.other, link.matches, made.other, &made.matches)) return false;
    }
    out.window = history.window;
    out.series = place_of(std::move(collected));
    return true;
  }

  // Equal series are one.
  std::uint32_t place_of(Collected collected) {
    auto& all = out_.need.collected;
    const auto same = std::ranges::find(all, collected.spec, &Collected::spec);
    if (same != all.end()) return static_cast<std::uint32_t>(same - all.begin());
    collected.reach = 0;
    all.push_back(std::move(collected));
    return static_cast<std::uint32_t>(all.size() - 1);
  }

  bool note_reaches() {
    std::vector<std::pair<std::uint32_t, std::int64_t>> reaches;
    add_reaches(out_.need.asked.history, reaches);
    for (const auto& [series, reach] : reaches) {
      Collected& collected = out_.need.collected[series];
      collected.reach = std::max(collected.reach, reach);
    }
    return true;
  }

  Question& out_;
  std::vector<cel::Issue>& issues_;
  cel::NodePtr value_;
};

}  // namespace

const cel::Environment& event_environment() {
  static const cel::Environment kEnvironment = [] {
    cel::Environment environment(kDialect);
    environment.declare("e", cel::TypeKind::kDyn);
    declare_time_functions(environment);
    return environment;
  }();
  return kEnvironment;
}

bool read_question(const cel::Node& node, Question& out, std::vector<cel::Issue>& issues) {
  return Reader(out, issues).read(node);
}

std::string FeatureSpec::text() const {
  if (aggregate == Aggregate::kListed) return "listed(\"" + names.front() + "\")";
  constexpr std::array<Reading, 13> kReadings{
      Reading::kCount,      Reading::kCount,       Reading::kSum,       Reading::kMin,          Reading::kMax,
      Reading::kFirstValue, Reading::kLastValue,   Reading::kDistinct,  Reading::kMostFrequent, Reading::kFirstTime,
      Reading::kLastTime,   Reading::kFirstValues, Reading::kLastValues};
  std::string out = source_text(type, names, {}, filter, each, element_filter);
  if (aggregate != Aggregate::kSeries) {
    return out + ending_text(kReadings[static_cast<std::size_t>(aggregate)], kMaxValues,
                             columns.empty() ? std::string() : columns.front());
  }
  out += ".series(e, [";
  for (const std::string& column : columns) out += (&column == columns.data() ? "" : ", ") + column;
  return out + "])";
}

}  // namespace tessera::segment
