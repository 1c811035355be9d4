#include "engine/lane.h"

#include <cstring>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

enum class MarksField : protozero::pbf_tag_type { kInputs = 1, kMarks = 2 };
enum class QueueField : protozero::pbf_tag_type { kMessage = 1 };
enum class MessageField : protozero::pbf_tag_type { kNumbers = 1, kHead = 2, kBody = 3 };

template <class T>
void put(Head& head, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    head[at + i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <class T>
T get(const Head& head, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(head[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

}  // namespace

Head encode(const EventHead& event) {
  Head head{};
  put(head, 0, event.profile.value);
  put(head, 8, event.part.value);
  put(head, 16, event.offset.value);
  put(head, 24, event.source.value);
  put(head, 28, static_cast<std::uint8_t>(event.trust));
  put(head, 29, static_cast<std::uint8_t>(event.born));
  return head;
}

Head encode(const MoveHead& move) {
  Head head{};
  put(head, 0, move.part.value);
  put(head, 8, move.from.value);
  put(head, 16, move.to.value);
  return head;
}

Head encode(const LookHead& look) {
  Head head{};
  put(head, 0, look.profile.value);
  put(head, 8, static_cast<std::uint8_t>(look.reason));
  return head;
}

Head encode(const GroupHead& group) {
  Head head{};
  put(head, 0, group.profile.value);
  put(head, 8, group.part.value);
  put(head, 16, group.offset.value);
  put(head, 24, static_cast<std::uint8_t>(group.to_all));
  put(head, 25, static_cast<std::uint8_t>(group.joins));
  put(head, 26, static_cast<std::uint8_t>(group.historic));
  return head;
}

Head encode(const ListHead& list) {
  Head head{};
  put(head, 0, list.profile.value);
  put(head, 8, list.part.value);
  put(head, 16, list.feature);
  put(head, 24, static_cast<std::uint8_t>(list.listed));
  return head;
}

EventHead decode_event_head(const Head& head) {
  return {{get<std::uint64_t>(head, 0)},
          {get<std::uint64_t>(head, 8)},
          {get<std::uint64_t>(head, 16)},
          {get<std::uint32_t>(head, 24)},
          static_cast<catalog::Trust>(get<std::uint8_t>(head, 28)),
          get<std::uint8_t>(head, 29) != 0};
}

MoveHead decode_move_head(const Head& head) {
  return {{get<std::uint64_t>(head, 0)}, {get<std::uint64_t>(head, 8)}, {get<std::uint64_t>(head, 16)}};
}

LookHead decode_look_head(const Head& head) {
  return {{get<std::uint64_t>(head, 0)}, static_cast<LookReason>(get<std::uint8_t>(head, 8))};
}

GroupHead decode_group_head(const Head& head) {
  return {{get<std::uint64_t>(head, 0)},    {get<std::uint64_t>(head, 8)},    {get<std::uint64_t>(head, 16)},
          get<std::uint8_t>(head, 24) != 0, get<std::uint8_t>(head, 25) != 0, get<std::uint8_t>(head, 26) != 0};
}

ListHead decode_list_head(const Head& head) {
  return {{get<std::uint64_t>(head, 0)},
          {get<std::uint64_t>(head, 8)},
          get<std::uint32_t>(head, 16),
          get<std::uint8_t>(head, 24) != 0};
}

ProfileId subject_of(const Message& message) {
  switch (message.kind) {
    case MessageKind::kRelease:
    case MessageKind::kFill:
      return decode_move_head(message.head).from;
    case MessageKind::kAdopt:
    case MessageKind::kExpect:
      return decode_move_head(message.head).to;
    default:
      return {get<std::uint64_t>(message.head, 0)};
  }
}

void encode_content(const Message& message, std::string& out) {
  out.push_back(static_cast<char>(message.kind));
  out.append(message.head.data(), message.head.size());
  out.append(message.body);
}

Result<Message> decode_content(std::string_view bytes) {
  if (bytes.size() < 1 + kHeadBytes) return error(Code::kDataLoss, "a message that a profile kept is damaged");
  Message message;
  message.kind = static_cast<MessageKind>(bytes.front());
  std::copy_n(bytes.data() + 1, kHeadBytes, message.head.data());
  message.body = bytes.substr(1 + kHeadBytes);
  return message;
}

bool Mailmarks::take(const Message& message) {
  const auto at = std::find_if(marks.begin(), marks.end(), [&](const auto& m) { return m.first == message.from; });
  if (at == marks.end()) {
    marks.emplace_back(message.from, message.sequence);
  } else if (message.sequence <= at->second) {
    return false;
  } else {
    at->second = message.sequence;
    std::iter_swap(marks.begin(), at);  // most come from Core: it is found at once
  }
  ++inputs;
  changed = true;
  return true;
}

void encode(const Mailmarks& marks, std::string& out) {
  protozero::pbf_builder<MarksField> message(out);
  message.add_uint64(MarksField::kInputs, marks.inputs);
  auto sorted = marks.marks;  // the order of first contact is no part of the state
  std::sort(sorted.begin(), sorted.end());
  protozero::packed_field_uint64 numbers(message, static_cast<protozero::pbf_tag_type>(MarksField::kMarks));
  for (const auto& [from, sequence] : sorted) {
    numbers.add_element(from);
    numbers.add_element(sequence.input);
    numbers.add_element(sequence.index);
  }
}

Result<Mailmarks> decode_mailmarks(std::string_view bytes) try {
  Mailmarks marks;
  protozero::pbf_message<MarksField> message(bytes.data(), bytes.size());
  while (message.next()) {
    if (message.tag() == MarksField::kInputs) {
      marks.inputs = message.get_uint64();
    } else if (message.tag() == MarksField::kMarks) {
      std::vector<std::uint64_t> numbers;
      for (const std::uint64_t number : message.get_packed_uint64()) numbers.push_back(number);
      for (std::size_t i = 0; i + 2 < numbers.size(); i += 3) {
        marks.marks.emplace_back(static_cast<MachineId>(numbers[i]),
                                 Sequence{numbers[i + 1], static_cast<std::uint32_t>(numbers[i + 2])});
      }
    } else {
      message.skip();
    }
  }
  return marks;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the marks of a machine's lanes are damaged: ") + e.what());
}

Message LaneQueue::pop() {
  TESSERA_ASSERT(!empty());
  Message message = std::move(messages_[next_++]);
  if (!message.owned.empty()) message.body = message.owned;  // moving may have moved a short string's bytes
  if (empty()) {
    messages_.clear();
    next_ = 0;
  }
  return message;
}

void LaneQueue::own_bodies() {
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  for (Message& message : messages_) {
    if (message.owned.empty()) message.owned = message.body;
    message.body = message.owned;
  }
}

void LaneQueue::encode(std::string& out) const {
  protozero::pbf_builder<QueueField> list(out);
  for (std::size_t i = next_; i < messages_.size(); ++i) {
    const Message& m = messages_[i];
    protozero::pbf_builder<MessageField> message(list, QueueField::kMessage);
    {
      protozero::packed_field_uint64 numbers(message, static_cast<protozero::pbf_tag_type>(MessageField::kNumbers));
      for (const std::uint64_t n : {std::uint64_t{m.from}, std::uint64_t{m.to}, m.sequence.input,
                                    std::uint64_t{m.sequence.index}, static_cast<std::uint64_t>(m.kind)}) {
        numbers.add_element(n);
      }
    }
    message.add_bytes(MessageField::kHead, m.head.data(), m.head.size());
    const std::string_view body = m.owned.empty() ? m.body : std::string_view(m.owned);
    message.add_bytes(MessageField::kBody, body.data(), body.size());
  }
}

Status LaneQueue::decode(std::string_view bytes) try {
  protozero::pbf_message<QueueField> list(bytes.data(), bytes.size());
  while (list.next()) {
    if (list.tag() != QueueField::kMessage) {
      list.skip();
      continue;
    }
    Message m;
    std::vector<std::uint64_t> numbers;
    protozero::pbf_message<MessageField> message(list.get_message());
    while (message.next()) {
      switch (message.tag()) {
        case MessageField::kNumbers:
          for (const std::uint64_t number : message.get_packed_uint64()) numbers.push_back(number);
          break;
        case MessageField::kHead: {
          const auto head = message.get_view();
          std::copy_n(head.data(), std::min(head.size(), kHeadBytes), m.head.data());
          break;
        }
        case MessageField::kBody:
          m.owned = std::string(message.get_view());
          break;
        default:
          message.skip();
      }
    }
    if (numbers.size() != 5) return error(Code::kDataLoss, "a stored lane message is damaged");
    m.from = static_cast<MachineId>(numbers[0]);
    m.to = static_cast<MachineId>(numbers[1]);
    m.sequence = {numbers[2], static_cast<std::uint32_t>(numbers[3])};
    m.kind = static_cast<MessageKind>(numbers[4]);
    messages_.push_back(std::move(m));
  }
  own_bodies();
  return {};
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored lanes are damaged: ") + e.what());
}

void Outbox::send_owned(MachineId to, MessageKind kind, const Head& head, std::string body) {
  queue_.push({from_, to, {input_, index_++}, kind, head, {}, std::move(body)});  // `pop` sets the body
}

}  // namespace tessera::engine
