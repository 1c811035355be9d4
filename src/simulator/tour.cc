#include "simulator/tour.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>

namespace tessera::simulator {

namespace {

constexpr std::string_view kQuery =
    "SELECT event, count(*) AS times, count(DISTINCT profile_id) AS people FROM events WHERE type = 'track' "
    "GROUP BY ALL ORDER BY times DESC LIMIT 10";

// How many identifiers the server has of them.
std::size_t known_identifiers(http_client::Client& server, const Person& person) {
  const auto response = server.request("GET", "/v1/profiles/email:" + http_client::url_encode(person.email));
  if (!response || !response->ok()) return 0;
  boost::system::error_code broken;
  const boost::json::value value = boost::json::parse(response->body, broken);
  if (broken || !value.is_object()) return 0;
  const boost::json::value* identifiers = value.as_object().if_contains("identifiers");
  return identifiers != nullptr && identifiers->is_array() ? identifiers->as_array().size() : 0;
}

bool is_worth_a_look(const Person& person) {
  return person.has_account(0) && person.has_card(0) && person.app && !person.phone.empty() &&
         person.anonymous_ids.size() >= 3;
}

}  // namespace

const Person* find_well_known(http_client::Client& server, const Retailer& retailer) {
  constexpr std::size_t kCandidates = 25;
  const Person* best = nullptr;
  std::size_t most = 0;
  std::size_t asked = 0;
  for (const Household& home : retailer.households()) {
    if (!home.landline.empty()) continue;  // who shares a number may have been taken for one person
    for (const Person& person : home.members) {
      if (asked == kCandidates || !is_worth_a_look(person)) continue;
      ++asked;
      const std::size_t identifiers = known_identifiers(server, person);
      if (identifiers <= most) continue;
      most = identifiers;
      best = &person;
    }
  }
  return best;
}

void print_tour(const SimulateOptions& options, const Person* person, std::ostream& out) {
  const bool has_file = !options.token_file.empty();
  const std::string token = has_file ? "$(cat " + options.token_file + ")" : options.token;
  const std::string server =
      "--url " + options.url + (has_file ? " --token-file " + options.token_file : " --token " + options.token);
  const std::string curl = "  curl -s -H \"Authorization: Bearer $TOKEN\" ";
  out << "\nWatch it live    " << options.url << "/#token=" << options.token << "\n";
  if (person != nullptr) {
    const std::string profile = options.url + "/v1/profiles/email:" + http_client::url_encode(person->email);
    out << "\nOne person, " << person->first_name << " " << person->last_name << ", from all their traces:\n"
        << "  TOKEN=" << token << "\n"
        << curl << profile << "\n"
        << curl << profile << "/identity\n"
        << curl << profile << "/events?limit=3\n";
  }
  out << "\nWho is in which segment, and why:\n"
      << "  " << options.command << " segment list " << server << "\n";
  if (person != nullptr) {
    out << "  " << options.command << " segment why vip email:" << person->email << " " << server << "\n";
  }
  out << "  curl -sN -H \"Authorization: Bearer " << token << "\" " << options.url << "/v1/segments/changes\n";
  out << "\nThe whole history, in SQL:\n"
      << "  " << options.command << " sql " << server << " \\\n    \"" << kQuery << "\"\n\n"
      << std::flush;
}

}  // namespace tessera::simulator
