#include "segment/question.h"

#include <algorithm>
#include <array>

#include "base/json.h"

namespace tessera::segment {

namespace {

struct Origin {
  std::string_view function;
  event::EventType type;
};
constexpr std::array<Origin, 3> kOrigins{
    {{"events", event::EventType::kTrack}, {"pages", event::EventType::kPage}, {"screens", event::EventType::kScreen}}};

struct Ending {
  std::string_view name;
  bool with_value;
  Reading reading;
};
constexpr std::array<Ending, 11> kEndings{{{"count", false, Reading::kCount},
                                           {"sum", true, Reading::kSum},
                                           {"avg", true, Reading::kAverage},
                                           {"min", true, Reading::kMin},
                                           {"max", true, Reading::kMax},
                                           {"first", false, Reading::kFirstTime},
                                           {"last", false, Reading::kLastTime},
                                           {"first", true, Reading::kFirstValue},
                                           {"last", true, Reading::kLastValue},
                                           {"count_distinct", true, Reading::kDistinct},
                                           {"most_frequent", true, Reading::kMostFrequent}}};
constexpr std::string_view kEndingNames =
    ".count(), .exists(), .sum(e, …), .avg(e, …), .min(e, …), .max(e, …), .first(), .last(), .first(e, …), .last(e, "
    "…), "
    ".count_distinct(e, …) or .most_frequent(e, …)";
constexpr std::array<std::string_view, 4> kOfPerson{"traits", "group", "groups", "now"};
// Words of docs/adr/0004-questions-about-history.md that are decided and do nothing yet.
constexpr std::array<std::string_view, 4> kLater{"followed_by", "not_followed_by", "preceded_by", "not_preceded_by"};
constexpr std::array<std::string_view, 6> kEventFields{"name",    "type",        "properties",
                                                       "context", "occurred_at", "source"};

const Origin* origin_of(const cel::Node& node) {
  if (node.kind != cel::NodeKind::kCall || node.receiver) return nullptr;
  const auto at = std::ranges::find(kOrigins, node.text, &Origin::function);
  return at == kOrigins.end() ? nullptr : &*at;
}

bool is_later(std::string_view word) {
  return std::ranges::find(kLater, word) != kLater.end();
}

// What makes another history of one.
bool is_step(std::string_view word) {
  return word == "filter" || word == "each" || is_later(word);
}

// events(…), filtered or not.
bool is_source(const cel::Node& node) {
  const cel::Node* at = &node;
  while (at->kind == cel::NodeKind::kCall && at->receiver && is_step(at->text)) {
    at = at->children[0].get();
  }
  return origin_of(*at) != nullptr;
}

// e.properties.category
bool is_path(const cel::Node& node) {
  const cel::Node* at = &node;
  while (at->kind == cel::NodeKind::kSelect && !at->optional) at = at->children[0].get();
  return at != &node && at->kind == cel::NodeKind::kIdentifier && at->text == "e";
}

std::string source_text(const FeatureSpec& feature) {
  std::string out(std::ranges::find(kOrigins, feature.type, &Origin::type)->function);
  out += '(';
  if (feature.name) append_json_string(out, *feature.name);
  out += ')';
  if (!feature.filter.empty()) out += ".filter(e, " + feature.filter + ")";
  if (!feature.each.empty()) out += ".each(e, " + feature.each + ")";
  if (!feature.element_filter.empty()) out += ".filter(e, " + feature.element_filter + ")";
  return out;
}

std::string ending_text(Reading reading, const std::string& value) {
  const auto ending = std::ranges::find(kEndings, reading, &Ending::reading);
  return "." + std::string(ending->name) + (ending->with_value ? "(e, " + value + ")" : "()");
}

class Reader {
 public:
  Reader(Question& out, std::vector<cel::Issue>& issues) : out_(out), issues_(issues) {}

  bool read(const cel::Node& node) {
    if (!node.receiver || node.text == "filter" || node.text == "each") {
      return wrong(node, "ask something of it: " + std::string(kEndingNames));
    }
    of_elements_ = has_each(node);
    if (!read_ending(node) || !read_source(*node.children[0])) return false;
    Need& need = out_.need;
    FeatureSpec& feature = need.feature;
    if (!compile(filter_, cel::TypeKind::kBool, feature.filter, need.filter) ||
        !compile(each_, cel::Type::list(cel::TypeKind::kDyn), feature.each, need.each) ||
        !compile(element_filter_, cel::TypeKind::kBool, feature.element_filter, need.element_filter) ||
        !compile(value_, cel::TypeKind::kDyn, feature.value, need.value)) {
      return false;
    }
    if (filter_ != nullptr) note_equalities(*filter_, "");
    if (element_filter_ != nullptr) note_equalities(*element_filter_, feature.each);
    need.kind = Need::Kind::kFeature;
    need.feature.aggregate = aggregate_of(need.reading);
    need.text = source_text(need.feature) + ending_text(need.reading, need.feature.value);
    return true;
  }

 private:
  bool wrong(const cel::Node& node, std::string message) {
    issues_.push_back({node.place, std::move(message)});
    return false;
  }

  bool not_yet(const cel::Node& node, std::string_view what) {
    return wrong(node, std::string(what) + " not available yet; see docs/segments-language.md for what there is");
  }

  static bool has_each(const cel::Node& node) {
    for (const cel::Node* at = &node; at->receiver; at = at->children[0].get()) {
      if (at->text == "each") return true;
    }
    return false;
  }

  bool read_ending(const cel::Node& node) {
    if (is_later(node.text)) return not_yet(node, "." + node.text + "(…) is");
    const std::size_t arguments = node.children.size() - 1;
    if (node.text == "exists" && (arguments == 0 || arguments == 2)) {
      out_.exists = true;
      return arguments == 0 || add_filter(node);
    }
    const bool with_value = arguments == 2;
    bool known = node.text == "exists";
    for (const Ending& ending : kEndings) {
      if (ending.name != node.text) continue;
      known = true;
      if (ending.with_value != with_value || (!with_value && arguments != 0)) continue;
      out_.need.reading = ending.reading;
      if (with_value) value_ = over_event(node);
      return !with_value || value_ != nullptr;
    }
    if ((node.text == "first" || node.text == "last") && arguments == 3) {
      return not_yet(node, "." + node.text + "(n, e, …) is");
    }
    if (known)
      return wrong(node, "." + node.text + "(…) takes other arguments; there are " + std::string(kEndingNames));
    return wrong(node, "." + node.text +
                           "(…) cannot be asked of a history; there are .filter(e, …) and .each(e, …), then " +
                           std::string(kEndingNames));
  }

  // events("name") and what was filtered of it.
  bool read_source(const cel::Node& node) {
    if (const Origin* origin = origin_of(node)) return read_origin(node, *origin);
    if (is_later(node.text)) return not_yet(node, "." + node.text + "(…) is");
    if (node.text == "each") return read_each(node) && read_source(*node.children[0]);
    if (node.children.size() != 3) return wrong(node, "a filter is written .filter(e, condition)");
    return add_filter(node) && read_source(*node.children[0]);
  }

  // What was read so far is about the elements; what follows is about events.
  bool read_each(const cel::Node& node) {
    if (each_ != nullptr) return wrong(node, "there may be one .each(…): lists within lists are taken by .flatten()");
    if (node.children.size() != 3) return wrong(node, "elements are taken by .each(e, e.properties.products)");
    of_elements_ = has_each(*node.children[0]);
    each_ = over_event(node);
    element_filter_ = std::move(filter_);
    return each_ != nullptr;
  }

  bool read_origin(const cel::Node& node, const Origin& origin) {
    out_.need.feature.type = origin.type;
    if (node.children.size() > 1) {
      return not_yet(*node.children[1], "windows are");
    }
    if (node.children.empty()) return true;
    const cel::Node& name = *node.children[0];
    if (name.kind == cel::NodeKind::kList) return not_yet(name, "lists of names are");
    if (name.kind == cel::NodeKind::kCall) return not_yet(name, "windows are");
    if (name.kind != cel::NodeKind::kString) {
      return wrong(name, "the name must be a text in quotes: " + node.text + "(\"…\")");
    }
    out_.need.feature.name = name.text;
    return true;
  }

  // Filters are read from the last to the first, and kept from the first to the last. Two of them are the same as one
  // with "&&" between.
  bool add_filter(const cel::Node& node) {
    cel::NodePtr filter = over_event(node);
    if (filter == nullptr) return false;
    if (filter_ == nullptr) {
      filter_ = std::move(filter);
      return true;
    }
    auto both = std::make_unique<cel::Node>();
    both->kind = cel::NodeKind::kCall;
    both->text = "_&&_";
    both->place = filter->place;
    for (cel::NodePtr* side : {&filter, &filter_}) {
      if ((*side)->kind != cel::NodeKind::kCall || (*side)->text != "_&&_") {
        both->children.push_back(std::move(*side));
        continue;
      }
      for (auto& conjunct : (*side)->children) both->children.push_back(std::move(conjunct));
    }
    filter_ = std::move(both);
    return true;
  }

  // The second argument of node(variable, expression), over `e`; null if it is wrong.
  cel::NodePtr over_event(const cel::Node& node) {
    const cel::Node& variable = *node.children[1];
    if (variable.kind != cel::NodeKind::kIdentifier) {
      wrong(variable, "the first argument names the event: ." + node.text + "(e, …)");
      return nullptr;
    }
    cel::NodePtr expression = cel::copy(*node.children[2]);
    return rename(*expression, variable.text) ? std::move(expression) : nullptr;
  }

  bool rename(cel::Node& node, const std::string& variable) {
    if (node.kind == cel::NodeKind::kIdentifier) {
      if (node.text == variable) {
        node.text = "e";
      } else if (node.text == "e") {
        return wrong(node, "\"e\" is another variable here: name the event \"e\", or that variable otherwise");
      } else if (std::ranges::find(kOfPerson, node.text) != kOfPerson.end()) {
        return wrong(node, "a filter or value sees the event alone, not \"" + node.text + "\" of the person");
      }
    }
    if (asks_history(node)) return wrong(node, "a question cannot stand within another");
    for (auto& child : node.children) {
      if (!rename(*child, variable)) return false;
    }
    const bool of_event = !of_elements_ && node.kind == cel::NodeKind::kSelect &&
                          node.children[0]->kind == cel::NodeKind::kIdentifier && node.children[0]->text == "e";
    if (of_event && std::ranges::find(kEventFields, node.text) == kEventFields.end()) {
      return wrong(node, "an event has no \"" + node.text +
                             "\"; it has name, type, properties, context, occurred_at and source");
    }
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

  // Conjuncts such as e.properties.category == "wine".
  void note_equalities(const cel::Node& node, const std::string& each) {
    if (node.kind != cel::NodeKind::kCall) return;
    if (node.text == "_&&_") {
      for (const auto& child : node.children) note_equalities(*child, each);
    } else if (node.text == "_==_") {
      const bool first = node.children[0]->kind == cel::NodeKind::kString;
      const cel::Node& text = first ? *node.children[0] : *node.children[1];
      const cel::Node& path = first ? *node.children[1] : *node.children[0];
      if (text.kind == cel::NodeKind::kString && is_path(path)) {
        out_.need.equalities.push_back({each, cel::unparse(path), text.text});
      }
    }
  }

  Question& out_;
  std::vector<cel::Issue>& issues_;
  bool of_elements_ = false;  // what is being read is about elements, not events
  cel::NodePtr filter_;
  cel::NodePtr each_;
  cel::NodePtr element_filter_;
  cel::NodePtr value_;
};

}  // namespace

const cel::Environment& event_environment() {
  static const cel::Environment kEnvironment = [] {
    cel::Environment environment(kDialect);
    environment.declare("e", cel::TypeKind::kDyn);
    return environment;
  }();
  return kEnvironment;
}

bool asks_history(const cel::Node& node) {
  return is_source(node) || (node.kind == cel::NodeKind::kCall && node.receiver && is_source(*node.children[0]));
}

bool is_origin(std::string_view function) {
  return std::ranges::find(kOrigins, function, &Origin::function) != kOrigins.end();
}

bool read_question(const cel::Node& node, Question& out, std::vector<cel::Issue>& issues) {
  return Reader(out, issues).read(node);
}

std::string FeatureSpec::text() const {
  constexpr std::array<Reading, 11> kReadings{Reading::kCount,     Reading::kCount,    Reading::kSum,
                                              Reading::kMin,       Reading::kMax,      Reading::kFirstValue,
                                              Reading::kLastValue, Reading::kDistinct, Reading::kMostFrequent,
                                              Reading::kFirstTime, Reading::kLastTime};
  return source_text(*this) + ending_text(kReadings[static_cast<std::size_t>(aggregate)], value);
}

}  // namespace tessera::segment
