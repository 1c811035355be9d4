#include "engine/person.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "profile/part.h"

namespace tessera::engine {

namespace {

enum class PersonField : protozero::pbf_tag_type { kAdopted = 1, kSegments = 2, kWaiting = 3, kArrived = 4, kDue = 5 };
enum class ArrivedField : protozero::pbf_tag_type { kPart = 1, kContent = 2 };

std::pair<PartId, std::string> read_arrived(protozero::pbf_message<ArrivedField> message) {
  std::pair<PartId, std::string> arrived;
  while (message.next()) {
    switch (message.tag()) {
      case ArrivedField::kPart:
        arrived.first.value = message.get_fixed64();
        break;
      case ArrivedField::kContent:
        arrived.second = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return arrived;
}

Person::Moving& moving_of(Person& person) {
  if (person.moving == nullptr) person.moving = std::make_unique<Person::Moving>();
  return *person.moving;
}

}  // namespace

std::string PersonCodec::key(ProfileId id) {
  return profile::PartCodec::key({shard_of(id), {id.value}});
}

ProfileId PersonCodec::parse_key(std::string_view key) {
  return {profile::PartCodec::parse_key(key).id.value};
}

void PersonCodec::encode(const Person& person, std::string& out) {
  protozero::pbf_builder<PersonField> message(out);
  if (!person.adopted.empty()) {
    protozero::packed_field_fixed64 parts(message, static_cast<protozero::pbf_tag_type>(PersonField::kAdopted));
    for (const PartId part : person.adopted) parts.add_element(part.value);
  }
  if (!person.segments.empty()) {
    protozero::packed_field_uint32 ids(message, static_cast<protozero::pbf_tag_type>(PersonField::kSegments));
    std::uint32_t before = 0;
    for (const std::uint32_t id : person.segments) ids.add_element(id - std::exchange(before, id));
  }
  if (person.due != segment::kNever) message.add_int64(PersonField::kDue, person.due.ms);
  if (person.moving == nullptr) return;
  for (const std::string& waiting : person.moving->waiting) message.add_bytes(PersonField::kWaiting, waiting);
  for (const auto& [part, content] : person.moving->arrived) {
    protozero::pbf_builder<ArrivedField> arrived(message, PersonField::kArrived);
    arrived.add_fixed64(ArrivedField::kPart, part.value);
    arrived.add_bytes(ArrivedField::kContent, content);
  }
}

Result<Person> PersonCodec::decode(std::string_view bytes) try {
  Person person;
  std::uint32_t before = 0;
  protozero::pbf_message<PersonField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case PersonField::kAdopted:
        for (const std::uint64_t part : message.get_packed_fixed64()) person.adopted.push_back({part});
        break;
      case PersonField::kSegments:
        for (const std::uint32_t step : message.get_packed_uint32()) person.segments.push_back(before += step);
        break;
      case PersonField::kWaiting:
        moving_of(person).waiting.push_back(message.get_string());
        break;
      case PersonField::kDue:
        person.due.ms = message.get_int64();
        break;
      case PersonField::kArrived:
        moving_of(person).arrived.push_back(read_arrived(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  return person;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("what is stored of a profile is damaged: ") + e.what());
}

std::size_t PersonCodec::size(const Person& person) {
  std::size_t bytes = sizeof(person) + 8 * person.adopted.capacity() + 4 * person.segments.capacity();
  if (person.moving == nullptr) return bytes;
  for (const std::string& waiting : person.moving->waiting) bytes += sizeof(waiting) + waiting.capacity();
  for (const auto& [part, content] : person.moving->arrived)
    bytes += sizeof(part) + sizeof(content) + content.capacity();
  return bytes;
}

}  // namespace tessera::engine
