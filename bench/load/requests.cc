#include "requests.h"

#include <cstring>

#include "base/hash.h"

namespace tessera::bench {
namespace {

constexpr int kUserDigits = 7;
constexpr int kDeviceDigits = 9;
constexpr int kMessageDigits = 12;
constexpr std::string_view kTimePattern = "2000-01-01T00:00:00.000Z";

constexpr std::string_view kProducts[] = {"Whole Milk 1 l", "Sourdough Bread", "Olive Oil 500 ml", "Bananas 1 kg",
                                          "Espresso Beans", "Oat Drink 1 l",   "Free-range Eggs",  "Tomatoes 500 g"};
constexpr std::string_view kPages[] = {"Home", "Dairy", "Bakery", "Fruit", "Recipes", "Offers", "Basket", "Account"};

std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      three = three << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kLetters[three >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

// Appends `text` and returns where its first '#' is; the digits go there.
std::size_t append_with_digits(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out += text;
  return start + text.find('#');
}

}  // namespace

double Draw::uniform() {
  return static_cast<double>(mix64(state_ += 0x9e3779b97f4a7c15ULL) >> 11) * 0x1.0p-53;
}

std::uint64_t Draw::active_profile() {
  const double u = uniform();
  const auto rank = static_cast<std::uint64_t>(u * u * u * static_cast<double>(profiles_));
  return rank * 2'654'435'761ULL % profiles_;
}

Request::Request(const RequestOptions& options, std::uint64_t variety) : options_(options) {
  if (options.mode == Mode::kRead) {
    read_user_ = append_with_digits(bytes_, "GET /v1/profiles/user_id:u#######");
    bytes_ += " HTTP/1.1\r\nHost: " + options.host + "\r\nAuthorization: Bearer " + options.token + "\r\n\r\n";
    return;
  }
  std::string body;
  if (options.mode == Mode::kSingle) {
    add_item(body, Call::kTrack, variety);
  } else {
    add_items(body, variety);
  }
  bytes_ = head(body.size());
  for (Item& item : items_) {
    for (std::size_t* place : {&item.message, &item.user, &item.device, &item.email, &item.time}) {
      if (*place != 0) *place += bytes_.size();
    }
  }
  bytes_ += body;
}

std::string Request::head(std::size_t body_bytes) const {
  std::string head = options_.mode == Mode::kSingle ? "POST /v1/track" : "POST /v1/batch";
  head += " HTTP/1.1\r\nHost: " + options_.host + "\r\nAuthorization: Basic ";
  head += base64(options_.write_key + ":");
  head += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
  return head;
}

// Of 200 calls: 144 track, 44 page, 10 identify, 1 page from a device that nobody knows, 1 identify that links it.
void Request::add_items(std::string& body, std::uint64_t variety) {
  body = "{\"batch\":[";
  for (std::size_t i = 0; i < options_.batch; ++i) {
    if (i > 0) body += ',';
    const std::uint64_t draw = mix64(variety * 1'000'003 + i) % 200;
    Call call = Call::kTrack;
    if (options_.mode == Mode::kCreate || draw < 10) {
      call = Call::kIdentify;
    } else if (draw < 54) {
      call = Call::kPage;
    } else if (draw == 54) {
      call = Call::kNewDevice;
    } else if (draw == 55) {
      call = Call::kLinkDevice;
    }
    add_item(body, call, variety + i);
  }
  body += "]}";
}

void Request::add_item(std::string& body, Call call, std::uint64_t variety) {
  Item item{.call = call};
  const bool track = call == Call::kTrack;
  const bool page = call == Call::kPage || call == Call::kNewDevice;
  body += track ? R"({"type":"track",)" : page ? R"({"type":"page",)" : R"({"type":"identify",)";
  item.message =
      append_with_digits(body, R"("messageId":"bench-)" + std::to_string(options_.run) + R"(-############",)");
  if (call != Call::kNewDevice) item.user = append_with_digits(body, R"("userId":"u#######",)");
  if (call == Call::kNewDevice || call == Call::kLinkDevice) {
    item.device =
        append_with_digits(body, R"("anonymousId":"device-)" + std::to_string(options_.run) + R"(-#########",)");
  }
  body += R"("timestamp":")";
  item.time = body.size();
  body += std::string(kTimePattern) + R"(",)";
  const std::string product(kProducts[variety % std::size(kProducts)]);
  if (track) {
    body += R"("event":"Product Added","properties":{"product_id":"P-)" + std::to_string(10000 + variety % 977) +
            R"(","name":")" + product + R"(","price":)" + std::to_string(1 + variety % 9) +
            R"(.49,"quantity":1,"currency":"EUR"},)";
  } else if (page) {
    const std::string name(kPages[variety % std::size(kPages)]);
    body += R"("name":")" + name + R"(","properties":{"path":"/)" + name + R"(","referrer":"https://shop.example/"},)";
  } else {
    item.email = append_with_digits(body, R"("traits":{"email":"u#######@example.com",)");
    body += R"("city":"Berlin","plan":"family","favourite":")" + product + R"("},)";
  }
  body += R"("context":{"library":{"name":"bench","version":"1.0"},"locale":"en-GB"}})";
  items_.push_back(item);
}

void Request::fill(Draw& draw, std::string_view now_text) {
  if (options_.mode == Mode::kRead) put_digits(read_user_, draw.active_profile(), kUserDigits);
  for (const Item& item : items_) fill_item(item, draw, now_text);
}

void Request::fill_item(const Item& item, Draw& draw, std::string_view now_text) {
  const bool create = options_.mode == Mode::kCreate;
  const std::uint64_t user = create ? draw.next_in_order() % options_.profiles : draw.active_profile();
  put_digits(item.message, draw.next_number(), kMessageDigits);
  if (item.user != 0) put_digits(item.user, user, kUserDigits);
  if (item.email != 0) put_digits(item.email, user, kUserDigits);
  if (item.call == Call::kNewDevice) put_digits(item.device, draw.next_device(), kDeviceDigits);
  // A device is linked after it was first seen: two strangers are then one person.
  if (item.call == Call::kLinkDevice) put_digits(item.device, draw.next_link(), kDeviceDigits);
  std::memcpy(&bytes_[item.time], now_text.data(), kTimePattern.size());
}

void Request::put_digits(std::size_t place, std::uint64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    bytes_[place + static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace tessera::bench
