#include "catalog/kind.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <set>

#include "catalog/document.h"

namespace tessera::catalog {

namespace {

constexpr std::size_t kMaxNameBytes = 64;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// One check of one set: what is found, and of whom.
class Check {
 public:
  Check(const Kinds& kinds, const Definitions& after) : kinds_(kinds), after_(after) {}

  void change(const DefinitionChange& change);
  void everything();
  std::vector<Problem> problems() && { return std::move(problems_); }

 private:
  void tell(const DefinitionKey& key, std::string pointer, std::string message);
  const Kind* known_kind(const DefinitionKey& key);
  void document(const Kind& kind, const DefinitionChange& change);

  const Kinds& kinds_;
  const Definitions& after_;
  std::vector<Problem> problems_;
  std::set<DefinitionKey> wrong_;  // those whose documents are wrong in themselves
};

void Check::tell(const DefinitionKey& key, std::string pointer, std::string message) {
  if (problems_.size() < kMaxProblems) problems_.push_back({key, std::move(pointer), std::move(message)});
}

const Kind* Check::known_kind(const DefinitionKey& key) {
  const Kind* kind = kinds_.find(key.kind);
  if (kind == nullptr) {
    std::string names;
    for (const Kind& one : kinds_.all()) names.append(names.empty() ? "" : ", ").append(one.name);
    tell(key, "", "there is no kind \"" + key.kind + "\"; there are " + names);
  } else if (kind->single && key.name != key.kind) {
    tell(key, "", "there is one " + key.kind + " only, and its name must be \"" + key.kind + "\"");
  } else if (!is_name(key.name)) {
    tell(key, "", "a definition's name must be 1 to 64 of a-z, 0-9, _ and -");
  } else {
    return kind;
  }
  wrong_.insert(key);
  return nullptr;
}

void Check::document(const Kind& kind, const DefinitionChange& change) {
  const Definition* definition = after_.find(change.key);
  const std::string& text = change.document.empty() ? definition->newest().document : change.document;
  const auto document = parse_document(text);
  if (!document) return tell(change.key, "", document.error().message);
  if (change.action == ChangeAction::kDraft) return;
  const auto violations = kinds_.schema(kind).validate(*document, kMaxProblems);
  std::set<std::string> told;
  for (const auto& [name, must] : {std::pair("kind", &change.key.kind), std::pair("name", &change.key.name)}) {
    const boost::json::value* value = document->get_object().if_contains(name);
    if (value == nullptr || (value->is_string() && view(value->get_string()) == *must)) continue;
    const std::string& pointer = *told.insert("/" + std::string(name)).first;
    tell(change.key, pointer, "must be \"" + *must + "\", as which it is published");
  }
  for (const auto& [pointer, message] : violations) {
    if (!told.contains(pointer)) tell(change.key, pointer, message);
  }
  if (!violations.empty() || !told.empty() || !kind.check) return;
  kind.check(change.key, *document, after_, [&](std::string pointer, std::string message) {
    tell(change.key, std::move(pointer), std::move(message));
  });
}

void Check::change(const DefinitionChange& change) {
  const Kind* kind = known_kind(change.key);
  if (kind == nullptr || change.action == ChangeAction::kArchive) return;
  const std::size_t before = problems_.size();
  document(*kind, change);
  if (problems_.size() != before) wrong_.insert(change.key);
}

void Check::everything() {
  for (const Kind& kind : kinds_.all()) {
    if (!kind.check_all) continue;
    kind.check_all(after_, [this](Problem problem) {
      if (!wrong_.contains(problem.key)) tell(problem.key, std::move(problem.pointer), std::move(problem.message));
    });
  }
}

}  // namespace

Kinds::Kinds(std::vector<Kind> kinds) : kinds_(std::move(kinds)) {
  for (const Kind& kind : kinds_) schemas_.push_back(own_schema(kind.schema));
}

const Kind* Kinds::find(std::string_view name) const {
  const auto found = std::ranges::find(kinds_, name, &Kind::name);
  return found == kinds_.end() ? nullptr : &*found;
}

std::vector<Problem> check_changes(const Kinds& kinds, const Definitions& now, const ChangeSet& set) {
  const auto after = now.with(set, {}, {}, nullptr);
  if (!after) {
    const auto refused = std::ranges::find_if(set.changes, [&](const auto& change) { return !now.may(change); });
    const DefinitionKey key = refused == set.changes.end() ? DefinitionKey{} : refused->key;
    return {{key, "", after.error().message}};
  }
  Check check(kinds, *after);
  for (const DefinitionChange& change : set.changes) check.change(change);
  check.everything();
  return std::move(check).problems();
}

}  // namespace tessera::catalog
