#include "simulator/names.h"

#include <string>
#include <utility>

namespace tessera::simulator {

namespace {

constexpr std::string_view kFirstNames[] = {
    "Amelia",    "Olivia",   "Isla",    "Ava",    "Freya",    "Lily",    "Florence", "Sophie", "Grace",    "Hannah",
    "Charlotte", "Emily",    "Ruby",    "Alice",  "Ella",     "Harriet", "Martha",   "Zara",   "Aisha",    "Priya",
    "Ananya",    "Mei",      "Chloe",   "Megan",  "Niamh",    "Aoife",   "Catrin",   "Sian",   "Rhiannon", "Elodie",
    "Magda",     "Zofia",    "Ingrid",  "Leila",  "Fatima",   "Yasmin",  "Abena",    "Ngozi",  "Joanna",   "Margaret",
    "Susan",     "Helen",    "Linda",   "Janet",  "Rosa",     "Beatriz", "Yuki",     "Clara",  "Judith",   "Edith",
    "Oliver",    "George",   "Arthur",  "Noah",   "Muhammad", "Leo",     "Oscar",    "Harry",  "Archie",   "Jack",
    "Henry",     "Theodore", "Freddie", "Alfie",  "William",  "Thomas",  "Samuel",   "Edward", "Daniel",   "Imran",
    "Arjun",     "Rohan",    "Wei",     "Callum", "Finlay",   "Rory",    "Cillian",  "Rhys",   "Gareth",   "Emrys",
    "Lukas",     "Piotr",    "Tomasz",  "Matteo", "Omar",     "Yusuf",   "Kwame",    "Chidi",  "David",    "Peter",
    "Stephen",   "Andrew",   "Graham",  "Colin",  "Diego",    "Rafael",  "Kenji",    "Anton",  "Martin",   "Walter",
};

constexpr std::string_view kLastNames[] = {
    "Hartley",   "Ashworth", "Whitaker", "Fairfax",   "Pemberton", "Holloway", "Bennett",   "Cartwright", "Sutton",
    "Marsden",   "Lockwood", "Thornton", "Barlow",    "Kingsley",  "Ellison",  "Radcliffe", "Winslow",    "Harper",
    "Fletcher",  "Sawyer",   "Mercer",   "Chandler",  "Webster",   "Turner",   "Mason",     "Potter",     "Gardner",
    "Shepherd",  "Patel",    "Sharma",   "Kapoor",    "Nair",      "Iqbal",    "Hussain",   "Rahman",     "Begum",
    "Chen",      "Wong",     "Tanaka",   "Nguyen",    "Okafor",    "Mensah",   "Adeyemi",   "Boateng",    "Kowalski",
    "Nowak",     "Wojcik",   "Novak",    "Lindqvist", "Hansen",    "Moreau",   "Lefevre",   "Rossi",      "Ferrari",
    "Santos",    "Pereira",  "Garcia",   "Navarro",   "O'Connor",  "Byrne",    "Gallagher", "Murphy",     "MacLeod",
    "Campbell",  "Drummond", "Fraser",   "Llewellyn", "Prosser",   "Bevan",    "Pritchard", "Whitfield",  "Ainsworth",
    "Blackwood", "Crawford", "Dalton",   "Eastwood",  "Fenwick",   "Goodwin",  "Hawkins",   "Ingram",     "Jarvis",
    "Kendrick",  "Langley",  "Merrick",  "Norwood",   "Osborne",   "Preston",  "Quinn",     "Ramsey",     "Sinclair",
};

constexpr std::string_view kStreets[] = {
    "Market Street", "Mill Lane",     "Church Road",  "Station Road", "Orchard Close", "Victoria Road",
    "Kiln Lane",     "Chapel Street", "Harbour View", "Bramble Way",  "Elm Grove",     "Weavers Row",
    "Castle Street", "Ferry Road",    "Meadow Rise",  "Priory Gate",  "Lime Avenue",   "Tannery Yard",
    "Beacon Hill",   "Quayside",      "Rookery Lane", "Saffron Walk", "Granary Court", "Lantern Street",
};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

std::span<const std::string_view> first_names() {
  return kFirstNames;
}
std::span<const std::string_view> last_names() {
  return kLastNames;
}
std::span<const std::string_view> streets() {
  return kStreets;
}

std::string mistype(Random& random, std::string_view text) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::string out(text);
    const std::size_t at = 1 + random.below(out.size() - 1);
    if (!is_letter(out[at])) continue;
    switch (random.below(4)) {
      case 0:
        if (at + 1 >= out.size() || !is_letter(out[at + 1])) continue;
        std::swap(out[at], out[at + 1]);
        break;
      case 1:
        out.erase(at, 1);
        break;
      case 2:
        out.insert(at, 1, out[at]);
        break;
      default:
        out[at] = static_cast<char>('a' + random.below(26));
    }
    if (out != text) return out;
  }
  return std::string(text) + "e";
}

}  // namespace tessera::simulator
