// Segments worked out the slow way, for tests: conditions as small trees that show their text and are evaluated over
// the raw events, with nothing of the module's own in between.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace tessera::segment::model {

struct Null {
  friend auto operator<=>(Null, Null) = default;
};
struct Wrong {  // an error
  friend auto operator<=>(Wrong, Wrong) = default;
};
struct Time {
  std::int64_t ms = 0;
  friend auto operator<=>(Time, Time) = default;
};
using Value = std::variant<Null, double, std::string, Time, bool, Wrong>;

struct Event {
  std::string type = "track";
  std::string name;
  Value n;                                     // e.properties.n
  Value kind;                                  // e.properties.kind
  std::vector<std::pair<Value, Value>> lines;  // e.properties.lines: n and kind of each
  Value segment;
  std::string source = "web";
  std::int64_t at = 0;
  std::uint64_t offset = 0;
  std::uint32_t index = 0;
  std::size_t part = 0;
  std::optional<Value> trait;  // identify: what it says of traits.t
  std::optional<double> group_size;
};

// What comes of a comparison or a logical operator: true, false, or neither.
using Truth = std::optional<bool>;

inline Truth truth_of(const Value& value) {
  const bool* truth = std::get_if<bool>(&value);
  return truth == nullptr ? std::nullopt : Truth(*truth);
}

inline Truth compared(const Value& a, const std::string& operation, const Value& b) {
  if (std::holds_alternative<Wrong>(a) || std::holds_alternative<Wrong>(b)) return std::nullopt;
  if (operation == "==") return a == b;
  if (operation == "!=") return a != b;
  if (a.index() != b.index() || std::holds_alternative<Null>(a)) return std::nullopt;
  if (operation == "<") return a < b;
  return operation == ">=" ? a >= b : a > b;
}

struct Filter {
  std::string kind;            // demanded of e.properties.kind; empty: any
  std::optional<double> over;  // e.properties.n > over
  std::string source;
  std::string segment;

  std::string text(const std::string& path) const {
    std::vector<std::string> all;
    if (!segment.empty()) all.push_back(path + "segment == \"" + segment + "\"");
    if (!kind.empty()) all.push_back(path + "kind == \"" + kind + "\"");
    if (over) all.push_back(path + "n > " + std::to_string(static_cast<int>(*over)) + ".5");
    if (!source.empty()) all.push_back("e.source == \"" + source + "\"");
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : " && ") + one;
    return out;
  }
  bool passes(const Event& event) const {
    if (!segment.empty() && event.segment != Value(segment)) return false;
    if (!kind.empty() && event.kind != Value(kind)) return false;
    if (over && compared(event.n, ">", *over + 0.5) != Truth(true)) return false;
    return source.empty() || event.source == source;
  }
};

inline std::string duration_text(std::int64_t ms) {
  return "duration(\"" + std::to_string(ms) + "ms\")";
}

// (now - from, now - to]; everything if `from` is 0.
struct Window {
  std::int64_t from = 0;
  std::int64_t to = 0;

  std::string text() const {
    if (from == 0) return "";
    return to == 0 ? duration_text(from) : "between(" + duration_text(from) + ", " + duration_text(to) + ")";
  }
  bool covers(std::int64_t at, std::int64_t now) const { return from == 0 || (at > now - from && at <= now - to); }
};

struct History {
  struct Link;

  std::string function = "events";
  std::string name;  // empty: any
  Window window;
  bool lines = false;  // of e.properties.lines, and the filter is over those
  Filter filter;
  std::vector<Link> links;

  std::string path() const { return lines ? "." : ".properties."; }
  std::string text() const;
  bool concerns(const Event& event) const {
    const std::string type = function == "events" ? "track" : function == "pages" ? "page" : "screen";
    if (event.type != type) return false;
    const bool own = event.name == "Segment Entered" || event.name == "Segment Exited";
    return name.empty() ? !own : event.name == name;
  }
};

struct History::Link {
  std::string order = "followed_by";
  History other;
  std::int64_t within = 0;
  bool same_kind = false;
  bool less_n = false;  // of this one than of the other

  std::string text(const std::string& path) const {
    std::string out = "." + order + "(" + other.text() + ", " + duration_text(within);
    if (same_kind) out += ", a, b, b" + other.path() + "kind == a" + path + "kind";
    if (less_n) out += " && a" + path + "n < b" + other.path() + "n";
    return out + ")";
  }
  bool matches(const Event& a, const Event& b) const {
    if (same_kind && a.kind != b.kind) return false;
    return !less_n || compared(a.n, "<", b.n) == Truth(true);
  }
};

inline std::string History::text() const {
  const std::string named = name.empty() ? "" : "\"" + name + "\"";
  std::string out = function + "(" + named + (named.empty() || window.from == 0 ? "" : ", ") + window.text() + ")";
  if (lines) out += ".each(e, e.properties.lines)";
  if (!filter.text("e" + path()).empty()) out += ".filter(e, " + filter.text("e" + path()) + ")";
  for (const Link& link : links) out += link.text(path());
  return out;
}

struct Question {
  History history;
  std::string ending = "count";
  std::string value;  // "n", "kind" or empty
  // Of "first" and "last": whether one of so many values is a text; 0: the value itself.
  std::size_t first_n = 0;
  std::string wanted;

  bool is_truth() const { return ending == "exists" || first_n != 0; }
  std::string text() const {
    if (first_n != 0) {
      return history.text() + "." + ending + "(" + std::to_string(first_n) + ", e, e" + history.path() + value +
             ").exists(x, x == \"" + wanted + "\")";
    }
    return history.text() + "." + ending + (value.empty() ? "()" : "(e, e" + history.path() + value + ")");
  }
};

inline bool is_text_or_number(const Value& value) {
  return std::holds_alternative<double>(value) || std::holds_alternative<std::string>(value);
}

// Each line as an event of its own.
inline std::vector<Event> lines_of(const std::vector<Event>& events) {
  std::vector<Event> all;
  for (const Event& event : events) {
    for (const auto& [n, kind] : event.lines) {
      all.push_back(event);
      all.back().n = n;
      all.back().kind = kind;
    }
  }
  return all;
}

inline bool is_before(const Event& a, const Event& b) {
  return std::tie(a.at, a.offset, a.index) < std::tie(b.at, b.offset, b.index);
}

// Those of somebody's events that a history has at `now`, in its order.
inline std::vector<Event> select(const History& history, const std::vector<Event>& all, std::int64_t now) {
  std::vector<Event> events = all;
  std::erase_if(events, [&](const Event& e) { return !history.concerns(e); });
  if (history.lines) events = lines_of(events);
  std::erase_if(events, [&](const Event& e) { return !history.filter.passes(e) || !history.window.covers(e.at, now); });
  std::stable_sort(events.begin(), events.end(), is_before);
  for (const History::Link& link : history.links) {
    const std::vector<Event> others = select(link.other, all, now);
    const bool ahead = link.order == "followed_by" || link.order == "not_followed_by";
    std::erase_if(events, [&](const Event& mine) {
      const bool found = std::any_of(others.begin(), others.end(), [&](const Event& other) {
        const Event& first = ahead ? mine : other;
        const Event& second = ahead ? other : mine;
        return is_before(first, second) && second.at - first.at <= link.within && link.matches(mine, other);
      });
      if (link.order == "not_followed_by" && now < mine.at + link.within) return true;
      return link.order.starts_with("not_") ? found : !found;
    });
  }
  return events;
}

// The answer at `now` over all of somebody's events, in any order.
inline Value answer(const Question& question, const std::vector<Event>& all, std::int64_t now) {
  const std::vector<Event> events = select(question.history, all, now);
  if (question.ending == "count") return static_cast<double>(events.size());
  if (question.ending == "exists") return !events.empty();
  const bool last = question.ending == "last";
  if (last || question.ending == "first") {
    if (question.first_n != 0) {
      const std::size_t count = std::min(events.size(), question.first_n);
      const auto begin = last ? events.end() - static_cast<std::ptrdiff_t>(count) : events.begin();
      return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count), [&](const Event& event) {
        return (question.value == "n" ? event.n : event.kind) == Value(question.wanted);
      });
    }
    if (events.empty()) return Null{};
    const Event& event = last ? events.back() : events.front();
    if (question.value.empty()) return Time{event.at};
    return question.value == "n" ? event.n : event.kind;
  }
  std::vector<Value> values;
  for (const Event& event : events) {
    const Value& value = question.value == "n" ? event.n : event.kind;
    if (is_text_or_number(value)) values.push_back(value);
  }
  if (question.ending == "count_distinct") return static_cast<double>(std::set(values.begin(), values.end()).size());
  if (question.ending == "sum" || question.ending == "avg") {
    std::erase_if(values, [](const Value& v) { return !std::holds_alternative<double>(v); });
    double sum = 0;
    for (const Value& value : values) sum += std::get<double>(value);
    if (question.ending == "sum") return sum;
    return values.empty() ? Value(Null{}) : Value(sum / static_cast<double>(values.size()));
  }
  if (values.empty()) return Null{};
  if (question.ending == "min") return *std::min_element(values.begin(), values.end());
  if (question.ending == "max") return *std::max_element(values.begin(), values.end());
  std::map<Value, int> tally;
  for (const Value& value : values) ++tally[value];
  return std::max_element(tally.begin(), tally.end(), [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

// What is known of somebody.
struct Person {
  std::int64_t now = 0;
  std::vector<Event> events;
  std::set<std::string> segments;          // that they are in
  std::vector<std::string> trait_sources;  // whose word on traits.t counts first

  // The word that counts on traits.t: by source, then the till's over the web's, then the latest.
  Value trait() const {
    std::optional<std::tuple<int, bool, std::int64_t, std::uint64_t>> best;
    Value word = Null{};
    for (const Event& event : events) {
      if (!event.trait) continue;
      const auto place = std::find(trait_sources.begin(), trait_sources.end(), event.source);
      const std::tuple rank(-static_cast<int>(place - trait_sources.begin()), event.source == "till", event.at,
                            event.offset);
      if (best && *best > rank) continue;
      best = rank;
      word = *event.trait;
    }
    return word;
  }
  Value group_size() const {
    Value size = Null{};
    std::uint64_t joined = 0;
    for (const Event& event : events) {
      if (!event.group_size || event.offset < joined) continue;
      joined = event.offset;
      size = *event.group_size;
    }
    return size;
  }
};

// A condition: a logical operator over others, or a leaf.
struct Condition {
  std::string operation;  // "&&", "||", "!", "==", "!=", "<", ">=", ">", "is" (a question that is true or not), "in"
  std::vector<Condition> operands;
  std::string left;  // "question", "trait", "group", "since" (now - question), "until" (question + right, with now)
  Question question;
  std::string computed;  // the trait that stands for the question; empty: itself
  Value right;
  std::string segment;  // "in"

  std::string text() const {
    if (operation == "!") return "!(" + operands[0].text() + ")";
    if (operation == "&&" || operation == "||") {
      return "(" + operands[0].text() + " " + operation + " " + operands[1].text() + ")";
    }
    if (operation == "in") return "in_segment(\"" + segment + "\")";
    return left_text() + (operation == "is" ? "" : " " + operation + " " + right_text());
  }

  Truth holds(const Person& person) const {
    if (operation == "in") return person.segments.contains(segment);
    if (operation == "!") {
      const Truth truth = operands[0].holds(person);
      return truth ? Truth(!*truth) : std::nullopt;
    }
    if (operation == "&&" || operation == "||") {
      const Truth a = operands[0].holds(person);
      const Truth b = operands[1].holds(person);
      const bool decides = operation == "||";
      if (a == Truth(decides) || b == Truth(decides)) return decides;
      return a && b ? Truth(!decides) : std::nullopt;
    }
    Value value = left == "trait" ? person.trait() : left == "group" ? person.group_size() : Value(Null{});
    if (is_question()) value = answer(question, person.events, person.now);
    if (left == "since" || left == "until") {
      const Time* time = std::get_if<Time>(&value);
      const std::int64_t wait = std::get<Time>(right).ms;
      if (time == nullptr) return std::nullopt;
      return left == "since" ? compared(Time{person.now - time->ms}, operation, Time{wait})
                             : compared(Time{time->ms + wait}, operation, Time{person.now});
    }
    return operation == "is" ? truth_of(value) : compared(value, operation, right);
  }

  bool is_question() const { return left == "question" || left == "since" || left == "until"; }

 private:
  std::string left_text() const {
    if (left == "trait") return "traits.t";
    if (left == "group") return "group.traits.size";
    const std::string asked = computed.empty() ? question.text() : "traits." + computed;
    if (left == "since") return "now - " + asked;
    return left == "until" ? asked + " + " + duration_text(std::get<Time>(right).ms) : asked;
  }
  std::string right_text() const {
    if (left == "until") return "now";
    if (left == "since") return duration_text(std::get<Time>(right).ms);
    if (const double* number = std::get_if<double>(&right)) {
      const auto quarters = static_cast<int>(*number * 4);
      if (quarters % 4 == 0 && quarters >= 0) return std::to_string(quarters / 4);
      return std::to_string(*number);
    }
    if (const std::string* text = std::get_if<std::string>(&right)) return "\"" + *text + "\"";
    if (const Time* time = std::get_if<Time>(&right)) return "timestamp(" + std::to_string(time->ms / 1000) + ")";
    return "null";
  }
};

}  // namespace tessera::segment::model
