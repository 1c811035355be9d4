#include "engine/sweep.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {
enum class SweepField : protozero::pbf_tag_type { kNext = 1, kEnd = 2, kSegments = 3 };
}

void encode(const Sweep& sweep, std::string& out) {
  protozero::pbf_builder<SweepField> message(out);
  message.add_uint64(SweepField::kNext, sweep.next);
  message.add_uint64(SweepField::kEnd, sweep.end);
  message.add_packed_uint32(SweepField::kSegments, sweep.segments.begin(), sweep.segments.end());
}

Result<Sweep> decode_sweep(std::string_view bytes) try {
  Sweep sweep;
  protozero::pbf_message<SweepField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case SweepField::kNext:
        sweep.next = message.get_uint64();
        break;
      case SweepField::kEnd:
        sweep.end = message.get_uint64();
        break;
      case SweepField::kSegments:
        for (const std::uint32_t id : message.get_packed_uint32()) sweep.segments.push_back(id);
        break;
      default:
        message.skip();
    }
  }
  return sweep;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored sweep is damaged: ") + e.what());
}

void encode(const SweepStep& step, std::string& out) {
  encode(Sweep{step.from, step.to, {}}, out);
}

Result<SweepStep> decode_sweep_step(std::string_view bytes) {
  TRY_ASSIGN(const Sweep sweep, decode_sweep(bytes));
  return SweepStep{sweep.next, sweep.end};
}

}  // namespace tessera::engine
