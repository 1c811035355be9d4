// A part and what is kept beside it, as one stored value (docs/formats/state.md).
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "profile/part.h"

namespace tessera::profile {

namespace {

// Behind a Part's own fields, which are all lower.
enum class StoredField : protozero::pbf_tag_type { kFeatures = 15, kSeries = 16 };
enum class SeriesField : protozero::pbf_tag_type { kId = 1, kColumns = 2, kFrozen = 3, kEntries = 4, kTexts = 5, kNegative = 6 };

void encode_series(const Series& series, protozero::pbf_builder<SeriesField>& message) {
  message.add_uint32(SeriesField::kId, series.id);
  if (series.columns != 0) message.add_uint32(SeriesField::kColumns, series.columns);
  if (series.frozen) message.add_bool(SeriesField::kFrozen, true);
  if (series.negative) message.add_bool(SeriesField::kNegative, true);
  message.add_bytes(SeriesField::kEntries, series.entries);
  if (!series.texts.empty()) message.add_bytes(SeriesField::kTexts, series.texts);
}

Series decode_series(protozero::pbf_message<SeriesField> message) {
  Series series;
  while (message.next()) {
    switch (message.tag()) {
      case SeriesField::kId:
        series.id = message.get_uint32();
        break;
      case SeriesField::kColumns:
        series.columns = static_cast<std::uint8_t>(message.get_uint32());
        break;
      case SeriesField::kFrozen:
        series.frozen = message.get_bool();
        break;
      case SeriesField::kNegative:
        series.negative = message.get_bool();
        break;
      case SeriesField::kEntries:
        series.entries = message.get_string();
        break;
      case SeriesField::kTexts:
        series.texts = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return series;
}

}  // namespace

void PartCodec::encode(const StoredPart& part, std::string& out) {
  out += part.part;
  protozero::pbf_builder<StoredField> message(out);
  if (!part.features.empty()) message.add_bytes(StoredField::kFeatures, part.features);
  for (const Series& series : part.series) {
    protozero::pbf_builder<SeriesField> one(message, StoredField::kSeries);
    encode_series(series, one);
  }
}

Result<StoredPart> PartCodec::decode(std::string_view bytes) try {
  protozero::pbf_message<StoredField> message(bytes.data(), bytes.size());
  StoredPart stored;
  std::size_t end = 0;
  while (message.next()) {
    switch (message.tag()) {
      case StoredField::kFeatures:
        stored.features = message.get_string();
        break;
      case StoredField::kSeries:
        stored.series.push_back(decode_series(message.get_message()));
        break;
      default:
        message.skip();
        end = bytes.size() - message.length();
    }
  }
  stored.part = std::string(bytes.substr(0, end));
  return stored;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored part is damaged: ") + e.what());
}

std::size_t PartCodec::size(const StoredPart& part) {
  std::size_t bytes = sizeof(part) + part.part.capacity() + part.features.capacity();
  for (const Series& series : part.series)
    bytes += sizeof(series) + series.entries.capacity() + series.texts.capacity();
  return bytes;
}

}  // namespace tessera::profile
