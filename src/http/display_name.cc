#include "http/display_name.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <string_view>

namespace tessera::http {

namespace {

constexpr std::size_t kMaxName = 80;  // bytes

// A trait's text; empty if it is none.
std::string text_trait(const profile::ProfileSnapshot& person, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto trait = std::ranges::find(person.traits, name, &profile::TraitSnapshot::name);
    if (trait == person.traits.end() || trait->json.size() > 4 * kMaxName) continue;
    boost::system::error_code broken;
    const boost::json::value value = boost::json::parse(trait->json, broken);
    if (!broken && value.is_string() && !value.as_string().empty()) return std::string(value.as_string());
  }
  return {};
}

// Cuts at a character's start.
std::string shortened(std::string text) {
  if (text.size() <= kMaxName) return text;
  std::size_t end = kMaxName;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string last_four(std::string_view value) {
  std::string out = "•••";
  std::size_t from = value.size() > 4 ? value.size() - 4 : value.size();
  while (from < value.size() && (static_cast<unsigned char>(value[from]) & 0xc0) == 0x80) ++from;
  return out + std::string(value.substr(from));
}

std::string masked_email(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos || at == 0 || static_cast<unsigned char>(value[0]) >= 0x80) return "•••";
  return shortened(value[0] + std::string("•••") + std::string(value.substr(at)));
}

// "payment_token" → "Payment token"
std::string label(std::string type) {
  std::ranges::replace(type, '_', ' ');
  if (!type.empty() && type[0] >= 'a' && type[0] <= 'z') type[0] = static_cast<char>(type[0] - 'a' + 'A');
  return type;
}

const profile::IdentifierSnapshot* find_identifier(const profile::ProfileSnapshot& person, std::string_view type) {
  for (const profile::PartSnapshot& part : person.graph.parts) {
    for (const profile::IdentifierSnapshot& identifier : part.identifiers) {
      if (type.empty() || identifier.type == type) return &identifier;
    }
  }
  return nullptr;
}

}  // namespace

DisplayName display_name(const profile::ProfileSnapshot& person) {
  const std::string first = text_trait(person, {"firstName", "first_name"});
  const std::string last = text_trait(person, {"lastName", "last_name"});
  if (!first.empty() && !last.empty()) return {shortened(first + " " + last), true};
  std::string name = text_trait(person, {"name", "firstName", "first_name", "lastName", "last_name"});
  if (!name.empty()) return {shortened(std::move(name)), true};

  if (const auto* email = find_identifier(person, "email")) return {masked_email(email->value), false};
  if (const auto* card = find_identifier(person, "card")) return {"Card " + last_four(card->value), false};
  if (const auto* user = find_identifier(person, "user_id")) return {"User " + last_four(user->value), false};
  if (const auto* phone = find_identifier(person, "phone")) return {"Phone " + last_four(phone->value), false};
  if (const auto* visitor = find_identifier(person, "anonymous_id"))
    return {"Visitor " + last_four(visitor->value), false};
  if (const auto* any = find_identifier(person, "")) return {label(any->type) + " " + last_four(any->value), false};
  return {};
}

}  // namespace tessera::http
