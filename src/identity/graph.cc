#include "identity/graph.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::identity {

namespace {

enum class AttachedField : protozero::pbf_tag_type {
  kType = 1,
  kValue = 2,
  kSource = 3,
  kAttachedAt = 4,
  kTrusted = 5,
  kOffset = 6
};
enum class NodeField : protozero::pbf_tag_type {
  kProfile = 1,
  kCreatedAt = 2,
  kKnown = 3,
  kMembers = 4,
  kAttached = 5,
  kRefused = 6,
  kLink = 7,
  kApart = 8,
  kGroup = 9
};
enum class LinkField : protozero::pbf_tag_type { kTo = 1, kVia = 2, kBy = 3, kOffset = 4 };
enum class ListField : protozero::pbf_tag_type { kAttached = 1 };
enum class PointerField : protozero::pbf_tag_type { kPart = 1, kTrusted = 2, kSinceHour = 3, kPeople = 4, kHeld = 5 };

std::string text(protozero::data_view view) {
  return {view.data(), view.size()};
}

Attached read_attached(protozero::pbf_message<AttachedField> message) {
  Attached attached;
  while (message.next()) {
    switch (message.tag()) {
      case AttachedField::kType:
        attached.type = text(message.get_view());
        break;
      case AttachedField::kValue:
        attached.value = text(message.get_view());
        break;
      case AttachedField::kSource:
        attached.source.value = message.get_uint32();
        break;
      case AttachedField::kAttachedAt:
        attached.attached_at.ms = message.get_int64();
        break;
      case AttachedField::kTrusted:
        attached.trusted = message.get_bool();
        break;
      case AttachedField::kOffset:
        attached.offset.value = message.get_uint64();
        break;
      default:
        message.skip();
    }
  }
  return attached;
}

Link read_link(protozero::pbf_message<LinkField> message) {
  Link link;
  while (message.next()) {
    switch (message.tag()) {
      case LinkField::kTo:
        link.to.value = message.get_fixed64();
        break;
      case LinkField::kVia:
        link.via = text(message.get_view());
        break;
      case LinkField::kBy:
        link.by = text(message.get_view());
        break;
      case LinkField::kOffset:
        link.offset.value = message.get_uint64();
        break;
      default:
        message.skip();
    }
  }
  return link;
}

}  // namespace

std::vector<Attached> attached_of(const Node& node) {
  std::vector<Attached> all;
  protozero::pbf_message<ListField> list(node.attached);
  while (list.next()) {
    if (list.tag() == ListField::kAttached) {
      all.push_back(read_attached(list.get_message()));
    } else {
      list.skip();
    }
  }
  return all;
}

void append_attached(Node& node, const Attached& attached) {
  std::string space = node.attached;  // so that the node keeps a string of its own size
  {
    protozero::pbf_builder<ListField> list(space);
    protozero::pbf_builder<AttachedField> message(list, ListField::kAttached);
    message.add_string(AttachedField::kType, attached.type);
    message.add_string(AttachedField::kValue, attached.value);
    message.add_uint32(AttachedField::kSource, attached.source.value);
    message.add_int64(AttachedField::kAttachedAt, attached.attached_at.ms);
    if (attached.trusted) message.add_bool(AttachedField::kTrusted, true);
    message.add_uint64(AttachedField::kOffset, attached.offset.value);
  }
  node.attached = std::string(space);
}

void replace_attached(Node& node, const std::vector<Attached>& all) {
  node.attached.clear();
  for (const Attached& attached : all) append_attached(node, attached);
}

std::string NodeCodec::key(PartId id) {
  std::string key(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(id.value >> (56 - 8 * i));
  return key;
}

PartId NodeCodec::parse_key(std::string_view key) {
  PartId id;
  for (const char c : key) id.value = id.value << 8 | static_cast<unsigned char>(c);
  return id;
}

void NodeCodec::encode(const Node& node, std::string& out) {
  protozero::pbf_builder<NodeField> message(out);
  message.add_fixed64(NodeField::kProfile, node.profile.value);
  message.add_int64(NodeField::kCreatedAt, node.created_at.ms);
  if (node.known) message.add_bool(NodeField::kKnown, true);
  if (node.group) message.add_bool(NodeField::kGroup, true);
  if (!node.members.empty()) {
    protozero::packed_field_fixed64 members(message, static_cast<protozero::pbf_tag_type>(NodeField::kMembers));
    for (const PartId part : node.members) members.add_element(part.value);
  }
  if (!node.refused.empty()) {
    protozero::packed_field_fixed64 refused(message, static_cast<protozero::pbf_tag_type>(NodeField::kRefused));
    for (const std::uint64_t hash : node.refused) refused.add_element(hash);
  }
  message.add_bytes(NodeField::kAttached, node.attached);
  for (const Link& link : node.links) {
    protozero::pbf_builder<LinkField> sub(message, NodeField::kLink);
    sub.add_fixed64(LinkField::kTo, link.to.value);
    sub.add_bytes(LinkField::kVia, link.via);
    sub.add_bytes(LinkField::kBy, link.by);
    sub.add_uint64(LinkField::kOffset, link.offset.value);
  }
  if (!node.apart.empty()) {
    protozero::packed_field_fixed64 apart(message, static_cast<protozero::pbf_tag_type>(NodeField::kApart));
    for (const PartId part : node.apart) apart.add_element(part.value);
  }
}

Result<Node> NodeCodec::decode(std::string_view bytes) try {
  Node node;
  protozero::pbf_message<NodeField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case NodeField::kProfile:
        node.profile.value = message.get_fixed64();
        break;
      case NodeField::kCreatedAt:
        node.created_at.ms = message.get_int64();
        break;
      case NodeField::kKnown:
        node.known = message.get_bool();
        break;
      case NodeField::kGroup:
        node.group = message.get_bool();
        break;
      case NodeField::kMembers:
        for (const std::uint64_t part : message.get_packed_fixed64()) node.members.push_back({part});
        break;
      case NodeField::kRefused:
        for (const std::uint64_t hash : message.get_packed_fixed64()) node.refused.push_back(hash);
        break;
      case NodeField::kAttached:
        node.attached = text(message.get_view());
        break;
      case NodeField::kLink:
        node.links.push_back(read_link(message.get_message()));
        break;
      case NodeField::kApart:
        for (const std::uint64_t part : message.get_packed_fixed64()) node.apart.push_back({part});
        break;
      default:
        message.skip();
    }
  }
  return node;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored identity node is damaged: ") + e.what());
}

void GroupCodec::encode(const GroupMembers& members, std::string& out) {
  protozero::pbf_writer message(out);
  protozero::packed_field_fixed64 parts(message, 1);
  for (const PartId part : members) parts.add_element(part.value);
}

Result<GroupMembers> GroupCodec::decode(std::string_view bytes) try {
  GroupMembers members;
  protozero::pbf_reader message(bytes.data(), bytes.size());
  while (message.next(1)) {
    for (const std::uint64_t part : message.get_packed_fixed64()) members.push_back({part});
  }
  return members;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored members of a group are damaged: ") + e.what());
}

std::size_t NodeCodec::size(const Node& node) {
  std::size_t bytes = sizeof(Node) + node.attached.capacity() +
                      (node.members.capacity() + node.refused.capacity() + node.apart.capacity()) * 8;
  for (const Link& link : node.links) bytes += sizeof(Link) + link.via.capacity() + link.by.capacity();
  return bytes;
}

void PointerCodec::encode(const Pointer& pointer, std::string& out) {
  protozero::pbf_builder<PointerField> message(out);
  message.add_fixed64(PointerField::kPart, pointer.part.value);
  if (pointer.trusted) message.add_bool(PointerField::kTrusted, true);
  if (pointer.people != 0) {
    message.add_uint32(PointerField::kSinceHour, pointer.since_hour);
    message.add_uint32(PointerField::kPeople, pointer.people);
  }
  if (pointer.held) message.add_bool(PointerField::kHeld, true);
}

Result<Pointer> PointerCodec::decode(std::string_view bytes) try {
  Pointer pointer;
  protozero::pbf_message<PointerField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case PointerField::kPart:
        pointer.part.value = message.get_fixed64();
        break;
      case PointerField::kTrusted:
        pointer.trusted = message.get_bool();
        break;
      case PointerField::kSinceHour:
        pointer.since_hour = message.get_uint32();
        break;
      case PointerField::kPeople:
        pointer.people = static_cast<std::uint16_t>(message.get_uint32());
        break;
      case PointerField::kHeld:
        pointer.held = message.get_bool();
        break;
      default:
        message.skip();
    }
  }
  return pointer;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored identifier is damaged: ") + e.what());
}

std::string pointer_key(std::string_view type, std::string_view value) {
  std::string key;
  key.reserve(type.size() + 1 + value.size());
  key.append(type).push_back('\0');
  key.append(value);
  return key;
}

event::Identifier parse_pointer_key(std::string_view key) {
  const std::size_t zero = key.find('\0');
  TESSERA_ASSERT(zero != std::string_view::npos);
  return {key.substr(0, zero), key.substr(zero + 1)};
}

}  // namespace tessera::identity
