#include "identity/correction.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::identity {

namespace {
enum class CorrectionField : protozero::pbf_tag_type { kParts = 1, kKeepApart = 2, kType = 3, kValue = 4, kBy = 5 };
}

void encode(const Correction& correction, std::string& out) {
  protozero::pbf_builder<CorrectionField> message(out);
  if (!correction.parts.empty()) {
    protozero::packed_field_fixed64 parts(message, static_cast<protozero::pbf_tag_type>(CorrectionField::kParts));
    for (const PartId part : correction.parts) parts.add_element(part.value);
  }
  if (correction.keep_apart) message.add_bool(CorrectionField::kKeepApart, true);
  message.add_string(CorrectionField::kType, correction.identifier_type);
  message.add_string(CorrectionField::kValue, correction.identifier_value);
  message.add_string(CorrectionField::kBy, correction.by);
}

Result<Correction> decode_correction(std::string_view bytes) try {
  Correction correction;
  protozero::pbf_message<CorrectionField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case CorrectionField::kParts:
        for (const std::uint64_t part : message.get_packed_fixed64()) correction.parts.push_back({part});
        break;
      case CorrectionField::kKeepApart:
        correction.keep_apart = message.get_bool();
        break;
      case CorrectionField::kType:
        correction.identifier_type = message.get_string();
        break;
      case CorrectionField::kValue:
        correction.identifier_value = message.get_string();
        break;
      case CorrectionField::kBy:
        correction.by = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return correction;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored correction is damaged: ") + e.what());
}

}  // namespace tessera::identity
