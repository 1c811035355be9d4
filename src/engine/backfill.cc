#include "engine/backfill.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

enum class BackfillField : protozero::pbf_tag_type { kBegan = 1, kNext = 2, kEnd = 3, kFeature = 4 };
enum class FeatureField : protozero::pbf_tag_type { kId = 1, kReach = 2 };
enum class StepField : protozero::pbf_tag_type { kBegan = 1, kFrom = 2, kTo = 3, kPart = 4 };
enum class PartField : protozero::pbf_tag_type { kId = 1, kKept = 2 };

std::pair<std::uint32_t, std::int64_t> read_feature(protozero::pbf_message<FeatureField> message) {
  std::pair<std::uint32_t, std::int64_t> feature;
  while (message.next()) {
    switch (message.tag()) {
      case FeatureField::kId:
        feature.first = message.get_uint32();
        break;
      case FeatureField::kReach:
        feature.second = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  return feature;
}

BackfillStep::Part read_part(protozero::pbf_message<PartField> message) {
  BackfillStep::Part part;
  while (message.next()) {
    switch (message.tag()) {
      case PartField::kId:
        part.id.value = message.get_fixed64();
        break;
      case PartField::kKept: {
        const protozero::data_view view = message.get_view();
        part.kept = {view.data(), view.size()};
        break;
      }
      default:
        message.skip();
    }
  }
  return part;
}

}  // namespace

void encode(const Backfill& backfill, std::string& out) {
  protozero::pbf_builder<BackfillField> message(out);
  message.add_uint64(BackfillField::kBegan, backfill.began.value);
  message.add_uint64(BackfillField::kNext, backfill.next);
  message.add_uint64(BackfillField::kEnd, backfill.end);
  for (const auto& [id, reach] : backfill.features) {
    protozero::pbf_builder<FeatureField> feature(message, BackfillField::kFeature);
    feature.add_uint32(FeatureField::kId, id);
    feature.add_int64(FeatureField::kReach, reach);
  }
}

Result<Backfill> decode_backfill(std::string_view bytes) try {
  Backfill backfill;
  protozero::pbf_message<BackfillField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case BackfillField::kBegan:
        backfill.began.value = message.get_uint64();
        break;
      case BackfillField::kNext:
        backfill.next = message.get_uint64();
        break;
      case BackfillField::kEnd:
        backfill.end = message.get_uint64();
        break;
      case BackfillField::kFeature:
        backfill.features.push_back(read_feature(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  return backfill;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored backfill is damaged: ") + e.what());
}

void encode(const BackfillStep& step, std::string& out) {
  protozero::pbf_builder<StepField> message(out);
  message.add_uint64(StepField::kBegan, step.began.value);
  message.add_uint64(StepField::kFrom, step.from);
  message.add_uint64(StepField::kTo, step.to);
  for (const BackfillStep::Part& one : step.parts) {
    protozero::pbf_builder<PartField> part(message, StepField::kPart);
    part.add_fixed64(PartField::kId, one.id.value);
    part.add_bytes(PartField::kKept, one.kept.data(), one.kept.size());
  }
}

Result<BackfillStep> decode_backfill_step(std::string_view bytes) try {
  BackfillStep step;
  protozero::pbf_message<StepField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case StepField::kBegan:
        step.began.value = message.get_uint64();
        break;
      case StepField::kFrom:
        step.from = message.get_uint64();
        break;
      case StepField::kTo:
        step.to = message.get_uint64();
        break;
      case StepField::kPart:
        step.parts.push_back(read_part(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  return step;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a step of a backfill is damaged: ") + e.what());
}

}  // namespace tessera::engine
