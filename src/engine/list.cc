#include "engine/list.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

enum class ListField : protozero::pbf_tag_type { kSegment = 1, kAdd = 2, kRemove = 3 };

void write_ids(std::string& out, ListField field, const std::vector<ProfileId>& ids) {
  if (ids.empty()) return;
  protozero::pbf_builder<ListField> message(out);
  protozero::packed_field_fixed64 packed(message, static_cast<protozero::pbf_tag_type>(field));
  for (const ProfileId id : ids) packed.add_element(id.value);
}

}  // namespace

void encode(const ListStep& step, std::string& out) {
  protozero::pbf_builder<ListField>(out).add_string(ListField::kSegment, step.segment);
  write_ids(out, ListField::kAdd, step.add);
  write_ids(out, ListField::kRemove, step.remove);
}

Result<ListStep> decode_list_step(std::string_view bytes) try {
  ListStep step;
  protozero::pbf_message<ListField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case ListField::kSegment:
        step.segment = message.get_string();
        break;
      case ListField::kAdd:
        for (const std::uint64_t id : message.get_packed_fixed64()) step.add.push_back({id});
        break;
      case ListField::kRemove:
        for (const std::uint64_t id : message.get_packed_fixed64()) step.remove.push_back({id});
        break;
      default:
        message.skip();
    }
  }
  return step;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a change of a list is damaged: ") + e.what());
}

}  // namespace tessera::engine
