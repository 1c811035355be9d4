#include "published.h"

#include <algorithm>

#include "base/json.h"
#include "dice.h"

namespace tessera::meaning {

namespace {

constexpr int kMaxComputed = 3;
constexpr int kMaxShown = 3;
constexpr int kMaxSegments = 7;
constexpr int kMaxLists = 2;

std::string document(const std::string& kind, const std::string& name, const std::string& member,
                     const std::string& value) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("kind").string(kind).key("name").string(name);
  if (kind == "segment" && is_list(name)) {
    json.key("list").boolean(true).end_object();
  } else {
    json.key(member).string(value).end_object();
  }
  return out;
}

void add_changes(const std::string& kind, const std::string& member, const std::map<std::string, Expression>& before,
                 const std::map<std::string, Expression>& after, catalog::ChangeSet& out) {
  for (const auto& [name, expression] : after) {
    const auto was = before.find(name);
    if (was != before.end() && was->second.text.cel == expression.text.cel) continue;
    out.changes.push_back(
        {catalog::ChangeAction::kPublish, {kind, name}, document(kind, name, member, expression.text.cel), {}, {}});
  }
  for (const auto& [name, expression] : before) {
    if (!after.contains(name)) out.changes.push_back({catalog::ChangeAction::kArchive, {kind, name}, {}, {}, {}});
  }
}

}  // namespace

std::set<std::string> Published::asks() const {
  std::set<std::string> all;
  for (const auto* kind : {&computed, &shown, &segments}) {
    for (const auto& [name, expression] : *kind) all.insert(expression.asks.begin(), expression.asks.end());
  }
  return all;
}

std::set<std::string> Published::ranks() const {
  std::set<std::string> all;
  for (const auto* kind : {&shown, &segments}) {
    for (const auto& [name, expression] : *kind) all.insert(expression.ranks.begin(), expression.ranks.end());
  }
  return all;
}

std::string Published::meaning_of(const Compared& compared) const {
  const auto trait = computed.find(compared.x);
  return (trait == computed.end() ? compared.x : trait->second.text.sql) + " among " + compared.among;
}

void Published::forget_unused_tables(const Questions& questions) {
  std::set<std::string> used;
  for (const std::string& name : ranks()) used.insert(meaning_of(questions.compared(name)));
  std::erase_if(tables, [&](const auto& table) { return !used.contains(table.first); });
}

std::set<std::string> Published::that_wait(const Questions& questions, const std::set<std::string>& asked) const {
  std::set<std::string> all;
  for (const auto* kind : {&computed, &segments, &shown}) {  // each names those before it alone
    for (const auto& [name, expression] : *kind) {
      const bool asks_more = !std::ranges::includes(asked, expression.asks);
      const bool names_one = std::ranges::any_of(expression.names, [&](const auto& n) { return all.contains(n); });
      const bool has_tables = std::ranges::all_of(
          expression.ranks, [&](const auto& rank) { return tables.contains(meaning_of(questions.compared(rank))); });
      if (asks_more || names_one || !has_tables) all.insert(name);
    }
  }
  return all;
}

namespace {

// Lists stay, or come and go where nothing else names them.
void publish_lists(const Questions& questions, Published& after) {
  std::set<std::string> named;
  for (const auto* kind : {&after.shown, &after.segments}) {
    for (const auto& [name, expression] : *kind) {
      named.insert(expression.names.begin(), expression.names.end());
      for (const std::string& rank : expression.ranks) named.insert(questions.compared(rank).among);
      for (const std::string& asked : expression.asks) named.insert(questions.at(asked).history.watched.value_or(""));
    }
  }
  for (int i = 0; i < kMaxLists; ++i) {
    const std::string name = "l" + std::to_string(i);
    if (named.contains(name) || chance(50)) {
      after.segments.emplace(name, Expression{{"", "listed_" + name}, {}, {}});
    }
  }
}

}  // namespace

Published any_published(Questions& questions, const Published& before, Names names) {
  Published after;
  if (chance(40)) after.precedence = {one_of<std::string>({"web", "shop", "till"}), "till"};
  if (after.precedence.size() == 2 && after.precedence[0] == "till") after.precedence.pop_back();
  const bool may_watch = names.may_watch;
  names.may_watch = false;
  const auto computed = static_cast<int>(std::max<std::size_t>(before.computed.size(), any(kMaxComputed + 1)));
  for (int i = 0; i < computed; ++i) {
    const std::string name = "c" + std::to_string(i);
    // What conditions name stays, and stays a number where it is one.
    const auto was = before.computed.find(name);
    Expression expression = was != before.computed.end() ? was->second : any_computed(questions, names, false);
    if (was != before.computed.end() && chance(30)) {
      Expression other = any_computed(questions, names, false);
      if (other.is_number == expression.is_number) expression = std::move(other);
    }
    names.computed.push_back({name, expression.is_number});
    after.computed.emplace(name, std::move(expression));
  }
  names.may_watch = may_watch;
  for (int i = 0; i < kMaxLists; ++i) {
    if (chance(50)) names.segments.push_back("l" + std::to_string(i));
  }
  const int segments = 1 + any(kMaxSegments);
  for (int i = 0; i < segments; ++i) {
    const std::string name = "s" + std::to_string(i);
    const auto was = before.segments.find(name);
    const bool stays = was != before.segments.end() && chance(65);
    after.segments.emplace(name, stays ? was->second : any_condition(questions, names, 2));
    names.segments.push_back(name);
  }
  const int shown = any(kMaxShown + 1);
  for (int i = 0; i < shown; ++i) {
    after.shown.emplace("d" + std::to_string(i), any_computed(questions, names, true));
  }
  publish_lists(questions, after);
  after.tables = before.tables;
  after.forget_unused_tables(questions);
  return after;
}

catalog::ChangeSet changes_between(const Published& before, const Published& after) {
  catalog::ChangeSet set{{}, "a test"};
  add_changes("trait", "expression", before.computed, after.computed, set);
  add_changes("trait", "expression", before.shown, after.shown, set);
  add_changes("segment", "condition", before.segments, after.segments, set);
  if (before.precedence == after.precedence) return set;
  const catalog::DefinitionKey key{"trait", "plan"};
  if (after.precedence.empty()) {
    set.changes.push_back({catalog::ChangeAction::kArchive, key, {}, {}, {}});
    return set;
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("kind").string("trait").key("name").string("plan").key("precedence").begin_array();
  for (const std::string& source : after.precedence) json.string(source);
  json.end_array().end_object();
  set.changes.push_back({catalog::ChangeAction::kPublish, key, std::move(out), {}, {}});
  return set;
}

}  // namespace tessera::meaning
