#include "cli/listed_people.h"

#include <algorithm>

#include "base/ids.h"
#include "cli/document.h"
#include "cli/text.h"

namespace tessera::cli {

namespace {

constexpr std::string_view kProfile = "profile";

}  // namespace

Result<ListedPeople> ListedPeople::open(const std::string& path, const std::string& identifier,
                                        const std::vector<std::string>& types) {
  if (!identifier.empty() && identifier != kProfile && std::ranges::find(types, identifier) == types.end()) {
    return error(Code::kInvalidArgument,
                 "there is no type of identifier \"" + identifier + "\": there are " + listed(types) + ", or profile");
  }
  TRY_ASSIGN(auto input, TextInput::open(path));
  ListedPeople people(std::move(input));
  TRY(people.find_column(path, identifier, types));
  return people;
}

Status ListedPeople::find_column(const std::string& path, const std::string& identifier,
                                 const std::vector<std::string>& types) {
  TRY_ASSIGN(const bool any, reader_.next(record_));
  column_ = identifier;
  if (!any) return {};
  std::vector<std::string> names;
  for (const std::string& field : record_.fields) names.emplace_back(trimmed(field));
  auto at = std::ranges::find(names, identifier.empty() ? std::string(kProfile) : identifier);
  if (at == names.end() && identifier.empty()) {
    at = std::ranges::find_if(names, [&](const auto& name) { return std::ranges::find(types, name) != types.end(); });
  }
  if (at != names.end()) {
    column_ = *at;
    place_ = static_cast<std::size_t>(at - names.begin());
    return {};
  }
  if (names.size() > 1) {
    return error(Code::kInvalidArgument, path + " has no column \"" + (identifier.empty() ? "profile" : identifier) +
                                             "\"" + (identifier.empty() ? ", and none of " + listed(types) : "") +
                                             ": its first line must name the columns");
  }
  is_first_read_ = true;
  return {};
}

Result<bool> ListedPeople::next(ListedPerson& person) {
  for (;;) {
    if (!std::exchange(is_first_read_, false)) {
      TRY_ASSIGN(const bool any, reader_.next(record_));
      if (!any) return false;
    }
    read(person);
    if (!person.value.empty() || !person.problem.empty()) return true;
  }
}

void ListedPeople::read(ListedPerson& person) const {
  person = {.line = record_.line, .value = {}, .entry = {}, .problem = record_.problem};
  if (place_ >= record_.fields.size()) return;
  person.value = trimmed(record_.fields[place_]);
  if (person.value.empty() || !person.problem.empty()) return;
  const bool says_itself = column_.empty() && person.value.find(':') != std::string::npos;
  if (column_.empty() || column_ == kProfile) {
    person.entry = person.value;
    if (!says_itself && !parse_profile_id(person.value)) person.problem = "no profile's id";
  } else {
    person.entry = column_ + ":" + person.value;
  }
}

}  // namespace tessera::cli
